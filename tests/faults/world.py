"""Makes the world of the fault tests in a database of its own and prints what clients need as JSON.

Run as a process of its own, so that the tests' application is not touched.
"""

from __future__ import annotations

import json
import sys

from lms.app import create_app
from lms.assessments import services
from lms.core import clock, sessions
from lms.core.db import current_session, db, transaction
from lms.core.orm import Base
from lms.core.search import create_search_tables
from lms.identity.models import Account, AccountState
from tests.factories.assessments import enrol, make_world


def main(people: int, *, all_kinds: bool = False) -> None:
    """Print a list of clients: cookie, attempt, start page.

    Args:
        all_kinds: one question of each kind, and no attempt started yet.
    """
    app = create_app()
    with app.app_context():
        Base.metadata.create_all(db.engine)
        with db.engine.begin() as connection:
            create_search_tables(connection)
        session = current_session()
        world = make_world(copies=1) if all_kinds else make_world(kinds=("single_choice",), copies=20)
        takers = [enrol(world) for _ in range(people)]
        now, clients = clock.now(), []
        tokens = []
        for _enrolment, actor in takers:
            account = Account(employee_id=actor.employee_id, state=AccountState.ACTIVE, created_at=now)
            session.add(account)
            session.flush()
            tokens.append(sessions.begin(session, account_id=account.id, now=now, shared=False)[1])
        session.commit()
        for (enrolment, actor), token in zip(takers, tokens, strict=True):
            start = f"/belajar/{enrolment.public_id}/asesmen/ujian-akhir"
            if all_kinds:
                clients.append({"cookie": token, "start": start})
                continue
            with transaction() as writing:
                attempt = services.start_attempt(
                    writing, actor, enrolment_public_id=enrolment.public_id, code="ujian-akhir", now=now
                )
            clients.append({"cookie": token, "attempt": attempt, "start": start})
    sys.stdout.write(json.dumps(clients))


if __name__ == "__main__":
    main(int(sys.argv[1]), all_kinds=sys.argv[2:] == ["all"])
