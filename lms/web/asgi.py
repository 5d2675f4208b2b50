"""Adapter between an ASGI server and the WSGI application.

A request takes a thread only when its body has arrived whole, within a size and a time. So slow
clients hold sockets, never threads (docs/adr/0002-server.md).
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import queue
import sys
import tempfile
import threading
import time
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
CLOSE_SECONDS = 5.0
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
        self._pool = _Threads(threads)
        self._max_body_bytes = max_body_bytes
        self._body_seconds = body_seconds
        self._idle_seconds = idle_seconds
        self._running = 0
        self._streams: set[_Pieces] = set()
        self._reading: set[asyncio.Future[IO[bytes]]] = set()
        self._stopping = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; other kinds of connection are refused."""
        if scope["type"] != "http":
            return
        if self._stopping or self._running >= WAITING_REQUESTS:
            await _plain(send, 503, "Server sedang penuh. Coba lagi sebentar lagi.", retry_after=5)
            return
        try:
            body = await self._whole_body(scope, receive)
        except _BodyRefusedError as refused:
            metrics.BODIES_REFUSED.labels(reason=refused.reason).inc()
            await _plain(send, refused.status, "Kiriman terlalu besar atau terlalu lambat.")
            return
        except ConnectionError:
            return  # the client left before its body was whole
        except asyncio.CancelledError:
            if not self._stopping:
                raise
            await _plain(send, 503, "Server sedang dihentikan. Coba lagi sebentar lagi.", retry_after=5)
            return
        self._running += 1
        try:
            await self._answer(_environ(scope, body), send)
        finally:
            self._running -= 1
            body.close()

    def stop(self) -> None:
        """Give up bodies that are still on their way; their senders try again. Called in the loop."""
        self._stopping = True
        for reading in list(self._reading):
            reading.cancel()

    def close(self) -> None:
        """Let threads end: short answers are done, long ones lose their reader. Called after the loop."""
        for pieces in list(self._streams):
            pieces.abandon()
        self._pool.close(CLOSE_SECONDS)

    async def _whole_body(self, scope: Scope, receive: Receive) -> IO[bytes]:
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"")
        chunked = b"transfer-encoding" in headers
        if length and (not length.isdigit() or int(length) > self._max_body_bytes):
            raise _BodyRefusedError(413, "size")
        if not chunked and (not length or int(length) == 0):
            return io.BytesIO()
        reading = asyncio.ensure_future(self._read_body(scope, receive))
        self._reading.add(reading)
        try:
            return await reading
        finally:
            self._reading.discard(reading)

    async def _read_body(self, scope: Scope, receive: Receive) -> IO[bytes]:
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
        done: asyncio.Future[_Whole | None] = loop.create_future()
        pieces = _Pieces(loop)
        self._streams.add(pieces)
        try:
            self._pool.submit(_run, self._wsgi, environ, _Reply(loop, done, pieces))
            whole = await done
            if whole is not None:  # nearly all answers: short, sent at once
                await send(whole[0])
                await send(whole[1])
                return
            while (message := await pieces.queue.get()) is not None:
                await send(message)
                pieces.room.release()
        finally:
            self._streams.discard(pieces)
            pieces.abandon()  # the reader may have left in the middle


_Whole = tuple["MutableMapping[str, Any]", "MutableMapping[str, Any]"]


class _Pieces:
    """A long answer on its way from a thread to the loop, at most eight pieces ahead of the reader."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.queue: asyncio.Queue[MutableMapping[str, Any] | None] = asyncio.Queue()
        self.room = threading.Semaphore(8)
        self.abandoned = False

    def put(self, message: MutableMapping[str, Any] | None) -> None:
        """Hand one message to the loop; the thread waits while the reader is behind."""
        if message is not None:
            self.room.acquire()
        if self.abandoned:
            self.room.release()
            raise BrokenPipeError
        self._loop.call_soon_threadsafe(self.queue.put_nowait, message)

    def abandon(self) -> None:
        """Wake a thread that waits for room; what it still puts is refused."""
        self.abandoned = True
        self.room.release()


class _Reply:
    """Where a thread puts its answer: whole when it is short, in pieces when it is long."""

    def __init__(self, loop: asyncio.AbstractEventLoop, done: asyncio.Future[_Whole | None], pieces: _Pieces) -> None:
        self._loop = loop
        self._done = done
        self.pieces = pieces
        self.streaming = False

    def finish(self, whole: _Whole | None) -> None:
        """Wake the loop with the whole answer, or with None before the first piece."""
        self._loop.call_soon_threadsafe(self._set, whole)

    def _set(self, whole: _Whole | None) -> None:
        if not self._done.done():  # else the client left
            self._done.set_result(whole)

    def piece(self, start: MutableMapping[str, Any], data: bytes) -> None:
        """Send a piece; the first one takes the head with it."""
        if not self.streaming:
            self.streaming = True
            self.finish(None)
            self.pieces.put(start)
        self.pieces.put(_body(data, more=True))


def _body(data: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


def _run(wsgi: WSGIApplication, environ: dict[str, Any], reply: _Reply) -> None:  # noqa: C901 -- the protocol in one place
    """Run the application in a thread of the pool."""
    head: dict[str, Any] = {}
    parts: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        if exc_info and reply.streaming:
            raise exc_info[1].with_traceback(exc_info[2])
        head["type"] = "http.response.start"
        head["status"] = int(status[:3])
        head["headers"] = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return parts.append

    answer: Iterable[bytes] = ()
    waiting = 0
    try:
        answer = wsgi(environ, start_response)
        for part in answer:
            parts.append(part)
            waiting += len(part)
            if waiting >= _CHUNK_BYTES:
                reply.piece(head, b"".join(parts))
                parts.clear()
                waiting = 0
        if reply.streaming:
            reply.pieces.put(_body(b"".join(parts), more=False))
        else:
            reply.finish((head, _body(b"".join(parts), more=False)))
    except BrokenPipeError:
        pass  # the reader left
    except Exception:
        log.exception("wsgi_failed")
        metrics.ERRORS.inc()
        if not reply.streaming:
            reply.finish(_sentence(500, "Ada gangguan pada server. Coba lagi sebentar lagi."))
    finally:
        close = getattr(answer, "close", None)
        if close is not None:
            close()
        if reply.streaming:
            with contextlib.suppress(BrokenPipeError):
                reply.pieces.put(None)


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


def _sentence(status: int, sentence: str, *, retry_after: int | None = None) -> _Whole:
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
    return {"type": "http.response.start", "status": status, "headers": headers}, _body(body, more=False)


async def _plain(send: Send, status: int, sentence: str, *, retry_after: int | None = None) -> None:
    for message in _sentence(status, sentence, retry_after=retry_after):
        await send(message)


class _Threads:
    """A few threads that take work from one queue; lighter than futures of an executor."""

    def __init__(self, count: int) -> None:
        self._queue: queue.SimpleQueue[tuple[Callable[..., None], tuple[Any, ...]] | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, name=f"bina-web-{number}", daemon=True) for number in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, function: Callable[..., None], *args: Any) -> None:
        """Let a thread call the function."""
        self._queue.put((function, args))

    def _work(self) -> None:
        while (task := self._queue.get()) is not None:
            function, args = task
            metrics.BUSY_THREADS.inc()
            try:
                function(*args)
            except Exception:
                log.exception("thread_failed")  # the thread goes on to the next request
            finally:
                metrics.BUSY_THREADS.dec()
                del task, function, args

    def close(self, timeout: float) -> None:
        """Drop work that nobody began, and let the threads end when theirs is done."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._queue.get_nowait()
        for _ in self._threads:
            self._queue.put(None)
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0.01))
