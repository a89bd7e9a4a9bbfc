"""File an application with a client that openapi-python-client made, unchanged (README.md).

Run by hand against a demo; clair_api_client is the generated package.
"""

import io
import os
import uuid

from clair_api_client import AuthenticatedClient
from clair_api_client.api.accounts import accounts_me_retrieve
from clair_api_client.api.core import core_files_create
from clair_api_client.api.grants import (
    grants_applications_budget_lines_update as budget_lines,
)
from clair_api_client.api.grants import (
    grants_applications_create,
    grants_applications_files_update,
    grants_applications_partial_update,
    grants_applications_receipts_list,
    grants_applications_retrieve,
    grants_applications_transitions_create,
)
from clair_api_client.api.programs import programs_calls_list
from clair_api_client.models import (
    ApplicationRequest,
    BudgetLineKindEnum,
    BudgetLineRequest,
    CoreFilesCreateBody,
    FileLinkRequest,
    GrantsApplicationsTransitionsCreateBody,
    PatchedApplicationRequest,
)
from clair_api_client.types import File

BASE_URL = os.environ.get("BASE_URL", "http://localhost:8641")
KEY = os.environ.get("KEY", "demo-town-b")
ANSWERS = {
    "purpose": "外国人住民が窓口で困らないようにします。",
    "content": "職員研修を行い、多言語の案内を作ります。",
    "schedule": "6月から翌年1月まで、月1回行います。",
    "necessity": "転入者が増え、窓口での説明に時間がかかっています。",
    "model_value": "研修の教材を公開します。",
    "indicator": "研修の修了者60人",
    "continues": "no",
}
client = AuthenticatedClient(base_url=BASE_URL, token=KEY, raise_on_unexpected_status=True)


def sure(response):
    """Return what was answered; a problem ends the run with its words."""
    if response.status_code >= 300:
        raise SystemExit(response.content.decode())
    return response.parsed


def tag(number: str) -> str:
    """Return the application's ETag."""
    answer = grants_applications_retrieve.sync_detailed(number, client=client)
    sure(answer)
    return answer.headers["etag"]


me = sure(accounts_me_retrieve.sync_detailed(client=client))
found = programs_calls_list.sync_detailed(
    client=client, status="open", program="multicultural-grant"
)
call = sure(found).results[0]
year = call.fiscal_year

begun = grants_applications_create.sync_detailed(
    client=client,
    body=ApplicationRequest(call=call.id, section=me.sections[0].id, title="やさしい日本語の窓口"),
    idempotency_key=str(uuid.uuid4()),
)
case = str(sure(begun).id)

content = PatchedApplicationRequest.from_dict(
    {
        "categories": ["living", "language"],
        "starts_on": f"{year}-06-01",
        "ends_on": f"{year + 1}-01-31",
        "requested_amount": 500000,
        "answers": ANSWERS,
        "document_number": "国交第12号",
        "document_date": f"{year - 1}-11-20",
        "representative_title": "町長",
        "representative_name": "見本　太郎",
        "contact_name": "見本 べに",
        "contact_phone": "03-0000-0000",
        "contact_email": "demo-town-b@example.jp",
        "is_decided_internally": True,
    }
)
sure(
    grants_applications_partial_update.sync_detailed(
        case, client=client, body=content, if_match=tag(case)
    )
)

expense, income = BudgetLineKindEnum.EXPENSE, BudgetLineKindEnum.INCOME
lines = [
    BudgetLineRequest(
        description="講師謝金", amount=300000, kind=expense, category="honoraria", basis="15回"
    ),
    BudgetLineRequest(
        description="案内の印刷", amount=250000, kind=expense, category="printing", basis="3,000部"
    ),
    BudgetLineRequest(description="団体負担", amount=50000, kind=income, category="", basis=""),
]
sure(budget_lines.sync_detailed(case, client=client, body=lines, if_match=tag(case)))

plan = File(io.BytesIO("事業計画書（見本）".encode()), "事業計画書.txt", "text/plain")
uploaded = sure(core_files_create.sync_detailed(client=client, body=CoreFilesCreateBody(file=plan)))
link = FileLinkRequest(file=uploaded.id, question="project_plan")
sure(
    grants_applications_files_update.sync_detailed(
        case, client=client, body=[link], if_match=tag(case)
    )
)

filed = grants_applications_transitions_create.sync_detailed(
    case,
    "submit",
    client=client,
    body=GrantsApplicationsTransitionsCreateBody(),
    idempotency_key=str(uuid.uuid4()),
)
submitted = sure(filed)
receipts = sure(grants_applications_receipts_list.sync_detailed(case, client=client))
print(submitted.status, submitted.receipt_number)  # noqa: T201
for file in receipts[0].files:
    print(file.name, file.sha256)  # noqa: T201
