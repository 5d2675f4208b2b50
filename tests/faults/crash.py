"""Does one act on the database of its environment, and dies by kill -9 in the middle when told to.

`python -m tests.faults.crash <act> <place|-> [id]`: the place is where it dies; `-` lets it live.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

from sqlalchemy import select

from lms.app import create_app
from lms.assessments import services as assessments
from lms.assessments.models import Attempt
from lms.certificates import services
from lms.core import clock, jobs
from lms.core.db import current_session, db, transaction
from lms.core.orm import Base
from lms.core.search import create_search_tables
from lms.people import services as people
from lms.people.models import Employee
from lms.people.services import imports
from tests.database.people.helpers import csv_file, hr, line, make_place, nip
from tests.factories.assessments import actor_of, make_world
from tests.factories.certificates import issued_certificate

ROWS = 1200


def die(*_args: Any, **_kwargs: Any) -> None:
    """End this process as a power cut would."""
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)


def dying(call: Any, *, at: int = 1, after: bool = False) -> Any:
    """Return a call that dies when it is made for the nth time, before or after its work."""
    made = 0

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        nonlocal made
        made += 1
        if made == at and not after:
            die()
        value = call(*args, **kwargs)
        if made == at:
            die()
        return value

    return wrapped


def make() -> dict[str, Any]:
    """Make an attempt under way, a certificate without its PDF, and an applied preview of many rows."""
    Base.metadata.create_all(db.engine)
    with db.engine.begin() as connection:
        create_search_tables(connection)
    session, now = current_session(), clock.now()
    world = make_world(copies=1)
    session.commit()
    with transaction() as own:
        attempt = assessments.start_attempt(
            own, world.actor, enrolment_public_id=world.enrolment.public_id, code="ujian-akhir", now=now
        )
    with transaction():
        certificate = issued_certificate()
        place = make_place()
    rows = [line(n, **{"NIP BARU": "'" + nip(n % 999 + 1, sex=n // 999 + 1)}) for n in range(ROWS)]
    content = people.read_personnel_file(csv_file(rows), "pegawai.csv", today=now.date())
    officer = hr(place.root)
    with transaction() as own:
        held = people.preview_import(own, officer, content, unit=place.root, complete=False, now=now)
    with transaction() as own:
        people.begin_apply(own, officer, held.public_id, now=now, background=True)
    return {"attempt": attempt, "certificate": certificate.id, "import": held.public_id}


def submit(public_id: str, place: str) -> None:
    """Hand an exam in; dies before the commit, or right after it and before the answer."""
    session = current_session()
    attempt = session.scalars(select(Attempt).where(Attempt.public_id == public_id)).one()
    actor = actor_of(session.get_one(Employee, attempt.employee_id))
    session.rollback()
    with transaction() as own:
        assessments.submit_attempt(own, actor, public_id=public_id, now=clock.now())
        own.flush()
        if place == "before":
            die()
    if place == "after":
        die()


def work(place: str) -> None:
    """Carry out what is owed; dies in the second batch of an import, or while a PDF is drawn or kept."""
    if place == "batch":
        imports.Batch.apply = dying(imports.Batch.apply, at=2, after=True)
    elif place == "draw":
        services.draw_with_credential = dying(services.draw_with_credential)
    elif place == "keep":
        services.keep_pdf = dying(services.keep_pdf, after=True)
    print(jobs.run_due(app))  # noqa: T201 -- read by the test


if __name__ == "__main__":
    act, where, *rest = sys.argv[1:]
    app = create_app()
    with app.app_context():
        if act == "make":
            print(json.dumps(make()))  # noqa: T201 -- read by the test
        elif act == "submit":
            submit(rest[0], where)
        else:
            work(where)
