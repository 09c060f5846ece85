"""Situational guidance (情形引导): questions answered, conditions judged, situations found, materials that follow; pure but for forms.

Verdict   eligible: every condition holds; not: one at least fails; tentative: none fails, one cannot be judged yet
Told      each condition with its result, so that whoever is refused reads which one failed
Language  `kit.expressions` over the names of the questions; a question not answered is unknown
Answers   typed by `ground.forms`: each question is a field of a form
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from suixin.ground.forms.declaration import Field, FieldType
from suixin.ground.forms.values import Refused, value_of
from suixin.kit import expressions
from suixin.kit.expressions import Expression, ExpressionError
from suixin.services.items.elements import Row
from suixin.services.items.stated import Content, rows_of, text_of

_TYPES = {"choice": FieldType.CHOICE, "flag": FieldType.YES_NO, "number": FieldType.INTEGER, "date": FieldType.DATE, "text": FieldType.TEXT}
_LETTERS = {"choice": "C", "flag": "L", "number": "I", "date": "D"}
PREFIX = "a"
SOURCE = ("source_resource", "source_item", "source_by")  # what a question that is filled in beforehand states


class Standing(StrEnum):
    """What the answers come to."""

    ELIGIBLE = "eligible"
    TENTATIVE = "tentative"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Judged:
    """One condition: what it says, whether it holds (None: not known yet), what to tell when it fails."""

    text: str
    holds: bool | None
    fault: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the answers come to, each condition, the situations that apply, and the materials that follow from them."""

    standing: Standing
    conditions: Sequence[Judged]
    situations: Sequence[str]
    materials: Sequence[Row]

    @property
    def failing(self) -> list[Judged]:
        """The conditions that do not hold."""
        return [one for one in self.conditions if one.holds is False]

    @property
    def open(self) -> list[Judged]:
        """The conditions that cannot be judged yet."""
        return [one for one in self.conditions if one.holds is None]


def fields_of(content: Content) -> list[Field]:
    """The questions as fields of a form, named a1, a2 ... in their order."""
    return [_field(number, row) for number, row in enumerate(rows_of(content, "asks"), 1)]


def answers_of(content: Content, posted: Mapping[str, str]) -> tuple[dict[str, object], dict[str, str]]:
    """The answers by name of the question, and what is wrong with those that are none, by name of the field."""
    found: dict[str, object] = {}
    wrong: dict[str, str] = {}
    for field in fields_of(content):
        try:
            value = value_of(field, [posted.get(field.name, "")])
        except Refused as refused:
            wrong[field.name] = str(refused)
            continue
        if value is not None:
            found[field.label] = _typed(field, value)
    return found, wrong


def judge(content: Content, answers: Mapping[str, object]) -> Verdict:
    """The verdict on these answers (by name of the question). Raises ExpressionError for a condition that cannot be read."""
    fields = _letters(content)
    judged = [
        Judged(text_of(row, "condition_text"), _holds(text_of(row, "condition_when"), fields, answers), text_of(row, "condition_fault"))
        for row in rows_of(content, "conditions")
    ]
    situations = situations_of(content, answers)
    return Verdict(_standing(judged), judged, situations, materials_of(content, situations))


def situations_of(content: Content, answers: Mapping[str, object]) -> list[str]:
    """The situations that apply, as far as the answers say."""
    fields = _letters(content)
    return [
        text_of(row, "situation_name") for row in rows_of(content, "situations")
        if (when := text_of(row, "situation_when")) and _holds(when, fields, answers)
    ]


def named_by_situations(content: Content) -> frozenset[str]:
    """Names of the questions that situations are judged by."""
    fields = _letters(content)
    whens = [when for row in rows_of(content, "situations") if (when := text_of(row, "situation_when")) and not _fault_of(when, fields)]
    return frozenset(name for when in whens for name in _parsed(when, fields).fields)


def open_situations_of(content: Content, answers: Mapping[str, object]) -> list[str]:
    """The situations of which the answers do not say yet whether they apply."""
    fields = _letters(content)
    return [
        text_of(row, "situation_name") for row in rows_of(content, "situations")
        if not (when := text_of(row, "situation_when")) or _holds(when, fields, answers) is None
    ]


def materials_of(content: Content, situations: Sequence[str]) -> list[Row]:
    """The materials of every situation and of these."""
    return [row for row in rows_of(content, "materials") if not text_of(row, "situation") or text_of(row, "situation") in situations]


def faults_of(content: Content) -> Iterator[tuple[str, int, str, str]]:
    """What does not fit together: element, row, column, sentence."""
    names: set[str] = set()
    for number, row in enumerate(rows_of(content, "asks"), 1):
        name = text_of(row, "ask_name")
        if name in names:
            yield "asks", number, "ask_name", f"引导问题“{name}”出现两次；名称应当唯一"
        names.add(name)
        if text_of(row, "ask_kind") == "choice" and len(choices_of(row)) < 2:
            yield "asks", number, "ask_choices", f"引导问题“{name}”是单选，应至少有两个选项"
        stated = [key for key in SOURCE if text_of(row, key)]
        if 0 < len(stated) < len(SOURCE):
            missing = next(key for key in SOURCE if key not in stated)
            yield "asks", number, missing, f"引导问题“{name}”要预填的，应写明预填来源、来源信息项和按什么查；不预填的都留空"
    yield from _faults_of_texts(content)
    fields = _letters(content)
    for table, column, name, word in (
        ("conditions", "condition_when", "condition_text", "条件"), ("situations", "situation_when", "situation_name", "情形"),
    ):
        for number, row in enumerate(rows_of(content, table), 1):
            if (when := text_of(row, column)) and (sentence := _fault_of(when, fields)):
                yield table, number, column, f"{word}“{text_of(row, name)}”的条件式不能用：{sentence}"


def _faults_of_texts(content: Content) -> Iterator[tuple[str, int, str, str]]:
    """Situations are not judged by words: what a person wrote freely is kept with the form only."""
    texts = {text_of(row, "ask_name") for row in rows_of(content, "asks") if text_of(row, "ask_kind") == "text"}
    for number, row in enumerate(rows_of(content, "situations"), 1):
        when = text_of(row, "situation_when")
        if when and not _fault_of(when, _letters(content)) and (named := sorted(_parsed(when, _letters(content)).fields & texts)):
            yield "situations", number, "situation_when", f"情形“{text_of(row, 'situation_name')}”不能按文字题“{named[0]}”判断；请改用单选"


def choices_of(row: Row) -> list[str]:
    """The choices of a question."""
    return [one.strip() for one in text_of(row, "ask_choices").replace("；", ";").split(";") if one.strip()]


def _field(number: int, row: Row) -> Field:
    kind = text_of(row, "ask_kind")
    return Field(
        f"{PREFIX}{number}", text_of(row, "ask_name"), _TYPES.get(kind, FieldType.TEXT), hint=text_of(row, "ask_hint"),
        options={one: one for one in choices_of(row)} if kind == "choice" else None,
    )


def _typed(field: Field, value: object) -> object:
    return date.fromisoformat(value) if field.type is FieldType.DATE and isinstance(value, str) else value


def _letters(content: Content) -> dict[str, str]:
    return {text_of(row, "ask_name"): _LETTERS.get(text_of(row, "ask_kind"), "C") for row in rows_of(content, "asks")}


def _holds(when: str, fields: Mapping[str, str], answers: Mapping[str, object]) -> bool | None:
    return _parsed(when, fields).evaluate(answers)


def _parsed(when: str, fields: Mapping[str, str]) -> Expression:
    return expressions.parse(when, fields=fields)


def _fault_of(when: str, fields: Mapping[str, str]) -> str:
    try:
        _parsed(when, fields)
    except ExpressionError as error:
        return error.sentence.rstrip("。")
    return ""


def _standing(judged: Sequence[Judged]) -> Standing:
    results = {one.holds for one in judged}
    return Standing.NOT if False in results else Standing.TENTATIVE if None in results else Standing.ELIGIBLE
