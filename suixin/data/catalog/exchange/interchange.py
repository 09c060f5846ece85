"""The catalogue between systems: JSON, which says all of an entry, and GB/T 21063.3 XML, which says its core metadata.

Each entry of a file is registered whole as a proposal or told with its place in the file; the others go on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any  # contents are JSON

import orjson
from django.db import transaction

from suixin.data.catalog import actions, canon, queries, rules, stating
from suixin.data.catalog.contract import Contract, ItemSpec, ItemType, Level, Rule
from suixin.data.catalog.drafts import STATED, ResourceDraft
from suixin.data.catalog.errors import BadWorkbook, InvalidEntry
from suixin.data.catalog.exchange import core_xml
from suixin.data.catalog.exchange.core_xml import CategoryMark, Contact, CoreRecord
from suixin.data.catalog.models import Category, Resource, ResourceState
from suixin.ground.audit import actions as audit
from suixin.ground.people.models import Organisation
from suixin.ground.people.queries import bureau_of
from suixin.ground.security import policy
from suixin.kit import clock, names
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError

FORMAT = "suixin-catalogue/1"
STANDARD = "政务信息资源目录分类"
MAX_BYTES, MAX_ENTRIES = 100 << 20, 5_000
_PLAIN = (*STATED, "format_category", "format_type", "share_method", "theme", "data_class", "source_note", "is_simulated", "has_lookup")


@dataclass
class Taken:
    """What became of a file's entries: codes of those registered, sentences on the others with their place."""

    codes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def catalogue_json(*, actor: Actor) -> bytes:
    """Every entry that is not withdrawn, canonical, with its digest. Raises NotAllowed."""
    policy.require_anywhere(actor, "catalog.view")
    entries = []
    for entry in _entries():
        content = canon.content_of(entry)
        entries.append({"table": entry.table, "state": entry.state, "version": entry.version, "sm3": canon.digest_of(content), **content})
    return orjson.dumps({"format": FORMAT, "entries": entries}, option=orjson.OPT_INDENT_2)


def bring_json(content: bytes, *, actor: Actor) -> Taken:
    """The entries of a JSON catalogue as proposals; codes are given anew. Raises NotAllowed, BadWorkbook."""
    policy.require_anywhere(actor, "catalog.propose")
    try:
        page = orjson.loads(content) if len(content) <= MAX_BYTES else None
    except orjson.JSONDecodeError as error:
        raise BadWorkbook(f"JSON 文件读不出来：第 {error.lineno} 行有语法错误；请改正后再导入。") from error
    entries = page.get("entries") if isinstance(page, dict) and page.get("format") == FORMAT else None
    if not isinstance(entries, list) or len(entries) > MAX_ENTRIES:
        raise BadWorkbook(f"JSON 文件应有 format 为 {FORMAT}，entries 为不超过 {MAX_ENTRIES:,} 条目录；请用本平台导出的格式。")
    return _take([(f"/entries/{place}", one) for place, one in enumerate(entries)], draft_of_content, actor)


def catalogue_xml(*, actor: Actor) -> bytes:
    """The core metadata of every entry that is not withdrawn. Raises NotAllowed."""
    policy.require_anywhere(actor, "catalog.view")
    tree = dict(Category.objects.values_list("code", "name"))
    return core_xml.to_xml(record_of(entry, tree) for entry in _entries())


def bring_xml(content: bytes, *, actor: Actor) -> Taken:
    """The records of a GB/T 21063.3 document as proposals; items where the document has ours. Raises NotAllowed, BadWorkbook."""
    policy.require_anywhere(actor, "catalog.propose")
    records = core_xml.from_xml(content)
    if len(records) > MAX_ENTRIES:
        raise BadWorkbook(f"一次最多导入 {MAX_ENTRIES:,} 条元数据，这个文件有 {len(records):,} 条；请分成几个文件。")
    return _take([(f"第 {number} 条", one) for number, one in enumerate(records, 1)], draft_of_record, actor)


def record_of(entry: Resource, tree: Mapping[str, str]) -> CoreRecord:
    """An entry's core metadata; `tree` names the categories."""
    more: Mapping[str, Any] = entry.extension.get("core", {})
    return CoreRecord(
        title=entry.title, abstract=entry.abstract, contacts=_contacts(entry, more), categories=_marks(entry, more, tree),
        identifier=entry.code, metadata_identifier=str(entry.uuid),
        published_on=entry.publish_date or (date.fromisoformat(more["published_on"]) if more.get("published_on") else None),
        keywords=tuple(entry.keywords), thesaurus=str(more.get("thesaurus", "")) if entry.keywords else "",
        links=tuple(more.get("links", ())), service_url=str(more.get("service_url", "")), service_type=str(more.get("service_type", "")),
        metadata_contacts=_maintainers(entry, more), metadata_updated_on=entry.updated_at.astimezone(clock.CHINA).date(),
        content={"table": entry.table, **canon.content_of(entry)},
    )


def _contacts(entry: Resource, more: Mapping[str, Any]) -> tuple[Contact, ...]:
    """The provider and, where the entry came with several, all of them in their order."""
    held = tuple(Contact(name, address) for name, address in more.get("contacts", ()))
    own = Contact(entry.provider.name, str(more.get("contact_address", "")))
    return held if own.name in {one.name for one in held} else (own, *held)


def _maintainers(entry: Resource, more: Mapping[str, Any]) -> tuple[Contact, ...]:
    if more.get("maintainers"):
        return tuple(Contact(name, address) for name, address in more["maintainers"])
    bureau = bureau_of(entry.provider)
    names = more.get("metadata_contacts") or ([bureau.name] if bureau else [])
    return tuple(Contact(str(one), str(more.get("metadata_address", ""))) for one in names)


def _marks(entry: Resource, more: Mapping[str, Any], tree: Mapping[str, str]) -> tuple[CategoryMark, ...]:
    """As the entry came, as long as it stands in the same categories; those of other classifications always."""
    own = [one.category for one in entry.classifications.all()] or [entry.category]
    held = [CategoryMark(*row) for row in more.get("marks", ())]
    if {one.code for one in held if rules.CATEGORY_PATTERN.fullmatch(one.code)} == set(own):
        return tuple(held)
    foreign = [one for one in held if not rules.CATEGORY_PATTERN.fullmatch(one.code)]
    return (*(_mark(code, tree) for code in own), *foreign)


def _mark(code: str, tree: Mapping[str, str]) -> CategoryMark:
    return CategoryMark(STANDARD, _name_of(code, tree), code)


def draft_of_record(record: CoreRecord) -> ResourceDraft:
    """The draft that a record gives: with our content the whole entry, else one item that says what is to be filled in.

    Title, abstract, keywords, provider and categories are those of the standard's elements. Raises InvalidEntry.
    """
    provider = _provider_of(record)
    ours = list(dict.fromkeys(one.code for one in record.categories if rules.CATEGORY_PATTERN.fullmatch(one.code)))
    if not ours:
        wrong = record.categories[0].code
        raise InvalidEntry(f"类目编码“{wrong[:60]}”不合规则：类 1 位（1 至 3）、项 2 位、目 3 位；请按本地目录分类对应。")
    if record.content is not None:
        stated = {"title": record.title, "abstract": record.abstract, "keywords": list(record.keywords), "provider": provider.uscc}
        return draft_of_content({**record.content, **stated, "categories": [[code, ""] for code in ours]})
    item = ItemSpec("content", "内容", ItemType.MEMO, description="来自 GB/T 21063.3 元数据，信息项待补", is_provisional=True)
    base = names.slugify(record.title).replace("-", "_")[:70]
    table = queries.free_table_name(base if base[:1].isalpha() else f"r_{base}" if base else "resource")
    return ResourceDraft(
        Contract("", table, record.title, (item,)), provider.uscc, ours[0], abstract=record.abstract, keywords=record.keywords,
        further_categories=tuple(ours[1:]), extension={"core": _kept(record)},
    )


def _provider_of(record: CoreRecord) -> Organisation:
    """The first of the record's providers that is known here. Raises InvalidEntry."""
    wanted = [one.name for one in record.contacts]
    found = {one.name: one for one in Organisation.objects.filter(name__in=wanted).order_by("-pk")}
    known = next((found[name] for name in wanted if name in found), None)
    if known is None:
        raise InvalidEntry(f"组织机构库里没有“{wanted[0][:60]}”；请先登记该单位，或改用它的全称。")
    return known


def _kept(record: CoreRecord) -> dict[str, object]:
    """What the catalogue has no column for, so that it goes out again as it came."""
    tree = dict(Category.objects.values_list("code", "name"))
    marks = [one for one in record.categories if one != _mark(one.code, tree)] and list(record.categories)
    more: dict[str, object] = {
        "identifier": record.identifier, "thesaurus": record.thesaurus, "links": list(record.links), "service_url": record.service_url,
        "service_type": record.service_type, "metadata_identifier": record.metadata_identifier,
        "contact_address": record.contacts[0].address if len(record.contacts) == 1 else "",
        "contacts": [[one.name, one.address] for one in record.contacts] if len(record.contacts) > 1 else [],
        "maintainers": [[one.name, one.address] for one in record.metadata_contacts],
        "marks": [[one.standard, one.name, one.code] for one in marks],
        "published_on": record.published_on.isoformat() if record.published_on else "",
    }
    return {key: value for key, value in more.items() if value}


def draft_of_content(content: Mapping[str, Any]) -> ResourceDraft:
    """The draft that a canonical content gives. Raises InvalidEntry, naming what is missing. Any: it is JSON."""
    try:
        items = canon.specs_of(content)
        texts = [content[name] for name in ("table", "title", "provider", "source_department")]
        if not all(isinstance(one, str) for one in (*texts, *(category for category, _ in content["categories"]))):
            raise TypeError("table, title, provider, source_department, categories are texts")
        contract = Contract(
            "", queries.free_table_name(content["table"]), content["title"], items, tuple(Rule(**one) for one in content["rules"]),
            floor=Level(content["floor"]),
        )
        categories = [category for category, _ in content["categories"]]
        return ResourceDraft(
            rules.keyed(contract), content["provider"], categories[0], keywords=tuple(content["keywords"]),
            related_codes=tuple(content["related_codes"]), further_categories=tuple(categories[1:]), extension=content["extension"],
            source_department=content["source_department"], **{name: content[name] for name in _PLAIN},
        )
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise InvalidEntry(f"内容不完整或类型不对（{type(error).__name__}: {str(error)[:80]}）；请用本平台导出的格式。") from error


def _take(entries: Sequence[tuple[str, Any]], draft_of: Callable[[Any], ResourceDraft], actor: Actor) -> Taken:
    taken = Taken()
    for place, one in entries:
        try:
            with transaction.atomic():
                draft = draft_of(one)
                stating.refuse_namesake(draft.provider, draft.contract.title)
                taken.codes.append(actions.propose_resource(draft, actor=actor).code)
        except SuixinError as error:
            taken.faults.append(f"{place}：{error.sentence}")
    audit.record(actor, "catalog.entries_brought", ("catalogue", "file"), detail={
        "registered": len(taken.codes), "faults": len(taken.faults)})
    return taken


def _entries() -> Sequence[Resource]:
    found = Resource.objects.exclude(state=ResourceState.WITHDRAWN).select_related("provider", "source_department")
    return list(found.prefetch_related("items", "classifications"))


def _name_of(code: str, tree: Mapping[str, str]) -> str:
    """The name of the category, or of the nearest one above that has a name."""
    return next((tree[code[:size]] for size in range(len(code), 0, -1) if code[:size] in tree), code)
