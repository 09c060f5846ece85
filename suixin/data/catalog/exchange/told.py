"""Entries told by programs: judged whole, with every fault at its path; good ones of a list registered, the others told by index.

The same rules as for sheets (`judging.py`): the provider must be known and within the actor's reach, its titles are unique,
code sets exist, items and statements keep the law. Writing is left to `actions`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count

from django.db import IntegrityError, transaction
from pydantic import ValidationError

from suixin.data.catalog import actions, extensions, formats, queries, registering, rules, values
from suixin.data.catalog.contract import Contract, ItemSpec, ItemType, Level
from suixin.data.catalog.drafts import STATED, ResourceDraft, Stated
from suixin.data.catalog.errors import InvalidEntry
from suixin.data.catalog.exchange.shapes import EntryIn, ItemIn, sentences_of, stated_in
from suixin.data.catalog.models import Resource, ResourceState
from suixin.ground.people.models import Organisation
from suixin.ground.security import policy
from suixin.ground.security.masks import MASKS
from suixin.ground.standards import queries as standards
from suixin.kit import names
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError

Faults = list[tuple[str, str]]
CHUNK, MAX_ENTRIES = 50, 1_000


class FaultyEntry(InvalidEntry):
    """An entry that a program told has faults; each stands at its path in `fields["faults"]`."""

    code = "catalog-105"


@dataclass
class Listed:
    """What became of a list: (index, code, table) of those registered, (index, path, sentence) of the faults of the others."""

    total: int
    registered: list[tuple[int, str, str]] = field(default_factory=list)
    faults: list[tuple[int, str, str]] = field(default_factory=list)


def propose(told: EntryIn, *, actor: Actor) -> Resource:
    """The entry as a proposal, at the first step of its publication. Raises NotAllowed, FaultyEntry, InvalidEntry.

    As the page does (`registering.register`).
    """
    policy.require_anywhere(actor, "catalog.propose")
    provider = Organisation.objects.filter(uscc=told.provider).first()
    if provider is not None:
        policy.require(actor, "catalog.propose", provider)
    with transaction.atomic():
        _hold([told.provider])
        faults = _faults_of(told, actor)
        if faults:
            raise faulty(told.title, faults)
        return registering.register(_draft(told), actor=actor)


def propose_some(listed: Sequence[object], *, actor: Actor, first: int = 0) -> Listed:
    """The good ones of some entries as proposals, in one transaction; `first` is the index of the first of them. Raises NotAllowed."""
    policy.require_anywhere(actor, "catalog.propose")
    found = Listed(len(listed))
    shaped = [_shaped(one) for one in listed]
    with transaction.atomic():
        _hold(sorted({one.provider for one in shaped if isinstance(one, EntryIn)}))
        for place, one in enumerate(shaped, first):
            faults = _faults_of(one, actor) if isinstance(one, EntryIn) else one
            if not faults and isinstance(one, EntryIn):
                faults = _registered(one, place, found, actor)
            found.faults += [(place, path, sentence) for path, sentence in faults]
    return found


def faulty(title: str, faults: Faults) -> FaultyEntry:
    """The error that tells all of an entry's faults."""
    sentence = "；".join(f"{path}：{text}" if path else text for path, text in faults[:5])
    more = f"……共 {len(faults)} 处" if len(faults) > 5 else ""
    return FaultyEntry(
        f"目录“{title[:60]}”有误，没有保存。{sentence}{more}。", faults=[{"path": path, "sentence": text} for path, text in faults]
    )


def specs_of(items: Sequence[ItemIn]) -> tuple[ItemSpec, ...]:
    """Told items as values; a field that was not told follows from the name, a key is never empty."""
    found: list[ItemSpec] = []
    taken = {one.field for one in items if one.field}
    for one in items:
        told = one.model_dump()
        base = told["field"] or _free(names.slugify(one.name).replace("-", "_")[:56], taken)
        taken.add(base)
        told |= {"field": base, "type": ItemType(one.type), "level": Level(one.level), "nullable": one.nullable and not one.is_key}
        found.append(ItemSpec(**told))
    return tuple(found)


def item_faults(specs: Sequence[ItemSpec]) -> Faults:
    """What is wrong with items, each at its path."""
    sets = {one.code for one in standards.code_sets()}
    places = {one.source_department for one in specs if one.source_department}
    known = set(Organisation.objects.filter(uscc__in=places).values_list("uscc", flat=True)) if places else set()
    return [
        (f"items[{place}]{path}", sentence) for place, one in enumerate(specs) for path, sentence in _of_item(one, sets, known)
    ]


def metadata_faults(stated: Stated, extension: object, told: Mapping[str, object]) -> Faults:
    """What is wrong with what an entry states, each at its path; `told` by name, as it shall be kept."""
    found = [("basis_document" if "依据" in one else "open_type", one) for one in rules.wrongs_of(stated)]
    found += [("extension", one) for one in extensions.faults_of(extension)]
    written = str(told.get("format_category", "2")), str(told.get("format_type", ""))
    found += [("format_category" if "大类没有" in one else "format_type", one) for one in formats.faults_of(*written)]
    method = values.faults_of({name: value for name, value in told.items() if name == "share_method"}, ())
    return found + [("share_method", one) for one in method]


def contract_faults(contract: Contract, told: Faults) -> Faults:
    """What is wrong with the items together, beside what was told of each."""
    known = {sentence for _, sentence in told}
    return [
        ("table" if "数据表" in one else "title" if "信息资源名称" in one else "items", one)
        for one in rules.faults_of(contract) if one not in known
    ]


def _shaped(one: object) -> EntryIn | Faults:
    try:
        return EntryIn.model_validate(one)
    except ValidationError as error:
        return sentences_of(error)


def _registered(told: EntryIn, place: int, found: Listed, actor: Actor) -> Faults:
    try:
        with transaction.atomic():
            made = actions.propose_resource(_draft(told), actor=actor)
    except SuixinError as error:
        return [("", error.sentence)]
    except IntegrityError:  # another department took the table's name at the same moment
        return [("table", "数据表名刚刚被别的目录占用；请再提交一次，或换一个名称")]
    found.registered.append((place, made.code, made.table))
    return []


def _hold(providers: Sequence[str]) -> None:
    """The providers' rows locked, so that of two who tell the same at once the second sees the first's."""
    list(Organisation.objects.select_for_update(no_key=True).filter(uscc__in=providers).order_by("pk").values_list("pk"))


def _faults_of(told: EntryIn, actor: Actor) -> Faults:
    provider = Organisation.objects.filter(uscc=told.provider).first()
    faults: Faults = []
    if provider is None:
        faults.append(("provider", f"组织机构库里没有信用代码“{told.provider}”；请核对 18 位代码"))
    elif not policy.may(actor, "catalog.propose", provider):
        faults.append(("provider", f"您不能为“{provider.name}”登记目录；请由该单位经办人办理"))
    held = Resource.objects.exclude(state=ResourceState.WITHDRAWN).filter(provider=provider, title=told.title)
    if provider is not None and (code := held.values_list("code", flat=True).first()):
        faults.append(("title", f"该单位已有同名目录 {code}；请改名，或在那条目录上办理变更"))
    if told.table and Resource.objects.filter(table=told.table).exists():
        faults.append(("table", f"数据表名“{told.table}”已被使用；请换一个或留空"))
    if told.source_department and not Organisation.objects.filter(uscc=told.source_department).exists():
        faults.append(("source_department", f"组织机构库里没有信用代码“{told.source_department}”；请核对 18 位代码"))
    specs = specs_of(told.items)
    stated = stated_in(told)
    faults += item_faults(specs)
    faults += contract_faults(rules.keyed(Contract("", told.table or "free", told.title, specs)), faults)
    return faults + metadata_faults(Stated(**_only(stated, STATED)), stated.get("extension", {}), stated)


def _of_item(one: ItemSpec, sets: set[str], places: set[str]) -> Iterator[tuple[str, str]]:
    for sentence in rules.faults_of_item(one):
        yield ".is_secret" if "涉密" in sentence else "", sentence
    if one.code_set and one.code_set not in sets and not standards.is_known(one.code_set):
        yield ".code_set", f"没有代码集“{one.code_set}”；请填写平台已有的代码集"
    if one.mask and one.mask not in MASKS:
        yield ".mask", f"没有脱敏规则“{one.mask}”；可选 {'、'.join(MASKS)}"
    if one.source_department and one.source_department not in places:
        yield ".source_department", f"组织机构库里没有信用代码“{one.source_department}”；请核对 18 位代码"


def _draft(told: EntryIn) -> ResourceDraft:
    stated = stated_in(told)
    base = told.table or _free(names.slugify(told.title).replace("-", "_")[:72], set())
    contract = rules.keyed(Contract("", queries.free_table_name(base), told.title, specs_of(told.items)))
    for name in ("keywords", "related_codes"):
        stated[name] = tuple(_list(stated.get(name, ())))
    return ResourceDraft(
        contract, told.provider, told.category, further_categories=tuple(told.further_categories), **stated,  # type: ignore[arg-type]
        # keys of the shape are fields of the draft; a test holds it
    )


def _only(stated: Mapping[str, object], wanted: Sequence[str]) -> dict[str, str]:
    return {name: str(stated[name]) for name in wanted if name in stated}


def _list(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else []


def _free(base: str, taken: set[str]) -> str:
    base = base if base[:1].isalpha() else f"f_{base}" if base else "item"
    return next(one for one in chain([base], (f"{base}_{number}" for number in count(2))) if one not in taken)


