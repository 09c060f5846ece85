"""Receipts and proofs of rows checked with nothing but the file, and the name of the key that is trusted. Off line, no Django.

Checked  form (canonical, nothing unknown), signature, signer, sum of counts, root over the leaves, salt; then, where given,
         the original (size, SM3) and the rows (every chunk; the first that differs is named with its rows and keys)
Named    every fault is a finding of its own; whatever byte was changed, one of them tells where
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from hashlib import new as new_digest
from pathlib import Path

import orjson
import pyarrow as pa

from suixin.data.lake import canonical, receipt_rows
from suixin.data.lake.canonical import CHUNK_ROWS, LeafSeries
from suixin.data.lake.receipt_form import (
    DESTROYED,
    FORMAT,
    canonical_json,
    columns_of,
    digests_of,
    is_signed,
    part,
    rows_under_root,
    salt_digest,
)
from suixin.kit import merkle
from suixin.kit.errors import SuixinError

FIELDS = frozenset({
    "format", "resource", "batch", "original", "rows", "columns", "key", "chunk_rows", "chunks", "root", "salt_sm3",
    "signed_at", "key_id", "public", "fingerprint", "signature",
})
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked: `what` is form, signature, signer, counts, root, salt, original, rows or proof."""

    what: str
    is_good: bool
    sentence: str


@dataclass(slots=True)
class Verdict:
    """All findings about one file."""

    findings: list[Finding] = field(default_factory=list)
    statement: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_intact(self) -> bool:
        """Whether nothing is wrong."""
        return bool(self.findings) and all(one.is_good for one in self.findings)

    @property
    def faults(self) -> list[Finding]:
        """What is wrong."""
        return [one for one in self.findings if not one.is_good]

    def note(self, what: str, is_good: bool, *, good: str, bad: str) -> bool:
        """Add a finding; whether it is good."""
        self.findings.append(Finding(what, is_good, good if is_good else bad))
        return is_good


def verify_receipt(
    content: bytes, *, trusted: Collection[str], original: Path | None = None, rows: Path | None = None
) -> Verdict:
    """What is to be said about a receipt's file. `trusted`: fingerprints of keys that may have signed it."""
    verdict = Verdict()
    is_ended = content.startswith(b'{"destroyed":')
    whole = parsed(content, {"leaves", "receipt", "salt", *(["destroyed"] if is_ended else [])})
    if not verdict.note(
        "form", whole is not None, good="回执格式完整",
        bad="回执文件不是规范的回执:被改动、截断或重新排版过;请向出具单位重新取得原文件。",
    ) or whole is None:
        return verdict
    statement = part(whole, "receipt")
    check_statement(verdict, statement, trusted)
    _check_counts(verdict, statement)
    leaves = _leaves(verdict, statement, str(whole["leaves"]))
    if "destroyed" in whole:
        _check_destroyed(verdict, statement, whole["destroyed"], trusted)
        salt = None
    else:
        salt = _salt(verdict, statement, str(whole["salt"]))
    if original is not None:
        _check_original(verdict, statement, original)
    if rows is not None:
        check_rows(verdict, statement, rows, leaves=leaves, salt=salt)
    return verdict


def parsed(content: bytes, keys: Collection[str]) -> dict[str, object] | None:
    """The file's content when it is canonical and holds exactly `keys` and a whole statement; else None."""
    try:
        whole = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(whole, dict) or set(whole) != set(keys) or canonical_json(whole) + b"\n" != content:
        return None
    statement = whole["receipt"]
    return whole if isinstance(statement, dict) and _is_whole(statement) else None


def check_statement(verdict: Verdict, statement: Mapping[str, object], trusted: Collection[str]) -> None:
    """Signature and signer."""
    verdict.statement = statement
    print_of_key = str(statement["fingerprint"])
    if not verdict.note(
        "signature", is_signed(statement), good=f"签名有效(SM2,公钥指纹 {print_of_key})",
        bad="签名与内容不符:回执内容、公钥或签名被改动过。",
    ):
        return
    ask = f"请向出具单位另行核实其公钥指纹,再用 --fingerprint {print_of_key} 或 --key 指明。"
    verdict.note(
        "signer", print_of_key in trusted, good="签名单位的公钥可信",
        bad=f"签名公钥(指纹 {print_of_key})不在可信公钥之列,可能不是该单位出具。{ask}" if trusted
        else f"没有指明可信的公钥,不能确认是谁出具的。{ask}",
    )


def check_rows(
    verdict: Verdict, statement: Mapping[str, object], path: Path, *, leaves: list[bytes] | None, salt: bytes | None
) -> None:
    """Every chunk of the rows against its leaf."""
    if leaves is None or salt is None:
        verdict.note("rows", False, good="", bad="回执的根摘要或盐不符,不能核对行;请先取得未被改动的回执。")
        return
    try:
        rows = receipt_rows.rows_of_file(path, statement)
    except SuixinError as error:
        verdict.note("rows", False, good="", bad=error.sentence)
        return
    series = LeafSeries(columns_of(statement), salt)
    series.add(rows)
    found = series.finish().digests
    accepted = rows_under_root(statement)
    wrong = [number for number, (one, other) in enumerate(zip(found, leaves, strict=False)) if one != other]
    if rows.num_rows != accepted:
        where = f"从第 {wrong[0] + 1} 块起不同。" if wrong else ""
        verdict.note("rows", False, good="", bad=f"行文件有 {rows.num_rows:,} 行,回执是 {accepted:,} 行。{where}")
    elif wrong:
        verdict.note("rows", False, good="", bad=_wrong_chunk(statement, rows, wrong))
    else:
        verdict.note("rows", True, good=f"{accepted:,} 行({len(leaves)} 块)与回执逐块一致", bad="")


def _wrong_chunk(statement: Mapping[str, object], rows: pa.Table, wrong: list[int]) -> str:
    """The first chunk that differs: its rows, and the keys that it runs from and to."""
    first, count = wrong[0] * CHUNK_ROWS, min(CHUNK_ROWS, rows.num_rows - wrong[0] * CHUNK_ROWS)
    columns = columns_of(statement)
    key = receipt_rows.stored_key(columns, statement)
    ends = [" + ".join(str(rows.column(name)[place]) for name in key) for place in (first, first + count - 1)]
    span = f",主键从“{ends[0]}”到“{ends[1]}”" if key else ""
    more = f";另有 {len(wrong) - 1} 块不同" if len(wrong) > 1 else ""
    order = "按主键排序后" if key else "按文件顺序"
    return f"第 {wrong[0] + 1} 块({order}第 {first + 1:,} 到 {first + count:,} 行{span})与回执不符:其中至少一个值被改动过{more}。"


def _check_original(verdict: Verdict, statement: Mapping[str, object], path: Path) -> None:
    told = part(statement, "original")
    digest, size = new_digest("sm3"), 0
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
                size += len(piece)
    except OSError as error:
        verdict.note("original", False, good="", bad=f"原件 {path} 读不出来:{error.strerror}。")
        return
    is_same = digest.hexdigest() == told["sm3"] and size == told["size"]
    verdict.note(
        "original", is_same, good=f"原件与回执一致(SM3 {told['sm3']},{size:,} 字节)",
        bad=f"原件 {path.name} 与回执不符:SM3 为 {digest.hexdigest()},{size:,} 字节;"
        f"回执所载为 {told['sm3']},{told['size']:,} 字节。原件被改动过,或不是这一份。",
    )


def _check_counts(verdict: Verdict, statement: Mapping[str, object]) -> None:
    source, accepted, rejected = (_number(statement, "rows", name) for name in ("source", "accepted", "rejected"))
    rows = part(statement, "rows")
    if "inserted" in rows and accepted != rows_under_root(statement) + _number(statement, "rows", "unchanged"):
        verdict.note("counts", False, good="", bad="行数不符:接受的行不等于新增、更新、未变之和。")
        return
    verdict.note(
        "counts", source == accepted + rejected, good=f"收到 {source:,} = 接受 {accepted:,} + 拒绝 {rejected:,}",
        bad=f"行数不符:收到 {source:,},接受 {accepted:,},拒绝 {rejected:,}。",
    )


def _check_destroyed(verdict: Verdict, statement: Mapping[str, object], told: object, trusted: Collection[str]) -> None:
    """What was destroyed of the batch since; signed by the same unit, with the same key or a later one, about the same batch."""
    batch = part(statement, "batch")["id"]
    is_good = (
        isinstance(told, dict) and told.get("format") == DESTROYED and told.get("batch") == batch and is_signed(told)
        and told["fingerprint"] in {statement["fingerprint"], *trusted} and isinstance(told.get("destructions"), list)
    )
    parts = told["destructions"] if isinstance(told, dict) and is_good else []
    rows = sum(one["rows"] for one in parts)
    numbers = "、".join(str(one["number"]) for one in parts)
    original = "，原件已销毁" if isinstance(told, dict) and told.get("is_original_destroyed") else ""
    verdict.note(
        "destroyed", is_good, good=f"此后依法销毁接受的行 {rows:,} 行(销毁证明 {numbers or '见原件'}){original};不再提供盐,行不能再核对",
        bad="关于销毁的说明被改动过,或不是同一单位就同一批次出具。",
    )


def _leaves(verdict: Verdict, statement: Mapping[str, object], text: str) -> list[bytes] | None:
    try:
        leaves = digests_of(text)
    except ValueError:
        leaves = []
    chunks = -(-rows_under_root(statement) // CHUNK_ROWS)
    is_same = len(leaves) == chunks == statement["chunks"] and merkle.root(leaves).hex() == statement["root"]
    is_same = is_same and statement["chunk_rows"] == CHUNK_ROWS
    verdict.note(
        "root", is_same, good=f"根摘要一致({chunks} 块)", bad="各块摘要与签名的根摘要不符:回执文件里的 leaves 被改动过。"
    )
    return leaves if is_same else None


def _salt(verdict: Verdict, statement: Mapping[str, object], text: str) -> bytes | None:
    try:
        salt = bytes.fromhex(text)
    except ValueError:
        salt = b""
    is_same = len(salt) == canonical.SALT_BYTES and salt_digest(salt) == statement["salt_sm3"]
    verdict.note("salt", is_same, good="盐一致", bad="盐与签名所载不符:回执文件里的 salt 被改动过。")
    return salt if is_same else None


def _is_whole(statement: Mapping[str, object]) -> bool:
    """Whether the statement has the parts of a receipt, each of its kind, and columns that are understood."""
    if set(statement) != FIELDS or statement["format"] != FORMAT:
        return False
    try:
        numbers = [_number(statement, "rows", name) for name in ("source", "accepted", "rejected", "replaced")]
        numbers += [_number(statement, "batch", "id"), _number(statement, "original", "size"), rows_under_root(statement)]
        numbers += [_number(statement, "rows", name) for name in part(statement, "rows")]
        for column in columns_of(statement):
            _ = column.arrow_type
        return all(number >= 0 for number in numbers) and isinstance(statement["key"], list)
    except (IndexError, KeyError, TypeError, ValueError, pa.ArrowInvalid):
        return False


def _number(statement: Mapping[str, object], place: str, name: str) -> int:
    found = part(statement, place)[name]
    if type(found) is not int:
        raise TypeError(f"{place}.{name} is no whole number")
    return int(found)
