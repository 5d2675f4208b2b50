"""Crediting JP: one entry for one fact, after the caps; a correction is a counter-entry."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

from lms.core import clock
from lms.core.actor import SYSTEM, Actor, Permission
from lms.core.audit import record
from lms.core.errors import Forbidden, Invalid, NotFound, Refused
from lms.core.text import N_
from lms.courses import queries
from lms.courses.models import JpDay, JpEntry, JpRule, JpTarget
from lms.courses.rules import Credit, Rate, credit

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

RULES_FILE = Path(__file__).resolve().parents[2] / "content" / "jp.json"
_FORMAT = "bina-jp/1"


def load_jp_rules(session: Session, document: Mapping[str, Any] | None = None) -> int:
    """Add the rules and targets of a file that are not there yet; return how many were added.

    Rows that an agency has changed stay as they are: a rule is known by its form and first day.

    Args:
        document: content of a `bina-jp/1` file; the one that comes with the product when left out.

    Concurrency: the unique constraints decide; a second load adds nothing.
    """
    given = document if document is not None else json.loads(RULES_FILE.read_text(encoding="utf-8"))
    if given.get("format") != _FORMAT:
        raise Invalid(N_("Berkas aturan JP harus berformat %(format)s.", format=_FORMAT))
    added = 0
    for row in given["rules"]:
        added += _add(session, JpRule, ["learning_form", "valid_from_on"], _dated(row))
    for row in given["targets"]:
        added += _add(session, JpTarget, ["employee_status", "valid_from_on"], _dated(row))
    return added


def _dated(row: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: value for name, value in row.items() if name not in {"valid_from", "valid_to"}}
    values["valid_from_on"] = date.fromisoformat(row["valid_from"])
    values["valid_to_on"] = date.fromisoformat(row["valid_to"]) if row.get("valid_to") else None
    return values


def _add(session: Session, model: type[Any], keys: list[str], values: dict[str, Any]) -> int:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(model).values(**values).on_conflict_do_nothing(index_elements=keys).returning(model.id)
    return int(session.execute(statement).scalar_one_or_none() is not None)


def credit_jp(
    session: Session,
    actor: Actor = SYSTEM,
    *,
    employee_id: int,
    learning_form: int,
    label: str,
    source_kind: str,
    unique_key: str,
    source_id: int | None = None,
    held_on: date | None = None,
    minutes: int = 0,
    days: Mapping[date, int] | None = None,
    programme_jp: int | None = None,
    note: str = "",
    cost_amount: Decimal | None = None,
    cost_currency: str | None = None,
    now: datetime | None = None,
) -> JpEntry:
    """Write one activity into the ledger and return its entry; a second call returns the first entry.

    Args:
        learning_form: SIASN id 1 to 25; decides rule and caps.
        label: what the ledger shows, such as the course's title.
        source_kind, source_id: row that the entry comes from, such as ("session_log", 12).
        unique_key: one fact gives one entry, such as "mentoring:12".
        held_on, minutes: day (in the zone of the person's unit) and length of an activity of one day.
        days: minutes by day instead, for an activity of several days; `held_on` is then its last day.
        programme_jp: JP that the programme states: the JP of `program` forms, the most of `minutes` forms.
        note: why nothing more is proposed, when the caller has lowered `programme_jp`.

    Raises: Invalid: neither day nor days.
    Rule: docs/rules/courses.md#caps.
    Concurrency: holds the person's row, so that caps are counted one activity at a time.
    """
    spread = dict(days) if days else ({held_on: minutes} if held_on is not None else {})
    if not spread:
        raise Invalid(N_("Tanggal kegiatan belum diisi."))
    last = held_on if held_on is not None and not days else max(spread)
    held = queries.get_entry_by_key(session, unique_key)
    if held is not None:
        return held
    queries.lock_person(session, employee_id)
    held = queries.get_entry_by_key(session, unique_key)
    if held is not None:
        return held
    rule = _rule(session, learning_form, last)
    worth = _worth(
        session,
        rule,
        employee_id=employee_id,
        learning_form=learning_form,
        days=spread,
        last=last,
        programme_jp=programme_jp,
    )
    entry = JpEntry(
        employee_id=employee_id,
        rule_id=rule.id if rule is not None else None,
        learning_form=learning_form,
        held_on=last,
        year=last.year,
        label=label[:240],
        minutes=sum(spread.values()),
        proposed_jp=worth.proposed_jp,
        credited_jp=worth.credited_jp,
        cut_reason=(worth.reason or note)[:240],
        source_kind=source_kind,
        source_id=source_id,
        cost_amount=cost_amount,
        cost_currency=cost_currency,
        recorded_at=now or clock.now(),
        unique_key=unique_key,
    )
    session.add(entry)
    session.flush()  # the days and the audit row need entry.id
    _add_days(session, entry, worth.counted)
    record(
        session,
        actor,
        action="jp.credit",
        subject=("jp_entry", entry.id),
        person_id=employee_id,
        at=now,
        after={
            "jp": entry.credited_jp,
            "proposed": entry.proposed_jp,
            "form": learning_form,
            "label": entry.label,
        },
    )
    return entry


def _rule(session: Session, learning_form: int, on: date) -> JpRule | None:
    rule = queries.get_rule(session, learning_form, on=on)
    if rule is None and not queries.exists_rules(session):
        load_jp_rules(session)  # a new installation credits by the rules that come with the product
        rule = queries.get_rule(session, learning_form, on=on)
    return rule


def _worth(
    session: Session,
    rule: JpRule | None,
    *,
    employee_id: int,
    learning_form: int,
    days: Mapping[date, int],
    last: date,
    programme_jp: int | None,
) -> Credit:
    # A form without a rule is taken at the programme's word, as a rule of basis `program` would.
    rate = (
        Rate(rule.basis, rule.jp_per_basis, rule.max_jp_per_day, rule.max_sessions_per_month)
        if rule is not None
        else Rate("program")
    )
    used = queries.counted_minutes(session, employee_id, learning_form, list(days)) if rate.max_jp_per_day else {}
    sessions = (
        queries.credited_sessions(session, employee_id, learning_form, month=last)
        if rate.max_sessions_per_month is not None
        else 0
    )
    return credit(rate, days=days, used=used, sessions_used=sessions, programme_jp=programme_jp)


def _add_days(session: Session, entry: JpEntry, counted: Mapping[date, int]) -> None:
    session.add_all(
        JpDay(
            entry_id=entry.id,
            employee_id=entry.employee_id,
            learning_form=entry.learning_form,
            day_on=day,
            counted_minutes=minutes,
        )
        for day, minutes in sorted(counted.items())
        if minutes
    )


def correct_jp(
    session: Session, actor: Actor, entry_public_id: str, *, reason: str, now: datetime | None = None
) -> JpEntry:
    """Take back an entry by a counter-entry of the opposite amount; a second call returns the first one.

    The wrong entry stays as it is, and its minutes become free again under the cap.

    Raises: NotFound: absent, or of a person outside the actor's scope; Forbidden: one's own entry;
        Invalid: no reason; Refused: the entry is a counter-entry itself.
    """
    entry = queries.lock_entry(session, entry_public_id)
    if entry is None:
        raise NotFound(N_("Catatan JP itu tidak ada."))
    if not actor.is_system:
        _status, _contract, path = queries.get_person(session, entry.employee_id)
        if not actor.may_in(Permission.JP_MANAGE, path):
            raise NotFound(N_("Catatan JP itu tidak ada."))
        if entry.employee_id == actor.employee_id:
            raise Forbidden(N_("Catatan JP milik sendiri dikoreksi oleh petugas lain."))
    if entry.counter_to_id is not None:
        raise Refused(N_("Catatan koreksi tidak dapat dikoreksi lagi. Catat kegiatannya sekali lagi."))
    if not reason.strip():
        raise Invalid(N_("Tulis alasan koreksi."), fields={"alasan": N_("Tulis alasan koreksi.")})
    key = f"counter:{entry.public_id}"
    held = queries.get_entry_by_key(session, key)
    if held is not None:
        return held
    counter = JpEntry(
        employee_id=entry.employee_id,
        rule_id=entry.rule_id,
        learning_form=entry.learning_form,
        held_on=entry.held_on,
        year=entry.year,
        label=f"Koreksi: {entry.label}"[:240],
        minutes=-entry.minutes,
        proposed_jp=-entry.proposed_jp,
        credited_jp=-entry.credited_jp,
        cut_reason=reason.strip()[:240],
        source_kind=entry.source_kind,
        source_id=entry.source_id,
        counter_to_id=entry.id,
        recorded_at=now or clock.now(),
        unique_key=key,
    )
    session.add(counter)
    session.flush()  # the days and the audit row need counter.id
    days = queries.days_of_entry(session, entry.id)
    _add_days(session, counter, {day: -minutes for day, minutes in days.items()})
    record(
        session,
        actor,
        action="jp.correct",
        subject=("jp_entry", entry.id),
        person_id=entry.employee_id,
        at=now,
        before={"jp": entry.credited_jp},
        after={"jp": 0},
        reason=reason.strip()[:500],
    )
    return counter
