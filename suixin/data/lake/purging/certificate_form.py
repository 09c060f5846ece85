"""The certificate of destruction: its form, and its check off line. Pure.

File     {"certificate": {...}}: canonical JSON and a line's end; signed like a receipt (`receipt_form`), with its key
Holds    number, basis, document, who asked and who decided, per table counts and the SM3 of originals; of a person's data
         only the digest under the installation's key, so that a certificate tells nobody whom it is about
"""

from collections.abc import Collection, Mapping

import orjson

from suixin.data.lake.receipt_form import canonical_json
from suixin.data.lake.receipt_verifying import Verdict, check_statement

FORMAT = "suixin-destruction/1"
HEAD = b'{"certificate":'
FIELDS = frozenset({
    "format", "number", "kind", "digest", "basis", "document", "asked", "decided", "ended_at", "tables", "done", "remains",
    "key_id", "public", "fingerprint", "signature",
})


def certificate_file(statement: Mapping[str, object]) -> bytes:
    """The file of a signed statement."""
    return canonical_json({"certificate": statement}) + b"\n"


def verify_certificate(content: bytes, *, trusted: Collection[str]) -> Verdict:
    """What is to be said about a certificate's file."""
    verdict = Verdict()
    statement = _parsed(content)
    if not verdict.note(
        "form", statement is not None, good="销毁证明格式完整",
        bad="文件不是规范的销毁证明:被改动、截断或重新排版过;请向出具单位重新取得原文件。",
    ) or statement is None:
        return verdict
    check_statement(verdict, statement, trusted)
    tables = statement["tables"]
    rows = sum(int(one["rows"]) + int(one["rejected"]) for one in tables) if isinstance(tables, list) else 0
    verdict.note("destroyed", True, good=f"按 {statement['number']} 销毁 {rows:,} 行", bad="")
    return verdict


def _parsed(content: bytes) -> dict[str, object] | None:
    try:
        whole = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    statement = whole.get("certificate") if isinstance(whole, dict) and len(whole) == 1 else None
    if not isinstance(statement, dict) or set(statement) != FIELDS or statement["format"] != FORMAT:
        return None
    is_form = isinstance(statement["tables"], list) and all(
        isinstance(one, dict) and type(one.get("rows")) is int and type(one.get("rejected")) is int for one in statement["tables"]
    )
    return statement if is_form and certificate_file(statement) == content else None
