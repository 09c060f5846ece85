"""Judging a workbook cell by cell: what may be registered becomes drafts, everything wrong a fault where it stands."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, count
from typing import Any  # what a draft is made of

from suixin.data.catalog import extensions, formats, rules
from suixin.data.catalog.contract import Contract, ItemSpec, Level
from suixin.data.catalog.drafts import ResourceDraft, Stated
from suixin.data.catalog.exchange import code_lists
from suixin.data.catalog.exchange.layout import CODES, ITEMS, RESOURCES, Place, item_type, sheets
from suixin.data.catalog.exchange.reading import Fault, Line, Sheet, Workbook
from suixin.ground.standards.values import CodeSet
from suixin.kit import names as slugs

MAX_SHOWN, MAX_ITEMS = 60, 2_000
_LISTS = ("keywords", "further", "related_codes")
_NUMBERS = ("length", "scale")
_FLAGS = ("is_key", "nullable", "is_sealed", "is_secret")


@dataclass(frozen=True, slots=True)
class Known:
    """What judging has to know of the catalogue: organisations by credit code, code sets, titles taken by provider, tables."""

    organisations: Mapping[str, str]
    code_sets: Mapping[str, CodeSet]
    entries: Mapping[str, str]  # code → title
    may_propose: Callable[[str], bool]


@dataclass
class Candidate:
    """One good row with its items, ready to be registered."""

    line: Line
    draft: ResourceDraft


@dataclass
class Judged:
    """What a workbook comes to."""

    faults: list[Fault]
    candidates: list[Candidate] = field(default_factory=list)
    known: dict[int, str] = field(default_factory=dict)  # rows that are in the catalogue already, by their code
    total: int = 0
    own: dict[str, Sequence[Line]] = field(default_factory=dict)  # code lists that the platform does not know


def judge(book: Workbook, known: Known) -> Judged:
    """The candidates and every fault. A resource with a fault in any of its rows is no candidate."""
    judged = Judged(list(book.faults))
    resources, items = book.sheets.get(RESOURCES), book.sheets.get(ITEMS)
    if resources is None:
        judged.faults.append(Fault(RESOURCES, 1, 0, "缺少“信息资源”工作表；请下载模板，保留工作表的名称"))
        return judged
    judged.total = len(resources.lines)
    at = Marker(judged.faults)
    listed = code_lists.sets_of(book.sheets.get(CODES), known.code_sets, judged.faults, own=judged.own)
    sets = {code: code for code in known.code_sets} | listed
    specs, bad_titles = _items(items, at, sets, known) if items else ({}, set())
    doubled = {title for title, times in Counter(line["title"] for line in resources.lines).items() if times > 1 and title}
    for line in resources.lines:
        if line["code"] in known.entries:
            judged.known[line.number] = line["code"]
            continue
        draft = _draft(resources, line, at, known, specs.get(line["title"], ()), doubled)
        if draft is not None and line["title"] in bad_titles:
            at(resources, line, "title", "它的信息项有误，见“信息项”表标红的行；改正后再导入")
            draft = None
        if draft is not None:
            judged.candidates.append(Candidate(line, draft))
    _orphans(items, resources, at, judged)
    return judged


class Marker:
    """Collects faults at cells, and remembers which rows have any."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults

    def __call__(self, sheet: Sheet, line: Line, key: str, sentence: str) -> None:
        self.faults.append(Fault(sheet.name, line.number, sheet.column_of(key), sentence))


def values_of(sheet: Sheet, line: Line, at: Marker) -> dict[str, Any] | None:
    """The row's values by key; None when a cell of it is wrong."""
    before = len(at.faults)
    if line["__merged"]:
        at(sheet, line, sheet_first(sheet), "这一行在合并单元格里，没有读入；请取消合并，每一行都写完整")
        return None
    found: dict[str, Any] = {}
    for place in sheets()[sheet.name]:
        text = line[place.key]
        sentence = fault_of_cell(place, text)
        if sentence:
            at(sheet, line, place.key, sentence)
        elif text:
            found[place.key] = place.key_of(text)
    return found if len(at.faults) == before else None


def sheet_first(sheet: Sheet) -> str:
    """The key of the sheet's first column of the layout."""
    return sheets()[sheet.name][0].key


def fault_of_cell(place: Place, text: str) -> str:
    """A sentence on what is wrong with a cell; "" when nothing is."""
    if not text:
        return f"“{place.title}”必须填写" if place.is_required else ""
    if len(text) > place.longest:
        return f"“{place.title}”不超过 {place.longest} 个字，现有 {len(text)} 个"
    if place.key_of(text) is None:
        return f"“{place.title}”没有“{text[:MAX_SHOWN]}”这个值；可选 {'、'.join((place.choices or {}).values())}"
    if place.key in _NUMBERS and not text.isdecimal():
        return f"“{place.title}”应为整数，现为“{text[:MAX_SHOWN]}”"
    return ""


def _draft(
    sheet: Sheet, line: Line, at: Marker, known: Known, items: Iterable[ItemSpec], doubled: set[str]
) -> ResourceDraft | None:
    values = values_of(sheet, line, at)
    if values is None:
        return None
    before = len(at.faults)
    title, provider, category = values["title"], values["provider"], values["category"]
    if title in doubled:
        at(sheet, line, "title", f"“{title[:MAX_SHOWN]}”在本表里出现多次；同一单位的信息资源名称应当唯一")
    if values.get("code"):
        at(sheet, line, "code", f"目录中没有代码“{values['code'][:MAX_SHOWN]}”；代码由平台编制，新登记的请留空")
    _judge_places(sheet, line, values, known, at=at)
    lists = {key: tuple(parts_of(values.pop(key, ""))) for key in _LISTS}
    for key, code in (("category", category), *(("further", one) for one in lists["further"])):
        if not rules.CATEGORY_PATTERN.fullmatch(code):
            at(sheet, line, key, f"分类“{code[:MAX_SHOWN]}”不合规则：类 1 位（1 至 3）、项 2 位、目 3 位，例如 307001")
    extension = _extension(sheet, line, values, at)
    _judge_formats(sheet, line, values, at)
    for sentence in rules.wrongs_of(Stated(**{key: values[key] for key in Stated.__dataclass_fields__ if key in values})):
        at(sheet, line, "basis_document" if "依据" in sentence else "open_type", sentence)
    specs = tuple(items)
    contract = rules.keyed(Contract("", values.pop("table", "") or _table(title), title, specs))
    for sentence in rules.faults_of(contract):
        at(sheet, line, "table" if "数据表" in sentence else "title", sentence)
    if len(at.faults) > before:
        return None
    plain = {key: value for key, value in values.items() if "." not in key and key not in ("title", "provider", "category", "code")}
    return ResourceDraft(
        contract, provider, category, keywords=lists["keywords"], related_codes=lists["related_codes"],
        further_categories=lists["further"], extension=extension, **plain,
    )


def _judge_places(sheet: Sheet, line: Line, values: Mapping[str, Any], known: Known, *, at: Marker) -> None:
    provider = values["provider"]
    if provider not in known.organisations:
        at(sheet, line, "provider", f"组织机构库里没有信用代码“{provider}”；请核对 18 位代码")
    elif not known.may_propose(provider):
        at(sheet, line, "provider", f"您不能为“{known.organisations[provider]}”登记目录；请由该单位经办人导入")
    if (source := values.get("source_department")) and source not in known.organisations:
        at(sheet, line, "source_department", f"组织机构库里没有信用代码“{source}”；请核对 18 位代码")


def _judge_formats(sheet: Sheet, line: Line, values: dict[str, Any], at: Marker) -> None:
    """The formats written our way, each fault at its cell."""
    told = values.get("format_category", "2"), values.get("format_type", "")
    for sentence in formats.faults_of(*told):
        at(sheet, line, "format_type", sentence)
    values["format_category"], values["format_type"] = formats.normal(*told)


def _extension(sheet: Sheet, line: Line, values: Mapping[str, Any], at: Marker) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for key, text in values.items():
        if not key.startswith("extension."):
            continue
        _, profile, name = key.split(".")
        declared = next(one for one in extensions.profiles()[profile].fields if one.key == name)
        value = extensions.typed(declared, text)
        if sentence := extensions.fault_of_value(declared, value):
            at(sheet, line, key, sentence)
        found.setdefault(profile, {})[name] = value
    return found


def _items(sheet: Sheet, at: Marker, sets: Mapping[str, str], known: Known) -> tuple[dict[str, list[ItemSpec]], set[str]]:
    """Items by title of their resource, and the titles with a faulty item. `sets`: code sets as written → as known."""
    found: dict[str, list[ItemSpec]] = {}
    names: dict[str, set[str]] = {}
    fields: dict[str, set[str]] = {}
    bad: set[str] = set()
    full: set[str] = set()
    for line in sheet.lines:
        title, before = line["resource"], len(at.faults)
        values = values_of(sheet, line, at)
        if values is not None:
            specs = found.setdefault(title, [])
            if len(specs) >= MAX_ITEMS:
                if title not in full:
                    at(sheet, line, "resource", f"一条目录最多 {MAX_ITEMS:,} 个信息项，从这一行起没有读入；请拆成几条目录")
                full.add(title)
                continue
            spec = _item(values, fields.setdefault(title, set()))
            if spec.code_set and spec.code_set not in sets:
                sentence = f"没有代码集“{spec.code_set[:MAX_SHOWN]}”；请填写平台已有的代码集，例如 {_some(known.code_sets)}"
                at(sheet, line, "code_set", sentence)
            elif spec.code_set:
                spec = replace(spec, code_set=sets[spec.code_set])
            if spec.source_department and spec.source_department not in known.organisations:
                at(sheet, line, "source_department", f"组织机构库里没有信用代码“{spec.source_department}”；请核对 18 位代码")
            if spec.name in names.setdefault(title, set()):
                at(sheet, line, "name", f"“{title[:MAX_SHOWN]}”已有名为“{spec.name[:MAX_SHOWN]}”的信息项；名称应当唯一")
            for sentence in rules.faults_of_item(spec):
                at(sheet, line, "field" if "字段名" in sentence else "is_secret" if "涉密" in sentence else "name", sentence)
            names[title].add(spec.name)
            fields[title].add(spec.field)
            specs.append(spec)
        if len(at.faults) > before:
            bad.add(title)
    return found, bad | full


def _item(values: dict[str, Any], taken: set[str]) -> ItemSpec:
    values = {key: value for key, value in values.items() if key != "resource"}
    for key in _FLAGS:
        if key in values:
            values[key] = values[key] == "1"
    for key in _NUMBERS:
        if key in values:
            values[key] = int(values[key])
    values["type"] = item_type(values["type"])
    values["level"] = Level(int(values.get("level", 1)))
    values["field"] = values.get("field") or _free(slugs.slugify(values["name"]).replace("-", "_")[:56], taken)
    if values.get("is_key"):
        values["nullable"] = False
    return ItemSpec(**values)


def _some(sets: Mapping[str, CodeSet]) -> str:
    return "、".join(f"{one.code}（{one.name}）" for one in list(sets.values())[:3])


def _orphans(items: Sheet | None, resources: Sheet, at: Marker, judged: Judged) -> None:
    if items is None:
        return
    titles = {line["title"] for line in resources.lines}
    for line in items.lines:
        if line["resource"] and line["resource"] not in titles and not line["__merged"]:
            at(items, line, "resource", f"“信息资源”表里没有“{line['resource'][:MAX_SHOWN]}”；请核对名称")


def parts_of(text: str) -> list[str]:
    """The words of a cell that lists several."""
    return [one.strip() for one in text.replace("、", ";").replace("；", ";").split(";") if one.strip()]


def _table(title: str) -> str:
    return _free(slugs.slugify(title).replace("-", "_")[:72], set())


def _free(base: str, taken: set[str]) -> str:
    base = base if base[:1].isalpha() else f"f_{base}" if base else "item"
    return next(one for one in chain([base], (f"{base}_{number}" for number in count(2))) if one not in taken)
