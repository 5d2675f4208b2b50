"""A closed-loop HTTP/1.1 client on one core: c virtual users, each waits for its answer."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Request:
    """One request of a virtual user."""

    path: str
    method: str = "GET"
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Tally:
    """What came back: latencies in seconds, statuses, bytes."""

    latencies: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    bytes_in: int = 0
    errors: int = 0
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        """Good answers (status below 400) per second."""
        good = sum(count for status, count in self.statuses.items() if status < 400)
        return good / self.seconds if self.seconds else 0.0

    def percentile_ms(self, share: float) -> float:
        """Latency in milliseconds below which `share` of the answers lie."""
        if not self.latencies:
            return float("nan")
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


class Connection:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def send(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        """Send one request and read its whole answer."""
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        assert self.reader is not None
        head = [f"{request.method} {request.path} HTTP/1.1", "Host: 127.0.0.1", "Accept-Encoding: gzip"]
        head += [f"{name}: {value}" for name, value in request.headers.items()]
        if request.body or request.method == "POST":
            head.append(f"Content-Length: {len(request.body)}")
        self.writer.write(("\r\n".join(head) + "\r\n\r\n").encode() + request.body)
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ", 2)[1])
        headers = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:] if line)}
        if headers.get("transfer-encoding", "") == "chunked":
            parts = []
            while size := int((await self.reader.readline()).strip() or b"0", 16):
                parts.append(await self.reader.readexactly(size))
                await self.reader.readline()
            await self.reader.readline()
            body = b"".join(parts)
        else:
            body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection", "").lower() == "close":
            self.close()
        return status, headers, body

    def close(self) -> None:
        """Drop the connection; the next request opens a new one."""
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


def text_of(headers: dict[str, str], body: bytes) -> str:
    """Return the decoded text of an answer."""
    return (gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body).decode()


async def _user(port: int, make: Callable[[int, int], Request], number: int, until: float, tally: Tally) -> None:
    connection, step = Connection(port), 0
    while (begin := time.perf_counter()) < until:
        try:
            status, _headers, body = await connection.send(make(number, step))
        except (OSError, asyncio.IncompleteReadError, ValueError):
            tally.errors += 1
            connection.close()
            await asyncio.sleep(0.01)
            continue
        tally.latencies.append(time.perf_counter() - begin)
        tally.statuses[status] = tally.statuses.get(status, 0) + 1
        tally.bytes_in += len(body)
        step += 1
    connection.close()


def run(port: int, make: Callable[[int, int], Request], *, users: int, seconds: float) -> Tally:
    """Let `users` virtual users ask one after the other for `seconds`.

    Args:
        make: gives the request of (user number, step).
    """

    async def main() -> Tally:
        tally = Tally()
        begin = time.perf_counter()
        await asyncio.gather(*(_user(port, make, n, begin + seconds, tally) for n in range(users)))
        tally.seconds = time.perf_counter() - begin
        return tally

    return asyncio.run(main())
