"""Adapter between an ASGI server and the WSGI application.

A request takes a thread only when its body has arrived whole, within a size and a time. So slow
clients hold sockets, never threads (docs/adr/0002-server.md).
"""

from __future__ import annotations

import asyncio
import io
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

import structlog

from lms.core import metrics

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, MutableMapping

    from _typeshed.wsgi import WSGIApplication

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

log = structlog.get_logger(__name__)
MAX_BODY_BYTES = 26 << 20
BODY_SECONDS = 60.0
IDLE_SECONDS = 20.0
SPOOL_BYTES = 1 << 20
WAITING_REQUESTS = 2000
_CHUNK_BYTES = 1 << 18


class _BodyRefusedError(Exception):
    """The body is too long (413) or too slow (408)."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class AsgiAdapter:
    """Run a WSGI application on a pool of threads behind an ASGI server.

    Args:
        wsgi: the application.
        threads: how many requests run at once.
        max_body_bytes, body_seconds, idle_seconds: bounds of a request body: its size, the time
            for all of it, and the time between two pieces of it.
    """

    def __init__(
        self,
        wsgi: WSGIApplication,
        *,
        threads: int,
        max_body_bytes: int = MAX_BODY_BYTES,
        body_seconds: float = BODY_SECONDS,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._wsgi = wsgi
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="bina-web")
        self._max_body_bytes = max_body_bytes
        self._body_seconds = body_seconds
        self._idle_seconds = idle_seconds
        self._running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; other kinds of connection are refused."""
        if scope["type"] != "http":
            return
        if self._running >= WAITING_REQUESTS:
            await _plain(send, 503, "Server sedang penuh. Coba lagi sebentar lagi.", retry_after=5)
            return
        try:
            body = await self._read_body(scope, receive)
        except _BodyRefusedError as refused:
            metrics.BODIES_REFUSED.labels(reason=refused.reason).inc()
            await _plain(send, refused.status, "Kiriman terlalu besar atau terlalu lambat.")
            return
        except ConnectionError:
            return  # the client left before its body was whole
        self._running += 1
        try:
            await self._answer(_environ(scope, body), send)
        finally:
            self._running -= 1
            body.close()

    def close(self) -> None:
        """Let running requests end, take no more."""
        self._pool.shutdown(wait=True, cancel_futures=False)

    async def _read_body(self, scope: Scope, receive: Receive) -> IO[bytes]:
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"")
        chunked = b"transfer-encoding" in headers
        if length and (not length.isdigit() or int(length) > self._max_body_bytes):
            raise _BodyRefusedError(413, "size")
        if not chunked and (not length or int(length) == 0):
            return io.BytesIO()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._body_seconds
        # Small bodies stay in memory; long ones wait on disk, so that many uploads cost no memory.
        spool: IO[bytes] = tempfile.SpooledTemporaryFile(SPOOL_BYTES)  # noqa: SIM115 -- closed by the caller
        size = 0
        try:
            while True:
                left = min(self._idle_seconds, deadline - loop.time())
                message = await asyncio.wait_for(receive(), max(left, 0.001))
                if message["type"] == "http.disconnect":
                    raise ConnectionError
                piece = message.get("body", b"")
                size += len(piece)
                if size > self._max_body_bytes:
                    raise _BodyRefusedError(413, "size")
                spool.write(piece)
                if not message.get("more_body"):
                    spool.seek(0)
                    scope["bina.body_bytes"] = size
                    return spool
        except TimeoutError as error:
            spool.close()
            raise _BodyRefusedError(408, "time") from error
        except BaseException:
            spool.close()
            raise

    async def _answer(self, environ: dict[str, Any], send: Send) -> None:
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[MutableMapping[str, Any] | None] = asyncio.Queue()
        room = asyncio.Semaphore(8)  # pieces of an answer that wait for a slow reader

        def put(message: MutableMapping[str, Any] | None) -> None:
            loop.call_soon_threadsafe(queue.put_nowait, message)

        def wait_for_room() -> None:
            asyncio.run_coroutine_threadsafe(room.acquire(), loop).result()

        work = loop.run_in_executor(self._pool, _run, self._wsgi, environ, put, wait_for_room)
        started = False
        try:
            while (message := await queue.get()) is not None:
                await send(message)
                started = True
                room.release()
        finally:
            for _ in range(9):
                room.release()
            failed = await work
        if failed and not started:
            await _plain(send, 500, "Ada gangguan pada server. Coba lagi sebentar lagi.")


def _run(
    wsgi: WSGIApplication,
    environ: dict[str, Any],
    put: Callable[[MutableMapping[str, Any] | None], None],
    wait_for_room: Callable[[], None],
) -> bool:
    """Run the application in a thread of the pool; return whether it failed."""
    metrics.BUSY_THREADS.inc()
    head: dict[str, Any] = {}

    def start_response(
        status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        if exc_info and head.get("sent"):
            raise exc_info[1].with_traceback(exc_info[2])
        head["message"] = {
            "type": "http.response.start",
            "status": int(status[:3]),
            "headers": [
                (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers
            ],
        }
        return lambda data: pieces.append(data)

    pieces: list[bytes] = []

    def send_head() -> None:
        if not head.get("sent"):
            head["sent"] = True
            put(head["message"])

    answer: Iterable[bytes] = ()
    try:
        answer = wsgi(environ, start_response)
        waiting = 0
        for part in answer:
            pieces.append(part)
            waiting += len(part)
            if waiting >= _CHUNK_BYTES:
                waiting = 0
                send_head()
                wait_for_room()
                put({"type": "http.response.body", "body": b"".join(pieces), "more_body": True})
                pieces.clear()
        send_head()
        put({"type": "http.response.body", "body": b"".join(pieces), "more_body": False})
    except Exception:
        log.exception("wsgi_failed")
        metrics.ERRORS.inc()
        return True
    else:
        return False
    finally:
        close = getattr(answer, "close", None)
        if close is not None:
            close()
        metrics.BUSY_THREADS.dec()
        put(None)


def _environ(scope: Scope, body: IO[bytes]) -> dict[str, Any]:
    client, server = scope.get("client") or ("", 0), scope.get("server") or ("localhost", 80)
    # PEP 3333: paths are bytes read as Latin-1. The raw path keeps what the client wrote.
    raw = scope.get("raw_path")
    path = unquote_to_bytes(raw.split(b"?")[0]) if raw else scope["path"].encode()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": path.decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }
    for raw_name, raw_value in scope["headers"]:
        # A name with an underscore could pose as one with a dash, such as X_Forwarded_For.
        if b"_" in raw_name:
            continue
        name, value = raw_name.decode("latin-1").upper().replace("-", "_"), raw_value.decode("latin-1")
        if name in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
            environ[name] = value
        elif name != "TRANSFER_ENCODING":
            key = f"HTTP_{name}"
            joint = "; " if name == "COOKIE" else ","
            environ[key] = f"{environ[key]}{joint}{value}" if key in environ else value
    if "bina.body_bytes" in scope:
        environ["CONTENT_LENGTH"] = str(scope["bina.body_bytes"])
    return environ


async def _plain(send: Send, status: int, sentence: str, *, retry_after: int | None = None) -> None:
    body = sentence.encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"connection", b"close"),
    ]
    if retry_after is not None:
        headers.append((b"retry-after", str(retry_after).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
