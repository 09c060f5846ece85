"""Receipts of single answers: what was asked by whom under which grant, and a tree over the bytes that left, signed. Pure.

File     {"leaves", "receipt", "salt"} in canonical JSON, as other receipts; leaves are of pieces of PIECE_BYTES of the body
Leaf     SM3(0x00, salt, number of the piece (8 bytes), its bytes): nobody without the file finds a value by trying
"""

import io
from collections.abc import Collection, Mapping
from pathlib import Path

import orjson

from suixin.data.lake.receipt_form import canonical_json, digests_of, part, salt_digest
from suixin.data.lake.receipt_verifying import Verdict, check_statement
from suixin.kit import merkle
from suixin.kit.sm import new_sm3

FORMAT = "suixin-answer/1"
PIECE_BYTES, SALT_BYTES = 1 << 16, 32
FIELDS = frozenset({
    "format", "id", "door", "action", "requester", "grant", "basis", "resource", "query", "rows", "status", "body", "root", "salt_sm3",
    "signed_at", "key_id", "public", "fingerprint", "signature",
})


class BodyTree:
    """The leaves of a body while it passes, whatever pieces it comes in."""

    def __init__(self, salt: bytes) -> None:
        self._salt, self._held = salt, bytearray()
        self.leaves: list[bytes] = []
        self.size = 0

    def add(self, piece: bytes) -> None:
        """Further bytes."""
        self.size += len(piece)
        self._held += piece
        while len(self._held) >= PIECE_BYTES:
            self._leaf(bytes(self._held[:PIECE_BYTES]))
            del self._held[:PIECE_BYTES]

    def finish(self) -> list[bytes]:
        """All leaves."""
        if self._held:
            self._leaf(bytes(self._held))
            self._held.clear()
        return self.leaves

    def _leaf(self, piece: bytes) -> None:
        digest = new_sm3()
        digest.update(b"\x00" + self._salt + len(self.leaves).to_bytes(8, "big"))
        digest.update(piece)
        self.leaves.append(digest.digest())


def is_answer(content: bytes) -> bool:
    """Whether the file says that it is a receipt of an answer."""
    return content.startswith(b'{"leaves":') and b'"format":"' + FORMAT.encode() in content


def verify_answer(content: bytes, *, trusted: Collection[str], body: Path | bytes | None = None) -> Verdict:
    """What is to be said about the file, and about the bytes (or the file of them) that somebody says he was given."""
    verdict = Verdict()
    whole = _parsed(content)
    bad = "文件不是规范的回执:被改动、截断或重新排版过;请重新取得原文件。"
    if not verdict.note("form", whole is not None, good="回执格式完整", bad=bad) or whole is None:
        return verdict
    statement = part(whole, "receipt")
    check_statement(verdict, statement, trusted)
    try:
        leaves, salt = digests_of(str(whole["leaves"])), bytes.fromhex(str(whole["salt"]))
    except ValueError:
        leaves, salt = [], b""
    is_same = merkle.root(leaves).hex() == statement["root"] and salt_digest(salt) == statement["salt_sm3"] and len(salt) == SALT_BYTES
    verdict.note("root", is_same, good=f"根摘要和盐一致({len(leaves)} 块)", bad="各块摘要或盐与签名所载不符:回执文件被改动过。")
    if body is not None and is_same:
        _check_body(verdict, statement, body, leaves=leaves, salt=salt)
    return verdict


def told_of_answer(statement: Mapping[str, object]) -> list[tuple[str, str]]:
    """The statement for a person, line by line."""
    resource, requester, asked = (part(statement, name) for name in ("resource", "requester", "query"))
    rows = "未记" if statement["rows"] is None else str(statement["rows"])
    return [
        ("资源", f"{resource['title']}({resource['code']})"), ("接收方", f"{requester['name']}({requester['key']})"),
        ("通道", f"{statement['door']} {statement['action']}"), ("授权", str(statement["grant"])),
        ("行条件", str(asked["row_filter"]) or "全部行"), ("脱敏", "、".join(asked["masks"]) or "无"), ("行数", rows),
        ("字节", f"{part(statement, 'body')['bytes']:,}"), ("出具时间", str(statement["signed_at"])),
    ]


def _parsed(content: bytes) -> dict[str, object] | None:
    try:
        whole = orjson.loads(content)
        is_good = set(whole) == {"leaves", "receipt", "salt"} and canonical_json(whole) + b"\n" == content
        statement = whole["receipt"]
        is_good = is_good and set(statement) == FIELDS and statement["format"] == FORMAT
        is_good = is_good and type(part(statement, "body")["bytes"]) is int and isinstance(part(statement, "query")["masks"], list)
        for name, member in (("resource", "title"), ("requester", "name")):
            _ = part(statement, name)[member]
    except (orjson.JSONDecodeError, TypeError, KeyError, AttributeError):
        return None
    return whole if is_good else None


def _check_body(verdict: Verdict, statement: Mapping[str, object], body: Path | bytes, *, leaves: list[bytes], salt: bytes) -> None:
    tree = BodyTree(salt)
    try:
        with io.BytesIO(body) if isinstance(body, bytes) else body.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                tree.add(piece)
    except OSError as error:
        verdict.note("original", False, good="", bad=f"文件 {body!s} 读不出来:{error.strerror}。")
        return
    found, told = tree.finish(), int(part(statement, "body")["bytes"])
    wrong = next((number for number, (one, other) in enumerate(zip(found, leaves, strict=False)) if one != other), None)
    where = "" if wrong is None else f",从第 {wrong + 1} 块(每块 {PIECE_BYTES:,} 字节)起不同"
    verdict.note(
        "original", tree.size == told and found == leaves, good=f"内容与回执逐块一致({told:,} 字节)",
        bad=f"内容与回执不符:有 {tree.size:,} 字节,回执是 {told:,} 字节{where}。",
    )
