"""A PostgreSQL server for the tests: found in LMS_TEST_POSTGRESQL_URL, or started for this run."""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg


def _binaries() -> Path:
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    msg = "PostgreSQL is not installed; `make test` installs it"
    raise RuntimeError(msg)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start() -> str:
    """Start a throw-away server and return its base URL, without a database name."""
    given = os.environ.get("LMS_TEST_POSTGRESQL_URL")
    if given:
        return given.rstrip("/")
    binaries, port = _binaries(), _free_port()
    home = Path(tempfile.mkdtemp(prefix="bina-pg-"))
    user: dict[str, object] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        owner = pwd.getpwnam("postgres")
        os.chown(home, owner.pw_uid, owner.pw_gid)
        user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    data = home / "data"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": home}
    subprocess.run(
        [binaries / "initdb", "-D", data, "-U", "bina", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"],
        check=True,
        **quiet,
        **user,
    )
    # What a power cut would lose is no matter here: processes are killed in tests, never the machine.
    # In the file, not as an argument, so that a test may turn it on again.
    with (data / "postgresql.conf").open("a") as settings:
        settings.write("fsync = off\nfull_page_writes = off\n")
    server = subprocess.Popen(
        [
            binaries / "postgres",
            "-D",
            data,
            "-p",
            str(port),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            f"unix_socket_directories={home}",
            "-c",
            "max_connections=200",
            "-c",
            "shared_buffers=128MB",
        ],
        **quiet,
        **user,
    )

    def stop() -> None:
        server.send_signal(signal.SIGINT)  # "fast": does not wait for clients that forgot to leave
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait(20)
        shutil.rmtree(home, ignore_errors=True)

    atexit.register(stop)
    for _ in range(200):
        try:
            psycopg.connect(f"postgresql://bina@127.0.0.1:{port}/postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            os.environ["LMS_TEST_POSTGRESQL_URL"] = f"postgresql+psycopg://bina@127.0.0.1:{port}"
            return os.environ["LMS_TEST_POSTGRESQL_URL"]
    msg = "PostgreSQL did not answer within 20 s"
    raise RuntimeError(msg)


def create_database(base_url: str, name: str) -> str:
    """Make an empty database of this name and return its SQLAlchemy URL."""
    plain = base_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(f"{plain}/postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # names are the tests' own
        connection.execute(f'CREATE DATABASE "{name}"')
    return f"{base_url}/{name}"


def set_fsync(*, on: bool) -> None:
    """Let the server of this run write as in real life, or without waiting for the disk."""
    plain = start().replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(f"{plain}/postgres", autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = on" if on else "ALTER SYSTEM RESET fsync")
        connection.execute("SELECT pg_reload_conf()")
        wanted = "on" if on else "off"
        for _ in range(200):
            if connection.execute("SHOW fsync").fetchone() == (wanted,):
                return
            time.sleep(0.02)
    msg = "PostgreSQL did not take the setting"
    raise RuntimeError(msg)
