"""The government services of a city: its folder `items` as drafts of basic catalogue, implementation lists and handling items.

Files    common.yaml (what items share: defaults, by department, steps by kind, materials by key, what every material says),
         every other file: items
English  english.yaml beside the folder: Chinese text → English; an item gets those of its texts that stand there
Material a key of the library, `key@situation` for one that only a situation needs, or a row of the table
Errors   BadCityFile names file, item and key
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from suixin.cities import strict
from suixin.cities.errors import BadCityFile
from suixin.cities.specs import City
from suixin.services.items import checking
from suixin.services.items.actions import ItemDraft
from suixin.services.items.elements import ELEMENTS, Content, Row
from suixin.services.items.stated import number_of, rows_of
from suixin.services.items.tables import TABLES

COMMON = "common.yaml"
LEVEL = "3"  # 市级
ABOVE = ("task_name", "by_law", "server_type", "anticipate_day", "anticipate_type")  # what the basic catalogue says of an item
SPOKEN = ("materials", "asks", "conditions", "situations")  # lists whose texts have English
OWN = {"basic": str, "department": str, "steps": str, "materials": list, "handling": list}


@dataclass(frozen=True, slots=True)
class Shared:
    """What items of a city share."""

    defaults: Content
    departments: Mapping[str, Content]
    steps: Mapping[str, Sequence[Row]]
    materials: Mapping[str, Row]
    material: Row


def city_items(city: City) -> list[ItemDraft]:
    """The items of the city, upper tiers before lower ones; none when its folder has none. Raises BadCityFile."""
    folder = city.folder / "items"
    if not folder.is_dir():
        return []
    shared = _shared(folder / COMMON)
    codes = {one.slug: one.uscc for one in city.organisations}
    english, made = city_english(city), list[ItemDraft]()
    for path in sorted(folder.glob("*.yaml")):
        if path.name == COMMON:
            continue
        listed = strict.read_yaml(path)
        if not isinstance(listed, list):
            raise BadCityFile(f"items/{path.name} 应当是一个列表。")
        for number, told in enumerate(listed, 1):
            made += _drafts(told, f"items/{path.name} 第 {number} 条", shared, codes, english)
    return sorted(made, key=lambda one: len(one.code))


def city_english(city: City) -> dict[str, str]:
    """Chinese texts of the city with their English; none when it has none. Raises BadCityFile."""
    path = city.folder / "english.yaml"
    told = strict.read_yaml(path) if path.is_file() else {}
    if not isinstance(told, dict) or any(not isinstance(one, str) for pair in told.items() for one in pair):
        raise BadCityFile("english.yaml 应当是“中文: 英文”的形式，英文里有冒号的加引号。")
    return told


def _shared(path: Path) -> Shared:
    page = strict.checked(
        strict.read_yaml(path), {"defaults": dict, "departments": dict, "steps": dict, "materials": dict, "material": dict},
        place="items/common.yaml", required=("defaults", "departments", "steps", "materials", "material"),
    )
    return Shared(page["defaults"], page["departments"], page["steps"], page["materials"], page["material"])


def _drafts(
    told: object, place: str, shared: Shared, codes: Mapping[str, str], english: Mapping[str, str]
) -> Iterator[ItemDraft]:
    if not isinstance(told, dict) or not isinstance(told.get("basic"), str) or told.get("department") not in codes:
        raise BadCityFile(f"{place}应写明基本编码 basic（加引号）和 organisations.yaml 里的 department。")
    unknown = sorted(told.keys() - ELEMENTS.keys() - TABLES.keys() - OWN.keys())
    if unknown:
        raise BadCityFile(f"{place}有不认识的键“{unknown[0]}”；键是事项的要素。")
    department, basic = told["department"], told["basic"]
    content: Content = {**shared.defaults, **shared.departments.get(department, {}), "task_type": basic[2:4]}
    content |= {key: value for key, value in told.items() if key not in OWN}
    content["materials"] = [_material(one, shared, place) for one in told.get("materials", ())]
    content["steps"] = _steps(told.get("steps", ""), content, shared, place)
    if translated := _english(content, english):
        content["english"] = translated
    faults = checking.faults_of_values(content)
    if faults:
        raise BadCityFile(f"{place}（{content.get('task_name', '')}）：{faults[0].sentence}。")
    yield ItemDraft(basic, {key: content[key] for key in (*ABOVE, "task_type") if key in content})
    upper = f"{codes[department]}{LEVEL}{basic}"
    yield ItemDraft(upper, {key: value for key, value in content.items() if key not in (*ABOVE, "task_type")})
    for at, below in enumerate(told.get("handling", ()), 1):
        own = _below(below, content, shared, f"{place}的办理项 {at}")
        translated = _english({**content, **own}, english)
        yield ItemDraft(f"{upper}{at:02}", {**own, "english": translated} if translated and translated != content.get("english") else own)


def _english(content: Content, english: Mapping[str, str]) -> list[Row]:
    """The list 英文对照 of an item: those of its texts, whole or choice by choice, that have English; none while its name has not."""
    if str(content.get("task_name", "")) not in english:
        return []
    texts = [value for value in content.values() if isinstance(value, str)]
    rows = [row for key in SPOKEN for row in rows_of(content, key)]
    texts += [part for row in rows for value in row.values() if isinstance(value, str) for part in (value, *value.split("；"))]
    return [{"english_of": text, "english_text": english[text]} for text in dict.fromkeys(texts) if text in english]


def _below(told: object, above: Content, shared: Shared, place: str) -> Content:
    """What a handling item says otherwise than its list. Raises BadCityFile."""
    if not isinstance(told, dict):
        raise BadCityFile(f"{place}应当是“键: 值”的形式。")
    content: Content = {key: value for key, value in told.items() if key not in OWN}
    if "materials" in told:
        content["materials"] = [_material(one, shared, place) for one in told["materials"]]
    if "steps" in told:
        content["steps"] = _steps(told["steps"], {**above, **content}, shared, place)
    if faults := checking.faults_of_values(content):
        raise BadCityFile(f"{place}：{faults[0].sentence}。")
    return content


def _material(told: object, shared: Shared, place: str) -> Row:
    if isinstance(told, dict):
        return {**shared.material, **told}
    key, _, situation = str(told).partition("@")
    if key not in shared.materials:
        raise BadCityFile(f"{place}的材料“{key}”不在 common.yaml 的 materials 里。")
    row = {name: value for name, value in shared.materials[key].items() if name != "situation"}
    return {**shared.material, **row} | ({"situation": situation} if situation else {})


def _steps(kind: str, content: Content, shared: Shared, place: str) -> list[Row]:
    if kind not in shared.steps:
        raise BadCityFile(f"{place}的 steps“{kind}”不在 common.yaml 里；可用 {'、'.join(shared.steps)}。")
    rows = shared.steps[kind]
    promise = number_of(content, "promise_day") or 0
    given = sum(int(str(row["step_days"])) for row in rows if row["step_days"] != "rest")
    unit = content.get("promise_type", "1")
    return [{**row, "step_days": promise - given if row["step_days"] == "rest" else row["step_days"], "step_unit": unit} for row in rows]
