"""Background entry points of access."""

from suixin.data.access import deliveries, usage
from suixin.data.access.granted import shares
from suixin.data.access.log_files import rotate
from suixin.data.access.models import Door, Grant, GrantState
from suixin.ground.jobs.registry import Given


def rotate_log() -> str:
    """Finished parts of this node's access log, sealed."""
    made = rotate()
    return f"封存访问日志文件 {len(made)} 个:{'、'.join(path.name for path in made)}" if made else "没有需要封存的访问日志。"


def keep_deliveries() -> str:
    """Who stood in what was given in bulk, noted before the versions' files may go; when each grant was last used."""
    kept, used = deliveries.keep(), usage.note_uses()
    gone = f"；{kept.lost} 次的版本文件已清理，无法核对" if kept.lost else ""
    return f"核对批量提供 {kept.matched} 次{gone}；记下 {used} 个授权的最近使用时间。"


def refresh_shares(given: Given) -> str:
    """Tables of grants on that resource, brought up to its newest version; twice is once."""
    grants = Grant.objects.filter(resource_id=int(str(given.arguments["resource"])), state=GrantState.ACTIVE).select_related("resource")
    done = shares.refresh_all(one for one in grants if Door.SHARE in one.doors)
    return f"更新授权的共享表 {done} 个。"


def clear_shares() -> str:
    """Tables whose grant has ended are removed."""
    return f"删除已失效授权的共享表 {len(shares.forget_ended())} 个。"
