"""Two threads of the demo: one waits for CLAIR, one is answered, with a telephone record."""

from datetime import datetime, timedelta

from accounts.models import User
from core import workflow
from correspondence.actions import add_record, begin
from grants.models import Application


def load(users: dict[str, User], *, now: datetime) -> None:
    """Ask in town A's received case and in what was returned to it."""
    town, officer = users["town-a"], users["officer"]
    mine = Application.objects.filter(section=town.access.posts[0].section)
    begin(
        mine.filter(status="under_review").order_by("pk")[0],
        subject="通訳の謝金について",
        by=town,
        now=now - timedelta(hours=3),
        data={"text": "通訳の謝金に、交通費を含めて申請してもよいでしょうか。"},
    )
    thread = begin(
        mine.filter(status="returned").order_by("pk")[0],
        subject="翻訳の積算の書き方",
        by=town,
        now=now - timedelta(days=1),
        data={"text": "翻訳の単価は、見積書の金額をそのまま書けばよいでしょうか。"},
    )
    add_record(
        thread,
        by=officer,
        now=now - timedelta(hours=20),
        kind="phone",
        text="見積書は2社から取る予定とのこと。",
        called_on=(now - timedelta(hours=20)).date(),
        called_with="国際課　見本様",
    )
    answer = "はい。見積書の単価と、語数を書いてください。見積書の写しも添付してください。"
    workflow.run(thread, "answer", by=officer, now=now - timedelta(hours=2), data={"text": answer})
