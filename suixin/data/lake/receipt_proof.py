"""The proof that one row was in a batch: its chunk's shown columns, the way to the root, and the signed receipt.

File     {"proof": {"chunk", "columns", "format", "path", "row"}, "receipt"}; a shown column is {"field", "salt", "values"}
         (texts, in the chunk's order), a hidden one {"digest", "field"}; `row` counts from 0 within the chunk
Shows    of the shown columns the whole chunk, up to 4,096 rows: hand it to who may see these. Hidden columns have salts of
         their own, so nothing of them can be guessed. Columns of sealed items are never shown
"""

from collections.abc import Mapping, Sequence

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from suixin.data.lake import canonical
from suixin.data.lake.canonical import CHUNK_ROWS, SEALED, Column
from suixin.data.lake.errors import NoReceipt, UnreadableRows
from suixin.data.lake.receipt_form import canonical_json, columns_of, digests_of, part, rows_under_root
from suixin.data.lake.receipt_rows import stored_key
from suixin.data.lake.receipt_verifying import Verdict, check_statement, parsed
from suixin.kit import merkle

FORMAT = "suixin-proof/1"


def proof_of(envelope: bytes, rows: pa.Table, key: Sequence[str], *, shown: Sequence[str] = ()) -> bytes:
    """The proof of the row with that key (texts, in key order; of a table without one: the row's number from 1).

    Shape   rows: all of the batch in order (`receipt_rows`); shown: fields or names of items, all when empty
    Raises  UnreadableRows - no such row, no such item; NoReceipt - the rows are not those of the receipt
    """
    whole = orjson.loads(envelope)
    statement, leaves, salt = whole["receipt"], digests_of(whole["leaves"]), bytes.fromhex(whole["salt"])
    columns = columns_of(statement)
    place = _place(statement, columns, rows, key)
    number, row = divmod(place, CHUNK_ROWS)
    chunk = rows.slice(number * CHUNK_ROWS, CHUNK_ROWS)
    visible = _visible(columns, shown)
    told: list[dict[str, object]] = []
    digests = []
    for position, column in enumerate(columns):
        values, own = chunk.column(column.stored_field), canonical.salt_of(salt, number, position)
        digests.append(canonical.column_digest(column, values, own))
        if column.field in visible:
            told.append({"field": column.field, "salt": own.hex(), "values": canonical.texts_of(column, values)})
        else:
            told.append({"field": column.field, "digest": digests[-1].hex()})
    leaf = canonical.leaf_of(canonical.spec_digest(columns), number, b"".join(digests), rows=chunk.num_rows)
    if number >= len(leaves) or leaf != leaves[number]:
        raise NoReceipt("这些行与回执不符,不能出具证明:该批次的部分行可能已被后来的批次替换;请用当时的行文件。")
    way = [one.hex() for one in merkle.path(leaves, number)]
    proof = {"format": FORMAT, "chunk": number, "row": row, "columns": told, "path": way}
    return canonical_json({"proof": proof, "receipt": statement}) + b"\n"


def verify_proof(content: bytes, *, trusted: Sequence[str]) -> tuple[Verdict, dict[str, str | None]]:
    """What is to be said about a proof, and the shown values of its row by item name (empty when it does not hold)."""
    verdict = Verdict()
    whole = parsed(content, {"proof", "receipt"})
    if not verdict.note(
        "form", whole is not None, good="证明格式完整", bad="证明文件不规范:被改动、截断或重新排版过;请重新取得原文件。"
    ) or whole is None:
        return verdict, {}
    statement = part(whole, "receipt")
    check_statement(verdict, statement, trusted)
    try:
        row = _proven(statement, part(whole, "proof"))
    except (IndexError, KeyError, TypeError, ValueError, pa.ArrowException):
        row = None
    verdict.note(
        "proof", row is not None, good="该行在这一批次之内", bad="证明里的值或路径到不了签名的根摘要:证明被改动过,或该行不在批次之内。"
    )
    return verdict, row or {}


def _proven(statement: Mapping[str, object], proof: Mapping[str, object]) -> dict[str, str | None] | None:
    columns, told = columns_of(statement), proof["columns"]
    if set(proof) != {"format", "chunk", "row", "columns", "path"} or proof["format"] != FORMAT:
        return None
    number, row, way = proof["chunk"], proof["row"], proof["path"]
    if not (isinstance(told, list) and type(number) is int and type(row) is int and isinstance(way, list)):
        return None
    size = min(CHUNK_ROWS, rows_under_root(statement) - number * CHUNK_ROWS)
    if not 0 <= row < size:
        return None
    digests: list[bytes] = []
    shown: dict[str, str | None] = {}
    for column, one in zip(columns, told, strict=True):
        if one["field"] != column.field or set(one) not in ({"field", "digest"}, {"field", "salt", "values"}):
            return None
        if "digest" in one:
            digests.append(bytes.fromhex(one["digest"]))
            continue
        values = canonical.from_texts(column, pa.array(one["values"], pa.string()))
        if len(values) != size or canonical.texts_of(column, values) != one["values"]:
            return None
        digests.append(canonical.column_digest(column, values, bytes.fromhex(one["salt"])))
        shown[column.name] = one["values"][row]
    leaf = canonical.leaf_of(canonical.spec_digest(columns), number, b"".join(digests), rows=size)
    found = merkle.root_by(leaf, number, count=int(str(statement["chunks"])), way=[bytes.fromhex(one) for one in way])
    return shown if found is not None and found.hex() == statement["root"] else None


def _place(statement: Mapping[str, object], columns: Sequence[Column], rows: pa.Table, key: Sequence[str]) -> int:
    fields = stored_key(columns, statement)
    if not fields:
        if len(key) != 1 or not key[0].isdecimal() or not 1 <= int(key[0]) <= rows.num_rows:
            raise UnreadableRows(f"这张表没有主键,请用行号指明(1 到 {rows.num_rows:,})。")
        return int(key[0]) - 1
    if len(key) != len(fields):
        raise UnreadableRows(f"主键有 {len(fields)} 项({'、'.join(fields)}),给了 {len(key)} 个值。")
    by_field = {column.stored_field: column for column in columns}
    try:
        sought = [canonical.from_texts(by_field[field], pa.array([text], pa.string())) for field, text in zip(fields, key, strict=True)]
    except pa.ArrowInvalid as error:
        raise UnreadableRows(f"主键的值不对:{str(error)[:200]}。") from error
    places = list(range(rows.num_rows))
    for field, value in zip(fields, sought, strict=True):
        same = pc.indices_nonzero(pc.equal(rows.column(field).take(pa.array(places, pa.int64())), value[0]))
        places = [places[int(str(one))] for one in same.to_pylist()]
    if len(places) != 1:
        raise UnreadableRows(f"这一批次里没有主键为“{' + '.join(key)}”的行。")
    return places[0]


def _visible(columns: Sequence[Column], shown: Sequence[str]) -> set[str]:
    open_ones = {column.field for column in columns if column.kind != SEALED}
    if not shown:
        return open_ones
    found = {column.field for column in columns if column.field in shown or column.name in shown}
    unknown = [name for name in shown if name not in {one for c in columns for one in (c.field, c.name)}]
    if unknown or found - open_ones:
        why = f"没有信息项“{'、'.join(unknown)}”" if unknown else "加密的信息项不能在证明里出示"
        raise UnreadableRows(f"{why};可选:{'、'.join(c.name for c in columns if c.field in open_ones)}。")
    return found
