"""kill -9 of the real server in the middle of sixteen clients' saving: nothing acknowledged is lost."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select

from lms.assessments.models import AttemptItem, ResponseLog
from tests.support import postgres

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = 16
BACK_WITHIN_SECONDS = 5.0
pytestmark = [pytest.mark.slow]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def place(request, tmp_path):
    """Environment of a server with a database of its own, and its world's clients."""
    if request.config.getoption("--postgresql"):
        url = postgres.create_database(postgres.start(), f"bina_kill_{os.getpid()}_{_free_port()}")
    else:
        url = f"sqlite:///{tmp_path / 'bina.sqlite3'}"
    port = _free_port()
    env = {name: value for name, value in os.environ.items() if not name.startswith("LMS_")} | {
        "LMS_ENV": "test",
        "LMS_HOME": str(tmp_path / "home"),
        "LMS_DATABASE_URL": url,
        "LMS_PORT": str(port),
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    made = subprocess.run(
        [sys.executable, "-m", "tests.faults.world", str(CLIENTS)],
        env=env, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr[-3000:]
    # The way of real life: a pool of connections, the outbox in the same process.
    return env | {"LMS_ENV": "development"}, port, url, json.loads(made.stdout.splitlines()[-1])


class Server:
    """`lms serve` as a process; counts how long it takes to answer."""

    def __init__(self, env, port, *, fault=False):
        self.port = port
        self.log = Path(env["LMS_HOME"]).with_name(f"server-{port}.log")
        command = [sys.executable, str(ROOT / "tests" / "faults" / "server.py"), "serve"]
        if not fault:
            command = [str(Path(sys.executable).with_name("lms")), "serve"]
        began = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                env=env | ({"LMS_TEST_ACK_BEFORE_COMMIT": "1"} if fault else {}),
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        while not self.answers():
            assert self.process.poll() is None, f"the server ended by itself: {self.tail()}"
            assert time.monotonic() - began < 60, f"the server does not answer: {self.tail()}"
            time.sleep(0.02)
        self.seconds = time.monotonic() - began

    def tail(self):
        said = self.log.read_text(errors="replace")[-2000:]
        return f"exit code {self.process.poll()}: {said}"

    def answers(self):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
            connection.request("GET", "/_/live")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


class Client:
    """One person who answers question after question and remembers what the server said it has."""

    def __init__(self, number, port, made):
        self.name = f"dev{number:02}x:tab1"
        self.port, self.cookie, self.path = port, f"sesi={made['cookie']}", f"/ujian/{made['attempt']}"
        self.acknowledged = []
        self.count, self.revisions, self.token, self.options = 0, {}, "", {}
        self.failure = None

    def request(self, connection, method, path, body=None):
        head = {"Cookie": self.cookie, "Accept": "application/json"}
        if body is not None:
            head |= {"Content-Type": "application/json", "X-CSRF-Token": self.token}
        connection.request(method, self.path + path, body=json.dumps(body) if body is not None else None, headers=head)
        answer = connection.getresponse()
        data = answer.read()
        return answer.status, json.loads(data)

    def open(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        status, state = self.request(connection, "GET", "/keadaan")
        assert status == 200, state
        self.token, self.revisions = state["token"], dict(state["items"])
        return connection

    def send(self, connection, question, option):
        self.count += 1
        body = {
            "q": question, "o": [option], "t": "", "f": False, "b": self.revisions[question],
            "c": f"{self.name}:{self.count}",
        }  # fmt: skip
        status, answer = self.request(connection, "POST", "/simpan", body)
        assert status == 200, answer
        self.revisions[question] = answer["revision"]
        self.options[question] = option
        # Only now, with the answer whole in hand, does the person read "Tersimpan".
        self.acknowledged.append((body["c"], option, answer["revision"]))

    def run(self, stop):
        try:
            connection = self.open()
            while not stop.is_set():
                for question in list(self.revisions):
                    option = "abcd"[("abcd".index(self.options.get(question, "d")) + 1) % 4]
                    self.send(connection, question, option)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.failure = error  # the line is cut: the server was killed
        except AssertionError as error:
            self.failure = error
            if not stop.is_set():
                raise


def lost(url, clients):
    """Return acknowledged saves that the database does not hold as they were acknowledged."""
    engine = create_engine(url)
    with engine.connect() as connection:
        held = {
            client_id: (payload["options"][0], revision)
            for client_id, payload, revision, applied in connection.execute(
                select(ResponseLog.client_id, ResponseLog.payload, ResponseLog.revision, ResponseLog.is_applied)
            )
            if applied
        }
        newest = dict(connection.execute(select(AttemptItem.public_id, AttemptItem.revision)).all())
    engine.dispose()
    missing = [
        (client_id, option, revision, held.get(client_id))
        for client in clients
        for client_id, option, revision in client.acknowledged
        if held.get(client_id) != (option, revision)
    ]
    behind = [
        question for client in clients for question, revision in client.revisions.items() if newest[question] < revision
    ]
    return missing + behind


def storm(env, port, made, *, seconds, fault=False, clients=None):
    server = Server(env, port, fault=fault)
    clients = clients or [Client(number, port, one) for number, one in enumerate(made)]
    stop = threading.Event()
    threads = [threading.Thread(target=client.run, args=(stop,), daemon=True) for client in clients]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    server.kill()
    stop.set()
    for thread in threads:
        thread.join(15)
    return clients


def test_no_acknowledged_answer_is_lost_by_kill_nine(place):
    env, port, url, made = place
    clients, total = None, 0
    for seconds in (1.3, 2.1):
        clients = storm(env, port, made, seconds=seconds, clients=clients)
        total = sum(len(client.acknowledged) for client in clients)
        assert lost(url, clients) == []
    assert total > 200, "too few saves to say anything"
    server = Server(env, port)
    try:
        # On a machine whose cores are shared with other work, each second of ours is stretched.
        stretched = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
        assert server.seconds < BACK_WITHIN_SECONDS * stretched
        for client in clients:
            connection = client.open()
            # A page that lost the reply repeats itself, and goes on.
            client.send(connection, next(iter(client.revisions)), "a")
            connection.close()
    finally:
        server.kill()
    assert lost(url, clients) == []
    check = subprocess.run(
        [str(Path(sys.executable).with_name("lms")), "assessments", "recompute", "--check", "--json"],
        env=env, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert check.returncode == 0, check.stdout + check.stderr
    assert json.loads(check.stdout.splitlines()[-1]) == {"attempts": CLIENTS, "differences": []}


def test_the_test_would_notice_an_answer_before_the_commit(place):
    env, port, url, made = place
    clients = storm(env, port, made, seconds=2.0, fault=True)
    assert sum(len(client.acknowledged) for client in clients) > 50
    assert lost(url, clients) != []
