"""The limit of looking up: ASGI and SQLite, no grant, no signature, no mask, no log.

python -m suixin.site.bench.peers.bare_server FILE.sqlite PORT
"""

import sqlite3
import sys
from collections.abc import Awaitable, Callable
from typing import Any  # Any: the ASGI messages

import uvicorn

Message = dict[str, Any]


def application(path: str) -> Callable[..., Awaitable[None]]:
    """An ASGI application that answers `?KEY` with the record's JSON."""
    connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True, check_same_thread=False)

    async def answer(
        scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        if scope["type"] != "http":
            return
        key = scope["query_string"].decode()
        row = connection.execute("SELECT body FROM record WHERE k = ?", (key,)).fetchone()
        body = row[0] if row else b"null"
        await send(
            {
                "type": "http.response.start",
                "status": 200 if row else 404,
                "headers": [
                    (b"content-type", b"application/json"),
                    (b"content-length", str(len(body)).encode()),
                ],
            }
        )
        await send({"type": "http.response.body", "body": body})

    return answer


if __name__ == "__main__":
    uvicorn.run(
        application(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), log_level="warning", access_log=False
    )
