"""Counters, mail and files, on both databases."""

from __future__ import annotations

import hashlib
import io
import smtplib
import threading

import pytest
import time_machine
from sqlalchemy import func, select

from lms.core import limits, mail, runtime, storage
from lms.core.db import begin_read_only, transaction
from lms.core.errors import Invalid, NotFound, Unavailable
from lms.core.job_runner import sweep
from lms.core.jobs import OutboxJob, run_due
from lms.core.limits import RateCounter, hit
from lms.core.mail import OutgoingMail
from lms.core.settings import Settings
from lms.core.storage import StoredFile

# -- limits ---------------------------------------------------------------------------------


def test_the_hit_over_the_limit_is_refused_until_the_window_ends(session, now):
    with time_machine.travel(now, tick=False) as moved:
        assert [hit("a", 3, 60) for _ in range(4)] == [True, True, True, False]
        assert hit("b", 3, 60)
        moved.shift(limits.seconds_left(60))
        assert hit("a", 3, 60)


def test_a_get_may_count(session):
    begin_read_only()
    assert hit("get", 1, 60)
    assert not hit("get", 1, 60)


def test_of_many_at_once_only_the_limit_passes(app, session):
    passed, gate = [], threading.Barrier(12)

    def ask():
        with app.app_context():
            gate.wait()
            passed.append(hit("race", 5, 3600))

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(passed) == [False] * 7 + [True] * 5


def test_the_key_is_stored_as_a_hash_only(session):
    hit("login:10.0.0.7", 3, 60)
    assert session.scalars(select(RateCounter.key)).one() == hashlib.sha256(b"login:10.0.0.7").hexdigest()


def test_old_windows_are_removed(app, session, now):
    with time_machine.travel(now, tick=False) as moved:
        hit("old", 3, 60)
        moved.shift(3600)
        sweep(app)
    assert session.scalar(select(func.count()).select_from(RateCounter)) == 0


# -- mail -----------------------------------------------------------------------------------


def post(**values):
    with transaction() as writing:
        mail.post(writing, to="ana@palopo.example", subject="Halo\nBcc: x", text="Isi", **values)


@pytest.mark.parametrize("env", ["demo", "development", "test"])
def test_no_other_installation_than_production_sends(app, session, monkeypatch, env, tmp_path):
    monkeypatch.setattr(smtplib, "SMTP", None)  # any use would fail the task
    runtime.configure(Settings(env=env, home=tmp_path, mail_url="smtp://127.0.0.1:1"))
    post()
    session.rollback()
    run_due(app)
    session.rollback()
    row = session.scalars(select(OutgoingMail)).one()
    assert (row.sent_at, row.subject) == (None, "Halo Bcc: x")
    assert session.scalars(select(OutboxJob)).one().done_at is not None


class Relay(threading.Thread):
    """A relay on loopback that speaks just enough SMTP."""

    def __init__(self, *, refuse=False):
        super().__init__(daemon=True)
        import socket

        self.refuse, self.letters = refuse, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        client, _address = self.listener.accept()
        with client, client.makefile("rwb") as line:

            def say(text):
                line.write(text + b"\r\n")
                line.flush()

            say(b"220 relay")
            letter = []
            for word in line:
                verb = word[:4].upper()
                if verb == b"DATA":
                    say(b"354 go on")
                    for part in line:
                        if part == b".\r\n":
                            break
                        letter.append(part.decode())
                    self.letters.append("".join(letter))
                    say(b"250 taken")
                elif verb == b"QUIT":
                    say(b"221 bye")
                    return
                elif verb == b"RCPT" and self.refuse:
                    say(b"550 no")
                else:
                    say(b"250 relay")

    def close(self):
        self.join(5)
        self.listener.close()


@pytest.fixture
def production(kernel_settings):
    def make(port):
        runtime.configure(
            Settings(
                env="production",
                home=kernel_settings.home,
                base_url="https://bina.palopo.example",
                mail_url=f"smtp://127.0.0.1:{port}?from=bina@palopo.example",
                agency_name="BKPSDM Kota Palopo",
            )
        )

    return make


def test_production_sends_once(app, session, production):
    relay = Relay()
    production(relay.port)
    post(unique_key="activation:1", html="<p>Isi</p>")
    session.rollback()
    run_due(app)
    run_due(app)
    relay.close()
    session.rollback()
    assert len(relay.letters) == 1
    letter = relay.letters[0]
    assert "Subject: Halo Bcc: x" in letter
    assert "To: ana@palopo.example" in letter
    assert "\nBcc:" not in letter
    assert "@bina.palopo.example>" in letter
    assert session.scalars(select(OutgoingMail.sent_at)).one() is not None


def test_a_refused_message_is_tried_again(app, session, production):
    relay = Relay(refuse=True)
    production(relay.port)
    post()
    session.rollback()
    run_due(app)
    relay.close()
    session.rollback()
    job = session.scalars(select(OutboxJob)).one()
    assert (job.done_at, job.tries) == (None, 1)
    assert "ana" not in job.last_error
    assert session.scalars(select(OutgoingMail.sent_at)).one() is None


# -- files ----------------------------------------------------------------------------------


def test_a_file_is_read_as_it_was_put(session):
    with transaction() as writing:
        digest = storage.put(
            b"isi",
            media_type="text/plain",
            name="../../a\u202eb/Surat 199001012020121001.txt",
            session=writing,
        )
        assert storage.put(io.BytesIO(b"isi"), media_type="text/plain", name="b", session=writing) == digest
    assert digest == hashlib.sha256(b"isi").hexdigest()
    with storage.open_file(digest) as stream:
        assert stream.read() == b"isi"
    assert storage.read(digest) == b"isi"
    assert storage.exists(digest)
    row = session.scalars(select(StoredFile)).one()
    assert (row.size_bytes, row.media_type, row.name) == (3, "text/plain", "Surat nomor.txt")


def test_no_half_written_file_is_left(session, kernel_settings):
    with pytest.raises(Invalid):
        storage.put(io.BytesIO(b"x" * 100), media_type="text/plain", name="a", max_bytes=10)

    class Breaks:
        def read(self, _size):
            raise OSError(28, "No space left on device")

    with pytest.raises(Unavailable):
        storage.put(Breaks(), media_type="text/plain", name="a")
    assert list((kernel_settings.files_dir / "tmp").iterdir()) == []


@pytest.mark.parametrize("digest", ["0" * 64, "../" * 20, "", "A" * 64, "0" * 63 + "\n"])
def test_an_unknown_digest_is_not_found(session, digest):
    with pytest.raises(NotFound):
        storage.open_file(digest)
    assert not storage.exists(digest)


def test_altered_bytes_are_noticed(session, kernel_settings):
    digest = storage.put(b"asli", media_type="text/plain", name="a")
    (kernel_settings.files_dir / digest[:2] / digest[2:4] / digest).write_bytes(b"palsu")
    with pytest.raises(Unavailable):
        storage.read(digest)
    storage.delete(digest)
    storage.delete(digest)


def test_many_put_the_same_file_at_once(app, session):
    gate, digests = threading.Barrier(8), []

    def put():
        gate.wait()
        digests.append(storage.put(b"sama" * 1000, media_type="text/plain", name="a"))

    threads = [threading.Thread(target=put) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(set(digests)) == 1
    assert storage.read(digests[0]) == b"sama" * 1000
