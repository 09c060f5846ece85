"""Whether an entry or a form collects again what another department provides already (一次采集、多方共享).

Refused  an item of the same name, type and code set as one of an entry in force that another department provides and shares, where
         both describe the same objects: the key of that entry is among the items asked, and either the bureau has named that
         department the source of the item, or most items of the entry asked about are there
Let pass what names the other's department as its source (it is fetched, not collected); items that say nothing by their name;
         numbers that link tables; what the bureau exempted until a day (`Exemption`)
Source   国务院令第809号 art. 19: what sharing can provide is not collected again
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from suixin.data.catalog.contract import ItemSpec
from suixin.data.catalog.models import Item, Resource, ShareType
from suixin.data.quality.models import DuplicateFinding, Exemption, FindingState
from suixin.data.quality.radar import candidates, names, rules
from suixin.data.quality.radar.rules import ItemView
from suixin.ground.forms.declaration import Form
from suixin.kit import clock

TOLD = 5  # items named in a sentence


@dataclass(frozen=True, slots=True)
class Asked:
    """An item that somebody is about to collect. `source`: credit code of the department that it says it comes from."""

    view: ItemView
    source: str = ""


def objections(resource: Resource, items: Sequence[ItemSpec], fields: Collection[str]) -> list[str]:
    """What speaks against the entry's collecting these fields; a check of the catalogue (`catalog.objections`)."""
    exempt = _exempt(resource)
    if exempt is not None and not exempt:
        return []
    whole = resource.source_department.uscc if resource.source_department else ""
    asked = [
        Asked(
            ItemView(
                item.field, item.name, names.key_of(item.name), rules.family_of(item.type.value, item.scale), item.code_set, item.is_key
            ),
            item.source_department or whole,
        ) for item in items
    ]
    wanted = {field for field in fields if exempt is None or field not in exempt}
    return _sentences(asked, wanted, provider=resource.provider_id, own=resource)


def objections_to_form(form: Form, *, organisation: int) -> list[str]:
    """What speaks against a department's publishing a form that asks for these fields; `organisation` is its primary key."""
    asked = [
        Asked(ItemView(field.name, field.label, names.key_of(field.label), rules.family_of(field.letter, field.scale), field.code_set))
        for _, field in form.fields() if field.letter
    ]
    return _sentences(asked, {one.view.field for one in asked}, provider=organisation)


def sources_of(resource: Resource) -> Mapping[str, Resource]:
    """By field the entry that the bureau named as its source."""
    found = DuplicateFinding.objects.filter(Q(left=resource) | Q(right=resource), state=FindingState.CONFIRMED, source__isnull=False)
    return {
        (one.left_field if one.left_id == resource.pk else one.right_field): one.source
        for one in found.select_related("source__provider") if one.source is not None
    }


def _exempt(resource: Resource) -> set[str] | None:
    """Fields that are exempt today; the empty set means all, None that there is no exemption."""
    given = Exemption.objects.filter(resource=resource, until__gte=clock.today()).values_list("fields", flat=True)
    held = list(given)
    if not held:
        return None
    return set() if any(not fields for fields in held) else {field for fields in held for field in fields}


def _sentences(asked: Sequence[Asked], wanted: Collection[str], *, provider: int, own: Resource | None = None) -> list[str]:
    entries = candidates.by_name(provider, [one.view.key for one in asked], least=2)
    found = []
    shared = Resource.objects.published().filter(pk__in=entries).exclude(share_type=ShareType.WITHHELD)
    others = shared.exclude(pk=own.pk if own else 0).select_related("provider", "source_department").order_by("pk")
    for entry, items in _with_items(others).items():
        same = _same(asked, wanted, entry, items)
        if same:
            found.append(_sentence(entry, same))
    return found


def _with_items(entries: Iterable[Resource]) -> dict[Resource, list[Item]]:
    held = {entry.pk: entry for entry in entries}
    found: defaultdict[Resource, list[Item]] = defaultdict(list)
    for item in Item.objects.filter(resource__in=held):
        found[held[item.resource_id]].append(item)
    return found


def _same(asked: Sequence[Asked], wanted: Collection[str], entry: Resource, items: Sequence[Item]) -> list[str]:
    """Names of the items asked that the entry provides, as far as that is a reason to refuse them."""
    by_key = {names.key_of(item.name): item for item in items}
    keys = {names.key_of(item.name) for item in items if item.is_key}
    if not keys or not keys <= {one.view.key for one in asked}:
        return []
    confirmed = _confirmed(entry)
    pairs = [(one, by_key[one.view.key]) for one in asked if one.view.key in by_key and _is_alike(one, by_key[one.view.key])]
    telling = [one for one in asked if not rules.is_generic(one.view)]
    most = len(pairs) >= max(rules.LEAST_ITEMS, rules.MOST_OF_ITEMS * len(telling))
    return [
        one.view.name for one, item in pairs
        if one.view.field in wanted and one.view.key not in rules.LINKING and not item.is_key and one.source != entry.provider.uscc
        and item.share_type != ShareType.WITHHELD and (most or item.field in confirmed or _is_source(entry, item))
    ]


def _is_alike(one: Asked, item: Item) -> bool:
    view = ItemView(item.field, item.name, one.view.key, rules.family_of(item.type, item.scale), item.code_set)
    return rules.agree(one.view, view) and one.view.code_set == item.code_set and not rules.is_generic(one.view)


def _is_source(entry: Resource, item: Item) -> bool:
    """Whether the entry's department is named the source of the item, by the bureau or by itself."""
    whole = entry.source_department.uscc if entry.source_department else ""
    return (item.source_department or whole) == entry.provider.uscc


def _confirmed(entry: Resource) -> set[str]:
    """Fields of the entry that the bureau named the source of."""
    found = DuplicateFinding.objects.filter(state=FindingState.CONFIRMED, source=entry)
    return {one.left_field if one.left_id == entry.pk else one.right_field for one in found}


def _sentence(entry: Resource, same: Sequence[str]) -> str:
    told = "、".join(f"“{name}”" for name in same[:TOLD]) + (f"等 {len(same)} 项" if len(same) > TOLD else "")
    return (
        f"信息项{told}已由{entry.provider}的《{entry.title}》（{entry.code}）提供并可共享，不再重复采集："
        f"请去掉这些项，向{entry.provider}申请共享；由共享取得的，把“数源部门”写成{entry.provider}；"
        "确需另行采集的，请数据主管部门登记例外"
    )

