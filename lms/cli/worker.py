"""`lms worker`: carry out owed work in a process of its own."""

from __future__ import annotations

import signal
import threading

import click

from lms.cli.main import make_app, read_settings
from lms.core.job_runner import Worker, sweep
from lms.core.logging import configure_logging


@click.command(help="Kerjakan tugas latar belakang. Berhenti dengan Ctrl+C.")
@click.option("--threads", type=click.IntRange(1, 16), default=1, show_default=True, help="Tugas sekaligus.")
@click.option("--once", is_flag=True, help="Kerjakan yang sudah waktunya, lalu selesai.")
def worker(*, threads: int, once: bool) -> None:
    """Run a consumer until SIGTERM or SIGINT."""
    settings = read_settings()
    configure_logging()
    app = make_app(settings)
    if once:
        click.echo(f"{sweep(app)} tugas dikerjakan.")
        return
    stop = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop.set())
    consumer = Worker(app, settings, threads=threads)
    consumer.start()
    click.echo("Pekerja siap.")
    stop.wait()
    consumer.stop(timeout=30)
