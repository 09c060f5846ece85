"""Data that should have returned and did not (未按规定回流), for the register of violations.

Late    a version of the resource landed more than DAYS ago and is not written to the peer yet, whatever stopped the flow
Without a lower platform whose division no flow of the resource covers, while it returns to others
Source  国务院令第809号 art. 24, 39; standards/data.md 2.6
"""

from collections.abc import Iterator
from datetime import timedelta

from suixin.data.lake.models import Batch
from suixin.data.sharing.cascade import rules
from suixin.data.sharing.cascade.models import Flow, FlowState, Link, Way
from suixin.data.sharing.models import LIVE_SHARES, ViolationKind
from suixin.data.sharing.violations import Found
from suixin.ground.link.models import Role
from suixin.kit import clock

DAYS = 3  # our choice: the worker tries every minute; what is not written after three days waits for a person


def not_returned() -> Iterator[Found]:
    """Flows that are late, and lower platforms that a returning resource leaves out."""
    flows = list(Flow.objects.filter(share__state__in=LIVE_SHARES).select_related("resource__provider", "link__peer"))
    for flow in flows:
        yield from _late(flow)
    lower = list(Link.objects.active().filter(peer__role=Role.LOWER).exclude(way=Way.DIRECT).select_related("peer"))
    for resource in {flow.resource for flow in flows if flow.link.peer.role == Role.LOWER and flow.divisions}:
        covered = [flow.divisions for flow in flows if flow.resource_id == resource.pk]
        missing = rules.unreturned([one.division for one in lower], covered)
        for link in lower:
            if link.division in missing:
                told = f"《{resource.title}》已向其他下级平台回流，没有向{link}（{link.division}）回流。"
                key = f"return:{resource.pk}:{link.code}"
                yield Found(
                    ViolationKind.NOT_RETURNED, resource.provider, key, resource.title, told, "catalog.resource", resource.code,
                )


def _late(flow: Flow) -> Iterator[Found]:
    newer = Batch.objects.landed().filter(resource=flow.resource, table_version__gt=flow.version).order_by("table_version").first()
    if newer is None or newer.created_at > clock.now() - timedelta(days=DAYS):
        return
    resource = flow.resource
    told = f"第 {newer.table_version} 版 {newer.created_at.astimezone(clock.CHINA):%Y-%m-%d} 入库，至今没有回流到{flow.link}；"
    told += flow.sentence or f"回流现在{FlowState(flow.state).label}。"
    key = f"flow:{flow.pk}:{newer.table_version}"
    yield Found(ViolationKind.NOT_RETURNED, resource.provider, key, resource.title, told, "catalog.resource", resource.code)
