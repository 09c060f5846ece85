"""A letter as it travels: canonical JSON, signed by its sender with SM2; whatever carries it changes nothing.

Form     {"version", "from", "to", "sequence", "kind", "about", "day", "rows", "content"}; of 0 as sequence a word about the state
         of the link, which has no number and may be lost
Signed   the bytes of the envelope, ident 1234567812345678, by the sender's key of `ground.link`
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any  # contents are JSON

import orjson

from suixin.data.sharing.cascade.errors import LetterRefused
from suixin.data.sharing.cascade.models import LetterKind
from suixin.ground.link import keys
from suixin.ground.link.packing import Signer
from suixin.kit.sm import sm2_verify, sm3_hex

VERSION = 1
WORD = "word"  # the kind of what has no number
MOST_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a letter says. `text` is what was signed."""

    sender: str
    receiver: str
    sequence: int
    kind: str
    about: str
    day: date
    rows: int
    content: Mapping[str, Any]
    text: bytes
    signature: str

    @property
    def digest(self) -> str:
        """SM3 of the signed text."""
        return sm3_hex(self.text)

    def as_dict(self) -> dict[str, str]:
        """The wire form."""
        return {"envelope": self.text.decode(), "signature": self.signature}


def sealed(
    sender: str, receiver: str, *, sequence: int, kind: str, day: date, content: Mapping[str, Any], about: str = "", rows: int = 0,
    key_id: str = "", sign: Signer | None = None,
) -> Envelope:
    """The letter, signed by us with the key of that id, the current one when none is named; or by `sign`."""
    said = {
        "version": VERSION, "from": sender, "to": receiver, "sequence": sequence, "kind": kind, "about": about, "day": day.isoformat(),
        "rows": rows, "content": content,
    }
    text = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
    return Envelope(sender, receiver, sequence, kind, about, day, rows, content, text, (sign(text) if sign else keys.sign(text, key_id))[1])


def opened(told: object, *, sender: str, receiver: str, publics: Mapping[str, int | None]) -> Envelope:
    """The letter that was told in wire form, by that sender to us. Raises LetterRefused.

    `publics`: the sender's keys, each with the number below which it counts; None: for whatever it signed
    """
    if not isinstance(told, Mapping) or not isinstance(told.get("envelope"), str) or not isinstance(told.get("signature"), str):
        raise LetterRefused("来件不是级联信件；请对端升级或核对接口。")
    text, signature = str(told["envelope"]).encode(), str(told["signature"])
    key = signer(text, signature, publics)
    if not key:
        raise LetterRefused(f"信件的签名不是平台 {sender} 的；请两端重新核对对方的公钥。")
    try:
        said = orjson.loads(text)
        found = Envelope(
            str(said["from"]), str(said["to"]), int(said["sequence"]), str(said["kind"]), str(said["about"])[:64],
            date.fromisoformat(said["day"]), int(said["rows"]), dict(said["content"]), text, signature,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise LetterRefused("信件的格式不对；请对端升级。") from error
    if (found.sender, found.receiver) != (sender, receiver):
        raise LetterRefused(f"信件写的是 {found.sender[:32]} 发给 {found.receiver[:32]}，不是 {sender} 发给本平台；没有收。")
    if found.sequence < 0 or (found.sequence == 0) is not (found.kind == WORD) or (found.sequence and found.kind not in LetterKind.values):
        raise LetterRefused(f"信件的类别“{found.kind[:20]}”与序号 {found.sequence} 不认识；请升级本平台，或请对端核对。")
    before = publics[key]
    if before is not None and not 0 < found.sequence < before:
        raise LetterRefused(f"信件用的是平台 {sender} 已停用的旧公钥；它从第 {before} 封起改用新公钥，请对端核对。")
    return found


def signer(text: bytes, signature: str, publics: Iterable[str]) -> str:
    """Which of the keys signed that text; "" when none did."""
    try:
        value = bytes.fromhex(signature)
        return next((one for one in publics if sm2_verify(bytes.fromhex(one), text, value)), "")
    except ValueError:
        return ""
