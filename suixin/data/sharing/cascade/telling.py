"""Who is told when both ends of a link do not have the same: the data officers of the bureau that runs this platform."""

from suixin.data.sharing.cascade.models import Reconciliation
from suixin.ground.notify import actions as notify
from suixin.ground.notify.kinds import Kind
from suixin.ground.notify.recipients import Recipient
from suixin.ground.people.models import Organisation
from suixin.kit import clock

DIFFERS = Kind("cascade.differs", "级联对账不一致")


def tell_differs(counted: Reconciliation, *, missing: int, different: int) -> None:
    """Once for each day and direction."""
    bureaus = sorted(Organisation.objects.in_force(clock.today()).filter(is_bureau=True), key=lambda one: (len(one.path), one.pk))
    way = "发出" if counted.is_outward else "收到"
    notify.send(
        [Recipient.post(bureau, "data_officer") for bureau in bureaus[:1]], kind=DIFFERS.name,
        title=f"与{counted.link}对账不一致：{counted.day} {way}"[:200],
        body=f"一端缺 {missing} 项，内容不同 {different} 项。请在平台页“每日对账”里查看，与对端核对后处理。",
        href=f"/console/cascade/platforms/{counted.link.code}/", key=f"{counted.link.code}:{counted.day}:{counted.is_outward}",
    )
