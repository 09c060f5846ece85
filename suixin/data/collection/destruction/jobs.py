"""Background entry points of destructions."""

from suixin.data.collection.destruction import deciding, retaining, running
from suixin.data.lake.models import Destruction
from suixin.ground.jobs.registry import Given
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotFound


def run(given: Given) -> str:
    """Carry out a destruction that was approved, as the system. Run again, it goes on where it stopped."""
    found = Destruction.objects.filter(uuid=given.text("destruction")).first()
    if found is None:
        raise NotFound("这次销毁的记录不在了，没有执行；请重新申请。")
    done = running.destroy(found, actor=SYSTEM, tell=given.tell)
    return f"{done.number} 已销毁，销毁证明可在其页面下载。"


def propose(_: Given) -> str:
    """Propose what is kept longer than its period; go on with what was approved and stopped on the way."""
    proposed = sum(1 for _ in retaining.propose_due(actor=SYSTEM))
    return f"保存期满待批准 {proposed} 项，接着销毁 {deciding.resume_stopped()} 项。"
