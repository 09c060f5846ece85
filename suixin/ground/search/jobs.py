"""Background work of the index."""

from suixin.ground.jobs.registry import Given
from suixin.ground.search import actions, registry


def rebuild(given: Given) -> str:
    """Documents of the kind named by the job indexed anew; all kinds when it names none."""
    named = given.text("kind")
    kinds = [registry.kind_by(named)] if named else registry.kinds()

    def tell(part: int, total: int) -> None:
        given.tell(100 * part // max(total, 1), f"已索引 {part}/{total}")

    done = {kind.title: actions.rebuild(kind.name, progress=tell) for kind in kinds}
    return "已重建索引:" + ";".join(f"{title} {count} 条" for title, count in done.items()) + "。"
