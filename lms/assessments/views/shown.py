"""What pages show of questions: legend and body, options, words for responses.

No key passes through here unless a page of results or of managers asks for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from markupsafe import Markup

from lms.assessments.rules import Verdict, kind_of
from lms.core.richtext import render_inline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FIRST = re.compile(r"<p>(.*?)</p>\s*", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


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
    """One option of a question on a page."""

    code: str
    letter: str
    text: Markup
    checked: bool


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """A question on a page: what a learner may see, with the own response filled in."""

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


def shown_question(item: Any) -> ShownQuestion:
    """Return a question of an attempt as its page shows it.

    Args:
        item: queries.SheetItem.
    """
    question = kind_of(item.kind).question(item.body, item.option_order)
    chosen = set((item.payload or {}).get("options", ()))
    legend, rest = stem_parts(item.stem_html)
    hints = {
        "checkbox": _("Boleh memilih lebih dari satu."),
        "text": _("Tulis jawaban singkat. Huruf besar, spasi, dan tanda baca tidak dinilai."),
    }
    if item.body.get("case_sensitive"):
        hints["text"] = _("Tulis jawaban singkat. Huruf besar dan kecil dibedakan.")
    return ShownQuestion(
        number=item.number,
        public_id=item.public_id,
        legend=legend,
        rest=rest,
        control=question.control,
        hint=hints.get(question.control, ""),
        choices=tuple(
            ShownChoice(choice.code, choice.letter, inline(choice.text), choice.code in chosen)
            for choice in question.choices
        ),
        text=(item.payload or {}).get("text", ""),
        is_flagged=item.is_flagged,
        revision=item.revision,
        has_conflict=item.has_conflict,
    )


def response_words(kind: str, body: Mapping[str, Any], payload: Mapping[str, Any] | None, order: Sequence[str]) -> str:
    """Return a response in words: `B. Mencatat aduan`, or what was typed."""
    if not payload:
        return _("tidak dijawab")
    if "text" in payload:
        return str(payload["text"])
    choices = {choice.code: choice for choice in kind_of(kind).question(body, order).choices}
    parts = []
    for code in sorted(payload.get("options", ()), key=lambda one: choices[one].letter if one in choices else ""):
        if code in choices:
            choice = choices[code]
            parts.append(f"{choice.letter}. {choice.text}" if choice.letter else choice.text)
    return "; ".join(parts)


def verdicts(item: Any) -> list[Verdict]:
    """Return options with feedback, for an attempt that is over."""
    return kind_of(item.kind).review(item.body, item.payload, item.option_order)
