"""Charts as SVG written on the server; each comes with the same data as a table.

Own builders rather than a library: no script, no style, colours by classes of our style sheet
(`chart`, `ch-s1` … `ch-s6`, `ch-axis`, `ch-grid`, `ch-text`, `ch-value`), and a few kilobytes each.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH = 640
_ROW = 34
_LABEL_CHARACTERS = 34
_SERIES_COLOURS = 6


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn chart and its table twin.

    Args:
        svg: one `<svg>` element with title and description.
        header, rows: the same data for a table beside it; text as a person reads it.
    """

    svg: str
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Series:
    """A named row of values; None leaves a gap."""

    name: str
    values: Sequence[float | None]


def number_text(value: float | None, *, decimals: int = 0, unit: str = "") -> str:
    """Return a number in Indonesian writing, such as `1.234,5 JP`; a dash for none."""
    if value is None or not math.isfinite(value):
        return "–"
    text = f"{value:,.{decimals}f}".replace(",", "\0").replace(".", ",").replace("\0", ".")
    return f"{text}{unit}" if unit in {"", "%"} else f"{text} {unit}"


def nice_ceiling(value: float) -> float:
    """Return a round number at or above the value: 1, 2 or 5 times a power of ten."""
    if value <= 0 or not math.isfinite(value):
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    for step in (1, 2, 5, 10):
        if step * power >= value * (1 - 1e-12):
            return float(step * power)
    return 10 * power


def _short(text: str, limit: int = _LABEL_CHARACTERS) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _at(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _text(x: float, y: float, content: str, *, css: str = "ch-text", anchor: str = "start") -> str:
    return f'<text x="{_at(x)}" y="{_at(y)}" class="{css}" text-anchor="{anchor}">{escape(content)}</text>'


def _bar(x: float, y: float, width: float, *, css: str, height: float = 18) -> str:
    return f'<rect x="{_at(x)}" y="{_at(y)}" width="{_at(max(width, 0))}" height="{_at(height)}" class="{css}"/>'


def _svg(parts: Sequence[str], *, title: str, description: str, height: float) -> str:
    body = "".join(parts)
    mark = hashlib.sha256(f"{title}\0{description}\0{body}".encode()).hexdigest()[:10]
    return (
        f'<svg class="chart" role="img" viewBox="0 0 {WIDTH} {_at(height)}" '
        f'aria-labelledby="ch-{mark}-t ch-{mark}-d" preserveAspectRatio="xMinYMin meet" focusable="false">'
        f'<title id="ch-{mark}-t">{escape(title)}</title><desc id="ch-{mark}-d">{escape(description)}</desc>'
        f"{body}</svg>"
    )


def _legend(names: Sequence[str], y: float) -> list[str]:
    parts: list[str] = []
    x = 0.0
    for index, name in enumerate(names):
        parts.append(_bar(x, y - 10, 12, css=f"ch-s{index % _SERIES_COLOURS + 1}", height=12))
        parts.append(_text(x + 18, y, _short(name, 28)))
        x += 34 + 7.2 * min(len(name), 28)
    return parts


def bar_chart(
    title: str,
    items: Sequence[tuple[str, float | None]],
    *,
    description: str = "",
    label: str = "Nama",
    value_label: str = "Nilai",
    unit: str = "",
    decimals: int = 0,
    maximum: float | None = None,
    target: float | None = None,
    target_label: str = "",
) -> Chart:
    """Return horizontal bars, in the order given; a missing value is told as such.

    Args:
        maximum: end of the scale; a round number above the values when left out.
        target: a line across all bars, such as 20 JP.
    """
    values = [value for _name, value in items if value is not None]
    top = maximum or nice_ceiling(max([*values, target or 0], default=1))
    left, right = 230.0, 70.0
    span = WIDTH - left - right
    parts: list[str] = []
    head = 24.0 if target is not None else 4.0
    for index, (name, value) in enumerate(items):
        y = head + index * _ROW
        shown = number_text(value, decimals=decimals, unit=unit)
        parts.append(_text(left - 10, y + 18, _short(name), anchor="end"))
        parts.append(_bar(left, y + 4, span, css="ch-grid"))
        length = span * min(max(value or 0, 0) / top, 1)
        if value is not None:
            parts.append(_bar(left, y + 4, length, css="ch-s1"))
        parts.append(_text(WIDTH - right + 8, y + 18, shown, css="ch-value"))
    height = head + len(items) * _ROW + 4
    if target is not None:
        x = left + span * min(max(target, 0) / top, 1)
        parts.append(f'<line x1="{_at(x)}" y1="{_at(head - 4)}" x2="{_at(x)}" y2="{_at(height)}" class="ch-target"/>')
        note = target_label or number_text(target, decimals=decimals, unit=unit)
        parts.append(_text(x, 14, note, anchor="middle"))
    rows = tuple((name, number_text(value, decimals=decimals, unit=unit)) for name, value in items)
    about = description or "; ".join(f"{name} {shown}" for name, shown in rows[:12])
    return Chart(_svg(parts, title=title, description=about, height=height), title, (label, value_label), rows)


def share_chart(
    title: str,
    items: Sequence[tuple[str, Sequence[int]]],
    *,
    names: Sequence[str],
    description: str = "",
    label: str = "Nama",
) -> Chart:
    """Return stacked bars of shares, such as people who meet, are below, or lack evidence.

    Args:
        items: each with as many counts as `names`; a row whose counts are all 0 stays empty.
    """
    left, right = 230.0, 12.0
    span = WIDTH - left - right
    head = 30.0
    parts = _legend(names, 14)
    for index, (name, counts) in enumerate(items):
        y, x = head + index * _ROW, left
        parts.append(_text(left - 10, y + 18, _short(name), anchor="end"))
        parts.append(_bar(left, y + 4, span, css="ch-grid"))
        total = sum(counts)
        for place, count in enumerate(counts):
            width = span * count / total if total else 0
            if width > 0:
                parts.append(_bar(x, y + 4, width, css=f"ch-s{place % _SERIES_COLOURS + 1}"))
            if width > 34:
                parts.append(_text(x + width / 2, y + 18, number_text(count), css="ch-on", anchor="middle"))
            x += width
    rows = tuple((name, *(number_text(count) for count in counts)) for name, counts in items)
    about = description or f"{len(items)} baris; {', '.join(names)}"
    height = head + len(items) * _ROW + 4
    return Chart(_svg(parts, title=title, description=about, height=height), title, (label, *names), rows)


def line_chart(
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    description: str = "",
    label: str = "Waktu",
    unit: str = "",
    decimals: int = 0,
    maximum: float | None = None,
) -> Chart:
    """Return lines over an ordered axis; series differ by colour class and by mark."""
    values = [value for one in series for value in one.values if value is not None]
    top = maximum or nice_ceiling(max(values, default=1))
    left, right, head, foot, height = 62.0, 16.0, 34.0, 30.0, 280.0
    span, tall = WIDTH - left - right, height - head - foot
    parts = _legend([one.name for one in series], 14)
    for step in range(5):
        y = head + tall * step / 4
        parts.append(f'<line x1="{_at(left)}" y1="{_at(y)}" x2="{_at(WIDTH - right)}" y2="{_at(y)}" class="ch-rule"/>')
        tick = number_text(top * (4 - step) / 4, decimals=decimals if top > 4 else max(decimals, 1))
        parts.append(_text(left - 8, y + 4, tick, anchor="end"))
    gap = span / max(len(labels) - 1, 1)
    every = math.ceil(len(labels) / 8) or 1
    for index, name in enumerate(labels):
        if index % every == 0:
            parts.append(_text(left + gap * index, height - 8, _short(name, 12), anchor="middle"))
    for place, one in enumerate(series):
        parts.extend(
            _line(
                one.values,
                css=f"ch-s{place % _SERIES_COLOURS + 1}",
                left=left,
                gap=gap,
                head=head,
                tall=tall,
                top=top,
            )
        )
    rows = tuple(
        (name, *(number_text(one.values[index], decimals=decimals, unit=unit) for one in series))
        for index, name in enumerate(labels)
    )
    about = description or f"{len(labels)} titik; {', '.join(one.name for one in series)}"
    header = (label, *(one.name for one in series))
    return Chart(_svg(parts, title=title, description=about, height=height), title, header, rows)


def _line(
    values: Sequence[float | None], *, css: str, left: float, gap: float, head: float, tall: float, top: float
) -> list[str]:
    parts: list[str] = []
    path: list[str] = []
    for index, value in enumerate(values):
        if value is None:
            path.append("")
            continue
        x, y = left + gap * index, head + tall * (1 - min(max(value, 0) / top, 1))
        path.append(f"{_at(x)},{_at(y)}")
        parts.append(f'<circle cx="{_at(x)}" cy="{_at(y)}" r="4" class="{css} ch-dot"/>')
    stretch: list[str] = []
    for point in [*path, ""]:
        if point:
            stretch.append(point)
            continue
        if len(stretch) > 1:
            parts.insert(0, f'<polyline points="{" ".join(stretch)}" class="{css} ch-line" fill="none"/>')
        stretch = []
    return parts
