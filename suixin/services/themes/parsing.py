"""From YAML to a theme and to the question bank, strictly: unknown keys are errors, and all faults are told at once."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

import yaml

from suixin.ground.forms.declaration import Field
from suixin.ground.forms.field_parsing import parse_field
from suixin.ground.forms.strict import Faults, Reader
from suixin.kit import yaml_text
from suixin.services.items.elements import FIRM_STAGES, LIFE_EVENTS
from suixin.services.items.sources import Source
from suixin.services.items.tables import SOUGHT_BY
from suixin.services.themes.declaration import MEANINGS, Ask, Bank, Condition, Part, Question, Refusal, Theme, Visit
from suixin.services.themes.errors import FaultyTheme

MAX_TEXT, MAX_PARTS, MAX_ASKS, MAX_QUESTIONS = 200_000, 30, 8, 600
_SLUG, _NAME = re.compile(r"[a-z][a-z0-9-]{1,59}"), re.compile(r"[a-z][a-z0-9-]{0,39}")
_BASIC, _NUMBER = re.compile(r"[0-9]{12}"), re.compile(r"[0-9]{2}")
_THEME = (
    "slug", "title", "english", "summary", "lead", "basis", "promise_days", "delivery", "keywords", "life_event", "firm_stage", "asks",
    "conditions", "parts", "visits", "english_texts",
)
_ASK, _CONDITION = ("name", "text", "options", "hint"), ("text", "when", "fault")
_PART = ("id", "item", "by", "number", "title", "when", "needs", "after", "on_refusal", "gives", "answers")
_VISIT = ("id", "title", "parts", "days")
_BANK, _SECTION = ("sections", "forms", "english"), ("title", "questions")
_SOURCE = ("resource", "item", "by")
_FILLED = ("text", "long-text", "integer", "decimal", "date", "yes-no", "choice", "mobile", "credit-code", "e-mail")  # what data may say
_SAID = ("_is", "_why", "_proof")  # fields beside one that came filled in
LONGEST_SOURCED = 34  # so that theirs are names too


@lru_cache(maxsize=64)
def read_theme(text: str) -> Theme:
    """The theme that a YAML text declares. Raises FaultyTheme with all faults."""
    faults = Faults()
    theme = _theme(Reader(_read(text, "主题"), "主题", _THEME, faults), faults)
    _raise(faults, "主题声明")
    return theme


@lru_cache(maxsize=4)
def read_bank(text: str) -> Bank:
    """The question bank that a YAML text declares. Raises FaultyTheme with all faults."""
    faults = Faults()
    bank = _bank(Reader(_read(text, "问题库"), "问题库", _BANK, faults), faults)
    _raise(faults, "问题库")
    return bank


def field_of(question: Question) -> Field:
    """The question as a field of a form."""
    return parse_field(dict(question.field), question.name, Faults())[0]


def _read(text: str, word: str) -> object:
    if len(text) > MAX_TEXT:
        raise FaultyTheme(f"{word}声明超过 {MAX_TEXT:,} 个字符；请精简。")
    try:
        found: object = yaml_text.load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise FaultyTheme(f"{word}声明不是合格的 YAML：{str(error).splitlines()[0][:200]}；请更正。") from error
    return found


def _raise(faults: Faults, word: str) -> None:
    if faults.found:
        raise FaultyTheme(f"{word}有 {len(faults.found)} 处错误：" + "；".join(faults.found[:12]) + "。", faults=faults.found)


def _theme(read: Reader, faults: Faults) -> Theme:
    slug = read.text("slug", required=True, longest=60)
    if slug and not _SLUG.fullmatch(slug):
        read.fault("slug 只含小写字母、数字和连字符，以字母开头")
    asks = tuple(_ask(one, n, faults) for n, one in enumerate(read.items("asks", MAX_ASKS, required=False), 1))
    conditions = tuple(_condition(one, n, faults) for n, one in enumerate(read.items("conditions", 20, required=False), 1))
    parts = tuple(_part(one, n, faults) for n, one in enumerate(read.items("parts", MAX_PARTS), 1))
    visits = tuple(_visit(one, n, faults) for n, one in enumerate(read.items("visits", 5, required=False), 1))
    _refuse_twice(read, "问题", [one.name for one in asks])
    _refuse_twice(read, "单项", [one.id for one in parts])
    _refuse_twice(read, "联合勘验", [one.id for one in visits])
    _refuse_strangers(read, parts, visits)
    return Theme(
        slug, read.text("title", required=True), read.text("summary", required=True, longest=300), read.text("lead", required=True),
        read.text("basis", required=True, longest=2_000), read.number("promise_days", 0),
        read.text("delivery", required=True, longest=500), parts, asks, conditions, visits, _texts(read, "keywords", 40),
        _coded(read, "life_event", LIFE_EVENTS), _coded(read, "firm_stage", FIRM_STAGES), read.text("english"),
        _english(read, "english_texts"),
    )


def _ask(value: object, number: int, faults: Faults) -> Ask:
    read = Reader(value, f"问题 {number}", _ASK, faults)
    options = _texts(read, "options", 12)
    if len(options) == 1:
        read.fault("options 至少有两个选项；是否题不写 options")
    return Ask(read.text("name", required=True, longest=20), read.text("text", required=True), options, read.text("hint"))


def _condition(value: object, number: int, faults: Faults) -> Condition:
    read = Reader(value, f"条件 {number}", _CONDITION, faults)
    return Condition(*(read.text(key, required=True, longest=500) for key in _CONDITION))


def _part(value: object, number: int, faults: Faults) -> Part:
    read = Reader(value, f"单项 {number}", _PART, faults)
    name, item, below = read.text("id", required=True), read.text("item", required=True), read.text("number")
    if name and not _NAME.fullmatch(name):
        read.fault("id 只含小写字母、数字和连字符，以字母开头，最多 40 个字符")
    if item and not _BASIC.fullmatch(item):
        read.fault(f"item“{item[:40]}”应是 12 位基本编码（加引号）")
    if below and not _NUMBER.fullmatch(below):
        read.fault(f"number“{below[:10]}”应是两位的办理项序号（加引号）")
    kind = read.text("on_refusal") or Refusal.PART.value
    if kind not in set(Refusal):
        read.fault(f"on_refusal 应当是 {'、'.join(Refusal)} 之一：整体退回，或者部分办结")
        kind = Refusal.PART.value
    return Part(
        name, item, read.text("by", required=True), below, read.text("title"), read.text("when", longest=1_000), _texts(read, "needs", 12),
        _texts(read, "after", 12), Refusal(kind), _texts(read, "gives", 6), _answers(read),
    )


def _answers(read: Reader) -> dict[str, object]:
    told = read.raw("answers")
    if told is None:
        return {}
    if not isinstance(told, Mapping) or any(not isinstance(value, str | int | bool) for value in told.values()):
        read.fault("answers 应当是“事项的引导问题: 回答”的形式；取主题的回答写成 $问题名称")
        return {}
    return {str(name): value for name, value in told.items()}


def _visit(value: object, number: int, faults: Faults) -> Visit:
    read = Reader(value, f"联合勘验 {number}", _VISIT, faults)
    parts = _texts(read, "parts", MAX_PARTS)
    if len(parts) < 2:
        read.fault("parts 至少有两个单项，才是联合勘验")
    return Visit(read.text("id", required=True), read.text("title", required=True), parts, read.number("days", 1))


def _refuse_twice(read: Reader, word: str, names: Sequence[str]) -> None:
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            read.fault(f"{word}“{name}”出现 {names.count(name)} 次；名称应当唯一")


def _refuse_strangers(read: Reader, parts: Sequence[Part], visits: Sequence[Visit]) -> None:
    known = {one.id for one in parts}
    for part in parts:
        for name in part.before:
            if name not in known:
                read.fault(f"单项“{part.id}”要等的“{name}”不在本主题的单项里")
    for visit in visits:
        for name in visit.parts:
            if name not in known:
                read.fault(f"联合勘验“{visit.title}”的“{name}”不在本主题的单项里")


def _texts(read: Reader, key: str, most: int) -> tuple[str, ...]:
    found = read.items(key, most, required=False)
    if any(not isinstance(one, str) or not one.strip() for one in found):
        read.fault(f"{key} 应当是文字的列表")
        return ()
    return tuple(str(one).strip() for one in found)


def _coded(read: Reader, key: str, choices: Mapping[str, str]) -> tuple[str, ...]:
    found = _texts(read, key, len(choices))
    for one in found:
        if one not in choices:
            read.fault(f"{key} 没有“{one}”；可用 {'、'.join(f'{code} {word}' for code, word in choices.items())}")
    return found


def _bank(read: Reader, faults: Faults) -> Bank:
    sections: dict[str, str] = {}
    questions: dict[str, Question] = {}
    told = read.raw("sections")
    if not isinstance(told, Mapping) or not told:
        read.fault("sections 应当是“标识: 部分”的形式")
        told = {}
    for name, value in told.items():
        section = Reader(value, f"问题库的“{name}”", _SECTION, faults)
        sections[str(name)] = section.text("title", required=True)
        for number, one in enumerate(section.items("questions", MAX_QUESTIONS), 1):
            _question(one, str(name), f"问题库的“{name}”第 {number} 问", questions, faults)
    for name in (f"{one.name}{end}" for one in questions.values() if one.source for end in _SAID):
        if name in questions:
            read.fault(f"问题“{name}”与从数据填入的问题旁边的字段同名；请改名")
    return Bank(sections, questions, _forms(read, questions), _english(read, "english"))


def _english(read: Reader, key: str) -> dict[str, str]:
    """Chinese text → English; none when the key is absent."""
    told = read.raw(key)
    if told is None:
        return {}
    if not isinstance(told, Mapping) or any(not isinstance(one, str) or not one.strip() for pair in told.items() for one in pair):
        read.fault(f"{key} 应当是“中文: 英文”的形式")
        return {}
    return {str(text): str(english) for text, english in told.items()}


def _question(value: object, section: str, place: str, questions: dict[str, Question], faults: Faults) -> None:
    if isinstance(value, Mapping) and "when" in value:
        faults.add(f"{place}：when 不能用；问题库里的每一问都单独成立")
        return
    means = str(value.get("means", "")) if isinstance(value, Mapping) else ""
    if means and means not in MEANINGS:
        faults.add(f"{place}：means“{means[:40]}”不认识；可用 {'、'.join(MEANINGS)}")
    told = {key: part for key, part in value.items() if key not in ("means", "source")} if isinstance(value, Mapping) else value
    field, _ = parse_field(told, place, faults)
    source = _source(value["source"], field, place, faults) if isinstance(value, Mapping) and "source" in value else None
    if source is not None and means:
        faults.add(f"{place}：means 和 source 只能写一个；每次申请都填的，不再从数据填入")
    if field.name in questions:
        faults.add(f"{place}：问题“{field.name}”出现两次；一件事只问一次，请合并")
    if isinstance(told, Mapping):
        questions[field.name] = Question(field.name, section, {str(key): part for key, part in told.items()}, means, source)


def _source(value: object, field: Field, place: str, faults: Faults) -> Source:
    """Where the value of a question stands: a resource, its item, by whose number its row is found."""
    read = Reader(value, f"{place}的 source", _SOURCE, faults)
    if field.type not in _FILLED:
        read.fault(f"{field.type} 的问题不能从数据填入；可用的有 {'、'.join(_FILLED)}")
    if len(field.name) > LONGEST_SOURCED:
        read.fault(f"问题的 name 最多 {LONGEST_SOURCED} 个字符，才能在旁边说“不对”")
    by = read.text("by", required=True)
    if by and by not in SOUGHT_BY:
        read.fault(f"by“{by[:20]}”不认识；可用 {'、'.join(f'{key}（{word}）' for key, word in SOUGHT_BY.items())}")
    return Source(0, field.label, read.text("resource", required=True), read.text("item", required=True), by)


def _forms(read: Reader, questions: Mapping[str, Question]) -> dict[str, tuple[str, ...]]:
    told = read.raw("forms")
    if not isinstance(told, Mapping) or not told:
        read.fault("forms 应当是“基本编码: 问题列表”的形式")
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for code, names in told.items():
        listed = [str(one) for one in names] if isinstance(names, list) else []
        if not _BASIC.fullmatch(str(code)[:12]) or not listed:
            read.fault(f"forms 的“{str(code)[:40]}”应当是基本编码（加引号），后面是问题的列表")
        for name in listed:
            if name not in questions:
                read.fault(f"事项 {code} 的表单要问的“{name}”不在问题库里")
            if listed.count(name) > 1:
                read.fault(f"事项 {code} 的表单把“{name}”问了两次")
        found[str(code)] = tuple(dict.fromkeys(listed))
    return found
