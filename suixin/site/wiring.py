"""All wiring on one page: who hears of which event, who answers for whom, what is put right at start.

BatchLanded         (collection)  opening: row count and date of the dataset that shows the resource
ResourceWithdrawn   (catalog)     opening: its grants are revoked, its dataset leaves the portal
slug of an address  (doors)       opening: which resource a dataset's slug stands for
start               (commands)    lake, collection, downloads, opening: what a crash left is mended, what nobody may
                                  need any more is removed, before serving and before a long job
"""

from suixin.data.catalog.actions import ResourceWithdrawn
from suixin.data.catalog.models import Resource, ResourceState
from suixin.data.collection.actions import land_waiting
from suixin.data.collection.events import BatchLanded
from suixin.data.doors import resolving
from suixin.data.doors.downloads import rest
from suixin.data.lake.repair import Repaired, repair, vacuum
from suixin.data.opening import actions as opening
from suixin.data.opening.queries import find_resource
from suixin.ground import events
from suixin.kit.actor import SYSTEM


def connect() -> None:
    """Join the modules; called once when Django is ready, harmless when called again."""
    resolving.register_slug_finder(find_resource)
    events.subscribe(BatchLanded, _refresh_dataset)
    events.subscribe(ResourceWithdrawn, _close_resource)


def mend() -> str:
    """What a crash had left and is now put right, as a sentence; empty when there was nothing."""
    done = repair()
    landed = land_waiting(actor=SYSTEM)
    removed = [*vacuum(), *rest.forget_tables(_withdrawn_tables())]
    refreshed = opening.refresh_stale(actor=SYSTEM)
    parts = [
        *_repairs(done),
        f"处理滞留文件 {len(landed)} 个" if landed else "",
        f"清理过期文件 {len(removed)} 个" if removed else "",
        f"更新数据集 {len(refreshed)} 个" if refreshed else "",
        f"正在写入而跳过 {'、'.join(done.busy)}" if done.busy else "",
    ]
    told = ";".join(part for part in parts if part)
    return f"启动修复:{told}。" if told else ""


def _withdrawn_tables() -> list[str]:
    return list(Resource.objects.filter(state=ResourceState.WITHDRAWN).values_list("table", flat=True))


def _refresh_dataset(event: BatchLanded) -> None:
    opening.refresh_dataset(Resource.objects.get(pk=event.resource_id), actor=SYSTEM)


def _close_resource(event: ResourceWithdrawn) -> None:
    opening.close_resource(Resource.objects.get(pk=event.resource_id), actor=SYSTEM, reason="目录已撤销")


def _repairs(done: Repaired) -> list[str]:
    return [
        f"补记批次 {len(done.restored)} 个" if done.restored else "",
        f"撤销未完成批次 {len(done.dropped)} 个" if done.dropped else "",
        f"清理残留文件 {len(done.removed)} 个" if done.removed else "",
    ]
