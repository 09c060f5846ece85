"""Introductions: how an instance tells another who it is. Signed with the very key that it names, compared by fingerprint. Pure.

Form   canonical JSON {"introduction": {...}, "signature"}; whoever takes one compares `fingerprint` with the sender by telephone
"""

import re
from dataclasses import asdict, dataclass

import orjson

from suixin.ground.link.errors import WrongPeer
from suixin.ground.link.package_form import canonical
from suixin.ground.link.packing import Receiver, Signer
from suixin.kit.sm import BadKey, sm2_public, sm2_verify, sm3_hex

FORMAT = "suixin-introduction/1"
_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,39}")
_LONGEST = 1 << 14


@dataclass(frozen=True, slots=True)
class Introduction:
    """Who an instance says it is; keys are hex of 65 bytes."""

    code: str
    name: str
    address: str
    signing_key: str
    signing_key_id: str
    encryption_key: str
    encryption_key_id: str
    made_at: str

    @property
    def fingerprint(self) -> str:
        """What two persons compare: SM3 over both keys, in groups of four."""
        return fingerprint_of(self.signing_key, self.encryption_key)

    def as_json(self) -> bytes:
        """The canonical bytes that are signed."""
        return canonical({"format": FORMAT, **asdict(self)})


def fingerprint_of(signing_key: str, encryption_key: str) -> str:
    """SM3 over both public keys, its first 32 digits in groups of four."""
    digest = sm3_hex(bytes.fromhex(signing_key) + bytes.fromhex(encryption_key))[:32]
    return " ".join(digest[start:start + 4] for start in range(0, len(digest), 4))


def introduce(code: str, name: str, address: str, *, keys: tuple[bytes, str, Receiver], made_at: str, sign: Signer) -> bytes:
    """The introduction's file; `keys`: public signing key, its id, and what others encipher for."""
    public, key_id, to = keys
    made = Introduction(code, name, address, public.hex(), key_id, to.public.hex(), to.key_id, made_at)
    _check(made)
    return canonical({"introduction": made.as_json().decode(), "signature": sign(made.as_json())[1]}) + b"\n"


def introduction_of(content: bytes) -> Introduction:
    """The introduction of its bytes, its signature checked. Raises WrongPeer."""
    try:
        whole = orjson.loads(content[:_LONGEST])
        text, signature = str(whole["introduction"]), bytes.fromhex(whole["signature"])
        told = orjson.loads(text)
        is_ours = told.pop("format") == FORMAT
        made = Introduction(**told)
        is_ours = is_ours and made.as_json().decode() == text
        is_signed = is_ours and sm2_verify(sm2_public(made.signing_key), text.encode(), signature)
        sm2_public(made.encryption_key)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError, BadKey) as error:
        raise WrongPeer("这不是平台的介绍文件,或内容不完整;请对方平台重新导出。") from error
    if not is_signed:
        raise WrongPeer("介绍文件的签名不符:被改动过;请对方平台重新导出。")
    _check(made)
    return made


def _check(made: Introduction) -> None:
    if not _CODE.fullmatch(made.code) or not 0 < len(made.name) <= 80 or len(made.address) > 300:
        raise WrongPeer("平台代码应为 40 个以内的字母、数字、点、横线,名称 80 字以内,地址 300 字以内。")
