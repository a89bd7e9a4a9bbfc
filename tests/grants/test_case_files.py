"""Files of changes, disposals and tax credit reports: added, read, taken out, in the receipt."""

import io
import json
import zipfile
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from core import workflow
from core.models import Receipt
from grants.actions import changes, duties
from grants.models import TaxCreditReport
from tests.factories.accounts import api_key_for
from tests.factories.awards import make_award, make_fixed
from tests.factories.grants import NOW, town_story, upload

CHANGE = {"kind": "content", "reason": "講師が増えたため", "content": "謝金を増やす"}
TANGIBLE = {"name": "机", "unit_price": 600_000, "acquired_on": date(2021, 8, 1)}
DISPOSAL = {"manner": "scrapping", "reason": "故障", "planned_on": date(2022, 4, 1)}
KINDS = ("changerequest", "disposalrequest", "taxcreditreport")


def begin(kind):
    story = town_story(kind="international_association" if kind == KINDS[2] else "town")
    if kind == KINDS[2]:
        return story, TaxCreditReport.objects.get(award=make_fixed(story))
    award = make_award(story)
    if kind == KINDS[0]:
        return story, changes.begin_change(award, by=story.clerk, now=NOW, changes=CHANGE)
    asset = duties.register_asset(award, by=story.clerk, now=NOW, values=TANGIBLE)
    return story, duties.begin_disposal(asset, by=story.clerk, now=NOW, changes=DISPOSAL)


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("kind", KINDS)
def test_town_adds_files_takes_one_out_and_sends(db, kind, staff):
    story, case = begin(kind)
    town, page = signed_in(story.clerk), reverse(f"grants:{kind}-files", args=[case.public_id])
    assert town.get(page).status_code == 200

    sent = {"files": [upload("理由書.pdf"), upload("見積書.pdf")], "version": case.version}
    assert town.post(page, sent).status_code == 302
    case.refresh_from_db()
    wrong = {"files": [upload("名簿.exe", b"MZ")], "version": case.version}
    assert town.post(page, wrong).status_code == 400
    gone = case.files.get(file__name="見積書.pdf").file
    taken = {"remove": str(gone.public_id), "version": case.version}
    assert town.post(page, taken).status_code == 302
    stale = {"files": [upload("古い版.pdf")], "version": 1}
    assert town.post(page, stale).status_code == 409
    kept = case.files.get().file
    workflow.run(
        case,
        "submit",
        by=story.clerk,
        now=NOW,
        data={"tax_status": "general", "input_tax": "1"} if kind == KINDS[2] else {},
    )

    receipt = Receipt.objects.get(case_id=case.pk, case_label=case._meta.label)
    assert [(f["name"], f["sha256"]) for f in receipt.files] == [("理由書.pdf", kept.sha256)]
    address = reverse("file-content", args=[kept.public_id])
    assert address in town.get(case.get_absolute_url()).content.decode()
    assert b"".join(town.get(address).streaming_content).startswith(b"%PDF")
    late = {"files": [upload("後から.pdf")], "version": case.version}
    assert town.post(page, late).status_code == 409  # it is sent: nothing is added any more
    other = signed_in(story.other)
    assert other.get(page).status_code == other.get(address).status_code == 404
    assert address in staff(story.desk.officer).get(case.staff_url()).content.decode()


def test_files_of_a_change_are_in_the_zip(db):
    story, case = begin("changerequest")
    town, page = (
        signed_in(story.clerk),
        reverse("grants:changerequest-files", args=[case.public_id]),
    )
    town.post(page, {"files": [upload("理由書.pdf")], "version": case.version})

    papers = reverse("grants:application-papers", args=[case.award.application.public_id])
    content = b"".join(town.get(papers).streaming_content)

    assert "変更/理由書.pdf" in zipfile.ZipFile(io.BytesIO(content)).namelist()


def test_officer_adds_a_file_that_came_on_paper(db, staff):
    story, case = begin("disposalrequest")
    client = staff(story.desk.officer)
    page = reverse("grants:disposalrequest-files", args=[case.public_id])
    assert page in client.get(case.staff_url()).content.decode()
    sent = {"files": [upload("理由書.pdf")], "version": case.version}
    paper = {"behalf_reason": "紙で届いたため", "paper_arrived_on": "2021-08-06"}

    assert client.post(page, sent).status_code == 400
    sent["files"] = [upload("理由書.pdf")]
    assert client.post(page, sent | paper).url == case.staff_url()


@pytest.mark.parametrize("kind", KINDS)
def test_api_replaces_the_list_of_own_files(db, client, kind):
    story, case = begin(kind)
    key = {"Authorization": f"Bearer {api_key_for(story.clerk)}"}
    plural = {"taxcreditreport": "tax-credit-reports", "changerequest": "change-requests"}
    url = f"/api/v1/grants/{plural.get(kind, 'disposal-requests')}/{case.public_id}/"
    mine = client.post("/api/v1/core/files/", {"file": upload()}, headers=key).json()["id"]
    theirs = {"Authorization": f"Bearer {api_key_for(story.other)}"}
    foreign = client.post("/api/v1/core/files/", {"file": upload()}, headers=theirs).json()["id"]

    def put(ids, **headers):
        return client.put(
            f"{url}files/",
            json.dumps([{"file": public_id} for public_id in ids]),
            content_type="application/json",
            headers=key | headers,
        )

    assert put([mine]).status_code == 428
    tag = {"If-Match": client.get(url, headers=key)["ETag"]}
    assert put([foreign], **tag).status_code == 400
    done = put([mine], **tag)
    assert (done.status_code, [row["file"] for row in done.json()["files"]]) == (200, [mine])
    assert put([], **tag).status_code == 412
    assert client.get(url, headers=theirs).status_code == 404
