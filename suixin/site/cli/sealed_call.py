"""One enciphered call of the gateway, as `docs/gateway.md` tells callers to make it; used by `suixin call --seal`.

The query of the address becomes the body: `columns` as a list, of a look-up the rest as one key.
"""

from urllib.parse import parse_qsl, urlsplit

import httpx
import orjson

from suixin.kit import sealed_bodies, signing
from suixin.kit.sealed_bodies import Call
from suixin.kit.sm import public_from_pem

SECONDS = 30


def ask(url: str, app_id: str, private: bytes, *, key_id: str = "") -> tuple[bool, str]:
    """Whether the answer was 200, and its content. Raises BrokenSeal, httpx.TransportError."""
    parts = urlsplit(url)
    site, path = f"{parts.scheme}://{parts.netloc}", parts.path
    keys = httpx.get(f"{site}/gateway/keys", timeout=SECONDS).raise_for_status().json()["data"]
    first = signing.sign("POST", path, app_id=app_id, private=private, key_id=key_id)
    stamp, nonce = first["X-Timestamp"], first["X-Nonce"]
    call = Call("POST", signing.canonical_path(path), app_id, stamp, nonce)
    encryption = keys["encryption"]
    sealed, session = sealed_bodies.seal_request(
        orjson.dumps(body_of(path, parts.query)), public_from_pem(encryption["public"]), key_id=encryption["keyId"], call=call
    )
    sent = orjson.dumps(sealed)
    headers = signing.sign("POST", path, app_id=app_id, private=private, key_id=key_id, body=sent, timestamp_ms=int(stamp), nonce=nonce)
    answer = httpx.post(site + path, content=sent, headers={**headers, "Content-Type": "application/json"}, timeout=SECONDS)
    told = answer.json()
    if "encType" not in told:  # a refusal holds no data
        return False, answer.text
    opened = sealed_bodies.open_answer(told, session, public_from_pem(keys["signing"]["public"]), call=call)
    return answer.status_code == httpx.codes.OK, opened.decode()


def body_of(path: str, query: str) -> dict[str, object]:
    """The plain body that asks what the address with that query would."""
    given = dict(parse_qsl(query, keep_blank_values=True))
    columns = {"columns": given.pop("columns").split(",")} if "columns" in given else {}
    return {**columns, "keys": [given]} if path.rstrip("/").endswith("/lookup") else {**columns, **given}
