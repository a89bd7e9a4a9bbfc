"""The tag of the charts (templates/components/chart.html)."""

from typing import Any

from django import template

from accounts.prefectures import PREFECTURES
from core.templatetags.portal import table_data
from programs.charts import LEVELS, SERIES, Chart, Kind, Row, draw

register = template.Library()


@register.inclusion_tag("components/chart.html")
def chart(data: Chart, csv_url: str = "", *, is_open: bool = False) -> dict[str, Any]:
    """Show the picture with its table; both are made of the same figures."""
    several = len(data.series) > 1
    legend = [
        {"series": number % SERIES + 1, "label": label} for number, label in enumerate(data.series)
    ]
    return {
        "chart": data,
        "drawn": draw(data),
        "legend": legend if several else [],
        "patterns": range(2, SERIES + 1) if several and data.kind != Kind.LINE else [],
        "levels": range(LEVELS + 1),
        "table": table_data(data.columns, data.cells, data.foot),
        "csv_url": csv_url,
        "is_open": is_open,
    }


@register.simple_tag
def chart_samples() -> list[Chart]:
    """Return one chart of each kind for the gallery; the figures are invented."""
    grants = (
        Row("多文化共生のまちづくり促進事業（外国人住民の生活支援・日本語学習支援）", (12, 4, 3)),
        Row("自治体国際交流支援事業", (7, 2, 0)),
        Row("自治体職員協力交流事業", (0, 1, 5)),
    )
    words = ("採択", "変更して採択", "不採択")
    years = [Row(f"令和{y}年度", (900_000 * y, 1_400_000), short=f"R{y}") for y in range(1, 7)]
    places = [Row(ja, (int(code) * 7 % 5,), key=code) for code, (ja, _en) in PREFECTURES.items()]
    totals = tuple(Row(row.label, (row.total,)) for row in grants)
    series = ("決定額", "支払額")
    return [
        Chart("sample-bar", "事業別の件数", Kind.BAR, "事業", "件", ("件数",), totals),
        Chart("sample-stacked", "事業別の結果", Kind.STACKED, "事業", "件", words, grants),
        Chart("sample-grouped", "事業別の結果の比較", Kind.GROUPED, "事業", "件", words, grants),
        Chart("sample-line", "年度別の金額", Kind.LINE, "年度", "円", series, tuple(years)),
        Chart(
            "sample-tiles",
            "都道府県別の件数",
            Kind.TILES,
            "都道府県",
            "件",
            ("件数",),
            tuple(places),
        ),
        Chart(
            "sample-empty", "図のもとになる数字がないとき", Kind.BAR, "事業", "件", ("件数",), ()
        ),
    ]
