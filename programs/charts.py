"""Figures drawn by the server: one object gives the picture, its table and its CSV.

Lengths along a bar or a line are per cent and heights are pixels, so that the letters keep their
size from 320 px to paper.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate, pairwise
from typing import Any
from unicodedata import east_asian_width

from django.utils.translation import gettext as _

BAND = 20  # px: the height of a line of letters, and of a bar
GAP = 12
LABEL_WIDTH = 28  # half-width letters that fit beside the figure at 320 px
PLOT = 180
BESIDE = 68  # per cent of the width for lines whose last figures stand to their right
LEVELS = 4  # of the tile map
SERIES = 6  # as many as can be told apart
_WORD = re.compile(r"[!-~]+ ?|.")


class Kind(StrEnum):
    """How the figures are drawn."""

    BAR = "bar"
    GROUPED = "grouped"
    STACKED = "stacked"
    LINE = "line"
    TILES = "tiles"


@dataclass(frozen=True)
class Row:
    """One row of figures; `key` is a prefecture's code, `short` what fits under a point."""

    label: str
    values: tuple[int, ...]
    key: str = ""
    short: str = ""

    @property
    def total(self) -> int:
        """Return the sum over the series."""
        return sum(self.values)


@dataclass(frozen=True)
class Chart:
    """Figures by row and series; what is drawn and what the table says cannot differ."""

    name: str
    title: str
    kind: Kind
    head: str
    unit: str
    series: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""
    adds_up: bool = True  # a project counts in each of its categories

    @property
    def is_empty(self) -> bool:
        """Say whether there is nothing to draw."""
        return not any(row.total for row in self.rows)

    @property
    def columns(self) -> list[Any]:
        """Return the heads of the table, the sum last where there are several series."""
        series = (*self.series, _("total")) if len(self.series) > 1 else self.series
        return [self.head, *({"label": s, "unit": self.unit, "numeric": True} for s in series)]

    @property
    def cells(self) -> list[list[Any]]:
        """Return the table's rows, in the order of the picture."""
        return [self._cells(row.label, row.values) for row in self.rows]

    @property
    def foot(self) -> list[Any]:
        """Return the line of sums, where there is something to add up."""
        if len(self.rows) < 2 or not self.adds_up:
            return []
        return self._cells(_("total"), [sum(column) for column in self.by_series()])

    @property
    def in_words(self) -> str:
        """Return what a listener hears instead of the picture."""
        if self.is_empty:
            return _("There are no figures yet.")
        top = max(self.rows, key=lambda row: row.total)
        return _("The largest is %(label)s with %(value)s. The table has every figure.") % {
            "label": top.label,
            "value": self.figure(top.total),
        }

    def figure(self, value: int) -> str:
        """Write a figure with its unit."""
        return _("%(value)s %(unit)s") % {"value": f"{value:,}", "unit": self.unit}

    def _cells(self, label: str, values: Any) -> list[Any]:
        return [label, *values, sum(values)] if len(self.series) > 1 else [label, *values]

    def by_series(self) -> list[tuple[int, ...]]:
        """Return the figures column by column."""
        return list(zip(*(row.values for row in self.rows), strict=True))


def draw(chart: Chart) -> dict[str, Any]:
    """Return the shapes of the picture, for the component."""
    return {"height": 0} if chart.is_empty else _DRAWN[chart.kind](chart)


def _bars(chart: Chart) -> dict[str, Any]:
    """Draw each row under its own name; the bars of a group stand one below the other."""
    most = max(_longest(chart, row) for row in chart.rows)
    groups, y = [], 0
    for row in chart.rows:
        lines = _lines(row.label)
        top = y + BAND * len(lines)
        parts = _parts(chart, row, most, top + 4)
        groups.append(
            {
                "lines": [{"text": text, "y": y + BAND * i + 15} for i, text in enumerate(lines)],
                "name": row.label if len(lines) > 1 else "",
                "name_y": top - 5,
                "figure": f"{row.total:,}" if chart.kind != Kind.GROUPED else "",
                "figure_y": top - 5,
                "parts": parts,
            }
        )
        y = max(part["y"] for part in parts) + BAND + GAP
    return {"groups": groups, "height": y - GAP + 2}


def _longest(chart: Chart, row: Row) -> int:
    return max(row.values) if chart.kind == Kind.GROUPED else row.total


def _parts(chart: Chart, row: Row, most: int, y: int) -> list[dict[str, Any]]:
    """Return a row's bars: in one line where they add up, else one a line with its figure."""
    grouped = chart.kind == Kind.GROUPED
    starts = [0] * len(row.values) if grouped else [0, *accumulate(row.values)][:-1]
    scale = (80 if grouped else 100) / most
    return [
        {
            "series": number % SERIES + 1,
            "x": f"{start * scale:.2f}%",
            "width": f"{value * scale:.2f}%",
            "end": f"{value * scale + 1:.2f}%",
            "y": y + number * (BAND + 2) if grouped else y,
            "title": f"{row.label} {name} {chart.figure(value)}",
            "figure": f"{value:,}" if grouped else "",
        }
        for number, (name, start, value) in enumerate(
            zip(chart.series, starts, row.values, strict=True)
        )
        if value or grouped
    ] or [{"series": 1, "x": "0%", "width": "0%", "y": y, "title": row.label, "figure": ""}]


def _lines(text: str) -> list[str]:
    """Break a long name where the narrowest screen must; full-width letters count two."""
    lines, width = [""], 0
    for word in _WORD.findall(text):
        size = sum(2 if east_asian_width(letter) in "FWA" else 1 for letter in word)
        if lines[-1] and width + size > LABEL_WIDTH:
            lines.append("")
            width = 0
        lines[-1] += word
        width += size
    return lines


def _line(chart: Chart) -> dict[str, Any]:
    """Draw points over time; every series is a line of its own."""
    most = max(max(row.values) for row in chart.rows)
    is_one = len(chart.series) == 1
    step = (100 if is_one else BESIDE) / len(chart.rows)
    xs = [step * (number + 0.5) for number in range(len(chart.rows))]
    every = -(-len(xs) // 6)  # names under the points must not run into each other
    lines = []
    ends = _apart([_height(row, most) for row in chart.rows[-1].values])
    for number, values in enumerate(chart.by_series()):
        points = [
            {
                "x": f"{x:.2f}%",
                "y": _height(value, most),
                "figure": f"{value:,}" if _has_room(chart, index) else "",
                "figure_x": f"{x:.2f}%" if is_one else f"{BESIDE + 1}%",
                "figure_y": _height(value, most) - 12 if is_one else ends[number] + 5,
                "anchor": "middle" if is_one else "start",
                "title": f"{row.label} {chart.series[number]} {chart.figure(value)}",
            }
            for index, (x, value, row) in enumerate(zip(xs, values, chart.rows, strict=True))
        ]
        pairs = [{"from": a, "to": b} for a, b in pairwise(points)]
        lines.append({"series": number % SERIES + 1, "points": points, "pairs": pairs})
    names = [
        {"x": f"{x:.2f}%", "text": row.short or row.label}
        for index, (x, row) in enumerate(zip(xs, chart.rows, strict=True))
        if index % every == 0
    ]
    return {"lines": lines, "names": names, "base": 30 + PLOT, "height": PLOT + 60}


def _height(value: int, most: int) -> int:
    return round(30 + PLOT * (1 - value / most))


def _apart(heights: list[int]) -> list[int]:
    """Return where the figures of the last points stand, none over another, from top to bottom."""
    order = sorted(range(len(heights)), key=lambda number: heights[number])
    found = dict.fromkeys(order, 0)
    lowest = 21 + PLOT - BAND * (len(order) - 1)  # above the axis
    for place, number in enumerate(order):
        above = found[order[place - 1]] + BAND if place else 0
        found[number] = max(above, min(heights[number], lowest + BAND * place))
    return [found[number] for number in range(len(heights))]


def _has_room(chart: Chart, index: int) -> bool:
    """Say whether the point's figure fits beside it at 320 px; the table has the others."""
    if len(chart.series) == 1 and len(chart.rows) <= 4:
        return True
    return index == len(chart.rows) - 1 or (index == 0 and len(chart.series) == 1)


def _tiles(chart: Chart) -> dict[str, Any]:
    """Draw the prefectures as tiles where they lie; the figure stands in each."""
    most = max(row.total for row in chart.rows)
    rows = {row.key: row for row in chart.rows}
    columns = 1 + max(column for column, _row, _ja, _en in TILES.values())
    tiles = []
    for code, (column, line, ja, en) in TILES.items():
        total = rows[code].total if code in rows else 0
        label = rows[code].label if code in rows else ja
        tiles.append(
            {
                "x": f"{100 * column / columns:.2f}%",
                "middle": f"{100 * (column + 0.48) / columns:.2f}%",
                "width": f"{96 / columns:.2f}%",
                "y": 42 * line,
                "level": -(-LEVELS * total // most),
                "ja": ja[:2],
                "full": ja if len(ja) > 2 else "",
                "en": en,
                "figure": f"{total:,}" if total else "",
                "title": f"{label} {chart.figure(total)}",
            }
        )
    lowest = max(line for _column, line, _ja, _en in TILES.values())
    return {"tiles": tiles, "height": 42 * (lowest + 1)}


_DRAWN = {
    Kind.BAR: _bars,
    Kind.GROUPED: _bars,
    Kind.STACKED: _bars,
    Kind.LINE: _line,
    Kind.TILES: _tiles,
}

# Column and line of each prefecture, and its name in two or three letters.
TILES: dict[str, tuple[int, int, str, str]] = {
    "01": (11, 0, "北海道", "Hkd"),
    "02": (11, 1, "青森", "Aom"),
    "03": (11, 2, "岩手", "Iwt"),
    "04": (11, 3, "宮城", "Myg"),
    "05": (10, 2, "秋田", "Akt"),
    "06": (10, 3, "山形", "Ygt"),
    "07": (10, 4, "福島", "Fks"),
    "08": (11, 5, "茨城", "Ibr"),
    "09": (10, 5, "栃木", "Tcg"),
    "10": (9, 5, "群馬", "Gnm"),
    "11": (9, 6, "埼玉", "Stm"),
    "12": (11, 6, "千葉", "Chb"),
    "13": (10, 6, "東京", "Tky"),
    "14": (9, 7, "神奈川", "Kng"),
    "15": (9, 4, "新潟", "Ngt"),
    "16": (8, 4, "富山", "Tym"),
    "17": (7, 4, "石川", "Isk"),
    "18": (6, 5, "福井", "Fki"),
    "19": (8, 6, "山梨", "Ymn"),
    "20": (8, 5, "長野", "Ngn"),
    "21": (7, 5, "岐阜", "Gif"),
    "22": (8, 7, "静岡", "Szo"),
    "23": (7, 6, "愛知", "Aic"),
    "24": (6, 7, "三重", "Mie"),
    "25": (6, 6, "滋賀", "Sga"),
    "26": (5, 6, "京都", "Kyt"),
    "27": (4, 7, "大阪", "Osk"),
    "28": (4, 6, "兵庫", "Hyg"),
    "29": (5, 7, "奈良", "Nar"),
    "30": (5, 8, "和歌山", "Wky"),
    "31": (3, 6, "鳥取", "Ttr"),
    "32": (2, 6, "島根", "Smn"),
    "33": (3, 7, "岡山", "Oky"),
    "34": (2, 7, "広島", "Hrs"),
    "35": (1, 7, "山口", "Ymg"),
    "36": (4, 9, "徳島", "Tks"),
    "37": (4, 8, "香川", "Kgw"),
    "38": (3, 8, "愛媛", "Ehm"),
    "39": (3, 9, "高知", "Koc"),
    "40": (1, 8, "福岡", "Fko"),
    "41": (0, 8, "佐賀", "Sag"),
    "42": (0, 9, "長崎", "Nsk"),
    "43": (0, 10, "熊本", "Kmm"),
    "44": (1, 9, "大分", "Oit"),
    "45": (1, 10, "宮崎", "Myz"),
    "46": (1, 11, "鹿児島", "Kgs"),
    "47": (0, 12, "沖縄", "Okn"),
}
