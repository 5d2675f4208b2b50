"""`lms serve`, with a fault planted when LMS_TEST_ACK_BEFORE_COMMIT is set: the answer leaves before the commit.

The product knows nothing of this variable; only this module, which belongs to the tests, does.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from contextlib import contextmanager, suppress

from lms.assessments import services
from lms.assessments.views import taking
from lms.cli.main import main


class _Undo(Exception):
    """Ends the transaction without a commit."""


def plant() -> None:
    """Let saves be answered first and committed a moment later by a thread."""
    real_transaction, real_save = taking.transaction, services.save_response
    owed: queue.Queue = queue.Queue()

    def work() -> None:
        while True:
            app, due, args, kwargs = owed.get()
            time.sleep(max(0.0, due - time.monotonic()))
            with app.app_context(), real_transaction() as session:
                real_save(session, *args, **kwargs)

    def answer_first(session, *args, **kwargs):
        from flask import current_app

        saved = real_save(session, *args, **kwargs)
        owed.put((current_app._get_current_object(), time.monotonic() + 0.2, args, kwargs))
        return saved

    @contextmanager
    def without_commit():
        with suppress(_Undo), real_transaction() as session:
            yield session
            raise _Undo

    taking.transaction, services.save_response = without_commit, answer_first
    threading.Thread(target=work, daemon=True).start()


if __name__ == "__main__":
    if os.environ.get("LMS_TEST_ACK_BEFORE_COMMIT"):
        plant()
    main()
