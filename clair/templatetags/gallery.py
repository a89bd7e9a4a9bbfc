"""Invented samples for the gallery of components (templates/components/gallery.html)."""

import datetime as dt
from typing import Any

from django import forms, template
from django.utils import timezone

from core.deadlines import Deadline, Planned, Schedule
from core.fields import DateBoxesField, YenField
from core.sheets import Column, Row, RowChange, Sheet, compare
from core.templatetags.portal import table_data

register = template.Library()
KINDS = [("seminar", "セミナー・研修会"), ("survey", "調査研究"), ("other", "その他")]


class SampleForm(forms.Form):
    """One field of each kind, as an officer of a town would meet them."""

    title = forms.CharField(
        label="事業名", help_text="決定通知書にそのまま記載します。", max_length=100
    )
    summary = forms.CharField(label="事業の概要", widget=forms.Textarea, required=False)
    amount = YenField(label="申請額", help_text="千円未満は切り捨てます。")
    starts_on = DateBoxesField(label="開始日", help_text="年は令和でも西暦でも入力できます。")
    kind = forms.ChoiceField(label="事業の種類", choices=KINDS, widget=forms.RadioSelect)
    partner = forms.ChoiceField(label="実施団体", choices=[("", "選んでください"), *KINDS])
    agreed = forms.BooleanField(label="団体内の決裁を受けました")
    paper = forms.FileField(label="収支予算書", required=False)


@register.simple_tag
def gallery_samples() -> dict[str, Any]:
    """Return what the gallery shows; all names in it are invented."""
    now = timezone.now()
    return {
        "form": SampleForm({"title": "", "amount": "３００万円", "starts_on": "令和3年2月30日"}),
        "empty_form": SampleForm(auto_id="new_%s"),
        "soon": now + dt.timedelta(days=3),
        "later": now + dt.timedelta(days=40),
        "past": now - dt.timedelta(days=1),
        "schedules": [_schedule(now)],
        "crumbs": [{"label": "ホーム", "url": "#"}, {"label": "助成金の申請", "url": "#"}],
        "steps": _steps(),
        "rows": _rows(),
        "tasks": _tasks(),
        "table": _table(),
        "files": [
            {
                "name": "収支予算書.xlsx",
                "url": "#",
                "size": 48230,
                "kind": "Excel",
                "note": "2021年8月20日 受付",
                "sha256": "9f86d081884c7d65" * 4,
            }
        ],
        "comments": [
            {
                "label": "申請額",
                "anchor": "amount",
                "who": "多文化共生課",
                "at": now,
                "text": "積算と一致していません。\n単価を確認してください。",
                "status": "未回答",
                "tone": "warning",
            }
        ],
        "events": [
            {
                "at": now,
                "label": "差戻し",
                "who": "多文化共生課 主査",
                "note": "回答期限は2021年9月10日です。",
            },
            {"at": now, "label": "提出", "who": "例示町 国際課 例田 例子", "note": ""},
        ],
        "conflict": [
            {
                "label": "事業名",
                "base": "日本語教室",
                "mine": "日本語教室の運営",
                "theirs": "日本語教室の拡充",
            }
        ],
        "sheet_changes": _sheet_changes(),
        "warnings": ["印刷した下書きのあとに本文が変わっています。"],
    }


def _schedule(now: dt.datetime) -> Schedule:
    due = (now + dt.timedelta(days=5)).date()
    deadline = Deadline("", 0, "report", due, "実績報告", "#", "#")
    told = Planned(due - dt.timedelta(days=7), -7, ("例示町 国際課",), now)
    return Schedule(
        deadline, 5, (told, Planned(due - dt.timedelta(days=3), -3, ("例示町 国際課",)))
    )


def _sheet_changes() -> tuple[RowChange, ...]:
    sheet = Sheet(
        "経費内訳書",
        (
            Column("category", "経費区分"),
            Column("description", "内容"),
            Column("basis", "積算"),
            Column("amount", "金額", "yen"),
        ),
    )
    before = [("旅費", "講師の旅費", "2人×10,000円", 20_000), ("印刷製本費", "チラシ", "", 30_000)]
    after = [("旅費", "講師の旅費", "3人×10,000円", 30_000), ("謝金", "通訳", "1日", 15_000)]
    keys = [column.key for column in sheet.columns]
    old = [Row(dict(zip(keys, row, strict=True)), str(n)) for n, row in enumerate(before)]
    new = [
        Row(dict(zip(keys, row, strict=True)), k, n)
        for row, k, n in zip(after, "0x", (5, 6), strict=True)
    ]
    return compare(sheet, old, new)


def _steps() -> list[dict[str, str]]:
    words = ["提出", "受理", "審査", "決定", "実施", "報告", "確定", "支払"]
    states = ["done", "done", "current"] + ["todo"] * 5
    notes = ["8月20日", "8月23日"] + [""] * 6
    return [
        {"label": w, "state": s, "note": n} for w, s, n in zip(words, states, notes, strict=True)
    ]


def _rows() -> list[dict[str, Any]]:
    return [
        {"label": "事業名", "value": "日本語教室の運営", "anchor": "title"},
        {
            "label": "事業の概要",
            "value": "町内３か所で開く。\n講師は髙﨑 德子。",
            "anchor": "summary",
        },
        {"label": "申請額", "value": "3,000,000円", "anchor": "amount"},
        {"label": "共同実施団体", "value": "", "anchor": "partner"},
    ]


def _tasks() -> list[dict[str, str]]:
    return [
        {"label": "団体の情報", "url": "#", "status": "完了", "tone": "success"},
        {
            "label": "事業の内容",
            "url": "#",
            "status": "入力中",
            "tone": "information",
            "hint": "あと2問です",
        },
        {"label": "経費", "url": "#", "status": "要修正", "tone": "error"},
        {"label": "添付書類", "url": "#", "status": "未着手", "tone": "neutral"},
    ]


def _table() -> dict[str, Any]:
    amount = {"label": "申請額", "unit": "円", "numeric": True}
    rows = [
        {"cells": ["R4-001", "例示町", "日本語教室の運営", 3000000], "url": "#"},
        {"cells": ["R4-002", "例示市", "防災訓練の多言語化", 480000], "url": "#"},
    ]
    return table_data(["受付番号", "団体", "事業名", amount], rows, ["合計", "", "", 3480000])
