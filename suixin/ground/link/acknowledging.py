"""What a receiver signs about a package that arrived: its SM3 as a whole and that of its manifest. Pure.

Form   canonical JSON {"acknowledgement": "...", "key_id", "signature"}; the text is canonical JSON itself, so it is signed as it lies
"""

from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from suixin.ground.link.errors import PackageBroken
from suixin.ground.link.package_form import PIECE_BYTES, canonical
from suixin.ground.link.packing import Signer
from suixin.ground.link.unpacking import Signed
from suixin.kit.sm import new_sm3, sm2_verify, sm3_hex

FORMAT = "suixin-acknowledgement/1"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """That the receiver holds, opened, the package of that number whose bytes have that SM3."""

    package: str
    sender: str
    receiver: str
    number: int
    sm3: str
    manifest_sm3: str
    received_at: str

    def as_json(self) -> bytes:
        """The canonical bytes that are signed."""
        return canonical({"format": FORMAT, **asdict(self)})


def digest_of(path: Path) -> str:
    """SM3 of a file, in hexadecimal digits."""
    digest = new_sm3()
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def acknowledge(path: Path, signed: Signed, *, received_at: str, sign: Signer) -> bytes:
    """The acknowledgement of a package that was opened."""
    about = signed.manifest.about
    made = Acknowledgement(
        about.id, about.sender, about.receiver, about.number, digest_of(path), sm3_hex(signed.content), received_at
    ).as_json()
    key_id, signature = sign(made)
    return canonical({"acknowledgement": made.decode(), "key_id": key_id, "signature": signature}) + b"\n"


def acknowledgement_of(content: bytes, public: bytes) -> Acknowledgement:
    """The acknowledgement of its bytes, signed by the owner of `public`. Raises PackageBroken."""
    try:
        whole = orjson.loads(content)
        text, signature = str(whole["acknowledgement"]), bytes.fromhex(whole["signature"])
        told = orjson.loads(text)
        is_ours = told.pop("format") == FORMAT
        made = Acknowledgement(**told)
        is_ours = is_ours and made.as_json().decode() == text
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise PackageBroken("这不是数据包的回执,或内容不完整;请用 suixin package open --receipt 重新生成。") from error
    if not is_ours or not sm2_verify(public, text.encode(), signature):
        raise PackageBroken("回执的签名不符:不是用收包的私钥签的,或被改动过;请用打开数据包的那把私钥重新生成。")
    return made
