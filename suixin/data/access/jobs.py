"""Background entry points of access."""

from suixin.data.access import deliveries, usage
from suixin.data.access.log_files import rotate


def rotate_log() -> str:
    """Finished parts of this node's access log, sealed."""
    made = rotate()
    return f"封存访问日志文件 {len(made)} 个:{'、'.join(path.name for path in made)}" if made else "没有需要封存的访问日志。"


def keep_deliveries() -> str:
    """Who stood in what was given in bulk, noted before the versions' files may go; when each grant was last used."""
    kept, used = deliveries.keep(), usage.note_uses()
    gone = f"；{kept.lost} 次的版本文件已清理，无法核对" if kept.lost else ""
    return f"核对批量提供 {kept.matched} 次{gone}；记下 {used} 个授权的最近使用时间。"
