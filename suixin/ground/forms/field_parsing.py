"""From a mapping to one field: keys that its type knows, options, data elements, file types, patterns without backtracking."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from suixin.ground.files.sniffing import FILE_TYPES
from suixin.ground.forms.declaration import ALWAYS_SENSITIVE, MASK_OF, Bound, Field, FieldType
from suixin.ground.forms.patterns import is_pattern
from suixin.ground.forms.strict import Faults, Reader
from suixin.ground.security.masks import MASKS
from suixin.ground.standards import queries as standards
from suixin.ground.standards.values import DataElement
from suixin.kit.errors import NotFound

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
LONGEST_TEXT, LONGEST_LONG_TEXT, MAX_OPTIONS, MAX_FILES = 1_000, 20_000, 500, 20
_COMMON = ("name", "label", "type", "hint", "required", "when", "sensitive", "mask", "element")
_TEXTS = ("min_length", "max_length", "pattern", "pattern_hint")
_OWN: Mapping[FieldType, tuple[str, ...]] = {
    FieldType.TEXT: _TEXTS, FieldType.LONG_TEXT: _TEXTS, FieldType.INTEGER: ("min", "max"),
    FieldType.DECIMAL: ("min", "max", "scale"), FieldType.DATE: ("min", "max"), FieldType.DATE_TIME: ("min", "max"),
    FieldType.CHOICE: ("options", "code_set"), FieldType.CHOICES: ("options", "code_set"),
    FieldType.FILE: ("types", "max_files", "max_size"),
}
_SIZE = re.compile(r"([1-9][0-9]{0,4})(KB|MB)")
_TYPE_OF_LETTER = {
    "M": "long-text", "I": "integer", "N": "decimal", "Y": "decimal", "B": "decimal", "F": "decimal", "D": "date", "T": "date-time",
    "L": "yes-no",
}


def parse_field(value: object, place: str, faults: Faults) -> tuple[Field, str]:
    """The field without its condition, and the text of the condition."""
    kind = _kind_of(value)
    keys = (*_COMMON, *(_OWN.get(kind, ()) if kind else sorted({key for own in _OWN.values() for key in own})))
    read = Reader(value, place, keys, faults)
    if kind is None:
        read.fault(f"type 应当是 {'、'.join(FieldType)} 之一")
        kind = FieldType.TEXT
    element = _element(read)
    name = read.text("name", required=True, longest=40)
    if name and not NAME.fullmatch(name):
        read.fault(f"name“{name}”只含小写字母、数字和下划线，以字母开头，最多 40 个字符")
    label = read.text("label", longest=1000 if kind is FieldType.NOTE else 100) or (element.name if element else "")
    if not label:
        read.fault("缺少 label")
    longest = LONGEST_LONG_TEXT if kind is FieldType.LONG_TEXT else LONGEST_TEXT
    usual = (element.length if element and element.length else 0) or (2_000 if kind is FieldType.LONG_TEXT else 200)
    max_length, min_length = read.number("max_length", min(usual, longest)), read.number("min_length", 0)
    if not min_length <= max_length <= longest or max_length < 1:
        read.fault(f"长度须 min_length ≤ max_length ≤ {longest}")
    options, code_set = _options(read, kind, element)
    least, most = _bound(read, "min", kind), _bound(read, "max", kind)
    if least is not None and most is not None and type(least) is type(most) and least > most:  # type: ignore[operator]  # of one type
        read.fault("min 大于 max")
    pattern = read.text("pattern", longest=300)
    if pattern and not is_pattern(pattern):
        read.fault(f"pattern“{pattern[:60]}”不能用；只用 RE2 的写法（没有回溯引用和环视）")
    mask = read.text("mask") or MASK_OF.get(kind, (element.mask if element else "") or "suppress")
    if mask not in MASKS:
        read.fault(f"没有脱敏方式 {mask}；可用的有 {'、'.join(MASKS)}")
    field = Field(
        name, label, kind, read.text("hint", longest=500), read.flag("required") and kind is not FieldType.NOTE,
        read.flag("sensitive") or kind in ALWAYS_SENSITIVE or (element is not None and element.level >= 3), least, most,
        min(read.number("scale", 2), 10), min_length, max_length, pattern, read.text("pattern_hint"), options, code_set, None,
        _types(read, kind), _files(read, kind), _bytes(read), mask,
    )
    return field, read.text("when", longest=4000)


def _kind_of(value: object) -> FieldType | None:
    if not isinstance(value, Mapping):
        return None
    word = value.get("type")
    if word is None and isinstance(value.get("element"), str):
        element = next((one for one in standards.elements() if one.field == value["element"]), None)
        word = "text" if element is None else "choice" if element.code_set else _TYPE_OF_LETTER.get(element.type, "text")
    return FieldType(word) if isinstance(word, str) and word in set(FieldType) else None


def _element(read: Reader) -> DataElement | None:
    name = read.text("element", longest=100)
    if not name:
        return None
    found = next((one for one in standards.elements() if one.field == name), None)
    if found is None:
        read.fault(f"标准里没有数据元 {name}")
    return found


def _options(read: Reader, kind: FieldType, element: DataElement | None) -> tuple[Mapping[str, str] | None, str]:
    if kind not in (FieldType.CHOICE, FieldType.CHOICES):
        return None, ""
    code_set = read.text("code_set") or ("" if read.has("options") or element is None else element.code_set)
    if read.has("options") == bool(code_set):
        read.fault("options 和 code_set 须写一个，且只写一个")
    if code_set:
        try:
            standards.code_set(code_set)
        except NotFound as error:
            read.fault(error.sentence.rstrip("。"))
        return None, code_set
    given = read.raw("options")
    pairs = given if isinstance(given, Mapping) else {one: one for one in given if isinstance(one, str)} if isinstance(given, list) else {}
    is_right = all(isinstance(part, str) and part and len(part) <= 200 and "," not in key for key, label in pairs.items()
                   for part in (key, label) if isinstance(key, str)) and all(isinstance(key, str) for key in pairs)
    if not pairs or not is_right or len(pairs) > MAX_OPTIONS or (isinstance(given, list) and len(pairs) != len(given)):
        read.fault(f"options 应当是 1 到 {MAX_OPTIONS} 个不同的选项：文字列表，或“值: 名称”；值里不能有逗号")
        return {}, ""
    return dict(pairs), ""


def _bound(read: Reader, key: str, kind: FieldType) -> Bound | None:
    value = read.raw(key)
    if value is None or key not in _OWN.get(kind, ()):
        return None
    try:
        bound = _bound_of(value, kind)
    except (ValueError, InvalidOperation):
        bound = None
    if bound is None:
        read.fault(f"{key}“{str(value)[:40]}”不是这种字段的界限（日期写 2026-01-31 或 today，时间写 now）")
    return bound


def _bound_of(value: object, kind: FieldType) -> Bound | None:
    if isinstance(value, bool):
        return None
    if kind is FieldType.INTEGER:
        return value if isinstance(value, int) else None
    if kind is FieldType.DECIMAL:
        number = Decimal(str(value)) if isinstance(value, int | float | str) else Decimal("NaN")
        return number if number.is_finite() else None
    if kind is FieldType.DATE:
        return "today" if value == "today" else date.fromisoformat(str(value)).isoformat()
    return "now" if value == "now" else datetime.fromisoformat(str(value)).replace(tzinfo=None).isoformat()


def _types(read: Reader, kind: FieldType) -> tuple[str, ...]:
    if kind is not FieldType.FILE:
        return ()
    words = tuple(str(word) for word in read.items("types", len(FILE_TYPES)))
    for word in words:
        if word not in FILE_TYPES:
            read.fault(f"不认识的文件类型 {word[:40]}；可用的有 {'、'.join(FILE_TYPES)}")
    return words


def _files(read: Reader, kind: FieldType) -> int:
    number = read.number("max_files", 1)
    if kind is FieldType.FILE and not 1 <= number <= MAX_FILES:
        read.fault(f"max_files 须在 1 到 {MAX_FILES} 之间")
    return number


def _bytes(read: Reader) -> int:
    text = read.text("max_size")
    if not text:
        return 0
    match = _SIZE.fullmatch(text)
    if match is None:
        read.fault("max_size 写成 500KB 或 10MB")
        return 0
    return int(match[1]) << (20 if match[2] == "MB" else 10)
