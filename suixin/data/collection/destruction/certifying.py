"""The certificate of a destruction: what was destroyed where, signed by the key of receipts, never a value."""

from collections.abc import Sequence
from datetime import UTC, datetime

from suixin.data.collection.destruction import places
from suixin.data.lake import receipts
from suixin.data.lake.models import Destruction, DestructionTarget
from suixin.data.lake.purging.certificate_form import FORMAT, certificate_file

HISTORY = "含有这些行的历史版本已不能再读取；版本号、批次、行数和摘要保留。"
RECEIPTS = "以前出具的批次回执签名仍然有效，所载的行数和摘要不变；被销毁的行不能再出示。"
AUDIT = "审计记录和访问日志依法保存，其中没有数据的值。"


def certificate_of(destruction: Destruction, targets: Sequence[DestructionTarget], done: Sequence[str]) -> str:
    """The certificate's file, as text."""
    resources = [target.resource for target in targets]
    statement: dict[str, object] = {
        "format": FORMAT, "number": destruction.number, "kind": destruction.kind, "digest": destruction.digest,
        "basis": destruction.basis, "document": destruction.document,
        "asked": {"by": destruction.asked_by, "at": _instant(destruction.asked_at)},
        "decided": {"by": destruction.decided_by, "at": _instant(destruction.decided_at)},
        "ended_at": _instant(destruction.ended_at),
        "tables": [table_of(target) for target in targets],
        "done": list(done),
        "remains": [HISTORY, RECEIPTS, AUDIT, *places.remains(resources)],
    }
    return certificate_file(receipts.signed(statement)).decode()


def table_of(target: DestructionTarget) -> dict[str, object]:
    """What was destroyed in one table."""
    resource, result = target.resource, target.result
    item = resource.contract.item(target.field) if target.field else None
    return {
        "code": resource.code, "table": resource.table, "title": resource.title, "item": item.name if item else "",
        "batches": list(target.batches), "before": target.before.isoformat() if target.before else "",
        "rows": sum(result.get("rows", {}).values()), "rejected": sum(result.get("rejected", {}).values()),
        "files": len(result.get("files", ())), "originals": dict(sorted(result.get("originals", {}).items())),
        "places": dict(sorted(result.get("places", {}).items())),
    }


def _instant(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else ""
