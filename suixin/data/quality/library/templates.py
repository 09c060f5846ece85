"""The templates of the library: our own, and those that a city or a pack adds in files of the same form.

Strict   an unknown key, kind, type, dimension or placeholder is a BadLibrary that names file and rule
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

import yaml

from suixin.data.catalog.contract import OF_BATCH, ItemType, RuleKind, Severity
from suixin.data.quality.library.errors import BadLibrary
from suixin.data.quality.scores import DIMENSIONS
from suixin.kit import yaml_text

OWN = Path(__file__).parent / "rules.yaml"
TYPES = frozenset({"item", "items", "number", "days", "date", "text", "values", "pattern", "condition", "table", "other"})
PLACEHOLDER = re.compile(r"\{(\w+)(:\+)?\}")
_further: dict[Path, str] = {}
_facts: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Parameter:
    """What has to be said to make a rule of a template. `of`: letters of item types."""

    name: str
    title: str
    type: str
    of: str = ""
    default: str = ""
    hint: str = ""

    @property
    def preset(self) -> str:
        """What stands there before anybody says otherwise; facts of the city in place of their names."""
        return _facts.get(self.default[1:], "") if self.default.startswith("$") else self.default


@dataclass(frozen=True, slots=True)
class Template:
    """A named rule with parameters. `origin` says who declared it."""

    code: str
    title: str
    dimension: str
    basis: str
    message: str
    parameters: tuple[Parameter, ...]
    kind: str = RuleKind.ROW.value
    severity: str = Severity.REJECT.value
    expression: str = ""
    origin: str = "内置"

    @property
    def is_of_batch(self) -> bool:
        """Whether it says something of a batch as a whole, so that it only marks."""
        return RuleKind(self.kind) in OF_BATCH


def add_library(path: Path, *, origin: str) -> None:
    """Let the library have the rules of that file too; a file that is not there adds nothing."""
    if path.is_file():
        _further[path] = origin
        library.cache_clear()


def state_facts(facts: Mapping[str, str]) -> None:
    """The facts of the city that defaults may name: division_prefix, west, east, south, north."""
    _facts.update(facts)


@lru_cache(maxsize=1)
def library() -> Mapping[str, Template]:
    """Every template by its code. Raises BadLibrary."""
    found: dict[str, Template] = {}
    for path, origin in {OWN: "内置", **_further}.items():
        for one in read_library(path.read_text("utf-8"), origin=origin, place=path.name):
            if one.code in found:
                raise BadLibrary(f"{path.name} 的规则“{one.code}”与“{found[one.code].origin}”的同名；请换一个编号。")
            found[one.code] = one
    return found


def template_of(code: str) -> Template:
    """The template of that code. Raises BadLibrary."""
    found = library().get(code)
    if found is None:
        raise BadLibrary(f"规则库里没有“{code[:40]}”；请从规则库页面选择。")
    return found


def read_library(text: str, *, origin: str, place: str) -> list[Template]:
    """The templates that a YAML text declares. Raises BadLibrary."""
    try:
        content = yaml_text.load(text)
    except yaml.YAMLError as error:
        raise BadLibrary(f"{place} 不是合格的 YAML：{str(error).splitlines()[0]}。") from error
    if not isinstance(content, list):
        raise BadLibrary(f"{place} 应当是规则的列表。")
    return [_template(entry, origin, f"{place} 第 {n} 条") for n, entry in enumerate(content, 1)]


def _template(entry: object, origin: str, place: str) -> Template:
    known = {one.name for one in fields(Template)} - {"origin"}
    told = _checked(entry, known, ("code", "title", "dimension", "basis", "message", "parameters"), place)
    listed = told.pop("parameters")
    if not isinstance(listed, list):
        raise BadLibrary(f"{place}的 parameters 应当是列表。")
    keys = {one.name for one in fields(Parameter)}
    parameters = tuple(
        Parameter(**_texts(_checked(one, keys, ("name", "title", "type"), f"{place}的参数"), place)) for one in listed
    )
    made = Template(**_texts(told, place), parameters=parameters, origin=origin)
    if faults := _faults(made):
        raise BadLibrary(f"{place}（{made.code}）：{'；'.join(faults)}。")
    return made


def _faults(made: Template) -> list[str]:
    names = {one.name for one in made.parameters}
    used = {name for text in (made.expression, made.message) for name, _ in PLACEHOLDER.findall(text)}
    faults = [f"没有参数“{name}”" for name in sorted(used - names)]
    faults += [f"参数类型“{one.type}”不认识" for one in made.parameters if one.type not in TYPES]
    faults += [f"信息项类型“{one.of}”不认识" for one in made.parameters if set(one.of) - {kind.value for kind in ItemType}]
    if made.kind not in list(RuleKind) or made.severity not in list(Severity) or made.dimension not in DIMENSIONS:
        return [*faults, "kind、severity 或 dimension 不认识"]
    if (made.kind == RuleKind.ROW) != bool(made.expression):
        faults.append("逐行的规则要写 expression，其他的不写")
    return faults + (["整批的规则只能标记（severity: mark）"] if made.is_of_batch and made.severity != Severity.MARK else [])


def _checked(entry: object, known: set[str], required: tuple[str, ...], place: str) -> dict[str, object]:
    if not isinstance(entry, dict):
        raise BadLibrary(f"{place}应当是“键: 值”的形式。")
    unknown, missing = sorted(set(entry) - known), [name for name in required if not entry.get(name)]
    if unknown or missing:
        raise BadLibrary(f"{place}有不认识的键 {unknown}，或缺少键 {missing}。")
    return dict(entry)


def _texts(entry: dict[str, object], place: str) -> dict[str, str]:
    wrong = [name for name, value in entry.items() if not isinstance(value, str)]
    if wrong:
        raise BadLibrary(f"{place}的 {'、'.join(wrong)} 应当是文字；数字要加引号。")
    return {name: str(value) for name, value in entry.items()}
