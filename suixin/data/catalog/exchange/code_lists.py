"""Code lists that a workbook brings, held against the code sets of the platform (ground/standards).

Same     a list that has the code or the name of a set, or the same codes with the same names, is that set: its items name
         the set then. What it has beyond the set is told at its cell
Unknown  any other list is told at its first row: a table that is checked against it would have no list to check by. It is kept
         as a draft of the department's own codes (`own_lists`), which it then maps to the standard
"""

from collections.abc import Mapping, Sequence

from suixin.data.catalog.exchange.layout import CODES, sheets
from suixin.data.catalog.exchange.reading import Fault, Line, Sheet
from suixin.ground.standards.values import CodeSet

MAX_SHOWN = 60


def sets_of(
    sheet: Sheet | None, known: Mapping[str, CodeSet], faults: list[Fault], *, own: dict[str, Sequence[Line]]
) -> dict[str, str]:
    """The platform's code of each list of the sheet that is one of its sets; the sheet's faults are added to `faults`.

    Lists that the platform does not know, sound in themselves, are added to `own`: a department's codes.
    """
    if sheet is None:
        return {}
    made: dict[str, str] = {}
    for name, lines in _lists(sheet, faults).items():
        found = _same(name, lines, known)
        if found is None:
            sentence = f"平台没有代码集“{name[:MAX_SHOWN]}”，内容也与已有的都不相同；请报市数据主管部门补入标准代码，或改用已有的代码集"
            faults.append(Fault(CODES, lines[0].number, sheet.column_of("set"), sentence))
            own[name] = lines
            continue
        made[name] = found.code
        for line in lines:
            if line["code"] not in found.entries:
                sentence = f"平台代码集 {found.code}（{found.name}）没有代码“{line['code'][:MAX_SHOWN]}”；请核对，或报市数据主管部门补入"
                faults.append(Fault(CODES, line.number, sheet.column_of("code"), sentence))
    return made


def _lists(sheet: Sheet, faults: list[Fault]) -> dict[str, Sequence[Line]]:
    """The sound lines of each list; the others are told."""
    lists: dict[str, list[Line]] = {}
    seen: set[tuple[str, str]] = set()
    for line in sheet.lines:
        missing = next((place for place in sheets()[CODES] if not line[place.key] or len(line[place.key]) > place.longest), None)
        if line["__merged"]:
            faults.append(Fault(CODES, line.number, 0, "这一行在合并单元格里，没有读入；请取消合并，每一行都写完整"))
        elif missing is not None:
            sentence = f"“{missing.title}”必须填写，不超过 {missing.longest} 个字"
            faults.append(Fault(CODES, line.number, sheet.column_of(missing.key), sentence))
        elif (line["set"], line["code"]) in seen:
            sentence = f"代码集“{line['set'][:MAX_SHOWN]}”里代码“{line['code'][:MAX_SHOWN]}”写了两次；请删去一行"
            faults.append(Fault(CODES, line.number, sheet.column_of("code"), sentence))
        else:
            seen.add((line["set"], line["code"]))
            lists.setdefault(line["set"], []).append(line)
    return dict(lists)


def _same(name: str, lines: Sequence[Line], known: Mapping[str, CodeSet]) -> CodeSet | None:
    if name in known:
        return known[name]
    pairs = {(line["code"], line["name"]) for line in lines}
    by_name = (one for one in known.values() if one.name == name)
    by_content = (one for one in known.values() if pairs == set(one.entries.items()))
    return next(by_name, None) or next(by_content, None)
