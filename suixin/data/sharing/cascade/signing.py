"""Headers of a call that is signed with our key of `ground.link`, which stays in the keyring."""

import secrets
from urllib.parse import parse_qsl, unquote, urlsplit

from suixin.ground.link import keys
from suixin.kit import clock, signing


def signed_headers(method: str, url: str, *, app_id: str, body: bytes, key_id: str = "") -> dict[str, str]:
    """Headers in the gateway's own style, by SM2 (`kit.signing`)."""
    parts = urlsplit(url)
    stamp, nonce = str(int(clock.now().timestamp() * 1000)), secrets.token_hex(16)
    path, query = signing.canonical_path(unquote(parts.path)), signing.canonical_query(parse_qsl(parts.query, keep_blank_values=True))
    text = signing.string_to_sign(method, path, query, body=body, caller=(app_id, stamp, nonce))
    return {
        "X-App-Id": app_id, "X-Timestamp": stamp, "X-Nonce": nonce, "X-Sign-Alg": signing.SM2, "X-Signature": keys.sign(text, key_id)[1],
    }
