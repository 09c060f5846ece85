"""Units written inside values: which spellings mean an item's unit, and what converts into it.

A unit is converted only when the item declares its own unit and both are in one family below.
Anything else is a fault of the row, never a guess. Source: our choice of common government units.
"""

import re

_FAMILIES: tuple[dict[str, float], ...] = (
    {"元": 1, "角": 0.1, "分币": 0.01, "千元": 1e3, "万元": 1e4, "百万元": 1e6, "亿元": 1e8},
    {"秒": 1, "分钟": 60, "小时": 3600, "天": 86400},
    {"毫米": 0.001, "厘米": 0.01, "米": 1, "千米": 1000},
    {"克": 1, "千克": 1e3, "吨": 1e6, "万吨": 1e10},
    {"平方米": 1, "公顷": 1e4, "平方千米": 1e6},
    {"千瓦时": 1, "兆瓦时": 1e3, "万千瓦时": 1e4, "亿千瓦时": 1e8},
    {"人": 1, "万人": 1e4},
)
_SPELLINGS = {
    "万": "万元",
    "亿": "亿元",
    "人民币": "元",
    "圆": "元",
    "¥": "元",
    "公里": "千米",
    "km": "千米",
    "m": "米",
    "cm": "厘米",
    "mm": "毫米",
    "公斤": "千克",
    "kg": "千克",
    "g": "克",
    "t": "吨",
    "min": "分钟",
    "h": "小时",
    "s": "秒",
    "日": "天",
    "m2": "平方米",
    "m²": "平方米",
    "㎡": "平方米",
    "km2": "平方千米",
    "km²": "平方千米",
    "平方公里": "平方千米",
    "度": "千瓦时",
    "kwh": "千瓦时",
    "mwh": "兆瓦时",
    "名": "人",
    "％": "%",
}
# Classifiers and symbols that name what is counted or measured; a header or a value may end in them.
_OTHER = (
    "% ‰ ℃ ° °C 例 个 件 户 家 次 条 辆 台 套 所 处 座 张 份 床 起 吨标准煤 万吨标准煤 年 月 岁 级 分 股 手 点 μg/m3 μg/m³ ug/m3"
    " mg/m3 mg/m³ mg/L mm/h m/s hPa kPa MPa V kV A kW MW GW TWh GWh kWh/人 元/吨 元/平方米 元/千克"
    " 万辆 万户 万吨 亿吨 亿元人民币 万美元 亿美元"
)
_KNOWN = frozenset(_OTHER.split()) | frozenset(_SPELLINGS) | frozenset(u for f in _FAMILIES for u in f)


def standard_unit(unit: str) -> str:
    """One spelling for a unit: 万元人民币, 人民币万元 and 万元 are the same."""
    text = unit.strip().strip("()\uff08\uff09[]【】").replace("单位:", "").replace("单位：", "").strip()
    bare = text.replace("人民币", "")
    if bare:
        text = bare
    return _SPELLINGS.get(text, _SPELLINGS.get(text.lower(), text))


def is_unit(text: str) -> bool:
    """Whether `text` is a unit we know, so that a header's parenthesis may be taken for one."""
    bare = text.strip()
    return bare in _KNOWN or standard_unit(bare) in _KNOWN


def factors_into(unit: str) -> dict[str, float]:
    """Every spelling that a value may carry, with the factor that turns it into `unit`.

    Empty when the item declares no unit: then a value with a unit is a fault.
    """
    if not unit:
        return {}
    target = standard_unit(unit)
    found = {unit: 1.0, target: 1.0}
    family = next((f for f in _FAMILIES if target in f), {})
    for other, size in family.items():
        found[other] = size / family[target]
    for spelling, standard in _SPELLINGS.items():
        if standard in found:
            found.setdefault(spelling, found[standard])
    if "元" in family:
        for other in list(found):
            if other.endswith("元"):
                found.setdefault(other + "人民币", found[other])
                found.setdefault("人民币" + other, found[other])
        for short in ("万", "亿"):
            found.setdefault(short + "人民币", found[short])
            found.setdefault(short + "人民币元", found[short])
    return found


def split_header(header: str) -> tuple[str, str]:
    """A header's name and the unit in its trailing parentheses; the unit is "" when there is none we know."""
    match = re.fullmatch(r"(.+?)\s*[(\uff08\[]([^()\uff08\uff09\[\]]+)[)\uff09\]]\s*", header, flags=re.DOTALL)
    if match and is_unit(match[2].replace("单位:", "").replace("单位：", "")):
        return match[1].strip(), standard_unit(match[2])
    return header.strip(), ""
