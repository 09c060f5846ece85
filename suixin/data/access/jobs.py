"""Background entry points of access."""

from suixin.data.access.log_files import rotate


def rotate_log() -> str:
    """Finished parts of this node's access log, sealed."""
    made = rotate()
    return f"封存访问日志文件 {len(made)} 个:{'、'.join(path.name for path in made)}" if made else "没有需要封存的访问日志。"
