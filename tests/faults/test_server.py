"""The server under slow and broken clients; traffic on loopback only, bounded in count and time."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from contextlib import ExitStack, contextmanager

import pytest

pytestmark = pytest.mark.slow

SLOW_SOCKETS = 300
SERVER = """
    import hashlib, os, sys, time
    from flask import Flask, Response, request
    from lms.cli.serve import run_server
    from lms.core.settings import Settings
    settings = Settings(env="test", home=sys.argv[1], port=int(sys.argv[2]), threads=4)
    app = Flask("server")
    @app.get("/")
    def hello():
        return "hai"
    @app.post("/echo")
    def echo():
        data = request.get_data()
        return {"bytes": len(data), "digest": hashlib.sha256(data).hexdigest(), "length": request.content_length}
    @app.get("/environ")
    def environ():
        return {key: str(value) for key, value in request.environ.items() if key.isupper()}
    @app.get("/p/<path:rest>")
    def path(rest):
        return {"rest": rest, "query": request.query_string.decode()}
    @app.get("/stream")
    def stream():
        return Response((b"x" * 65536 for _ in range(320)), mimetype="application/octet-stream")
    @app.get("/fail")
    def fail():
        def parts():
            raise RuntimeError("nope")
            yield b""
        return Response(parts())
    @app.get("/wait")
    def wait():
        time.sleep(0.6)
        return "lama"
    run_server(app, settings, ready=lambda: print("ready", flush=True))
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    port = free_port()
    started = time.monotonic()
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SERVER), str(tmp_path_factory.mktemp("home")), str(port)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    assert child.stdout.readline().strip() == "ready"
    child.port, child.seconds = port, time.monotonic() - started
    yield child
    child.terminate()
    try:
        assert child.wait(10) == 0
    finally:
        child.kill()
        child.stdout.close()


@pytest.fixture
def server(process):
    return process.port


@contextmanager
def connection(port, timeout=10):
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        yield client
    finally:
        client.close()


def ask(port, method="GET", path="/", body=None, headers=None):
    with connection(port) as client:
        client.request(method, path, body=body, headers=headers or {})
        answer = client.getresponse()
        return answer.status, answer.read(), answer.headers


def longest_answer(port, times=10):
    longest = 0.0
    for _ in range(times):
        begun = time.monotonic()
        status, body, _headers = ask(port)
        longest = max(longest, time.monotonic() - begun)
        assert (status, body) == (200, b"hai")
    return longest


def slow_sockets(stack, port, start):
    found = []
    for _ in range(SLOW_SOCKETS):
        one = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
        one.sendall(start)
        found.append(one)
    return found


HEADERS = b"GET / HTTP/1.1\r\nHost: x\r\nX-A: "
BODY = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 100000\r\n\r\nab"
CHUNKED = b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhallo\r\n"


@pytest.mark.parametrize("start", [HEADERS, BODY, CHUNKED], ids=["headers", "body", "chunked"])
def test_slow_clients_stop_nobody(server, start):
    with ExitStack() as stack:
        slow = slow_sockets(stack, server, start)
        for one in slow[::3]:
            one.sendall(b"c")
        assert longest_answer(server) < 1.0


@pytest.mark.parametrize("size", [0, 1, 5000, 3_000_000])
def test_a_body_arrives_whole(server, size):
    data = os.urandom(size)
    import hashlib
    import json

    status, body, _headers = ask(server, "POST", "/echo", body=data)
    assert status == 200
    assert json.loads(body)["digest"] == hashlib.sha256(data).hexdigest()


def test_a_chunked_body_arrives_whole(server):
    import json

    with connection(server) as client:
        client.request("POST", "/echo", body=iter([b"a" * 10, b"b" * 70_000]), encode_chunked=True)
        found = json.loads(client.getresponse().read())
    assert (found["bytes"], found["length"]) == (70_010, 70_010)


def test_a_body_that_is_too_long_is_refused_before_it_is_sent(server):
    with socket.create_connection(("127.0.0.1", server), timeout=5) as one:
        one.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
        assert b" 413 " in one.recv(200)


def test_paths_and_queries_keep_their_signs(server):
    import json

    _status, body, _headers = ask(server, path="/p/caf%C3%A9%20a%2Fb?q=a%26b&x=%C3%A9")
    assert json.loads(body) == {"rest": "café a/b", "query": "q=a%26b&x=%C3%A9"}


def test_a_header_with_an_underscore_poses_as_nothing(server):
    import json

    _status, body, _headers = ask(server, path="/environ", headers={"X_Forwarded_For": "1.2.3.4", "X-B": "1"})
    environ = json.loads(body)
    assert "HTTP_X_FORWARDED_FOR" not in environ
    assert environ["HTTP_X_B"] == "1"
    assert environ["REMOTE_ADDR"] == "127.0.0.1"


def test_a_long_answer_comes_in_pieces(server):
    status, body, _headers = ask(server, path="/stream")
    assert status == 200
    assert len(body) == 320 * 65536


def test_a_reader_that_leaves_frees_its_thread(server):
    for _ in range(8):  # twice the threads
        with socket.create_connection(("127.0.0.1", server), timeout=5) as one:
            one.sendall(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
            one.recv(1000)
    time.sleep(0.3)
    assert longest_answer(server, 4) < 1.0


def test_a_failing_answer_is_a_500_without_a_trace(server):
    status, body, _headers = ask(server, path="/fail")
    assert status == 500
    assert b"nope" not in body
    assert b"Traceback" not in body


def test_head_has_no_body(server):
    status, body, headers = ask(server, "HEAD")
    assert (status, body, headers["Content-Length"]) == (200, b"", "3")


def test_a_connection_is_kept(server):
    with connection(server) as client:
        for _ in range(3):
            client.request("GET", "/")
            assert client.getresponse().read() == b"hai"


def test_sigterm_lets_running_answers_end(tmp_path):
    port = free_port()
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SERVER), str(tmp_path), str(port)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    try:
        child.stdout.readline()
        with connection(port) as client:
            client.request("GET", "/wait")
            time.sleep(0.2)
            child.send_signal(signal.SIGTERM)
            assert client.getresponse().read() == b"lama"
        assert child.wait(5) == 0
    finally:
        child.kill()
        child.wait(5)
        child.stdout.close()


PROGRAM = """
    import sys
    from flask import Flask
    from lms.cli import serve
    from lms.core import jobs
    from lms.core.db import db, transaction
    jobs._PERIODIC.clear()
    seen = []
    jobs.job("test.seen")(lambda session: seen.append(1))
    def make(settings):
        app = Flask("bare")
        app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
        settings.home.mkdir(exist_ok=True)
        db.init_app(app)
        with app.app_context():
            jobs.OutboxJob.__table__.create(db.engine, checkfirst=True)
        @app.post("/owe")
        def owe():
            with transaction() as session:
                jobs.enqueue(session, "test.seen")
            return "ya"
        @app.get("/seen")
        def count():
            return str(len(seen))
        return app
    serve.make_app = make
    sys.argv = ["lms", "serve"]
    from lms.cli.main import main
    main()
"""


def test_lms_serve_says_where_it_is_runs_tasks_and_refuses_a_taken_port(tmp_path):
    port = free_port()
    values = {
        **os.environ, "PYTHONWARNINGS": "ignore", "LMS_HOME": str(tmp_path), "LMS_PORT": str(port), "LMS_ENV": "test",
        "LMS_DATABASE_URL": "", "PYTHONUNBUFFERED": "1",
    }  # fmt: skip
    words = [sys.executable, "-c", textwrap.dedent(PROGRAM)]
    child = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=values)
    try:
        assert child.stdout.readline().startswith(f"Bina siap di http://127.0.0.1:{port} (")
        assert ask(port, "POST", "/owe")[1] == b"ya"
        for _ in range(100):
            if ask(port, path="/seen")[1] == b"1":
                break
            time.sleep(0.1)
        else:
            pytest.fail("the task was not carried out")
        second = subprocess.run(words, capture_output=True, text=True, env=values, timeout=30, check=False)
        assert second.returncode == 1
        assert "sudah dipakai" in second.stderr
        child.send_signal(signal.SIGTERM)
        assert child.wait(10) == 0
    finally:
        child.kill()
        child.wait(5)
        child.stdout.close()


def test_slow_clients_do_not_hold_a_server_that_stops(tmp_path):
    port = free_port()
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SERVER), str(tmp_path), str(port)],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )  # fmt: skip
    try:
        child.stdout.readline()
        with ExitStack() as stack:
            for start in (HEADERS, BODY, CHUNKED, b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"):
                for _ in range(10):
                    one = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
                    one.sendall(start)
            child.send_signal(signal.SIGTERM)
            assert child.wait(7) == 0
    finally:
        child.kill()
        child.wait(5)
        child.stdout.close()
