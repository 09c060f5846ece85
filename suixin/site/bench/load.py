"""A load generator over keep-alive connections: prepared requests, every answer's time and status.

Requests are bytes made before the run, so that signing them costs the measured server nothing.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Answers:
    """What came back: seconds per request, statuses counted, wall seconds, the last body."""

    seconds: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    wall: float = 0.0
    last_body: bytes = b""

    @property
    def per_second(self) -> float:
        """Requests answered per second."""
        return len(self.seconds) / self.wall if self.wall else 0.0


def fire(port: int, requests: Sequence[bytes], *, connections: int, per_second: float = 0) -> Answers:
    """Send all requests to the loopback over `connections` connections, each as fast as it is answered.

    With `per_second` each is due at its time, and its seconds count from then, whether a connection was free or not (the clock
    of the sender ticks in milliseconds: up to one of them is its own).
    """
    return asyncio.run(_fire(port, requests, connections, per_second))


def get(port: int, path: str, headers: dict[str, str] | None = None) -> bytes:
    """The bytes of a GET request."""
    lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", *(f"{k}: {v}" for k, v in (headers or {}).items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def _fire(port: int, requests: Sequence[bytes], connections: int, per_second: float) -> Answers:
    answers = Answers()
    started = time.perf_counter()
    waiting = ((request, started + place / per_second if per_second else 0.0) for place, request in enumerate(requests))
    await asyncio.gather(*(_converse(port, waiting, answers) for _ in range(connections)))
    answers.wall = time.perf_counter() - started
    return answers


async def _converse(port: int, waiting: Iterator[tuple[bytes, float]], answers: Answers) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request, due in waiting:  # one iterator, shared by all connections
        if due and (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        started = due or time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        answers.last_body = await _body(reader, head)
        answers.seconds.append(time.perf_counter() - started)
        status = int(head[9:12])
        answers.statuses[status] = answers.statuses.get(status, 0) + 1
    writer.close()


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    lower = head.lower()
    at = lower.find(b"content-length:")
    if at >= 0:
        return await reader.readexactly(int(lower[at + 15 : lower.index(b"\r\n", at)]))
    parts = []
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return b"".join(parts)
