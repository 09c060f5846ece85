"""Further metadata of an entry, declared by profile: `profiles/*.yaml`, one file for a province or a standard.

Shape    an entry's `extension` is {profile: {key: value}}; an undeclared profile or key is a fault, so is a value of
         another type
Types    text, number, choice (one of `choices`), list (texts), choices (several of `choices`), rows (of the texts `columns`,
         the first of each never empty; typed as `单位|地址；单位|地址`)
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from suixin.kit import yaml_text

FOLDER = Path(__file__).parent / "profiles"
TYPES = frozenset({"text", "number", "choice", "list", "choices", "rows"})
MAX_TEXT, MAX_LIST = 500, 50


@dataclass(frozen=True, slots=True)
class ExtensionField:
    """One declared key of a profile."""

    key: str
    title: str
    type: str
    choices: tuple[str, ...] = ()
    pattern: str = ""
    max: int = MAX_TEXT
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """A set of further metadata, in the order it is filled in."""

    id: str
    title: str
    fields: tuple[ExtensionField, ...]

    def field(self, key: str) -> ExtensionField | None:
        """The declared field of that key or Chinese title."""
        return next((one for one in self.fields if key in (one.key, one.title)), None)


@lru_cache(maxsize=1)
def profiles() -> Mapping[str, Profile]:
    """Every declared profile by its id. Raises ValueError when a declaration is wrong, which a test finds."""
    found = [parse(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.yaml"))]
    return {one.id: one for one in found}


def parse(text: str) -> Profile:
    """The profile that a YAML text declares. Raises ValueError, naming what is wrong."""
    page = yaml_text.load(text)
    if not isinstance(page, dict) or page.keys() != {"id", "title", "fields"} or not isinstance(page["fields"], dict):
        raise ValueError("a profile has exactly the keys id, title, fields (a mapping)")
    fields = []
    for key, declared in page["fields"].items():
        unknown = declared.keys() - {"title", "type", "choices", "pattern", "max", "columns"}
        if unknown or declared.get("type") not in TYPES or not declared.get("title"):
            raise ValueError(f"field {key}: unknown keys {sorted(unknown)}, or no title, or a type beside {sorted(TYPES)}")
        if ("choices" in declared) != (declared["type"] in ("choice", "choices")):
            raise ValueError(f"field {key}: choices belong to the types choice and choices")
        if ("columns" in declared) != (declared["type"] == "rows"):
            raise ValueError(f"field {key}: columns belong to the type rows")
        fields.append(ExtensionField(
            key, declared["title"], declared["type"], tuple(declared.get("choices", ())), declared.get("pattern", ""),
            int(declared.get("max", MAX_TEXT)), tuple(declared.get("columns", ())),
        ))
    return Profile(page["id"], page["title"], tuple(fields))


def faults_of(extension: object) -> list[str]:
    """Sentences on everything in an entry's extension that no profile declares, or declares otherwise."""
    if not isinstance(extension, Mapping):
        return ["扩展元数据应按扩展集分组填写"]
    found: list[str] = []
    for name, values in extension.items():
        profile = profiles().get(str(name))
        if profile is None:
            found.append(f"没有名为“{name}”的扩展集；现有 {'、'.join(profiles())}")
        elif not isinstance(values, Mapping):
            found.append(f"扩展集“{profile.title}”应是键与值")
        else:
            found += _faults_in(profile, values)
    return found


def _faults_in(profile: Profile, values: Mapping[str, object]) -> Iterator[str]:
    for key, value in values.items():
        field = next((one for one in profile.fields if one.key == key), None)
        if field is None:
            yield f"扩展集“{profile.title}”没有“{key}”这一项"
        elif sentence := fault_of_value(field, value):
            yield sentence


def fault_of_value(field: ExtensionField, value: object) -> str:
    """A sentence on what is wrong with the value of a field; "" when nothing is."""
    match field.type:
        case "number":
            if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
                return f"“{field.title}”应为不小于 0 的数"
        case "list" | "choices":
            if not isinstance(value, list | tuple) or len(value) > MAX_LIST or not all(isinstance(one, str) for one in value):
                return f"“{field.title}”应为不超过 {MAX_LIST} 个词"
            return next((bad for one in value if (bad := _fault_of_text(field, one))), "")
        case "rows":
            return _fault_of_rows(field, value)
        case _:
            return _fault_of_text(field, value)
    return ""


def _fault_of_rows(field: ExtensionField, value: object) -> str:
    told = f"“{field.title}”应为不超过 {MAX_LIST} 行，每行写 {'、'.join(field.columns)}，第一项必填"
    if not isinstance(value, list | tuple) or len(value) > MAX_LIST:
        return told
    for row in value:
        if not isinstance(row, list | tuple) or len(row) != len(field.columns):
            return told
        if not all(isinstance(one, str) and len(one) <= field.max for one in row) or not row[0].strip():
            return told
    return ""


def _fault_of_text(field: ExtensionField, value: object) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > field.max:
        return f"“{field.title}”应为 1 到 {field.max} 个字"
    if field.choices and value not in field.choices:
        return f"“{field.title}”没有“{value}”这个值；可选 {'、'.join(field.choices)}"
    if field.pattern and not re.fullmatch(field.pattern, value):
        return f"“{field.title}”的值“{value}”格式不对"
    return ""


def typed(field: ExtensionField, text: str) -> object:
    """The value that a text typed into a form or cell means; lists are parted by 、 ； ; or a line break."""
    if field.type in ("list", "choices"):
        return [one.strip() for one in re.split(r"[、；;\n]", text) if one.strip()]
    if field.type == "rows":
        lines = [line.split("|") for line in re.split(r"[；;\n]", text) if line.strip()]
        return [[one.strip() for one in (*line, *[""] * (len(field.columns) - len(line)))] for line in lines]
    if field.type == "number":
        try:
            number = float(text.replace(",", ""))
        except ValueError:
            return text
        return int(number) if number.is_integer() else number
    return text.strip()


def shown(value: object) -> str:
    """A value as people read and type it."""
    if not isinstance(value, list | tuple):
        return str(value)
    return "；".join("|".join(map(str, one)).rstrip("|") if isinstance(one, list | tuple) else str(one) for one in value)
