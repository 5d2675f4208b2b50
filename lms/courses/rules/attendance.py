"""Attendance: what counts, when a person may check in, and what a calendar file says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

OPENS_BEFORE = timedelta(minutes=30)
CLOSES_AFTER = timedelta(minutes=30)
_FOLD = 73  # octets of a line, before the blank that goes on (RFC 5545 3.1)


class AttendanceState(StrEnum):
    """How somebody attended a session."""

    PRESENT = "present"
    PARTIAL = "partial"
    EXCUSED = "excused"
    ABSENT = "absent"


def attended_percent(states: Sequence[AttendanceState | None]) -> int | None:
    """Return the share of sessions attended, rounded down; None when no session counts.

    Args:
        states: one for each session that was held or will be; None: nothing was noted, which counts as absent.

    Rule: partial counts half; an excused session is left out on both sides.
    """
    counted = [state for state in states if state is not AttendanceState.EXCUSED]
    if not counted:
        return None
    halves = sum({AttendanceState.PRESENT: 2, AttendanceState.PARTIAL: 1}.get(state, 0) for state in counted if state)
    return halves * 50 // len(counted)


def check_in_window(starts_at: datetime, ends_at: datetime) -> tuple[datetime, datetime]:
    """Return from when until when a code counts: half an hour before the start to half an hour after the end."""
    return starts_at - OPENS_BEFORE, ends_at + CLOSES_AFTER


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """One entry of a calendar file; `starts` and `ends` are both instants or both days (end exclusive)."""

    uid: str
    sequence: int
    title: str
    place: str
    url: str
    starts: datetime | date
    ends: datetime | date
    changed_at: datetime
    is_cancelled: bool = False


def _escaped(text: str) -> str:
    for sign, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r", ""), ("\n", "\\n")):
        text = text.replace(sign, written)
    return text


def _folded(line: str) -> str:
    """Return a line broken so that no part is longer than 75 octets, never inside a letter."""
    parts, held = [], ""
    for letter in line:
        if len((held + letter).encode()) > _FOLD:
            parts.append(held)
            held = letter
        else:
            held += letter
    return "\r\n ".join([*parts, held])


def _when(name: str, value: datetime | date) -> str:
    if isinstance(value, datetime):
        return f"{name}:{value.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return f"{name};VALUE=DATE:{value:%Y%m%d}"


def calendar_text(events: Iterable[CalendarEvent], *, name: str) -> str:
    """Return an iCalendar file (RFC 5545): instants in UTC, so that every device shows its own zone."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Bina//Jadwal//ID", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    lines.append(f"X-WR-CALNAME:{_escaped(name)}")
    for event in events:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{event.uid}",
            f"SEQUENCE:{event.sequence}",
            f"DTSTAMP:{event.changed_at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
            _when("DTSTART", event.starts),
            _when("DTEND", event.ends),
            f"SUMMARY:{_escaped(event.title)}",
            *([f"LOCATION:{_escaped(event.place)}"] if event.place else []),
            f"URL:{event.url}",
            f"STATUS:{'CANCELLED' if event.is_cancelled else 'CONFIRMED'}",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "\r\n".join(_folded(line) for line in lines) + "\r\n"
