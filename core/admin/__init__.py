"""The base of the staff's admin: scoped, audited, nothing deleted; cases move by buttons."""

from core.admin import purging, records
from core.admin.base import ScopedAdmin
from core.admin.cases import CaseAdmin

__all__ = ["CaseAdmin", "ScopedAdmin", "purging", "records"]
