"""How the values of an item with a code set are written: as codes, or as names; labels such as “1 男” say both.

Codes    where the item says that it holds codes (…代码), tells no length, or has no room for the longest name
Names    elsewhere: what a wide column says in words stays in words
Known    whatever else names an entry (its name, another name, a label, full-width brackets or not) becomes that writing
"""

from collections.abc import Mapping
from dataclasses import dataclass

from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.ground import standards
from suixin.ground.standards import CodeSet

CODE_WORDS = ("代码", "编码", "编号", "区划码", "证号", "证件号", "号码", "code", "zipcode", "邮编")
LARGE = 20_000  # a set of more codes is not listed to choose from, nor its labels spelled out
_HALF = {c: c - 0xFEE0 for c in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


@dataclass(frozen=True, slots=True)
class Writings:
    """What stands as it came (`kept`), and what becomes something else (`changed`: text → how it is kept)."""

    kept: frozenset[str]
    changed: Mapping[str, str]


def is_named_code(item: ItemSpec) -> bool:
    """Whether a name of the item says that it holds codes."""
    return any(name.endswith(word) for name in (item.field.lower(), item.name.lower()) for word in CODE_WORDS)


def holds_codes(item: ItemSpec, code_set: CodeSet) -> bool:
    """Whether values of the item are kept as codes."""
    longest = max(map(len, code_set.entries.values()), default=0)
    return is_named_code(item) or item.length is None or item.length < longest


def label_of(code: str, name: str) -> str:
    """What a drop-down shows."""
    return code if code == name else f"{code} {name}"


def choices_of(item: ItemSpec) -> dict[str, str]:
    """What may be chosen, as it is kept → as it is shown; empty without a code set, or with a large one. Raises NotFound: no such set."""
    if not item.code_set:
        return {}
    found = standards.code_set(item.code_set)
    if found.total > LARGE:
        return {}
    if item.type is ItemType.TEXT and not holds_codes(item, found):
        return {name: name for name in found.entries.values()}
    return {code: label_of(code, name) for code, name in found.entries.items()}


def writings_of(item: ItemSpec) -> Writings:
    """How a coded text item is read. Raises NotFound: no such code set."""
    found = standards.code_set(item.code_set)
    changed: dict[str, str] = {}
    if holds_codes(item, found):
        kept = frozenset(found.entries)
        for code, name in found.entries.items():
            changed |= dict.fromkeys(_spellings(code, name), code)
        for other, code in (*found.aliases.items(), *found.followed.items()):
            changed |= {other: code, narrow(other): code}
    else:
        kept = frozenset(found.entries) | frozenset(found.entries.values()) | frozenset(found.aliases)
        for code, name in found.entries.items():
            changed |= dict.fromkeys(_spellings(code, name), name)
        changed |= {narrow(other): other for other in found.aliases}
        changed |= {old: found.entries[code] for old, code in found.followed.items()}
    return Writings(kept, {text: value for text, value in changed.items() if text not in kept})


def narrow(text: str) -> str:
    """The text with full-width letters, digits and signs made half-width, as cells of codes are read."""
    return text.translate(_HALF)


def _spellings(code: str, name: str) -> set[str]:
    written = {name, *(f"{code}{between}{name}" for between in (" ", "  ", "　", "-", "－", "—", ":", "：", ".", "、", ""))}
    return written | {narrow(text) for text in written}
