"""The catalogue between systems: JSON, which says all of an entry, and GB/T 21063.3 XML, which says its core metadata.

Each entry of a file is registered whole as a proposal or told with its place in the file; the others go on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any  # contents are JSON

import orjson
from django.db import transaction

from suixin.data.catalog import actions, canon, queries, registering, rules
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
    """The records of a GB/T 21063.3 document as proposals, their items still to be filled in. Raises NotAllowed, BadWorkbook."""
    policy.require_anywhere(actor, "catalog.propose")
    records = core_xml.from_xml(content)
    if len(records) > MAX_ENTRIES:
        raise BadWorkbook(f"一次最多导入 {MAX_ENTRIES:,} 条元数据，这个文件有 {len(records):,} 条；请分成几个文件。")
    return _take([(f"第 {number} 条", one) for number, one in enumerate(records, 1)], draft_of_record, actor)


def record_of(entry: Resource, tree: Mapping[str, str]) -> CoreRecord:
    """An entry's core metadata; `tree` names the categories."""
    more: Mapping[str, Any] = entry.extension.get("core", {})
    bureau = bureau_of(entry.provider)
    maintainers = more.get("metadata_contacts") or ([bureau.name] if bureau else [])
    address = str(more.get("metadata_address", ""))
    marks = [(one.category, STANDARD) for one in entry.classifications.all()] or [(entry.category, STANDARD)]
    return CoreRecord(
        title=entry.title, abstract=entry.abstract, contacts=(Contact(entry.provider.name, str(more.get("contact_address", ""))),),
        categories=tuple(CategoryMark(standard, _name_of(code, tree), code) for code, standard in marks), identifier=entry.code,
        metadata_identifier=str(entry.uuid), published_on=entry.publish_date, keywords=tuple(entry.keywords),
        thesaurus=str(more.get("thesaurus", "")) if entry.keywords else "", links=tuple(more.get("links", ())),
        service_url=str(more.get("service_url", "")), service_type=str(more.get("service_type", "")),
        metadata_contacts=tuple(Contact(str(one), address) for one in maintainers),
        metadata_updated_on=entry.updated_at.astimezone(clock.CHINA).date(),
    )


def draft_of_record(record: CoreRecord) -> ResourceDraft:
    """The draft that a record gives, with one item that says what is still to be filled in. Raises InvalidEntry."""
    provider = Organisation.objects.filter(name=record.contacts[0].name).first()
    if provider is None:
        raise InvalidEntry(f"组织机构库里没有“{record.contacts[0].name[:60]}”；请先登记该单位，或改用它的全称。")
    wrong = next((one.code for one in record.categories if not rules.CATEGORY_PATTERN.fullmatch(one.code)), None)
    if wrong is not None:
        raise InvalidEntry(f"类目编码“{wrong[:60]}”不合规则：类 1 位（1 至 3）、项 2 位、目 3 位；请按本地目录分类对应。")
    more = {
        "identifier": record.identifier, "contact_address": record.contacts[0].address, "thesaurus": record.thesaurus,
        "links": list(record.links), "service_url": record.service_url, "service_type": record.service_type,
        "metadata_contacts": [one.name for one in record.metadata_contacts],
        "metadata_address": record.metadata_contacts[0].address if record.metadata_contacts else "",
    }
    item = ItemSpec("content", "内容", ItemType.MEMO, description="来自 GB/T 21063.3 元数据，信息项待补", is_provisional=True)
    table = queries.free_table_name(names.slugify(record.title).replace("-", "_")[:72] or "resource")
    return ResourceDraft(
        Contract("", table, record.title, (item,)), provider.uscc, record.categories[0].code, abstract=record.abstract,
        keywords=record.keywords, further_categories=tuple(one.code for one in record.categories[1:]),
        extension={"core": {key: value for key, value in more.items() if value}},
    )


def draft_of_content(content: Mapping[str, Any]) -> ResourceDraft:
    """The draft that a canonical content gives. Raises InvalidEntry, naming what is missing. Any: it is JSON."""
    try:
        items = canon.specs_of(content)
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
                registering.refuse_namesake(draft.provider, draft.contract.title)
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
