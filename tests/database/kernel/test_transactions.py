"""The one owner of transactions: nothing half-done, nothing nested, no write on reading."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, StatementError

from lms.core import sessions
from lms.core.actor import SYSTEM, Actor, ActorGrant, Permission, Role
from lms.core.audit import AuditEntry, ReadingNote, record, write_reading_notes
from lms.core.db import begin_read_only, current_session, side_transaction, transaction
from lms.core.orm import path_within
from lms.people.models import Employee, OrganisationalUnit
from tests.factories.people import EmployeeFactory, UnitFactory


def _names(session):
    return session.scalars(select(OrganisationalUnit.name).order_by(OrganisationalUnit.id)).all()


def test_what_fails_in_the_middle_leaves_no_trace(session):
    with pytest.raises(ZeroDivisionError), transaction() as inner:
        UnitFactory(name="Kelurahan Boting")
        inner.flush()
        raise ZeroDivisionError
    assert _names(session) == []


def test_transactions_are_not_nested(session):
    with transaction(), pytest.raises(RuntimeError), transaction():
        pass


def test_unsaved_objects_are_not_swept_along(session):
    session.add(
        OrganisationalUnit(code="X", name="X", kind="other", path="/1/", valid_from_on=datetime.now(UTC).date())
    )
    with pytest.raises(RuntimeError), transaction():
        pass
    session.rollback()


def test_reading_requests_cannot_write(app, session):
    session.commit()
    begin_read_only()
    with pytest.raises(DBAPIError):
        session.execute(text("INSERT INTO number_counter (series, year, last_number) VALUES ('x', 2026, 1)"))
    session.rollback()
    # The very same pooled connection writes again afterwards.
    with transaction():
        UnitFactory(name="Kelurahan Boting")
    assert _names(session) == ["Kelurahan Boting"]


def test_read_only_after_the_first_statement_is_refused_rather_than_ignored(session):
    session.execute(select(1))
    with pytest.raises(RuntimeError):
        begin_read_only()


def test_naive_instants_are_refused(session):
    with pytest.raises(StatementError):
        session.execute(select(Employee.id).where(Employee.created_at == datetime(2026, 1, 1)))
    session.rollback()


def test_read_then_write_from_many_threads_loses_nothing(app, session):
    with transaction():
        unit = UnitFactory(name="0")
    unit_id, faults = unit.id, []

    def add_one() -> None:
        with app.app_context():
            try:
                for _ in range(5):
                    with transaction() as own:
                        row = own.scalars(
                            select(OrganisationalUnit)
                            .filter_by(id=unit_id)
                            .with_for_update()
                            .execution_options(populate_existing=True)
                        ).one()
                        row.name = str(int(row.name) + 1)
            except Exception as error:
                faults.append(error)
            finally:
                current_session().close()

    threads = [threading.Thread(target=add_one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session.expire_all()
    assert faults == []
    assert _names(session) == ["40"]


def test_audit_rows_live_and_die_with_the_change(session):
    with pytest.raises(ZeroDivisionError), transaction() as inner:
        record(inner, SYSTEM, action="unit.create", subject=("organisational_unit", 1))
        raise ZeroDivisionError
    with transaction() as inner:
        record(inner, SYSTEM, action="unit.create", subject=("organisational_unit", 1), after={"name": "Boting"})
    assert session.scalars(select(AuditEntry.action)).all() == ["unit.create"]


def test_reading_others_is_noted_and_reading_oneself_is_not(session, now):
    with transaction():
        reader, read = EmployeeFactory(), EmployeeFactory()
    session.rollback()
    with side_transaction() as connection:
        write_reading_notes(connection, reader_id=reader.id, person_ids={reader.id, read.id}, page="profil", at=now)
    assert session.scalars(select(ReadingNote.person_id)).all() == [read.id]


def test_a_scope_is_a_subtree(session):
    with transaction():
        city = UnitFactory(code="KOTA")
        wara, bara = UnitFactory(code="WARA", parent=city), UnitFactory(code="BARA", parent=city)
        UnitFactory(code="BOTING", parent=wara)
    actor = Actor(1, 1, grants=(ActorGrant(Role.ATASAN, wara.path, frozenset({Permission.PEOPLE_VIEW})),))
    codes = session.scalars(
        select(OrganisationalUnit.code)
        .where(path_within(OrganisationalUnit.path, actor.scope(Permission.PEOPLE_VIEW)))
        .order_by(OrganisationalUnit.code)
    ).all()
    assert codes == ["BOTING", "WARA"]
    assert not actor.may_in(Permission.PEOPLE_VIEW, bara.path)
    assert not actor.may_in(Permission.PEOPLE_EDIT, wara.path)
    nobody = session.scalar(
        select(func.count())
        .select_from(OrganisationalUnit)
        .where(path_within(OrganisationalUnit.path, actor.scope(Permission.PEOPLE_EDIT)))
    )
    assert nobody == 0


def test_ended_and_idle_sessions_give_nothing(session, now):
    from datetime import timedelta

    from lms.identity.models import Account, AccountState

    with transaction() as inner:
        person = EmployeeFactory()
        account = Account(employee_id=person.id, state=AccountState.ACTIVE, created_at=now)
        inner.add(account)
        inner.flush()
        own, token = sessions.begin(inner, account_id=account.id, now=now, shared=False)
        shared, _ = sessions.begin(inner, account_id=account.id, now=now, shared=True)
    assert sessions.find(session, token).id == own.id
    assert sessions.find(session, token + "x") is None
    assert sessions.is_alive(own, now=now + timedelta(days=13))
    assert not sessions.is_alive(own, now=now + timedelta(days=14))
    assert sessions.is_alive(shared, now=now + timedelta(minutes=14))
    assert not sessions.is_alive(shared, now=now + timedelta(minutes=15))
    with transaction() as inner:
        sessions.end_all(inner, account_id=account.id, now=now, except_id=own.id)
    session.expire_all()
    assert sessions.is_alive(session.get(sessions.LoginSession, own.id), now=now)
    assert not sessions.is_alive(session.get(sessions.LoginSession, shared.id), now=now)
