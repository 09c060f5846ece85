"""What must be done once when the installation starts to work, before serving and before a long job."""

from suixin.data.lake.repair import Repaired, repair


def mend() -> str:
    """What a crash had left and is now put right, as a sentence; empty when there was nothing."""
    done = repair()
    return _told(done) if done != Repaired() else ""


def _told(done: Repaired) -> str:
    parts = [
        f"补记批次 {len(done.restored)} 个" if done.restored else "",
        f"撤销未完成批次 {len(done.dropped)} 个" if done.dropped else "",
        f"清理残留文件 {len(done.removed)} 个" if done.removed else "",
        f"正在写入而跳过 {'、'.join(done.busy)}" if done.busy else "",
    ]
    return "启动修复:" + ";".join(part for part in parts if part) + "。"
