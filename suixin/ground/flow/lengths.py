"""How long a procedure may take at most, against what is promised and what the law allows; pure.

Unit       when all limits have the same unit they are added and compared as they stand; otherwise in working days, on the
           safe side: a calendar day of a node counts as a whole working day, a week of a promised or statutory limit as
           five, 24 hours as a day; holidays are not known here
Not asked  nodes of a special procedure, stops and supplements (their time does not count), effects (at once)
Joins      the later of the nodes before counts for `any` too: the earlier one may be refused
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from suixin.ground.flow.declaration import Declaration, Node, NodeKind
from suixin.ground.flow.durations import Duration, Unit
from suixin.ground.flow.shapes import Shape

_WORDS = {Unit.WORKING_DAYS: "个工作日", Unit.DAYS: "日", Unit.HOURS: "小时"}
_SAFE = "（单位不一，从严换算：环节的 1 日算 1 个工作日，承诺和法定时限的每周算 5 个工作日）"


@dataclass(frozen=True, slots=True)
class Longest:
    """The nodes of the longest way and how long they take together, in `unit`."""

    nodes: tuple[str, ...]
    amount: Fraction
    unit: Unit

    @property
    def words(self) -> str:
        """As people read it: 9个工作日."""
        return f"{_decimal(self.amount)}{_WORDS[self.unit]}"


SubLimit = Callable[[str], Duration | None]


def limit_of(node: Node, sub_limit: SubLimit = lambda slug: None) -> Duration | None:
    """The limit that counts for the procedure: none for what is special or at once; of a sub-procedure what it promises."""
    if node.is_special or node.kind is NodeKind.AUTO:
        return None
    return node.limit or (sub_limit(node.procedure) if node.kind is NodeKind.FLOW else None)


def needs_limit(node: Node, sub_limit: SubLimit = lambda slug: None) -> bool:
    """Whether the node takes time that nothing bounds."""
    return node.kind in (NodeKind.TASK, NodeKind.JOINT, NodeKind.FLOW) and not node.is_special and limit_of(node, sub_limit) is None


def longest(declaration: Declaration, shape: Shape, sub_limit: SubLimit = lambda slug: None) -> Longest:
    """The longest way through the graph, as far as no circle is on it; nodes without limit take no time."""
    limits = {node.id: limit_of(node, sub_limit) for node in declaration.nodes}
    unit = common_unit(declaration, limits)
    best: dict[str, tuple[Fraction, tuple[str, ...]]] = {}
    for name in shape.in_order():
        length, way = max((best[one] for one in shape.before[name]), default=(Fraction(0), ()), key=lambda found: found[0])
        best[name] = (length + at_most(limits[name], unit), (*way, name))
    length, way = max(best.values(), default=(Fraction(0), ()), key=lambda found: found[0])
    return Longest(tuple(one for one in way if limits[one]) or way[-1:], length, unit)


def common_unit(declaration: Declaration, limits: Mapping[str, Duration | None]) -> Unit:
    """The unit in which everything is added and compared."""
    units = {one.unit for one in (*limits.values(), declaration.promised, declaration.statutory) if one}
    return units.pop() if len(units) == 1 else Unit.WORKING_DAYS


def at_most(limit: Duration | None, unit: Unit) -> Fraction:
    """The limit as it stands in its own unit; in working days no less than it can be."""
    if limit is None:
        return Fraction(0)
    is_hours = limit.unit is Unit.HOURS and unit is not Unit.HOURS
    return Fraction(limit.amount, 24) if is_hours else Fraction(limit.amount)


def at_least(limit: Duration, unit: Unit) -> Fraction:
    """The limit as it stands in its own unit; in working days no more than it surely is, holidays apart."""
    if limit.unit is unit or limit.unit is Unit.WORKING_DAYS:
        return Fraction(limit.amount)
    days = Fraction(limit.amount) if limit.unit is Unit.DAYS else Fraction(limit.amount, 24)
    weeks, rest = divmod(days, 7)
    return Fraction(weeks * 5) + max(rest - 2, Fraction(0)) if limit.unit is Unit.DAYS else days


def faults_of(declaration: Declaration, shape: Shape, sub_limit: SubLimit) -> list[str]:
    """What is longer than promised, longer than the law allows, or bounded by nothing."""
    promised, statutory = declaration.promised, declaration.statutory
    found = []
    if promised and statutory:
        unit = promised.unit if promised.unit is statutory.unit else Unit.WORKING_DAYS
        if at_most(promised, unit) > at_least(statutory, unit):
            safe = "" if promised.unit is statutory.unit else _SAFE
            found.append(f"承诺时限 {promised.words}超过法定时限 {statutory.words}{safe}；请缩短 promised，或核对 statutory。")
    if not (promised or statutory):
        return found
    if unbounded := [node.id for node in declaration.nodes if needs_limit(node, sub_limit)]:
        found.append(f"环节 {'、'.join(unbounded)} 没有时限，不能证明整个流程不超过承诺或法定时限；请写 limit。")
    way = longest(declaration, shape, sub_limit)
    for limit, word in ((promised, "承诺"), (statutory, "法定")):
        if limit and way.amount > at_least(limit, way.unit):
            safe = "" if limit.unit is way.unit and _is_plain(declaration, sub_limit) else _SAFE
            found.append(
                f"最长路径 {' → '.join(way.nodes)} 共 {way.words}，超过{word}时限 {limit.words}{safe}；请缩短其中环节的 limit。"
            )
    return found


def _is_plain(declaration: Declaration, sub_limit: SubLimit) -> bool:
    limits = [limit_of(node, sub_limit) for node in declaration.nodes]
    return len({one.unit for one in (*limits, declaration.promised, declaration.statutory) if one}) == 1


def _decimal(amount: Fraction) -> str:
    return str(amount.numerator) if amount.denominator == 1 else f"{float(amount):.2f}".rstrip("0").rstrip(".")
