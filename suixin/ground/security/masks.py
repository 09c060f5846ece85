"""Masks: what is shown of a value to somebody who may not see all of it.

Each mask has two back ends, SQL over a DuckDB VARCHAR expression and Python over one value, proven equal.
Null stays null, an empty text stays empty; a value too short for its kind is hidden whole.
Source   standards/data.md 4.3 (no national standard fixes how much is shown; these are the project's defaults)
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

_TWO = "欧阳司马上官诸葛夏侯东方皇甫尉迟公孙慕容令狐长孙宇文司徒司空端木轩辕独孤南宫西门百里呼延"
_TWO_MORE = "澹台公冶宗政濮阳淳于单于太叔申屠仲孙钟离鲜于闾丘拓跋万俟闻人赫连公羊第五东郭南门完颜纳兰"
COMPOUND_SURNAMES = tuple(part[i : i + 2] for part in (_TWO, _TWO_MORE) for i in range(0, len(part), 2))
_MOBILE = "1[3-9][0-9]{9}"
_AREA_CODE = "^0(10|2[0-9]|[3-9][0-9]{2})-?"
_CLOSE = "0-9\uff10-\uff19路街巷号栋幢村组社室单"  # what stands close to a door: no name of a division holds it
_PLAIN, _NO_DIVISION = f"[^{_CLOSE}]", f"[^{_CLOSE}区县旗]"


def _ending(unit: str, but_after: str) -> str:
    """A name that ends with `unit`, but not one of words (小区, 超市, 红旗) that only end alike; RE2 looks behind nothing."""
    return f"{_NO_DIVISION}{{0,7}}?[^{_CLOSE}区县旗{but_after}]{unit}"


_PREFECTURE = f"({_ending('市', '超夜门集菜')}|{_NO_DIVISION}{{1,8}}?(自治州|地区)|{_ending('盟', '联同')})?"
_COUNTY = (
    f"({_ending('区', '小厂校院景园舍活库宅片')}|{_NO_DIVISION}{{1,8}}?县|{_ending('市', '超夜门集菜')}|{_ending('旗', '红国锦彩')})?"
)
_TOWN = f"({_PLAIN}{{1,8}}?街道|{_ending('镇', '小')}|{_ending('乡', '水')})?"
_ADDRESS = f"^({_PLAIN}{{1,8}}?(省|自治区|特别行政区))?{_PREFECTURE}{_COUNTY}"
_COORDINATE = "[-+0-9.,; ]*"
_DECIMALS = "([0-9]+\\.[0-9]{3})[0-9]+"
_GRID = "([0-9]+\\.[0-9]{2})[0-9]+"


@dataclass(frozen=True, slots=True)
class Mask:
    """A way to hide. `to_sql` takes and gives a VARCHAR expression, `apply` a value; both say the same."""

    name: str
    title: str
    to_sql: Callable[[str], str]
    apply: Callable[[str | None], str | None]


def _keeping(name: str, title: str, *, head: int, tail: int, shortest: int) -> Mask:
    """A mask that shows `head` first and `tail` last characters of values of at least `shortest` ones."""

    def to_sql(expr: str) -> str:
        return (
            f"CASE WHEN length({expr}) < {shortest} THEN repeat('*', length({expr})) ELSE "
            f"substr({expr}, 1, {head}) || repeat('*', length({expr}) - {head + tail}) || right({expr}, {tail}) END"
        )

    def apply(value: str | None) -> str | None:
        return None if value is None else _keep(value, head, tail=tail, shortest=shortest)

    return Mask(name, title, to_sql, apply)


def _keep(value: str, head: int, *, tail: int, shortest: int) -> str:
    if len(value) < shortest:
        return "*" * len(value)
    return value[:head] + "*" * (len(value) - head - tail) + value[len(value) - tail :]


def _name_sql(expr: str) -> str:
    # a list, not IN: DuckDB joins with a long IN list, and rows lose their order
    surnames = ", ".join(f"'{surname}'" for surname in COMPOUND_SURNAMES)
    return (
        f"CASE WHEN length({expr}) < 2 THEN repeat('*', length({expr})) "
        f"WHEN length({expr}) > 2 AND list_contains([{surnames}], substr({expr}, 1, 2)) "
        f"THEN substr({expr}, 1, 2) || repeat('*', length({expr}) - 2) "
        f"ELSE substr({expr}, 1, 1) || repeat('*', length({expr}) - 1) END"
    )


def _name(value: str | None) -> str | None:
    if value is None:
        return None
    return _keep(value, 2 if len(value) > 2 and value[:2] in COMPOUND_SURNAMES else 1, tail=0, shortest=2)


def _landline_sql(expr: str) -> str:
    head = f"length(regexp_extract({expr}, '{_AREA_CODE}'))"
    return (
        f"CASE WHEN regexp_full_match({expr}, '{_MOBILE}') THEN substr({expr}, 1, 3) || '****' || right({expr}, 4) "
        f"WHEN length({expr}) < {head} + 4 THEN repeat('*', length({expr})) "
        f"ELSE substr({expr}, 1, {head}) || repeat('*', length({expr}) - {head} - 2) || right({expr}, 2) END"
    )


def _landline(value: str | None) -> str | None:
    if value is None:
        return None
    if re.fullmatch(_MOBILE, value):
        return _keep(value, 3, tail=4, shortest=11)
    area = re.match(_AREA_CODE, value)
    head = area.end() if area else 0
    return _keep(value, head, tail=2, shortest=head + 4)


def _address_to(name: str, title: str, pattern: str) -> Mask:
    """A mask that shows the part of an address that the pattern, which may match nothing, finds at its head."""

    def to_sql(expr: str) -> str:
        return f"CASE WHEN {expr} = '' THEN '' ELSE regexp_extract({expr}, '{pattern}') || '******' END"

    def apply(value: str | None) -> str | None:
        if not value:
            return value
        area = re.match(pattern, value)
        return (area.group() if area else "") + "******"

    return Mask(name, title, to_sql, apply)


def _email_sql(expr: str) -> str:
    at = f"strpos({expr}, '@')"
    return (
        f"CASE WHEN {expr} = '' THEN '' WHEN {at} = 0 THEN '***' WHEN {at} = 1 THEN '***' || {expr} "
        f"ELSE substr({expr}, 1, 1) || '***' || substr({expr}, {at}) END"
    )


def _email(value: str | None) -> str | None:
    if not value:
        return value
    user, at, domain = value.partition("@")
    return f"{user[:1]}***@{domain}" if at else "***"


def _uscc_sql(expr: str) -> str:
    return f"CASE WHEN starts_with({expr}, '92') THEN {_SOLE_TRADER.to_sql(expr)} ELSE {expr} END"


def _uscc(value: str | None) -> str | None:
    return _SOLE_TRADER.apply(value) if value is not None and value.startswith("92") else value


def _birthday_sql(expr: str) -> str:
    return (
        f"CASE WHEN {expr} = '' THEN '' WHEN regexp_matches({expr}, '^[0-9]{{4}}') "
        f"THEN substr({expr}, 1, 4) || '-**-**' ELSE '****-**-**' || substr({expr}, 1, 0) END"
    )


def _birthday(value: str | None) -> str | None:
    if not value:
        return value
    return (value[:4] if re.match("^[0-9]{4}", value) else "****") + "-**-**"


def _decade_sql(expr: str) -> str:
    return (
        f"CASE WHEN {expr} = '' THEN '' WHEN regexp_matches({expr}, '^[0-9]{{4}}') "
        f"THEN substr({expr}, 1, 3) || '0年代' ELSE '****年代' || substr({expr}, 1, 0) END"
    )


def _decade(value: str | None) -> str | None:
    if not value:
        return value
    return (value[:3] + "0" if re.match("^[0-9]{4}", value) else "****") + "年代"


def _coordinate_to(name: str, title: str, decimals: str) -> Mask:
    """A mask that cuts every number of a text of coordinates after the decimals that the pattern keeps."""

    def to_sql(expr: str) -> str:
        return (
            f"CASE WHEN regexp_full_match({expr}, '{_COORDINATE}') THEN regexp_replace({expr}, '{decimals}', '\\1', 'g') "
            f"ELSE '***' || substr({expr}, 1, 0) END"
        )

    def apply(value: str | None) -> str | None:
        if value is None:
            return None
        return re.sub(decimals, r"\1", value) if re.fullmatch(_COORDINATE, value) else "***"

    return Mask(name, title, to_sql, apply)


_SOLE_TRADER = _keeping("", "", head=8, tail=4, shortest=16)
_ALL = (
    Mask("name", "姓名:只留姓", _name_sql, _name),
    _keeping("resident_id", "身份证号:前 6 后 4", head=6, tail=4, shortest=15),
    _keeping("resident_id_strict", "身份证号:前 1 后 1", head=1, tail=1, shortest=15),
    _keeping("mobile", "手机号:前 3 后 4", head=3, tail=4, shortest=11),
    Mask("landline", "固定电话:区号加后 2", _landline_sql, _landline),
    _keeping("bank_card", "银行卡号:前 6 后 4", head=6, tail=4, shortest=14),
    _keeping("bank_card_tail", "银行卡号:仅后 4", head=0, tail=4, shortest=14),
    _address_to("address", "地址:到区县", _ADDRESS),
    _address_to("address_town", "地址:到乡镇、街道", _ADDRESS + _TOWN),
    Mask("email", "邮箱:首字符加域名", _email_sql, _email),
    _keeping("passport", "护照、通行证:前 2 后 2", head=2, tail=2, shortest=7),
    _keeping("permit", "港澳居民来往内地通行证、台胞证:前 2 后 2", head=2, tail=2, shortest=8),
    _keeping("plate", "车牌:前 2 后 2", head=2, tail=2, shortest=6),
    Mask("uscc_person", "个体工商户信用代码:前 8 后 4", _uscc_sql, _uscc),
    Mask("birthday", "生日:只留年份", _birthday_sql, _birthday),
    Mask("birth_decade", "生日:只留年代(十年一段)", _decade_sql, _decade),
    _coordinate_to("coordinate", "坐标:3 位小数(约 100 米)", _DECIMALS),
    _coordinate_to("coordinate_grid", "坐标:0.01 度网格(约 1 公里)", _GRID),
    Mask("empty", "生物特征、口令、密钥:返回空", lambda expr: f"substr({expr}, 1, 0)", lambda value: value and ""),
    Mask("suppress", "不显示", lambda _expr: "CAST(NULL AS VARCHAR)", lambda _value: None),
)
MASKS: dict[str, Mask] = {mask.name: mask for mask in _ALL}
