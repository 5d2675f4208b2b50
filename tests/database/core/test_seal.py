"""The seal over the audit trail: what is altered, removed, put in or cut off afterwards shows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from lms.core import seal
from lms.core.actor import SYSTEM
from lms.core.audit import AuditEntry, AuditSeal, record
from lms.core.db import transaction


@pytest.fixture
def trail(session, now, monkeypatch):
    """Seven old entries in stretches of three, sealed; and a young one."""
    monkeypatch.setattr(seal, "STRETCH_ROWS", 3)
    with transaction() as writing:
        for number in range(7):
            record(
                writing, SYSTEM, action="unit.rename", subject=("organisational_unit", number),
                before={"name": "Kelurahan Boting"}, after={"name": f"ꦏꦺꦭꦸꦫꦲꦤ꧀ {number}", "ratio": 0.1},
                at=now - timedelta(hours=1, minutes=-number),
            )  # fmt: skip
        record(writing, SYSTEM, action="unit.rename", subject=("organisational_unit", 99), at=now)
    with transaction() as writing:
        assert seal.seal_audit(writing, now=now) == 7
    return session


def entry_ids(session):
    return list(session.scalars(select(AuditEntry.id).order_by(AuditEntry.id)))


def broken(session):
    session.rollback()
    session.expire_all()
    found = [(one.first_entry_id, one.last_entry_id, one.reason) for one in seal.check_seals(session).broken]
    session.rollback()
    return found


def test_what_is_finished_is_sealed_once_and_found_whole(trail, now):
    report = seal.check_seals(trail)
    assert (report.sealed_count, report.open_count, report.broken) == (7, 1, ())
    assert trail.scalar(select(func.count()).select_from(AuditSeal)) == 3
    trail.rollback()
    with transaction() as writing:
        assert seal.seal_audit(writing, now=now) == 0
    with transaction() as writing:
        assert seal.seal_audit(writing, now=now + timedelta(minutes=11)) == 1
    assert seal.check_seals(trail).newest_hash != report.newest_hash


@pytest.mark.parametrize(
    "harm",
    [
        lambda ids: update(AuditEntry).where(AuditEntry.id == ids[4]).values(after={"name": "lain"}),
        lambda ids: update(AuditEntry).where(AuditEntry.id == ids[4]).values(employee_id=5),
        lambda ids: delete(AuditEntry).where(AuditEntry.id == ids[4]),
    ],
    ids=["altered", "another did it", "removed"],
)
def test_a_stretch_that_was_touched_is_named(trail, harm):
    ids = entry_ids(trail)
    trail.rollback()
    with transaction() as writing:
        writing.execute(harm(ids))
    assert [(first, last) for first, last, _reason in broken(trail)] == [(ids[2] + 1, ids[5])]


def test_a_stretch_that_was_cut_out_with_its_seal_is_noticed_at_the_next(trail):
    ids = entry_ids(trail)
    trail.rollback()
    with transaction() as writing:
        writing.execute(delete(AuditEntry).where(AuditEntry.id.in_(ids[3:6])))
        writing.execute(delete(AuditSeal).where(AuditSeal.last_entry_id == ids[5]))
    assert broken(trail) == [(ids[5] + 1, ids[6], "chain")]


def test_the_end_of_the_chain_tells_when_all_of_it_was_made_anew(trail, now):
    kept = seal.check_seals(trail).newest_hash
    ids = entry_ids(trail)
    trail.rollback()
    with transaction() as writing:
        writing.execute(delete(AuditSeal))
        writing.execute(delete(AuditEntry).where(AuditEntry.id == ids[0]))
        seal.seal_audit(writing, now=now)
    assert broken(trail) == []
    assert seal.check_seals(trail).newest_hash != kept


def test_no_stretch_is_sealed_twice(trail, now):
    first = trail.scalars(select(AuditSeal).order_by(AuditSeal.id).limit(1)).one()
    values = {"first_entry_id": first.first_entry_id, "last_entry_id": first.last_entry_id}
    trail.rollback()
    with pytest.raises(IntegrityError), transaction() as writing:
        writing.add(AuditSeal(**values, sealed_at=now, previous_hash=seal.BEGINNING, hash="1" * 64))
        writing.flush()
