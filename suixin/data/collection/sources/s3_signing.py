"""AWS Signature Version 4 of a GET without body, as S3-compatible stores check it.

Source   AWS General Reference, "Signature Version 4"; the examples of the S3 API reference are in the tests
"""

import hashlib
import hmac
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlsplit

EMPTY = hashlib.sha256(b"").hexdigest()


def signed_headers(
    url: str, *, key: str, secret: str, region: str, now: datetime, host: str, more: dict[str, str] | None = None
) -> dict[str, str]:
    """Headers that sign a GET of `url`; `more` are signed too."""
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    headers = {"host": host, "x-amz-content-sha256": EMPTY, "x-amz-date": stamp, **(more or {})}
    names = ";".join(sorted(headers))
    parts = urlsplit(url)
    query = "&".join(sorted(f"{_encoded(n)}={_encoded(v)}" for n, v in parse_qsl(parts.query, keep_blank_values=True)))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    request = "\n".join(("GET", parts.path or "/", query, lines, names, EMPTY))
    scope = f"{stamp[:8]}/{region}/s3/aws4_request"
    text = "\n".join(("AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(request.encode()).hexdigest()))
    signature = hmac.new(_signing_key(secret, stamp[:8], region), text.encode(), hashlib.sha256).hexdigest()
    headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={names}, Signature={signature}"
    return headers


def path_of(*parts: str) -> str:
    """Parts of a path, encoded as they are signed."""
    return "/" + "/".join(quote(part, safe="/-._~") for part in parts)


def _signing_key(secret: str, day: str, region: str) -> bytes:
    found = f"AWS4{secret}".encode()
    for part in (day, region, "s3", "aws4_request"):
        found = hmac.new(found, part.encode(), hashlib.sha256).digest()
    return found


def _encoded(text: str) -> str:
    return quote(text, safe="-._~")
