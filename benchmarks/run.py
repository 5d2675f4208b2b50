"""`make bench`: floors first, then our pages, round about; ratios to the floor of the same run.

Every server process is bound to core 0 and the client to core 1, so figures are per server core,
database included. Absolute figures drift from day to day; the ratio is what counts.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import client
from benchmarks.client import Request
from benchmarks.world import World

ROOT = Path(__file__).resolve().parent.parent
SERVER_CORE, CLIENT_CORE = "0", "1"
WARM_SECONDS = 1.0
console = Console(width=200)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _children(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += _children(int(child))
    return found


def cpu_seconds(pid: int) -> float:
    """Return user and system CPU seconds of a process and its children."""
    total = 0
    for each in set(_children(pid)):
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def pss_mib(pid: int) -> float:
    """Return the proportional memory of a process and its children in MiB."""
    total = 0
    for each in set(_children(pid)):
        try:
            match = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{each}/smaps_rollup").read_text(), re.MULTILINE)
        except OSError:
            continue
        total += int(match.group(1)) if match else 0
    return total / 1024


@contextmanager
def server(
    command: list[str], port: int, env: dict[str, str], ready: str
) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """Run a server on core 0 until the block ends; gives the process and its seconds to the first answer."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        ["taskset", "-c", SERVER_CORE, *command],
        cwd=ROOT,
        env={**os.environ, **env},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        for _ in range(1500):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}{ready}", timeout=1).read()
                break
            except OSError:
                time.sleep(0.02)
        else:
            raise RuntimeError(f"{command[0]} did not answer")
        yield process, time.perf_counter() - begin
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def measure(
    port: int, pid: int, make: Callable[[int, int], Request], *, users: int, seconds: float
) -> dict[str, float]:
    """Take one round of one scenario."""
    # Templates compile, statements enter their caches and people their connections: not what is asked here.
    client.run(port, make, users=users, seconds=WARM_SECONDS)
    before = cpu_seconds(pid)
    tally = client.run(port, make, users=users, seconds=seconds)
    count = max(1, len(tally.latencies))
    bad = tally.errors + sum(n for status, n in tally.statuses.items() if status >= 400)
    return {
        "per_second": tally.per_second,
        "cpu_ms": (cpu_seconds(pid) - before) / count * 1000,
        "p50_ms": tally.percentile_ms(0.5),
        "p95_ms": tally.percentile_ms(0.95),
        "p99_ms": tally.percentile_ms(0.99),
        "kilobytes": tally.bytes_in / count / 1000,
        "errors": float(bad),
    }


def floor_disk(folder: Path) -> float:
    """Return durable SQLite commits per second of one connection."""
    code = (
        "import sqlite3,sys,time;c=sqlite3.connect(sys.argv[1],isolation_level=None);"
        "c.execute('PRAGMA journal_mode=WAL');c.execute('PRAGMA synchronous=FULL');"
        "c.execute('CREATE TABLE IF NOT EXISTS t(a)');b=time.perf_counter();n=0\n"
        "while time.perf_counter()-b<1.5:\n c.execute('BEGIN IMMEDIATE');c.execute('INSERT INTO t VALUES(1)');c.execute('COMMIT');n+=1\n"
        "print(n/(time.perf_counter()-b))"
    )
    return _run_code(code, str(folder / "floor-commit.sqlite3"))


def floor_argon2() -> float:
    """Return password verifications per second (argon2id, 19 MiB, t=2, p=1)."""
    code = (
        "import time;from argon2 import PasswordHasher as P;h=P(time_cost=2,memory_cost=19456,parallelism=1);"
        "x=h.hash('kata sandi');b=time.perf_counter();n=0\n"
        "while time.perf_counter()-b<1.5:\n h.verify(x,'kata sandi');n+=1\nprint(n/(time.perf_counter()-b))"
    )
    return _run_code(code)


def floor_pdf() -> float:
    """Return naive WeasyPrint pages per second: everything made anew for each."""
    code = (
        "import time,logging;logging.disable(50);from weasyprint import HTML\n"
        "page='<html lang=id><title>x</title><style>@page{size:A4}h1{font-family:DejaVu Serif}</style><h1>Sertifikat</h1>'"
        "+'<table>'+'<tr><td>Materi</td><td>2</td></tr>'*12+'</table>'\n"
        "HTML(string=page).write_pdf();b=time.perf_counter();n=0\n"
        "while time.perf_counter()-b<3:\n HTML(string=page).write_pdf(pdf_variant='pdf/ua-1');n+=1\nprint(n/(time.perf_counter()-b))"
    )
    return _run_code(code)


def _run_code(code: str, *arguments: str) -> float:
    done = subprocess.run(
        ["taskset", "-c", SERVER_CORE, sys.executable, "-W", "ignore", "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return float(done.stdout.strip())


def run_floors(folder: Path, database_url: str, *, users: int, seconds: float) -> dict[str, dict[str, float]]:
    """Take the floors of bare Flask and of Flask with Jinja and 50 ORM rows."""
    port = free_port()
    env = {"FLOOR_DATABASE_URL": database_url or f"sqlite:///{folder / 'floor.sqlite3'}"}
    subprocess.run(
        [sys.executable, "-c", "import benchmarks.floor_app"],
        check=True,
        cwd=ROOT,
        env={**os.environ, **env, "FLOOR_PREPARE": "1"},
    )
    command = [
        str(Path(sys.executable).with_name("granian")),
        "--interface",
        "wsgi",
        "--port",
        str(port),
        "--workers",
        "1",
        "--blocking-threads",
        "4",
        "--no-ws",
        "benchmarks.floor_app:app",
    ]
    with server(command, port, env, "/hello") as (process, _):
        return {
            name: measure(port, process.pid, lambda _u, _s, path=path: Request(path), users=users, seconds=seconds)
            for name, path in (("floor: hello", "/hello"), ("floor: page, 50 rows", "/page"))
        }


def run_ours(
    folder: Path, database_url: str, *, users: int, seconds: float, rounds: int, floor_url: str
) -> tuple[dict[str, list[dict[str, float]]], dict[str, float]]:
    """Take all scenarios round about, with the floors between the rounds."""
    port = free_port()
    env = {
        "LMS_HOME": str(folder),
        "LMS_ENV": "demo",
        "LMS_PORT": str(port),
        "LMS_DATABASE_URL": database_url,
        "LMS_BASE_URL": f"http://127.0.0.1:{port}",
        "LMS_PROXY_COUNT": "1",
    }
    world = World(env, root=ROOT)
    results: dict[str, list[dict[str, float]]] = {}
    lms = str(Path(sys.executable).with_name("lms"))
    with server([lms, "serve"], port, env, "/_/live") as (process, start_seconds):
        extra = {"start_seconds": start_seconds}
        scenarios = world.scenarios(port, users=users)
        for turn in range(rounds):
            console.print(f"round {turn + 1} of {rounds}", style="dim")
            for name, tally in run_floors(folder, floor_url, users=users, seconds=seconds).items():
                results.setdefault(name, []).append(tally)
            for name, make in scenarios.items():
                results.setdefault(name, []).append(measure(port, process.pid, make, users=users, seconds=seconds))
        extra["pss_mib"] = pss_mib(process.pid)
        extra.update(world.whole_acts(port))
    return results, extra


def show(
    database: str, results: dict[str, list[dict[str, float]]], extra: dict[str, float], floors: dict[str, float]
) -> None:
    """Print the table of medians and ratios."""
    base = statistics.median(r["per_second"] for r in results["floor: page, 50 rows"])
    base_cpu = statistics.median(r["cpu_ms"] for r in results["floor: page, 50 rows"])
    table = Table(title=f"Bina on {database} (server core {SERVER_CORE}, client core {CLIENT_CORE})")
    for column in (
        "what",
        "/s",
        "min–max",
        "ratio to page floor",
        "ratio by CPU",
        "CPU ms",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "kB",
        "errors",
    ):
        table.add_column(column, justify="left" if column == "what" else "right")
    for name, rounds in results.items():
        rate = [r["per_second"] for r in rounds]
        middle = {key: statistics.median(r[key] for r in rounds) for key in rounds[0]}
        table.add_row(
            name,
            f"{middle['per_second']:,.0f}",
            f"{min(rate):,.0f}–{max(rate):,.0f}",
            f"{middle['per_second'] / base:.2f}",
            # Steadier than requests a second where other work shares the machine.
            f"{base_cpu / max(middle['cpu_ms'], 0.001):.2f}",
            f"{middle['cpu_ms']:.2f}",
            f"{middle['p50_ms']:.1f}",
            f"{middle['p95_ms']:.1f}",
            f"{middle['p99_ms']:.1f}",
            f"{middle['kilobytes']:.1f}",
            f"{sum(r['errors'] for r in rounds):.0f}",
        )
    console.print(table)
    for name, value in {**floors, **extra}.items():
        console.print(f"  {name}: {value:,.2f}")


def main() -> None:
    """Run everything and leave the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--users", type=int, default=8)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    options = parser.parse_args()
    os.sched_setaffinity(0, {int(CLIENT_CORE)})
    report: dict[str, object] = {
        "taken_at": datetime.now(UTC).isoformat(),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "options": vars(options),
    }
    folder = Path(tempfile.mkdtemp(prefix="bina-bench-"))
    try:
        floors = {
            "floor: durable commits /s": floor_disk(folder),
            "floor: argon2 checks /s": floor_argon2(),
            "floor: naive WeasyPrint /s": floor_pdf(),
        }
        report["floors"] = floors
        for database in ("sqlite", "postgresql"):
            if options.database not in (database, "both"):
                continue
            home = folder / database
            home.mkdir()
            url, floor_url = "", ""
            if database == "postgresql":
                from tests.support import postgres  # the same throw-away server as the tests'

                base = postgres.start()
                url = postgres.create_database(base, "bina_bench")
                floor_url = postgres.create_database(base, "bina_floor")
            results, extra = run_ours(
                home, url, users=options.users, seconds=options.seconds, rounds=options.rounds, floor_url=floor_url
            )
            report[database] = {"rounds": results, "extra": extra}
            show(database, results, extra, floors)
        target = ROOT / "benchmarks" / "results"
        target.mkdir(exist_ok=True)
        name = datetime.now(UTC).strftime("%Y%m%d-%H%M%S") + ".json"
        (target / name).write_text(json.dumps(report, indent=1))
        console.print(f"written: benchmarks/results/{name}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
