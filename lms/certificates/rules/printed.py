"""What a certificate prints, as plain values: gathered once, kept as the snapshot of the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Final

from lms.certificates.rules.numbers import jp_in_words

SNAPSHOT_FORMAT: Final = 1
_MONTHS: Final = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom the certificate is for, as on the day of completion.

    Args:
        number: NIP or NI PPPK, 18 digits, or empty for people without one.
        rank: `Penata Muda Tingkat I, III/b`, `Golongan IX`, or empty.
        workplace: position and units in one line.
    """

    employee_id: int
    name: str
    number: str
    number_label: str
    rank: str
    workplace: str
    timezone: str


@dataclass(frozen=True, slots=True)
class Part:
    """A module of the course with its minutes."""

    title: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """A competency level that the course aims at."""

    code: str
    name: str
    level: int


@dataclass(frozen=True, slots=True)
class Training:
    """What was learnt, from the frozen course version and the run.

    Args:
        exam_percent: score of the attempt that passed, None when the course has no exam.
    """

    course_id: int
    course_version_id: int
    title: str
    version_number: int
    form: str
    credit_jp: int
    organiser: str
    partner: str
    place: str
    starts_on: date
    ends_on: date
    parts: tuple[Part, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    exam_title: str = ""
    exam_percent: float | None = None
    exam_pass_percent: int | None = None


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who signs, as on the day of issue; an empty name leaves room for a pen."""

    position: str
    name: str = ""
    rank: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Office and wording of a template, from its settings."""

    agency: str
    office: str
    unit: str
    archive_class: str
    place: str
    legal_basis: str
    qualification: str
    title: str
    signatory: Signatory = field(default_factory=lambda: Signatory(""))


def day_in_words(day: date) -> str:
    """Return `30 November 2026`; letters are always in Indonesian."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def period_in_words(first: date, last: date) -> str:
    """Return `30 November 2026`, `9 s.d. 30 November 2026` or `30 Oktober s.d. 2 November 2026`."""
    if first == last:
        return day_in_words(last)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} s.d. {day_in_words(last)}"
    if first.year == last.year:
        return f"{first.day} {_MONTHS[first.month - 1]} s.d. {day_in_words(last)}"
    return f"{day_in_words(first)} s.d. {day_in_words(last)}"


def decimal_in_words(value: float) -> str:
    """Return `82,5` or `90`."""
    return f"{value:.1f}".removesuffix(".0").replace(".", ",")


def snapshot(
    *, holder: Holder, training: Training, letterhead: Letterhead, shares: list[int], number: str, code: str,
    issued_on: date, template: tuple[str, int],
) -> dict[str, Any]:  # fmt: skip
    """Return every printed value as JSON; nothing printed is ever read from anywhere else.

    Args:
        shares: JP of each part, in their order.
        template: code and version of the template.
    """
    return {
        "format": SNAPSHOT_FORMAT,
        "template": {"code": template[0], "version": template[1]},
        "letterhead": asdict(letterhead),
        "holder": asdict(holder),
        "training": {
            **asdict(training),
            "starts_on": training.starts_on.isoformat(),
            "ends_on": training.ends_on.isoformat(),
            "period": period_in_words(training.starts_on, training.ends_on),
            "jp_words": jp_in_words(training.credit_jp),
            "parts": [
                {"title": part.title, "minutes": part.minutes, "jp": jp}
                for part, jp in zip(training.parts, shares, strict=True)
            ],
            "outcomes": [asdict(outcome) for outcome in training.outcomes],
            "exam_score": "" if training.exam_percent is None else decimal_in_words(training.exam_percent),
        },
        "number": number,
        "code": code,
        "issued_on": issued_on.isoformat(),
        "issued_on_words": day_in_words(issued_on),
    }


def training_of(kept: Mapping[str, Any]) -> Training:
    """Return the training of an earlier snapshot, for the certificate that takes its place."""
    values = dict(kept["training"])
    for extra in ("period", "jp_words", "exam_score"):
        values.pop(extra, None)
    values["starts_on"] = date.fromisoformat(values["starts_on"])
    values["ends_on"] = date.fromisoformat(values["ends_on"])
    values["parts"] = tuple(Part(part["title"], part["minutes"]) for part in values["parts"])
    values["outcomes"] = tuple(Outcome(**outcome) for outcome in values["outcomes"])
    return Training(**values)


def workplace_line(position: str, units: list[str]) -> str:
    """Return `Lurah Boting, Kecamatan Wara`: the position and its units, nearest first.

    A unit whose own name the position already bears is not said twice.
    """
    names = [position] if position else []
    for unit in units:
        proper = unit.split(" ", 1)[-1]
        if not (position and position.endswith((unit, proper))):
            names.append(unit)
    return ", ".join(names)
