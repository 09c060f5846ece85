"""What the flow engine shows of a resource: its publication and changes as cases, work orders on its batches."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext, gettext_noop

from suixin.data.catalog import changing, publication
from suixin.data.quality import actions as quality
from suixin.ground.flow.models import Instance
from suixin.ground.flow.orders import queries as orders
from suixin.ground.people.queries import either, within
from suixin.ground.security import policy
from suixin.site.shell.components import Table
from suixin.site.shell.panels.registry import Panel, Seen
from suixin.site.shell.queries.flow.cases import cases_table
from suixin.site.shell.queries.orders import orders_table

CASES, ORDERS, CHANGES = 10, 10, 50


@dataclass(frozen=True, slots=True)
class Matters:
    """Cases and work orders that are about the resource."""

    cases: Table
    orders: Table


def matters(seen: Seen) -> Matters:
    """What the reader may see of them, the newest first."""
    resource, actor = seen.resource, seen.actor
    changes = [str(one) for one in resource.changes.values_list("uuid", flat=True)[:CHANGES]]
    about = Q(subject_kind=publication.KIND, subject_key=resource.code) | Q(subject_kind=changing.KIND, subject_key__in=changes)
    mine = either(within(actor, "flow.view", "organisation"), Q(starter_kind=actor.kind.value, starter_key=actor.key))
    cases = Instance.objects.filter(about).filter(mine).select_related("procedure", "organisation").order_by("-pk")[:CASES]
    found = orders.visible(actor).filter(subject_kind=quality.SUBJECT, subject_key__startswith=f"{resource.table}/")
    return Matters(
        cases_table(list(cases), empty=gettext("没有您能看到的办件：目录的发布、变更、撤销会列在这里。")),
        orders_table(list(found.select_related("organisation", "instance").order_by("-pk")[:ORDERS])),
    )


def _may_view(seen: Seen) -> bool:
    return policy.may_anywhere(seen.actor, "flow.view")


PANELS = (Panel("cases", gettext_noop("办件与工单"), 100, "panels/cases.html", matters, _may_view),)
