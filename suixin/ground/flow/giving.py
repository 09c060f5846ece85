"""What a person gives with a decision: only fields that the procedure declares, each of its type; tables decide their own."""

import math
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from suixin.ground.flow.declaration import Declaration
from suixin.ground.flow.errors import WrongMove

_WORDS = {"N": "数值", "Y": "金额", "F": "数值", "B": "数值", "I": "整数", "L": "是否", "D": "日期", "T": "日期时间"}
_LONGEST = 20_000


def require_fields(declaration: Declaration, data: Mapping[str, object] | None) -> None:
    """Nothing, when all that is given is declared and fits; a value left empty fits. Raises WrongMove with every fault."""
    decided = {one.field for one in declaration.decisions}
    faults = []
    for name, value in (data or {}).items():
        letter = declaration.fields.get(name)
        if letter is None:
            faults.append(f"没有字段“{str(name)[:80]}”")
        elif name in decided:
            faults.append(f"“{name}”由决策表得出，不能填写")
        elif value is not None and not _fits(value, letter):
            faults.append(f"“{name}”要填{_WORDS.get(letter, '文字')}")
    if faults:
        known = "、".join(name for name in declaration.fields if name not in decided) or "（无）"
        raise WrongMove(f"流程“{declaration.title}”不收这些内容：{'；'.join(faults)}；可填的字段：{known}。")


def _fits(value: object, letter: str) -> bool:
    if letter == "L":
        return isinstance(value, bool)
    if letter in "NYIBF":
        if not isinstance(value, int | float | Decimal) or isinstance(value, bool) or not math.isfinite(value):
            return False
        return letter != "I" or value == math.floor(value)
    if letter in "DT":
        return isinstance(value, date) or (isinstance(value, str) and _is_date(value, letter))
    return isinstance(value, str) and len(value) <= _LONGEST


def _is_date(text: str, letter: str) -> bool:
    try:
        (date if letter == "D" else datetime).fromisoformat(text)
    except ValueError:
        return False
    return True
