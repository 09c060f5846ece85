"""The data dictionary of an entry as a document for people: DOCX to edit, PDF to file; both by `papers`."""

from collections.abc import Sequence
from dataclasses import dataclass

from suixin.data.catalog.bounds import NONE, bounds_of
from suixin.data.catalog.coding import choices_of
from suixin.data.catalog.contract import Contract
from suixin.data.catalog.generators import papers
from suixin.data.catalog.generators.facts import Facts
from suixin.data.catalog.generators.papers import Paper, Part
from suixin.data.catalog.generators.sentences import protection_of, rules_of, sentences_of, type_name
from suixin.ground import standards

HEADS = ("序号", "信息项", "字段名", "类型", "规则", "分级与保护", "说明")
WIDTHS = (0.05, 0.15, 0.14, 0.11, 0.29, 0.11, 0.15)  # shares of the page
MANY_CODES = 200

@dataclass(frozen=True, slots=True)
class Dictionary:
    """What the document says, before it is a document."""

    title: str
    facts: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[str]]
    rules: Sequence[str]
    code_sets: Sequence[tuple[str, Sequence[tuple[str, str]]]]


def dictionary(contract: Contract, facts: Facts) -> Dictionary:
    """The words of the document."""
    bounds = bounds_of(contract)
    rows = [
        (str(number), item.name, item.field, type_name(item), "；".join(sentences_of(item, bounds.get(item.field, NONE))),
         protection_of(item) or item.level.title, item.description)
        for number, item in enumerate(contract.items, 1)
    ]
    told = [
        ("信息资源代码", contract.code), ("数据表", contract.table), ("目录版本", str(contract.version)), ("提供单位", facts.provider),
        ("摘要", facts.abstract), ("更新周期", facts.update_cycle), ("共享类型", facts.share_type), ("开放类型", facts.open_type),
        ("主键", "、".join(item.name for item in contract.items if item.is_key) or "无"), ("数据分级", contract.level.title),
    ]
    if facts.is_simulated:
        told.append(("备注", "模拟数据"))
    return Dictionary(f"{contract.title} 数据字典", [fact for fact in told if fact[1]], rows, rules_of(contract), _code_sets(contract))


def docx(contract: Contract, facts: Facts) -> bytes:
    """The document as DOCX."""
    return papers.docx(_paper(dictionary(contract, facts)))


def pdf(contract: Contract, facts: Facts) -> bytes:
    """The document as PDF."""
    return papers.pdf(_paper(dictionary(contract, facts)))


def _paper(told: Dictionary) -> Paper:
    parts = [Part(rows=told.facts, widths=(0.2, 0.8)), Part("信息项", HEADS, told.rows, WIDTHS)]
    if told.rules:
        parts.append(Part("行内规则", lines=told.rules, is_list=True))
    parts += [Part(f"代码集 {name}", ("代码", "名称"), codes, (0.3, 0.7)) for name, codes in told.code_sets]
    return Paper(told.title, parts)


def _code_sets(contract: Contract) -> list[tuple[str, Sequence[tuple[str, str]]]]:
    """Every code set once, as code and name; a long one only as far as it helps."""
    found: dict[str, Sequence[tuple[str, str]]] = {}
    for item in contract.items:
        if item.code_set and choices_of(item):
            known = standards.code_set(item.code_set)
            entries = list(known.entries.items())
            more = [("……", f"共 {len(entries):,} 项，其余见代码集“{known.name}”")] if len(entries) > MANY_CODES else []
            found[f"{known.code} {known.name}"] = [*entries[:MANY_CODES], *more]
    return list(found.items())
