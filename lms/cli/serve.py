"""`lms serve`: web server and, embedded, one consumer of the outbox, in one process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

import click

from lms.cli.main import make_app, read_settings
from lms.core import runtime
from lms.core.job_runner import Worker, connect_doorbell
from lms.core.logging import configure_logging
from lms.core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

# Requests in flight, slow bodies among them: a slot is a few kilobytes, not a thread.
MAX_IN_FLIGHT = 8192
BACKLOG = 2048
HEADER_MILLISECONDS = 20_000
STOP_SECONDS = 4.0


def _address_is_free(host: str, port: int) -> bool:
    """Tell whether nobody listens there; the server's own socket would share the port silently."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


async def _tell_when_ready(settings: Settings, ready: Callable[[], None]) -> None:
    """Call `ready` when the socket takes connections; the server itself tells too early."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1", "localhost": "127.0.0.1"}.get(settings.host, settings.host)  # noqa: S104 -- compared, not bound
    for _ in range(500):
        with contextlib.suppress(OSError):
            _reader, writer = await asyncio.open_connection(host, settings.port)
            writer.close()
            ready()
            return
        await asyncio.sleep(0.01)


def run_server(
    app: Flask,
    settings: Settings,
    *,
    ready: Callable[[], None] | None = None,
    finish: Callable[[], None] | None = None,
) -> NoReturn:
    """Serve until SIGTERM or SIGINT, let running requests end, and leave the process.

    Args:
        ready: called when the socket takes connections.
        finish: called after the last answer.

    The process is left at once when all is done: the server's own threads may still call into
    Python, which aborts when the interpreter is being taken down under them.
    """
    from granian.constants import HTTPModes, Interfaces  # noqa: PLC0415 -- only the server needs it
    from granian.http import HTTP1Settings  # noqa: PLC0415 -- as above
    from granian.server.embed import Server  # noqa: PLC0415 -- as above

    from lms.web.asgi import AsgiAdapter  # noqa: PLC0415 -- as above

    adapter = AsgiAdapter(app.wsgi_app, threads=settings.threads)

    async def serve() -> None:
        server: Any = Server(
            adapter,
            address="127.0.0.1" if settings.host == "localhost" else settings.host,
            port=settings.port,
            interface=Interfaces.ASGINL,
            http=HTTPModes.http1,
            websockets=False,
            backlog=BACKLOG,
            backpressure=MAX_IN_FLIGHT,
            log_enabled=False,
            http1_settings=HTTP1Settings(header_read_timeout=HEADER_MILLISECONDS, max_buffer_size=65_536),
        )
        configure_logging()  # the server has set up logging of its own
        logging.getLogger("_granian").setLevel(logging.ERROR)
        logging.getLogger("granian").setLevel(logging.ERROR)
        loop = asyncio.get_running_loop()
        stopping = asyncio.Event()
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, stopping.set)
        serving = loop.create_task(server.serve())
        told = loop.create_task(_tell_when_ready(settings, ready)) if ready is not None else None
        asked = loop.create_task(stopping.wait())
        await asyncio.wait({serving, asked}, return_when=asyncio.FIRST_COMPLETED)
        if told is not None:
            told.cancel()
        asked.cancel()
        adapter.stop()
        server.stop()
        # Half-sent headers and readers that do not read must not hold the process.
        await asyncio.wait({serving}, timeout=STOP_SECONDS)
        if serving.done():
            serving.result()

    loop = asyncio.new_event_loop()
    loop.run_until_complete(serve())
    adapter.close()
    if finish is not None:
        finish()
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _background(app: Flask, settings: Settings) -> tuple[Callable[[], None], Callable[[], None]]:
    """Return what begins and what ends the outbox's work beside the web server."""
    if settings.jobs == "inline":
        worker = Worker(app, settings)
        return worker.start, worker.stop
    return (lambda: None), connect_doorbell(settings)


@click.command(help="Jalankan server web. Berhenti dengan Ctrl+C.")
@click.option("--host", help="Alamat yang didengar (bawaan: LMS_HOST).")
@click.option("--port", type=click.IntRange(1, 65535), help="Porta (bawaan: LMS_PORT).")
@click.option(
    "--prepare", "prepares", is_flag=True, help="Naikkan skema dan, pada LMS_ENV=demo, buat data percobaan dulu."
)
def serve(*, host: str | None, port: int | None, prepares: bool) -> None:
    """Serve the application; exit code 1 when the port is taken."""
    started = time.monotonic()
    settings = read_settings()
    given: dict[str, Any] = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    if given:
        # Made anew, so that the base URL follows the port unless it was set itself.
        settings = Settings(**given)
        runtime.configure(settings)
    if not _address_is_free(settings.host, settings.port):
        click.echo(f"Porta {settings.port} sudah dipakai. Hentikan program lain atau ganti LMS_PORT.", err=True)
        raise SystemExit(1)
    if prepares:
        from lms.cli import prepare  # noqa: PLC0415 -- only asked for by `make run`

        prepare.migrate(settings)  # before logging is set up: Alembic's own words are not for the screen
    configure_logging()
    app = make_app(settings)
    if prepares:
        prepare.prepare_demo(app, settings)
    start_work, hang_up = _background(app, settings)

    def ready() -> None:
        seconds = f"{time.monotonic() - started:.1f}".replace(".", ",")
        click.echo(f"Bina siap di {settings.base_url} ({seconds} detik)")
        if urlsplit(settings.base_url).scheme == "http" and not settings.bound_to_loopback:
            click.echo("Peringatan: tanpa https orang tidak dapat masuk. Pasang proksi https di depannya.", err=True)
        start_work()  # only now, so that no sweep delays the first answer

    run_server(app, settings, ready=ready, finish=hang_up)
