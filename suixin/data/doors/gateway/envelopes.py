"""Enciphered calls of sensitive interfaces: the platform's keys, which bodies have to be sealed, opening and sealing them.

Keys      purpose `gateway` of the keyring: the SM2 key that callers wrap theirs for is derived from its sealing key of the
          version that `keyId` names, the signing key signs answers; GET /gateway/keys shows both public halves
Required  from level SUIXIN_GATEWAY_SEALED_LEVEL of the resource on: signed with SM2, sealed with SM4, asked by POST
"""

from collections.abc import Mapping

from django.conf import settings

from suixin.data.access.plans import Plan
from suixin.data.access.values import dumps
from suixin.data.doors.errors import EnvelopeRefused, MustBeSealed
from suixin.data.doors.exchange import Answer, Exchange, json_answer
from suixin.ground.security.keys import decryption_key, ring
from suixin.kit import sealed_bodies, signing
from suixin.kit.keyring.errors import KeyMissing, KeyStateRefused
from suixin.kit.sealed_bodies import Call
from suixin.kit.sm import BrokenSeal, public_to_pem, sm2_public_of

PURPOSE = "gateway"
_LABEL = b"sm2-bodies"


def keys(exchange: Exchange) -> Answer:
    """The public keys for callers: what theirs are wrapped for, and what answers are signed with."""
    version, private = _private()
    signing_key = ring().public_key(PURPOSE)
    data = {
        "encryption": {"keyId": f"{PURPOSE}:{version}", "public": public_to_pem(sm2_public_of(private))},
        "signing": {"public": public_to_pem(signing_key)},
    }
    body = dumps({"code": "200", "message": "成功", "data": data, "trace_id": exchange.trace_id})
    return json_answer(body, headers=(("Cache-Control", "no-cache"),))


def require(exchange: Exchange, plan: Plan) -> None:
    """Nothing when the call is as safe as the resource's level asks. Raises MustBeSealed."""
    if plan.contract.level < settings.SUIXIN.gateway_sealed_level:
        return
    signer = exchange.signed_with
    if not exchange.session or signer is None or signer.kind != signing.SM2:
        raise MustBeSealed(
            f"「{plan.contract.title}」是{plan.contract.level.title}，须用 SM2 签名，并以 POST 发送 SM4 加密的报文；"
            "写法见 docs/gateway.md，平台公钥取自 /gateway/keys。"
        )


def opened(exchange: Exchange, told: Mapping[str, object]) -> bytes:
    """What an enciphered body holds; the answer will be sealed too. Raises EnvelopeRefused."""
    try:
        content, exchange.session = sealed_bodies.open_request(told, _private_of, call=_call(exchange))
    except (BrokenSeal, KeyMissing, KeyStateRefused) as error:
        raise EnvelopeRefused(f"报文解不开：{error.sentence}") from error
    return content


def sealed(exchange: Exchange, body: bytes) -> bytes:
    """The answer's body, enciphered and signed when the request was."""
    if not exchange.session:
        return body
    return dumps(sealed_bodies.seal_answer(body, exchange.session, call=_call(exchange), sign=_sign))


def _sign(text: bytes) -> tuple[str, str]:
    made = ring().sign(PURPOSE, text)
    return made.key_id, made.value


def _call(exchange: Exchange) -> Call:
    header, request = exchange.request.header, exchange.request
    path = signing.canonical_path(request.path)
    return Call(request.method, path, header("X-App-Id"), header("X-Timestamp"), header("X-Nonce"))


def _private_of(key_id: str) -> bytes:
    purpose, _, number = key_id.partition(":")
    if purpose != PURPOSE or not number.isdecimal() or len(number) > 6 or int(number) == 0:
        raise BrokenSeal("keyId 不是本平台的;请从 /gateway/keys 取得。")
    return _private(int(number))[1]


def _private(version: int = 0) -> tuple[int, bytes]:
    return decryption_key(PURPOSE, _LABEL, version)
