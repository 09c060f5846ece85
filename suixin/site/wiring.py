"""All wiring on one page: who hears of which event, who answers for whom, what is put right at start.

BatchLanded         (collection)  opening: row count and date of the dataset that shows the resource
slug of an address  (doors)       opening: which resource a dataset's slug stands for
start               (commands)    lake, opening: what a crash left is mended, before serving and before a long job
"""

from collections.abc import Sequence

from suixin.data.catalog.models import Resource
from suixin.data.collection.events import BatchLanded
from suixin.data.doors import resolving
from suixin.data.lake.repair import Repaired, repair
from suixin.data.opening import actions as opening
from suixin.data.opening.queries import find_resource
from suixin.ground import events
from suixin.kit.actor import SYSTEM


def connect() -> None:
    """Join the modules; called once when Django is ready, harmless when called again."""
    resolving.register_slug_finder(find_resource)
    events.subscribe(BatchLanded, _refresh_dataset)


def mend() -> str:
    """What a crash had left and is now put right, as a sentence; empty when there was nothing."""
    done = repair()
    refreshed = opening.refresh_stale(actor=SYSTEM)
    return _told(done, refreshed) if done != Repaired() or refreshed else ""


def _refresh_dataset(event: BatchLanded) -> None:
    opening.refresh_dataset(Resource.objects.get(pk=event.resource_id), actor=SYSTEM)


def _told(done: Repaired, refreshed: Sequence[str]) -> str:
    parts = [
        f"补记批次 {len(done.restored)} 个" if done.restored else "",
        f"撤销未完成批次 {len(done.dropped)} 个" if done.dropped else "",
        f"清理残留文件 {len(done.removed)} 个" if done.removed else "",
        f"更新数据集 {len(refreshed)} 个" if refreshed else "",
        f"正在写入而跳过 {'、'.join(done.busy)}" if done.busy else "",
    ]
    return "启动修复:" + ";".join(part for part in parts if part) + "。"
