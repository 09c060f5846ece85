"""Small real servers in this process: a JSON API with every kind of paging, an S3 store that checks signatures."""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, quote, urlsplit

Answer = tuple[int, dict[str, str], bytes]
Handler = Callable[[str, dict[str, str], dict[str, str]], Answer]


@contextmanager
def served(handler: Handler) -> Iterator[tuple[str, list[str]]]:
    """The address of a server that answers by `handler(path, parameters, headers)`, and every request it got."""
    seen: list[str] = []

    class Served(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            seen.append(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, more, body = handler(self.path, {k: v[-1] for k, v in parse_qs(parts.query, keep_blank_values=True).items()}, headers)
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Served)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
    finally:
        server.shutdown()
        server.server_close()


def rows(first: int, count: int) -> list[dict[str, object]]:
    """Rows of people, as an API tells them."""
    return [
        {"id": n, "name": f"人员{n}", "amount": n + 0.5, "changed": f"2026-01-01 08:{n % 60:02d}:00"} for n in range(first, first + count)
    ]


def told(content: object, **headers: str) -> Answer:
    """200 with JSON."""
    return 200, {"Content-Type": "application/json", **headers}, json.dumps(content).encode()


class Store:
    """Objects of one bucket, given to who signs rightly. Its check is written by the standard, not by our signer."""

    KEY, SECRET = "AKTEST", "secret/test+key"

    def __init__(self, objects: dict[str, bytes]) -> None:
        self.objects = objects

    def __call__(self, path: str, parameters: dict[str, str], headers: dict[str, str]) -> Answer:
        if not self._is_signed(path, headers):
            return 403, {}, b"<Error><Code>SignatureDoesNotMatch</Code></Error>"
        if parameters.get("list-type") == "2":
            return self._listed(parameters)
        from urllib.parse import unquote

        body = self.objects.get(unquote(urlsplit(path).path).removeprefix("/bucket/"))
        return (404, {}, b"") if body is None else (200, {"ETag": f'"{self._tag(body)}"'}, body)

    def _listed(self, parameters: dict[str, str]) -> Answer:
        names = sorted(name for name in self.objects if name.startswith(parameters.get("prefix", "")))
        start = int(parameters.get("continuation-token", "0"))
        shown = names[start : start + 2]  # pages of two, so that a listing goes on
        more = start + 2 < len(names)
        entries = "".join(
            f"<Contents><Key>{name}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;{self._tag(self.objects[name])}&quot;</ETag>"
            f"<Size>{len(self.objects[name])}</Size></Contents>" for name in shown
        )
        token = f"<NextContinuationToken>{start + 2}</NextContinuationToken>" if more else ""
        body = (
            f'<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>{str(more).lower()}'
            f"</IsTruncated>{token}{entries}</ListBucketResult>"
        )
        return 200, {"Content-Type": "application/xml"}, body.encode()

    def _tag(self, body: bytes) -> str:
        return hashlib.md5(body).hexdigest()

    def _is_signed(self, path: str, headers: dict[str, str]) -> bool:
        given = dict(part.strip().partition("=")[::2] for part in headers.get("authorization", "").partition(" ")[2].split(","))
        if not given:
            return False
        parts, names = urlsplit(path), given["SignedHeaders"].split(";")
        pairs = sorted((quote(k, safe="-._~"), quote(v, safe="-._~")) for k, v in parse_qsl(parts.query, keep_blank_values=True))
        query, lines = "&".join("=".join(pair) for pair in pairs), [f"{n}:{headers[n]}" for n in names]
        canonical = ["GET", parts.path, query, *lines, "", ";".join(names)]
        canonical.append(headers["x-amz-content-sha256"])
        scope = given["Credential"].partition("/")[2]
        day, region, service, end = scope.split("/")
        text = f"AWS4-HMAC-SHA256\n{headers['x-amz-date']}\n{scope}\n{hashlib.sha256(chr(10).join(canonical).encode()).hexdigest()}"
        key = ("AWS4" + self.SECRET).encode()
        for word in (day, region, service, end):
            key = hmac.digest(key, word.encode(), "sha256")
        return hmac.compare_digest(hmac.digest(key, text.encode(), "sha256").hex(), given["Signature"])
