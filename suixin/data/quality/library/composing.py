"""A rule of one entry, made from a template and what was said for its parameters. Pure.

Safe     a parameter reaches the expression only as a checked name, number, date or quoted text; the whole is then parsed by
         `kit.expressions`, which admits its own language and nothing else
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from suixin.data.catalog.contract import Contract, ItemSpec, Rule, RuleKind, Severity
from suixin.data.quality.library.errors import UnfitRule
from suixin.data.quality.library.templates import PLACEHOLDER, Parameter, Template
from suixin.kit import expressions
from suixin.kit.errors import SuixinError
from suixin.kit.expressions import patterns
from suixin.kit.expressions.values import quote_name, quote_value

Given = Mapping[str, str | Sequence[str]]
Said = tuple[list[str], list[str], object]
MAX_VALUES = 200


def compose(
    template: Template, given: Given, contract: Contract, *, other: Contract | None = None, severity: str = "",
    taken: Collection[str] = (), code: str = "",
) -> Rule:
    """The rule, with a code that is not among `taken`. `other` is the entry that a parameter of type table names.

    Raises UnfitRule: `faults` are sentences by parameter.
    """
    faults: dict[str, str] = {}
    sql, words, kept = {}, {}, {}
    for parameter in template.parameters:
        told = given.get(parameter.name, "")
        try:
            sql[parameter.name], words[parameter.name], kept[parameter.name] = _said(parameter, told, contract, other)
        except UnfitRule as error:
            faults[parameter.name] = error.sentence
    if not faults and other is not None and template.kind == RuleKind.REFERENCE:
        kept["keys"] = list(other.key)
    if faults:
        raise UnfitRule("；".join(faults.values()), faults=faults)
    expression = _filled(template.expression, sql)
    if expression:
        _require_parsable(expression, contract)
    wanted = severity if severity in list(Severity) and not template.is_of_batch else template.severity
    return Rule(
        code or _code(template, kept, taken), expression, f"{_filled(template.message, words)}。", template.dimension, wanted,
        template.kind, template.code, kept,
    )


def _said(parameter: Parameter, told: str | Sequence[str], contract: Contract, other: Contract | None) -> Said:
    """What was said for a parameter: parts of SQL, parts for people, as it is kept. Raises UnfitRule."""
    if parameter.type in ("item", "items"):
        names = [told] if isinstance(told, str) else list(told)
        items = [_item(parameter, name, contract) for name in names if name]
        if not items:
            raise UnfitRule(f"请选择{parameter.title}")
        fields = [item.field for item in items]
        return [quote_name(name) for name in fields], [item.name for item in items], fields[0] if parameter.type == "item" else fields
    text = (told if isinstance(told, str) else "、".join(told)).strip()
    if not text:
        raise UnfitRule(f"请填写{parameter.title}")
    if len(text) > 500:
        raise UnfitRule(f"{parameter.title}不能超过 500 个字符")
    if parameter.type in ("table", "other"):
        return _of_other(parameter, text, other)
    if parameter.type == "values":
        values = list(dict.fromkeys(one.strip() for one in re.split(r"[、,，\n]", text) if one.strip()))
        if not 0 < len(values) <= MAX_VALUES:
            raise UnfitRule(f"{parameter.title}要有 1 到 {MAX_VALUES} 个")
        return [quote_value(one) for one in values], values, "、".join(values)
    return [_plain(parameter, text, contract)], [text], text


def _plain(parameter: Parameter, text: str, contract: Contract) -> str:
    try:
        match parameter.type:
            case "number" | "days":
                number = Decimal(text)
                if not number.is_finite() or (parameter.type == "days" and not 0 < number == int(number) < 10_000):
                    raise UnfitRule(f"{parameter.title}要是数字，例如 30")
                return f"{number:f}"
            case "date":
                return quote_value(date.fromisoformat(text))
            case "pattern":
                return quote_value(patterns.compiled(text).text)
            case "condition":
                expressions.parse(text, fields=contract.letters, aliases=contract.aliases)
                return text
            case _:
                return quote_value(text)
    except (InvalidOperation, ValueError) as error:
        raise UnfitRule(f"{parameter.title}“{text[:40]}”不对；{'请写成 2020-01-31' if parameter.type == 'date' else '请填数字'}") from error
    except SuixinError as error:
        raise UnfitRule(error.sentence.rstrip("。")) from error


def _of_other(parameter: Parameter, text: str, other: Contract | None) -> Said:
    if other is None:
        raise UnfitRule(f"没有找到{parameter.title}；请从列表里选择")
    if parameter.type == "table":
        return [text], [other.title], other.table
    item = other.item(text)
    if item is None:
        raise UnfitRule(f"目录“{other.title}”没有信息项“{text[:40]}”")
    return [quote_name(item.field)], [item.name], item.field


def _item(parameter: Parameter, name: str, contract: Contract) -> ItemSpec:
    item = contract.item(name)
    if item is None:
        raise UnfitRule(f"目录没有信息项“{name[:40]}”")
    if parameter.of and item.type.value not in parameter.of:
        raise UnfitRule(f"“{item.name}”的类型不能作{parameter.title}")
    return item


def _filled(text: str, parts: Mapping[str, Sequence[str]]) -> str:
    is_sql = any(part.startswith('"') for one in parts.values() for part in one)
    comma = ", " if is_sql else "、"
    return PLACEHOLDER.sub(lambda found: (" + " if found[2] else comma).join(parts[found[1]]), text)


def _require_parsable(expression: str, contract: Contract) -> None:
    try:
        expressions.parse(expression, fields=contract.letters, aliases=contract.aliases)
    except SuixinError as error:
        raise UnfitRule(error.sentence.rstrip("。"), faults={"": error.sentence}) from error


def _code(template: Template, kept: Mapping[str, object], taken: Collection[str]) -> str:
    named = next((one[0] if isinstance(one, list) else one for p in template.parameters
                  if p.type in ("item", "items") and (one := kept.get(p.name))), "")
    base = "-".join(filter(None, (template.code, str(named))))[:56]
    return next(one for n in range(1, 10_000) if (one := base if n == 1 else f"{base}-{n}") not in taken)
