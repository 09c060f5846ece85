"""Bodies of calls that nobody between caller and platform reads: SM4-GCM under a key that the caller wraps with SM2.

Request  {"encType": "SM4", "keyId", "key", "data"}: `key` 16 random bytes enciphered with SM2 (C1C3C2) for the platform's key
         `keyId`, `data` nonce (12) + ciphertext + tag (16); both Base64. The call itself is signed as ever
Answer   {"encType": "SM4", "data", "signType": "SM2", "keyId", "sign"}: under the same key; `sign` (r || s, hex) by the
         platform's signing key over the lines ANSWER, METHOD, PATH, AppId, Timestamp, Nonce, hex(SM3(data))
Bound    what is authenticated beside the ciphertext: the lines REQUEST or ANSWER, METHOD, PATH, AppId, Timestamp, Nonce, so
         that a body fits one call only
Errors   BrokenSeal
"""

import binascii
import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import NamedTuple

from suixin.kit.sm import (
    KEY_BYTES,
    BadKey,
    BrokenSeal,
    sm2_decrypt,
    sm2_encrypt,
    sm2_verify,
    sm3_hex,
    sm4_open,
    sm4_seal,
)

TYPE = "SM4"
MEMBERS = frozenset({"encType", "keyId", "key", "data"})


class Call(NamedTuple):
    """What binds a body to one call; `path` as it is signed."""

    method: str
    path: str
    app_id: str
    timestamp: str
    nonce: str

    def bound(self, side: str) -> bytes:
        """What is authenticated beside the ciphertext."""
        return "\n".join((side, *self)).encode()


def seal_request(plaintext: bytes, public: bytes, *, key_id: str, call: Call) -> tuple[dict[str, str], bytes]:
    """(the body, the key that will open the answer)."""
    session = os.urandom(KEY_BYTES)
    data = sm4_seal(session, plaintext, call.bound("REQUEST"))
    return {"encType": TYPE, "keyId": key_id, "key": _text(sm2_encrypt(public, session)), "data": _text(data)}, session


def open_request(body: Mapping[str, object], private_of: Callable[[str], bytes], *, call: Call) -> tuple[bytes, bytes]:
    """(what the body holds, the key for the answer). Raises BrokenSeal; `private_of` raises for a key it does not know."""
    if set(body) != MEMBERS or body["encType"] != TYPE or not all(isinstance(value, str) for value in body.values()):
        raise BrokenSeal(f"加密报文应有 {'、'.join(sorted(MEMBERS))} 四个文本成员,encType 为 {TYPE}。")
    try:
        session = sm2_decrypt(private_of(str(body["keyId"])), _bytes(body["key"]))
    except BadKey as error:
        raise BrokenSeal("加密报文的 key 不是 SM2 密文(C1C3C2 的 Base64);请核对。") from error
    if len(session) != KEY_BYTES:
        raise BrokenSeal(f"加密报文的 key 里应是 {KEY_BYTES} 字节的 SM4 密钥。")
    return sm4_open(session, _bytes(body["data"]), call.bound("REQUEST")), session


def seal_answer(plaintext: bytes, session: bytes, *, call: Call, sign: Callable[[bytes], tuple[str, str]]) -> dict[str, str]:
    """The answer's body; `sign` gives (key id, signature in hex)."""
    data = sm4_seal(session, plaintext, call.bound("ANSWER"))
    key_id, signature = sign(_signed(data, call))
    return {"encType": TYPE, "data": _text(data), "signType": "SM2", "keyId": key_id, "sign": signature}


def open_answer(body: Mapping[str, str], session: bytes, public: bytes, *, call: Call) -> bytes:
    """What the answer holds, its signature checked. Raises BrokenSeal."""
    data = _bytes(body["data"])
    if not sm2_verify(public, _signed(data, call), bytes.fromhex(body["sign"])):
        raise BrokenSeal("回答的签名不符;请核对平台的签名公钥。")
    return sm4_open(session, data, call.bound("ANSWER"))


def _signed(data: bytes, call: Call) -> bytes:
    return call.bound("ANSWER") + b"\n" + sm3_hex(data).encode()


def _text(data: bytes) -> str:
    return b64encode(data).decode()


def _bytes(text: object) -> bytes:
    try:
        return b64decode(str(text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BrokenSeal("加密报文的 key、data 应是 Base64;请核对。") from error
