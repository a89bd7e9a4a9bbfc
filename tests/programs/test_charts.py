"""Charts: the picture and its table are made of the same figures, whatever they are."""

import re
from itertools import pairwise

import pytest
from django.template import Context, Template
from django.utils import translation

from accounts.prefectures import PREFECTURES
from programs.charts import TILES, Chart, Kind, Row, draw
from programs.templatetags.charts import chart_samples

KINDS = list(Kind)
LONG = "多文化共生のまちづくり促進事業（外国人住民の生活支援及び日本語学習支援）"


def chart(kind: Kind, *rows: Row, series: tuple[str, ...] = ("採択",), **fields) -> Chart:
    return Chart("sample", "件数", kind, "団体", "件", series, rows, **fields)


def drawn(data: Chart) -> str:
    return Template("{% load charts %}{% chart data csv_url='/x.csv' %}").render(
        Context({"data": data})
    )


def picture(page: str) -> str:
    return page[page.index('role="img"') : page.rindex("</svg>")]


@pytest.mark.parametrize("kind", KINDS)
def test_every_figure_stands_in_the_picture_and_in_the_table(kind):
    page = drawn(chart(kind, Row("群馬県", (1234,), key="10"), Row("東京都", (87,), key="13")))

    for half in (picture(page), page[page.index("<table") :]):
        assert all(figure in half for figure in ("1,234", "87"))
    assert '<td role="cell" data-label="採択" class="number">1,321</td>' in page


@pytest.mark.parametrize("kind", KINDS)
def test_picture_has_role_title_and_description(kind):
    page = drawn(chart(kind, Row("群馬県", (5,), key="10")))

    assert 'role="img" aria-labelledby="sample-title sample-desc"' in page
    assert '<title id="sample-title">件数</title>' in page
    assert "最も多いのは群馬県の5件です。" in page
    assert "style" not in page


@pytest.mark.parametrize("kind", KINDS)
def test_no_figures_draw_no_picture_but_say_so(kind):
    for rows in ((), (Row("群馬県", (0,), key="10"),)):
        page = drawn(chart(kind, *rows))
        assert "まだ数値がありません" in page
        assert "<svg" not in page


def test_stacked_bars_follow_one_another_and_share_one_scale():
    data = chart(
        Kind.STACKED, Row("甲", (3, 1)), Row("乙", (0, 2)), series=("採択", "変更して採択")
    )
    first, second = (group["parts"] for group in draw(data)["groups"])

    assert [(p["x"], p["width"]) for p in first] == [("0.00%", "75.00%"), ("75.00%", "25.00%")]
    assert [(p["series"], p["x"], p["width"]) for p in second] == [(2, "0.00%", "50.00%")]
    assert data.foot == ["合計", 3, 3, 6]


def test_grouped_bars_stand_below_one_another_and_keep_zeros():
    data = chart(Kind.GROUPED, Row("甲", (3, 0)), series=("採択", "不採択"))
    parts = draw(data)["groups"][0]["parts"]

    assert [part["figure"] for part in parts] == ["3", "0"]
    assert parts[0]["y"] < parts[1]["y"]


def test_long_names_break_and_lose_nothing():
    lines = draw(chart(Kind.BAR, Row(LONG, (1,))))["groups"][0]["lines"]

    assert "".join(line["text"] for line in lines) == LONG
    assert all(len(line["text"]) <= 14 for line in lines)


def test_one_point_is_a_line_without_an_end():
    found = draw(chart(Kind.LINE, Row("令和4年度", (5,))))

    assert found["lines"][0]["pairs"] == []
    assert found["lines"][0]["points"][0]["x"] == "50.00%"


def test_last_figures_of_lines_stand_beside_them_and_apart():
    rows = [Row(f"{n}月", (100, n, 0)) for n in (1, 2)]
    lines = draw(chart(Kind.LINE, *rows, series=("決定", "支払", "返還")))["lines"]
    told = [[p for p in line["points"] if p["figure"]] for line in lines]

    assert [[p["figure"] for p in points] for points in told] == [["100"], ["2"], ["0"]]
    heights = sorted(points[0]["figure_y"] for points in told)
    assert all(below - above >= 20 for above, below in pairwise(heights))
    assert all(float(p["x"][:-1]) < float(p["figure_x"][:-1]) for (p,) in told)


def test_tiles_are_the_47_prefectures_each_in_a_place_of_its_own():
    places = {(column, line) for column, line, _ja, _en in TILES.values()}

    assert set(TILES) == set(PREFECTURES)
    assert len(places) == len({en for *_place, en in TILES.values()}) == 47
    assert all(PREFECTURES[code][0].startswith(ja) for code, (_c, _l, ja, _en) in TILES.items())
    assert all(PREFECTURES[code][1][0] == en[0] for code, (_c, _l, _ja, en) in TILES.items())


def test_tiles_are_the_darker_the_more():
    rows = [Row("", (n,), key=f"{n:02}") for n in (1, 2, 5, 8)]
    levels = [tile["level"] for tile in draw(chart(Kind.TILES, *rows))["tiles"]]

    assert [levels[n - 1] for n in (1, 2, 3, 5, 8)] == [1, 1, 0, 3, 4]


def test_what_does_not_add_up_has_no_sum():
    rows = (Row("甲", (1,)), Row("乙", (2,)))

    assert chart(Kind.BAR, *rows).foot == ["合計", 3]
    assert chart(Kind.BAR, *rows, adds_up=False).foot == []


def test_names_are_text_and_marked_as_japanese_in_english():
    with translation.override("en"):
        page = drawn(chart(Kind.BAR, Row("<b>甲</b>", (1,))))

    assert "<b>" not in page
    assert '<text class="chart__label" x="0" y="15" lang="ja">&lt;b&gt;甲&lt;/b&gt;</text>' in page


def test_gallery_shows_every_kind_and_ids_once(client):
    page = client.get("/components/").content.decode()
    ids = re.findall(r'\bid="(sample-[^"]+)"', page)

    assert {sample.kind for sample in chart_samples()} == set(Kind)
    assert len(ids) == len(set(ids))
    assert page.count('role="img"') >= 5
