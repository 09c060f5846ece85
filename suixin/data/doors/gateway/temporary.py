"""POST /sysapi/auth/refreshappsecret: a temporary secret for clients of the older national exchange (gjgxjhpt_).

Asked     with the four fields in headers and body, signed with the application's secret
Answer    {"code": "0", "message", "data": {"secret", "secretEndTime"}}: the secret sealed with AES, milliseconds of its end
"""

import orjson

from suixin.data.access.values import dumps
from suixin.data.doors import callers
from suixin.data.doors.callers import claims
from suixin.data.doors.errors import SignatureRefused
from suixin.data.doors.exchange import Answer, Exchange, json_answer
from suixin.ground.people.queries import SigningKey
from suixin.kit import clock, signing_styles
from suixin.kit.signing_styles import Style


def refresh(exchange: Exchange) -> Answer:
    """The temporary secret. Raises SignatureRefused."""
    given = claims.national_fields(exchange.request, Style.EXCHANGE)
    told = _members(exchange.request.body()) if not all(given.values()) else {}
    given = {name: value or told.get(f"{Style.EXCHANGE.value}_{name}", "") for name, value in given.items()}
    moment = claims.checked_national(Style.EXCHANGE, given)

    def is_by(key: SigningKey) -> bool:
        return claims.is_same(signing_styles.national(given["sid"], given["rid"], given["rtime"], secret=key.secret), given["sign"])

    word = claims.once(Style.EXCHANGE, f"refresh {given['sign']}")
    exchange.nonce = callers.accept(exchange, claims.Claim(Style.EXCHANGE, given["rid"], moment, word, is_by))
    if exchange.signed_with is None:
        raise SignatureRefused("签名不符；请核对 appkey。")
    secret = exchange.signed_with.secret
    temporary, end = signing_styles.temporary_secrets(secret, given["rid"], int(clock.now().timestamp() * 1000))[0]
    data = {"secret": signing_styles.sealed_secret(temporary, secret), "secretEndTime": end}
    body = dumps({"code": "0", "message": "成功", "data": data, "trace_id": exchange.trace_id})
    return json_answer(body, headers=(("Cache-Control", "no-store"),))


def _members(body: bytes) -> dict[str, str]:
    """The texts of a JSON object; nothing of anything else."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return {str(name): value for name, value in told.items() if isinstance(value, str)} if isinstance(told, dict) else {}
