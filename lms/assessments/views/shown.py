"""What pages show of questions: legend and body, options, words for responses.

No key passes through here unless a page of results or of managers asks for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from markupsafe import Markup, escape

from lms.assessments.rules import Question, Verdict, kind_names, kind_of
from lms.core.richtext import render_inline, render_markdown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FIRST = re.compile(r"<p>(.*?)</p>\s*", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_GAP = re.compile(r"\[\[([0-9A-Za-z-]{1,10})\]\]")


@lru_cache(maxsize=4096)
def inline(text: str) -> Markup:
    """Return one line of Markdown as safe inline HTML."""
    return Markup(render_inline(text))  # noqa: S704 -- passed the allow-list


@lru_cache(maxsize=2048)
def stem_parts(html: str) -> tuple[Markup, Markup]:
    """Return the first paragraph of a stem, for the legend, and what follows it."""
    first = _FIRST.match(html)
    if first is None:
        return Markup(""), Markup(html)  # noqa: S704 -- stored HTML passed the allow-list
    return Markup(first.group(1)), Markup(html[first.end() :])  # noqa: S704 -- likewise


@lru_cache(maxsize=2048)
def stem_words(html: str, limit: int = 110) -> str:
    """Return the beginning of a stem as plain text, cut at a word."""
    plain = Markup(_TAG.sub(" ", html)).unescape()  # noqa: S704 -- tags are gone, entities are text
    plain = " ".join(plain.split())
    return plain if len(plain) <= limit else plain[:limit].rsplit(" ", 1)[0] + " …"


@dataclass(frozen=True, slots=True)
class ShownChoice:
    """One option of a question on a page.

    Args:
        shape: how its place on a picture is drawn: tag and attributes, and where its letter stands.
    """

    code: str
    letter: str
    text: Markup
    checked: bool
    words: str = ""
    shape: tuple[str, dict[str, str], str, str] | tuple[()] = ()


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One part of a question with a control of its own."""

    code: str
    number: int
    text: Markup
    choices: tuple[ShownChoice, ...]
    many: bool
    size: int
    value: str


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """A question on a page: what a learner may see, with the own response filled in.

    Args:
        codes: the response as the page sends it, for the script that keeps it.
        pieces: text of a cloze, cut at its gaps: each piece with the row that follows it.
    """

    number: int
    public_id: str
    legend: Markup
    rest: Markup
    control: str
    hint: str
    choices: tuple[ShownChoice, ...]
    text: str
    is_flagged: bool
    revision: int
    has_conflict: bool
    codes: tuple[str, ...] = ()
    rows: tuple[ShownRow, ...] = ()
    pieces: tuple[tuple[Markup, ShownRow | None], ...] = ()
    picture: tuple[str, str, int, int] | tuple[()] = ()
    many: bool = False


def kind_words() -> dict[str, str]:
    """Return the words for each kind, in the reader's language."""
    return {name: _(kind_of(name).label) for name in kind_names()}


def filled(html: str, values: Sequence[tuple[str, str]]) -> str:
    """Return a stem with the figures of an attempt in the places of `{name}`."""
    for name, value in values:
        html = html.replace("{" + name + "}", str(escape(value)))
    return html


def stem_of(item: Any) -> str:
    """Return the HTML of a stem as this attempt shows it.

    Args:
        item: anything with kind, body, stem_html and option_order.
    """
    return filled(item.stem_html, kind_of(item.kind).question(item.body, item.option_order).values)


@lru_cache(maxsize=1024)
def _gap_text(text: str) -> tuple[tuple[str, str], ...]:
    """Return the HTML of a cloze, cut at its gaps: piece and code of the gap that follows it."""
    parts = _GAP.split(render_markdown(text, heading_shift=2, id_prefix="isian-").html)
    return tuple(zip(parts[::2], [*parts[1::2], ""], strict=True))


def _shape(place: Any) -> tuple[str, dict[str, str], str, str] | tuple[()]:
    if not place:
        return ()
    kind, numbers = place
    told = [f"{number:g}" for number in numbers]
    if kind == "circle":
        return "circle", dict(zip(("cx", "cy", "r"), told, strict=True)), told[0], told[1]
    if kind == "ellipse":
        return "ellipse", dict(zip(("cx", "cy", "rx", "ry"), told, strict=True)), told[0], told[1]
    if kind == "poly":
        corners = " ".join(f"{x},{y}" for x, y in zip(told[::2], told[1::2], strict=True))
        x, y = (sum(numbers[n::2]) / len(numbers[n::2]) for n in (0, 1))
        return "polygon", {"points": corners}, f"{x:g}", f"{y:g}"
    left, top, right, bottom = numbers
    width, height = abs(right - left), abs(bottom - top)
    attributes = {
        "x": f"{min(left, right):g}", "y": f"{min(top, bottom):g}", "width": f"{width:g}", "height": f"{height:g}",
    }  # fmt: skip
    return "rect", attributes, f"{(left + right) / 2:g}", f"{(top + bottom) / 2:g}"


def _rows(question: Question, given: set[str]) -> tuple[ShownRow, ...]:
    typed = dict(one.partition("=")[::2] for one in given)
    return tuple(
        ShownRow(
            row.code, number, inline(row.text) if row.text else Markup(""),
            tuple(
                ShownChoice(
                    choice.code, choice.letter, inline(choice.text), f"{row.code}={choice.code}" in given,
                    words=_words(choice.text),
                )
                for choice in row.choices
            ),
            row.many, row.size, "" if row.choices else typed.get(row.code, ""),
        )
        for number, row in enumerate(question.rows, 1)
    )  # fmt: skip


@lru_cache(maxsize=4096)
def _words(text: str) -> str:
    """Return one line of Markdown as plain words, for lists that cannot show more."""
    return str(Markup(_TAG.sub("", render_inline(text))).unescape())  # noqa: S704 -- tags are gone


def shown_question(item: Any) -> ShownQuestion:
    """Return a question of an attempt as its page shows it.

    Args:
        item: queries.SheetItem.
    """
    question = kind_of(item.kind).question(item.body, item.option_order)
    given = tuple((item.payload or {}).get("options", ()))
    chosen = set(given)
    legend, rest = stem_parts(filled(item.stem_html, question.values))
    rows = _rows(question, chosen)
    by_code = {row.code: row for row in rows}
    return ShownQuestion(
        number=item.number,
        public_id=item.public_id,
        legend=legend,
        rest=rest,
        control=question.control,
        hint=_(question.hint) if question.hint else "",
        choices=tuple(
            ShownChoice(
                choice.code, choice.letter, inline(choice.text), choice.code in chosen, shape=_shape(choice.place)
            )
            for choice in question.choices
        ),
        text=(item.payload or {}).get("text", question.text if question.control == "area" else ""),
        is_flagged=item.is_flagged,
        revision=item.revision,
        has_conflict=item.has_conflict,
        codes=given,
        rows=rows,
        pieces=tuple(
            (Markup(piece), by_code.get(code))  # noqa: S704 -- passed the allow-list
            for piece, code in (_gap_text(question.text) if question.control == "gaps" else ())
        ),
        picture=question.picture,
        many=question.many,
    )


def response_words(kind: str, body: Mapping[str, Any], payload: Mapping[str, Any] | None, order: Sequence[str]) -> str:
    """Return a response in words: `B. Mencatat aduan`, or what was typed."""
    return kind_of(kind).words(body, dict(payload), order) if payload else _("tidak dijawab")


def verdicts(item: Any) -> list[Verdict]:
    """Return options with feedback, for an attempt that is over."""
    return kind_of(item.kind).review(item.body, item.payload, item.option_order)
