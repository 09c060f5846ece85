"""One posted text becomes one value, or a sentence that says why not. Values are plain JSON.

integer → int, decimal → text of its digits, date → ISO, date-time → ISO with +08:00, yes-no → bool, several choices → list of
codes, everything else text. None: nothing was answered.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from suixin.ground.forms import choices
from suixin.ground.forms.declaration import Bound, Field, FieldType
from suixin.ground.forms.patterns import matches
from suixin.ground.forms.texts import cleaned, plain
from suixin.kit import clock
from suixin.kit.checksums import is_luhn, is_mobile, is_resident_id, is_uscc

Value = str | int | bool | list[str] | None
MAX_DIGITS = 18
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,10})?")
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?")
_SPACED = re.compile(r"[ -]")
_WORDS = {"yes": True, "no": False}


class Refused(Exception):
    """Why a text is no value of its field; without the full stop."""


def value_of(field: Field, posted: Sequence[str]) -> Value:
    """The value of what was posted under the field's name. Raises Refused."""
    if field.type is FieldType.CHOICES:
        return _several(field, posted)
    if len(posted) > 1:
        raise Refused("交来了不止一个值，请只填一个")
    raw = posted[0] if posted else ""
    if len(raw) > field.max_length * 4 + 100:
        raise Refused(f"太长了（{len(raw)} 个字），最多 {field.max_length} 个字")
    if field.type in (FieldType.TEXT, FieldType.LONG_TEXT):
        return _text(field, raw) or None
    text, fault = cleaned(plain(raw), has_lines=False)
    if fault:
        raise Refused(fault)
    return _READERS[field.type](field, text) if text else None


def _text(field: Field, raw: str) -> str:
    text, fault = cleaned(raw, has_lines=field.type is FieldType.LONG_TEXT)
    if fault:
        raise Refused(fault)
    if len(text) > field.max_length:
        raise Refused(f"写了 {len(text)} 个字，最多 {field.max_length} 个字")
    if text and len(text) < field.min_length:
        raise Refused(f"只写了 {len(text)} 个字，至少 {field.min_length} 个字")
    if text and field.pattern and not matches(field.pattern, text):
        raise Refused(field.pattern_hint or "格式不对，请对照填写说明检查")
    return text


def _integer(field: Field, text: str) -> int:
    bare = text.replace(",", "")
    if not _INTEGER.fullmatch(bare):
        raise Refused(f"“{text[:30]}”不是整数，请只写数字（最多 {MAX_DIGITS} 位）")
    _require_number(field, int(bare))
    return int(bare)


def _decimal(field: Field, text: str) -> str:
    bare = text.replace(",", "")
    if not _DECIMAL.fullmatch(bare):
        raise Refused(f"“{text[:30]}”不是数字，请写成 1234.5 的样子")
    number = Decimal(bare)
    if -int(number.as_tuple().exponent) > field.scale:  # finite by the pattern, so the exponent is a number
        raise Refused(f"小数最多 {field.scale} 位")
    _require_number(field, number)
    return f"{number + Decimal(0):f}"  # + 0: no "-0"


def _date(field: Field, text: str) -> str:
    match = _DAY.fullmatch(text)
    try:
        day = date(*(int(part) for part in match.groups())) if match else None
    except ValueError:
        day = None
    if day is None:
        raise Refused(f"“{text[:30]}”不是日期，请写成 2026-01-31 的样子")
    _require_moment(field, day.isoformat())
    return day.isoformat()


def _moment(field: Field, text: str) -> str:
    match = _MOMENT.fullmatch(text)
    try:
        moment = datetime.fromisoformat(f"{match[1]}T{match[2]}{match[3] or ':00'}") if match else None
    except ValueError:
        moment = None
    if moment is None:
        raise Refused(f"“{text[:30]}”不是日期和时间，请写成 2026-01-31 08:30 的样子")
    _require_moment(field, moment.isoformat())
    return moment.replace(tzinfo=clock.CHINA).isoformat()


def _yes_no(_field: Field, text: str) -> bool:
    if text not in _WORDS:
        raise Refused("请选“是”或“否”")
    return _WORDS[text]


def _choice(field: Field, text: str) -> str:
    if text not in choices.options_of(field):
        raise Refused(f"“{text[:30]}”不在可选的范围里，请重新选择")
    return text


def _several(field: Field, posted: Sequence[str]) -> list[str] | None:
    options = choices.options_of(field)
    if len(posted) > len(options) + 1:
        raise Refused("选了太多项，请重新选择")
    chosen = dict.fromkeys(one for one in posted if one)
    for one in chosen:
        if one not in options:
            raise Refused(f"“{one[:30]}”不在可选的范围里，请重新选择")
    return [one for one in options if one in chosen] or None


def _number(is_right: Callable[[str], bool], sentence: str) -> Callable[[Field, str], str]:
    def read(_field: Field, text: str) -> str:
        bare = _SPACED.sub("", text).upper()
        if not is_right(bare):
            raise Refused(sentence)
        return bare

    return read


def _email(_field: Field, text: str) -> str:
    name, sign, host = text.rpartition("@")
    labels = host.split(".")
    is_name = bool(sign) and 0 < len(name) <= 64 and name.isascii() and all(c.isalnum() or c in "._%+-" for c in name)
    is_host = len(host) <= 253 and len(labels) > 1 and all(
        0 < len(label) <= 63 and label.isascii() and label.replace("-", "").isalnum() and label.strip("-") == label
        for label in labels
    )
    if not (is_name and is_host):
        raise Refused("不是电子邮箱地址，请写成 name@example.gov.cn 的样子")
    return text


def _require_number(field: Field, value: int | Decimal) -> None:
    if isinstance(field.least, int | Decimal) and value < field.least:
        raise Refused(f"不能小于 {field.least}")
    if isinstance(field.most, int | Decimal) and value > field.most:
        raise Refused(f"不能大于 {field.most}")


def _require_moment(field: Field, value: str) -> None:
    """ISO texts compare like the moments that they name."""
    least, most = _moment_of(field.least), _moment_of(field.most)
    if least and value < least:
        raise Refused(f"不能早于 {least.replace('T', ' ')}")
    if most and value > most:
        raise Refused(f"不能晚于 {most.replace('T', ' ')}")


def _moment_of(bound: Bound | None) -> str:
    if bound == "today":
        return clock.today().isoformat()
    if bound == "now":
        return clock.now().astimezone(clock.CHINA).replace(tzinfo=None, microsecond=0).isoformat()
    return bound if isinstance(bound, str) else ""


_READERS: Mapping[FieldType, Callable[[Field, str], Value]] = {
    FieldType.INTEGER: _integer, FieldType.DECIMAL: _decimal, FieldType.DATE: _date, FieldType.DATE_TIME: _moment,
    FieldType.YES_NO: _yes_no, FieldType.CHOICE: _choice, FieldType.DIVISION: _choice, FieldType.EMAIL: _email,
    FieldType.RESIDENT_ID: _number(is_resident_id, "不是正确的身份证号，请逐位核对（18 位，末位可为 X）"),
    FieldType.CREDIT_CODE: _number(is_uscc, "不是正确的统一社会信用代码，请逐位核对（18 位）"),
    FieldType.MOBILE: _number(is_mobile, "不是手机号，请写 11 位数字，不加区号"),
    FieldType.BANK_CARD: _number(is_luhn, "不是正确的银行卡号，请逐位核对"),
}
