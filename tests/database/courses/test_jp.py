"""The ledger: caps that hold together, corrections, years, units."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from lms.core.actor import SYSTEM, Actor, ActorGrant, Permission, Role
from lms.core.db import transaction
from lms.core.errors import Forbidden, Invalid, NotFound, Refused
from lms.courses import queries, services
from lms.courses.models import JpEntry, JpRule, JpTarget
from lms.people.models import EmployeeStatus
from tests.factories.people import EmployeeFactory, PositionFactory, UnitFactory

NOW = datetime(2026, 11, 24, 6, 5, tzinfo=UTC)
DAY = date(2026, 11, 24)


def session_jp(s, person, number, *, on=DAY, form=15):
    return services.credit_jp(
        s,
        employee_id=person.id,
        learning_form=form,
        held_on=on,
        minutes=60,
        source_kind="session_log",
        source_id=number,
        unique_key=f"session:{person.id}:{number}",
        label=f"Sesi {number}",
        now=NOW,
    )


def test_rules_come_with_the_product_and_load_once(session):
    with transaction() as s:
        assert services.load_jp_rules(s) == 27
        assert services.load_jp_rules(s) == 0
    forms = session.scalars(select(JpRule.learning_form).order_by(JpRule.learning_form)).all()
    assert forms == list(range(1, 26))
    targets = {
        row.employee_status: (row.direction, row.amount_jp, row.year_kind) for row in session.scalars(select(JpTarget))
    }
    assert targets == {"pns": ("at_least", 20, "calendar"), "pppk": ("at_most", 24, "contract")}


def test_a_fact_is_credited_once_and_by_rule_also_on_an_empty_rule_table(session):
    person = EmployeeFactory()
    session.commit()
    with transaction() as s:
        first, second = session_jp(s, person, 1), session_jp(s, person, 1)
    assert first is second
    assert (first.credited_jp, first.year, first.rule_id is not None) == (2, 2026, True)


def test_the_third_session_of_a_month_credits_nothing_and_the_next_month_again(session):
    person = EmployeeFactory()
    session.commit()
    with transaction() as s:
        got = [session_jp(s, person, n).credited_jp for n in range(3)]
        december = session_jp(s, person, 3, on=date(2026, 12, 1)).credited_jp
    assert (got, december) == ([2, 2, 0], 2)
    assert "2 sesi per bulan" in session.scalars(select(JpEntry.cut_reason).where(JpEntry.credited_jp == 0)).one()


def test_parallel_sessions_never_pass_the_cap(app, session):
    person = EmployeeFactory()
    session.commit()
    with transaction() as s:
        services.load_jp_rules(s)
    barrier, person_id = threading.Barrier(8), person.id

    def credit(number):
        with app.app_context():
            barrier.wait()
            with transaction() as s:
                services.credit_jp(
                    s,
                    employee_id=person_id,
                    learning_form=15,
                    held_on=DAY,
                    minutes=60,
                    source_kind="session_log",
                    source_id=number,
                    unique_key=f"s:{number}",
                    label="Sesi",
                    now=NOW,
                )

    threads = [threading.Thread(target=credit, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    session.rollback()
    assert session.scalar(select(func.sum(JpEntry.credited_jp))) == 4
    assert session.scalar(select(func.count(JpEntry.id))) == 8


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 300)), min_size=1, max_size=6))
def test_e_learning_of_a_day_never_passes_three_jp(session, activities):
    person = EmployeeFactory()
    session.commit()
    with transaction() as s:
        for number, (offset, minutes) in enumerate(activities):
            services.credit_jp(
                s,
                employee_id=person.id,
                learning_form=16,
                held_on=DAY + timedelta(days=offset),
                minutes=minutes,
                source_kind="test",
                unique_key=f"{person.id}:{number}",
                label="Belajar",
                now=NOW,
            )
    by_day = session.execute(
        select(JpEntry.held_on, func.sum(JpEntry.credited_jp))
        .where(JpEntry.employee_id == person.id)
        .group_by(JpEntry.held_on)
    )
    assert all(jp <= 3 for _day, jp in by_day)


def test_a_correction_takes_back_the_jp_and_frees_the_cap(session):
    person = EmployeeFactory()
    session.commit()
    with transaction() as s:
        first, _second = session_jp(s, person, 1), session_jp(s, person, 2)
        counter = services.correct_jp(s, SYSTEM, first.public_id, reason="Sesi tidak terjadi.", now=NOW)
        again = services.correct_jp(s, SYSTEM, first.public_id, reason="Sesi tidak terjadi.", now=NOW)
        third = session_jp(s, person, 3)
    assert counter is again
    assert (counter.credited_jp, counter.counter_to_id, third.credited_jp) == (-2, first.id, 2)
    assert first.credited_jp == 2
    with pytest.raises(Refused), transaction() as s:
        services.correct_jp(s, SYSTEM, counter.public_id, reason="Balik.", now=NOW)
    with pytest.raises(Invalid), transaction() as s:
        services.correct_jp(s, SYSTEM, third.public_id, reason=" ", now=NOW)


def test_minutes_of_a_corrected_entry_are_free_again_under_the_day_cap(session):
    person = EmployeeFactory()
    session.commit()

    def learn(s, key):
        return services.credit_jp(
            s,
            employee_id=person.id,
            learning_form=16,
            held_on=DAY,
            minutes=135,
            source_kind="x",
            unique_key=key,
            label="Belajar",
            now=NOW,
        )

    with transaction() as s:
        first, second = learn(s, "a"), learn(s, "b")
        services.correct_jp(s, SYSTEM, first.public_id, reason="Salah catat.", now=NOW)
        third = learn(s, "c")
    assert [entry.credited_jp for entry in (first, second, third)] == [3, 0, 3]


def _officer(employee, path):
    grant = ActorGrant(Role.HR, path, frozenset({Permission.JP_MANAGE, Permission.JP_VIEW}))
    return Actor(account_id=1, employee_id=employee.id, name="Petugas", grants=(grant,))


def test_a_correction_needs_scope_and_is_never_made_for_oneself(session):
    unit = UnitFactory()
    person, officer = (EmployeeFactory(position=PositionFactory(unit=unit)) for _ in range(2))
    session.commit()
    with transaction() as s:
        entry, own = session_jp(s, person, 1), session_jp(s, officer, 2)
    with pytest.raises(NotFound), transaction() as s:
        services.correct_jp(s, _officer(officer, "/777777/"), entry.public_id, reason="Salah orang.", now=NOW)
    with pytest.raises(Forbidden), transaction() as s:
        services.correct_jp(s, _officer(officer, unit.path), own.public_id, reason="Salah orang.", now=NOW)
    with transaction() as s:
        services.correct_jp(s, _officer(officer, unit.path), entry.public_id, reason="Salah orang.", now=NOW)


def _give(s, person, jp, *, on=DAY, form=3, key=""):
    return services.credit_jp(
        s,
        employee_id=person.id,
        learning_form=form,
        held_on=on,
        minutes=jp * 45,
        source_kind="import",
        unique_key=f"give:{person.id}:{on}:{form}:{jp}:{key}",
        label="Pelatihan",
        programme_jp=jp,
        now=NOW,
    )


def test_a_pns_year_has_a_duty_and_a_pppk_contract_year_a_limit(session):
    pns = EmployeeFactory()
    pppk = EmployeeFactory(status=EmployeeStatus.PPPK, contract_from_on=date(2024, 3, 1))
    other = EmployeeFactory(status=EmployeeStatus.NON_ASN)
    session.commit()
    with transaction() as s:
        _give(s, pns, 14)
        _give(s, pppk, 10, on=date(2026, 2, 28))  # still the contract year 2025
        _give(s, pppk, 6, on=date(2026, 3, 1))
        _give(s, pppk, 2, on=date(2026, 5, 1), form=22)
        _give(s, other, 3)
    duty = queries.jp_summary(session, pns.id, 2026)
    assert (duty.direction, duty.view.credited_jp, duty.view.missing_jp) == ("at_least", 14, 6)
    limit = queries.jp_summary(session, pppk.id, 2026)
    assert (limit.from_on, limit.to_on) == (date(2026, 3, 1), date(2027, 2, 28))
    assert (limit.view.credited_jp, limit.view.self_learning_jp, limit.view.is_met) == (6, 2, None)
    none = queries.jp_summary(session, other.id, 2026)
    assert (none.direction, none.view.credited_jp) == (None, 3)


def test_a_contract_without_a_start_falls_back_to_the_calendar_year_and_says_so(session):
    pppk = EmployeeFactory(status=EmployeeStatus.PPPK)
    session.commit()
    with transaction() as s:
        services.load_jp_rules(s)
    summary = queries.jp_summary(session, pppk.id, 2026)
    assert (summary.contract_unknown, summary.from_on, summary.to_on) == (
        True,
        date(2026, 1, 1),
        date(2026, 12, 31),
    )


def test_units_count_each_person_once_and_never_call_a_pppk_short(session, count_queries):
    kecamatan = UnitFactory()
    kelurahan = UnitFactory(parent=kecamatan)
    met, short = (EmployeeFactory(position=PositionFactory(unit=kelurahan)) for _ in range(2))
    pppk = EmployeeFactory(position=PositionFactory(unit=kelurahan), status=EmployeeStatus.PPPK)
    head = EmployeeFactory(position=PositionFactory(unit=kecamatan))
    EmployeeFactory(position=PositionFactory(unit=kelurahan), is_active=False)
    session.commit()
    with transaction() as s:
        services.load_jp_rules(s)
        for person, jp in ((met, 22), (short, 5), (pppk, 4), (head, 20)):
            _give(s, person, jp)
        _give(s, met, 30, on=date(2025, 5, 1))
    with count_queries() as counted:
        rows = queries.jp_by_unit(session, unit_paths=[kecamatan.path], year=2026)
    assert len(counted) == 2
    by_code = {row.unit_code: row for row in rows}
    low = by_code[kelurahan.code]
    assert (low.people, low.with_duty, low.met, low.below) == (3, 2, 1, 1)
    assert (low.target_jp, low.credited_jp, low.other_credited_jp) == (40, 27, 4)
    assert by_code[kecamatan.code].share == 1.0
    people, total = queries.jp_of_people(session, unit_paths=[kecamatan.path], year=2026, only_below=True)
    assert total == 1
    assert [(row.employee_id, row.missing_jp) for row in people] == [(short.id, 15)]
    assert queries.jp_by_unit(session, unit_paths=[], year=2026) == []


def test_the_ledger_lists_newest_first_with_names_of_forms(session):
    person = EmployeeFactory()
    session.commit()
    with transaction() as s:
        _give(s, person, 4, on=date(2026, 3, 3))
        session_jp(s, person, 1)
    lines = queries.list_ledger(session, person.id, first=date(2026, 1, 1), last=date(2026, 12, 31))
    assert [(line.form_name, line.credited_jp) for line in lines] == [
        ("Mentoring", 2),
        ("Pelatihan teknis", 4),
    ]
    assert queries.list_ledger_years(session, person.id) == [2026]
