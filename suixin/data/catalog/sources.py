"""Which department an item comes from (数源部门): named once for all entries that hold the same item, and what is contested.

Same       items of one name with one code set, whatever their entries
Contested  the same item is provided by several departments, and not every one names the same source
Decision   the bureau decides, for entries of departments that it governs; each published entry gets its next version
Source     国务院令第809号 art. 19 (several departments collect it: the competent department decides, 一数一源)
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any  # rows of a GROUP BY

from django.db import transaction
from django.db.models import Count, Max, Min, Q, QuerySet

from suixin.data.catalog import generations, versions
from suixin.data.catalog.actions import ResourceChanged
from suixin.data.catalog.errors import InvalidEntry, WrongState
from suixin.data.catalog.models import Item, Resource, ResourceState
from suixin.ground import events
from suixin.ground.audit import actions as audit
from suixin.ground.people.models import Organisation
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor

MAX_NAMED = 2_000


@transaction.atomic
def name_source(items: Iterable[Item], organisation: Organisation, *, actor: Actor, reason: str) -> list[Resource]:
    """The entries whose items now come from `organisation`, each published one in its next version; the others stood so already.

    All or none. Raises NotAllowed, InvalidEntry, and WrongState when one of the entries is withdrawn.
    """
    wanted: dict[int, list[int]] = defaultdict(list)
    for item in items:
        wanted[item.resource_id].append(item.pk)
    policy.require_anywhere(actor, "catalog.name_source")
    for entry in Resource.objects.filter(pk__in=wanted).select_related("provider").order_by("pk"):
        policy.require(actor, "catalog.name_source", entry)
    _refuse(sum(map(len, wanted.values())), organisation, reason)
    generations.advance()
    locked = list(
        Resource.objects.select_for_update(of=("self",)).filter(pk__in=wanted)
        .select_related("provider", "source_department").order_by("pk")
    )
    named = [entry for entry in locked if _name(entry, wanted[entry.pk], organisation, actor, reason)]
    for entry in named:
        if entry.state == ResourceState.PUBLISHED:
            events.emit_on_commit(ResourceChanged(entry.pk))
    return named


def contested(text: str = "") -> QuerySet[Any, Any]:  # rows of a GROUP BY
    """Contested items, those of most departments first: `name`, `code_set`, `providers`, `entries`, `named` (sources named).

    `text` is part of the name. One query; the caller takes a page of it.
    """
    found = Item.objects.filter(resource__state=ResourceState.PUBLISHED)
    if text:
        found = found.filter(name__icontains=text)
    grouped = found.order_by().values("name", "code_set").annotate(
        providers=Count("resource__provider", distinct=True), entries=Count("resource", distinct=True),
        named=Count("source_department", distinct=True, filter=~Q(source_department="")),
        least=Min("source_department"), most=Max("source_department"),
    )
    return grouped.filter(Q(providers__gt=1), Q(least="") | Q(named__gt=1)).order_by("-providers", "name", "code_set")


def holders(name: str, code_set: str) -> QuerySet[Item]:
    """That item in every published entry that holds it, with the entries and their providers."""
    found = Item.objects.filter(name=name, code_set=code_set, resource__state=ResourceState.PUBLISHED)
    return found.select_related("resource__provider").order_by("resource__provider__lineage", "resource__code")


def _refuse(count: int, organisation: Organisation, reason: str) -> None:
    if not 0 < count <= MAX_NAMED:
        raise InvalidEntry(f"请选择 1 到 {MAX_NAMED:,} 个信息项，现有 {count:,} 个；数量多的请分几次指定。")
    if not organisation.is_in_force(clock.today()):
        raise InvalidEntry(f"“{organisation.name}”已撤并，不能作为数源部门；请选择承接它职责的单位。")
    if not reason.strip():
        raise InvalidEntry("请写明指定数源部门的理由，例如“三定”规定或会议纪要的文号。")


def _name(entry: Resource, items: list[int], organisation: Organisation, actor: Actor, reason: str) -> bool:
    """Whether anything of the entry is otherwise now."""
    if entry.state == ResourceState.WITHDRAWN:
        raise WrongState(f"目录“{entry.title}”已撤销，不再指定数源部门；请去掉它再指定。")
    other = entry.items.filter(pk__in=items).exclude(source_department=organisation.uscc)
    fields = list(other.values_list("field", flat=True))
    if not fields:
        return False
    entry.items.filter(field__in=fields).update(source_department=organisation.uscc)
    entry.save(update_fields=["updated_at"])
    if entry.state == ResourceState.PUBLISHED:
        versions.record(entry, actor=actor, reason=f"指定数源部门：{reason.strip()}")
    audit.record(
        actor, "catalog.source_named", entry, basis=reason.strip(), detail={"fields": fields, "source": organisation.uscc}
    )
    return True
