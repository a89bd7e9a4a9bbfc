"""Applications for grants and what belongs to them."""

from grants.models.application import Application
from grants.models.award import Award
from grants.models.award_parts import (
    AwardFile,
    IndicatorResult,
    PassThrough,
    ReportComment,
    StatusReport,
)
from grants.models.budget import BudgetLine
from grants.models.changes import ChangeLine, ChangeRequest
from grants.models.comments import ReturnComment
from grants.models.duties import Asset, DisposalRequest, TaxCreditReport
from grants.models.files import ApplicationFile, ChangeFile, DisposalFile, TaxReportFile
from grants.models.parties import ApplicationParty
from grants.models.review import Review

__all__ = [
    "Application",
    "ApplicationFile",
    "ApplicationParty",
    "Asset",
    "Award",
    "AwardFile",
    "BudgetLine",
    "ChangeFile",
    "ChangeLine",
    "ChangeRequest",
    "DisposalFile",
    "DisposalRequest",
    "IndicatorResult",
    "PassThrough",
    "ReportComment",
    "ReturnComment",
    "Review",
    "StatusReport",
    "TaxCreditReport",
    "TaxReportFile",
]
