"""Background entry points of the log."""

from suixin.ground.audit.actions import record
from suixin.ground.audit.archiving import archive, expire
from suixin.ground.audit.verifying import verify
from suixin.kit.actor import SYSTEM


def archive_old() -> str:
    """Records whose time in the database is over are archived; archives whose contents' time is over are emptied of them."""
    made, rewritten = archive(actor=SYSTEM), expire(actor=SYSTEM)
    return f"归档文件 {len(made)} 个;到期清理 {len(rewritten)} 个。"


def verify_all() -> str:
    """The whole log verified; the result is on record."""
    found = verify()
    first = found.faults[0].sentence if found.faults else ""
    sentence = f"核对 {found.records:,} 条记录、{found.anchors:,} 条锚点:" + (first or "完整。")
    record(
        SYSTEM, "audit.verified", ("audit.chain", str(found.last)), code="200" if found.is_intact else "audit-5001",
        detail={"records": found.records, "faults": len(found.faults), "sentence": sentence},
    )
    return sentence
