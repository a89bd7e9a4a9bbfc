"""The bodies' screens of grants."""

from grants.views.announcing import announce, batch, preview, specimens
from grants.views.awards import AwardScreens, AwardTransition
from grants.views.changes import ChangeLines, ChangeRequestScreens
from grants.views.duties import AwardAssets, DisposalRequestScreens, TaxCreditReportScreens
from grants.views.files import ChangeFiles, DisposalFiles, TaxReportFiles
from grants.views.filling import SectionPage
from grants.views.home import home
from grants.views.open_data import giving_csv, giving_json
from grants.views.papers import Papers
from grants.views.parts import ApplicationFiles, draft, word
from grants.views.report import (
    ReportAutosave,
    ReportComments,
    ReportFiles,
    ReportLines,
    ReportPassedOn,
    ReportResults,
)
from grants.views.results import results, results_csv, results_json
from grants.views.reviews import ReviewScreens
from grants.views.saving import Autosave
from grants.views.screens import ApplicationScreens
from grants.views.sheet import ApplicationBudget, ApplicationParties, BudgetCheck
from grants.views.stages import StagesPage, StagesPdf, StagesWorkbook
from grants.views.statistics import statistics, statistics_csv
from grants.views.workbook import BudgetUpload, BudgetWorkbook

__all__ = [
    "ApplicationBudget",
    "ApplicationFiles",
    "ApplicationParties",
    "ApplicationScreens",
    "Autosave",
    "AwardAssets",
    "AwardScreens",
    "AwardTransition",
    "BudgetCheck",
    "BudgetUpload",
    "BudgetWorkbook",
    "ChangeFiles",
    "ChangeLines",
    "ChangeRequestScreens",
    "DisposalFiles",
    "DisposalRequestScreens",
    "Papers",
    "ReportAutosave",
    "ReportComments",
    "ReportFiles",
    "ReportLines",
    "ReportPassedOn",
    "ReportResults",
    "ReviewScreens",
    "SectionPage",
    "StagesPage",
    "StagesPdf",
    "StagesWorkbook",
    "TaxCreditReportScreens",
    "TaxReportFiles",
    "announce",
    "batch",
    "draft",
    "giving_csv",
    "giving_json",
    "home",
    "preview",
    "results",
    "results_csv",
    "results_json",
    "specimens",
    "statistics",
    "statistics_csv",
    "word",
]
