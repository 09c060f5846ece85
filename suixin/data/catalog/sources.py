"""Which department an item comes from (数源部门): named once for all entries that hold the same item, and what is contested.

Same       items of one name with one code set, whatever their entries
Contested  the same item is provided by several departments, and not every one names the same source
Decision   the bureau decides, for entries of departments that it governs; each published entry gets its next version
Source     国务院令第809号 art. 19 (several departments collect it: the competent department decides, 一数一源)
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import QuerySet

from suixin.data.catalog import announcing, generations, standing, versions
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
# by hand: the ORM would join through the wide rows of entries, four times as slow over 400,000 items
_CONTESTED = """
SELECT i.name, i.code_set, COUNT(DISTINCT s.provider_id) AS providers, COUNT(DISTINCT i.resource_id),
       COUNT(DISTINCT NULLIF(i.source_department, ''))
FROM catalog_item i JOIN catalog_standing s ON s.resource_id = i.resource_id
WHERE s.state = %s
GROUP BY i.name, i.code_set
HAVING COUNT(DISTINCT s.provider_id) > 1
   AND (MIN(i.source_department) = '' OR COUNT(DISTINCT i.source_department) > 1)
ORDER BY providers DESC, i.name, i.code_set
"""


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


@dataclass(frozen=True, slots=True)
class Contested:
    """One contested item: how many departments provide it, in how many entries, naming how many sources."""

    name: str
    code_set: str
    providers: int
    entries: int
    named: int


def contested(text: str = "") -> list[Contested]:
    """Contested items, those of most departments first; `text` is part of the name. One query over covering indexes."""
    with connection.cursor() as cursor:
        cursor.execute(_CONTESTED, [ResourceState.PUBLISHED.value])
        found = [Contested(*row) for row in cursor.fetchall()]
    return [one for one in found if text in one.name]


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
    standing.keep(entry)
    if entry.state == ResourceState.PUBLISHED:
        generations.advance()  # each event has a number of its own
        announcing.changed(entry, versions.record(entry, actor=actor, reason=f"指定数源部门：{reason.strip()}"))
    audit.record(
        actor, "catalog.source_named", entry, basis=reason.strip(), detail={"fields": fields, "source": organisation.uscc}
    )
    return True
