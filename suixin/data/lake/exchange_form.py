"""Receipts of exchanges: who was given which rows of which version by which grant, signed, checked with nothing but the file. Pure.

File     {"leaves", "receipt", "salt"} as receipts of batches have it (`receipt_form`); rows in the order in which they were given
Signed   requester, door, grant and its basis, the condition and masks that it set, versions, counts, root over the rows
Rows     what was shown: masked values as masked; deletions that were told are counted, not hashed
"""

from collections.abc import Collection, Mapping
from pathlib import Path

import orjson
import pyarrow as pa

from suixin.data.lake.canonical import CHUNK_ROWS, SALT_BYTES
from suixin.data.lake.receipt_form import canonical_json, columns_of, digests_of, part, salt_digest
from suixin.data.lake.receipt_verifying import Verdict, check_rows, check_statement
from suixin.kit import merkle

FORMAT = "suixin-exchange/1"
HEAD = b'{"leaves":'
FIELDS = frozenset({
    "format", "id", "door", "requester", "grant", "basis", "resource", "query", "versions", "rows", "columns", "key", "chunk_rows",
    "chunks", "root", "salt_sm3", "signed_at", "key_id", "public", "fingerprint", "signature",
})


def is_exchange(content: bytes) -> bool:
    """Whether the file says that it is a receipt of an exchange."""
    return content.startswith(HEAD) and b'"format":"' + FORMAT.encode() in content


def verify_exchange(content: bytes, *, trusted: Collection[str], rows: Path | None = None) -> Verdict:
    """What is to be said about the file, and about the rows that somebody says he was given."""
    verdict = Verdict()
    whole = _parsed(content)
    if not verdict.note(
        "form", whole is not None, good="交换回执格式完整",
        bad="文件不是规范的交换回执:被改动、截断或重新排版过;请向出具单位重新取得原文件。",
    ) or whole is None:
        return verdict
    statement = part(whole, "receipt")
    check_statement(verdict, statement, trusted)
    leaves, salt = _digests(verdict, statement, whole), _salt(verdict, statement, str(whole["salt"]))
    if rows is not None:
        check_rows(verdict, statement, rows, leaves=leaves, salt=salt)
    return verdict


def told_of(statement: Mapping[str, object]) -> list[tuple[str, str]]:
    """The statement for a person, line by line."""
    resource, asked, versions, rows = (part(statement, name) for name in ("resource", "query", "versions", "rows"))
    span = f"{versions['first']} → {versions['last']}" if versions["first"] is not None else str(versions["last"])
    masks = "、".join(f"{field}({mask})" for field, mask in sorted(part(asked, "masks").items()))
    requester = part(statement, "requester")
    return [
        ("资源", f"{resource['title']}({resource['code']})"), ("接收方", f"{requester['name']}({requester['key']})"),
        ("通道", str(statement["door"])), ("授权", str(statement["grant"])), ("行条件", str(asked["row_filter"]) or "全部行"),
        ("脱敏", masks or "无"), ("版本", span),
        ("行数", f"{rows['given']:,}"), ("告知删除", f"{rows['deleted']:,}"), ("出具时间", str(statement["signed_at"])),
    ]


def _parsed(content: bytes) -> dict[str, object] | None:
    try:
        whole = orjson.loads(content)
        is_good = set(whole) == {"leaves", "receipt", "salt"} and canonical_json(whole) + b"\n" == content
        return whole if is_good and _is_whole(whole["receipt"]) else None
    except (orjson.JSONDecodeError, TypeError, AttributeError):
        return None


def _is_whole(statement: Mapping[str, object]) -> bool:
    if set(statement) != FIELDS or statement["format"] != FORMAT:
        return False
    try:
        counts = [part(statement, "rows")[name] for name in ("given", "deleted")]
        named = [part(statement, "resource")[name] for name in ("title", "code", "table")]
        named += [part(statement, "requester")[name] for name in ("name", "key", "kind")] + [part(statement, "query")["row_filter"]]
        part(part(statement, "query"), "masks")
        versions = part(statement, "versions")
        for column in columns_of(statement):
            _ = column.arrow_type
        whole = all(type(one) is int and one >= 0 for one in (*counts, versions["last"]))
        return whole and {"first", "last"} == set(versions) and all(isinstance(one, str) for one in named)
    except (IndexError, KeyError, TypeError, ValueError, pa.ArrowInvalid):
        return False


def _digests(verdict: Verdict, statement: Mapping[str, object], whole: Mapping[str, object]) -> list[bytes] | None:
    try:
        leaves = digests_of(str(whole["leaves"]))
    except (ValueError, TypeError, KeyError):
        leaves = []
    chunks = -(-int(part(statement, "rows")["given"]) // CHUNK_ROWS)
    is_same = len(leaves) == chunks == statement["chunks"] and merkle.root(leaves).hex() == statement["root"]
    is_same = is_same and statement["chunk_rows"] == CHUNK_ROWS
    bad = "各块摘要与签名的根摘要不符:回执文件里的 leaves 被改动过。"
    verdict.note("root", is_same, good=f"根摘要一致({chunks} 块)", bad=bad)
    return leaves if is_same else None


def _salt(verdict: Verdict, statement: Mapping[str, object], text: str) -> bytes | None:
    try:
        salt = bytes.fromhex(text)
    except ValueError:
        salt = b""
    is_same = len(salt) == SALT_BYTES and salt_digest(salt) == statement["salt_sm3"]
    verdict.note("salt", is_same, good="盐一致", bad="盐与签名所载不符:回执文件里的 salt 被改动过。")
    return salt if is_same else None

