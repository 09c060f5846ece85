"""What can be said of guards and decision tables without running them; pure.

Fault    a true example: data for which no way goes on, a table has no answer, or a unique one has two
Note     the same for data that a form may rule out (a field left empty, a text that is named nowhere, a number below zero),
         and what cannot be decided, because a condition calculates, compares fields or matches a pattern
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from suixin.ground.flow.declaration import Decision, Declaration, Node
from suixin.ground.flow.sampling import Sample, Samples, samples
from suixin.ground.flow.shapes import Shape
from suixin.kit.expressions import Expression, ExpressionError, parse

_TEXTS, _NUMBERS = frozenset("CMGDT"), frozenset("NYIBF")


@dataclass(slots=True)
class Findings:
    """What was found; a fault keeps a procedure from being published, a note does not."""

    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def of_conditions(declaration: Declaration, shape: Shape) -> Findings:
    """Everything to say about the guards and tables of the declaration."""
    found = Findings()
    decisions = _read_tables(declaration, found)
    collected = {one.field for one in declaration.decisions if one.hit == "collect"}
    guards: dict[str, Expression] = {}
    for node in declaration.nodes:
        if node.when:
            guard = _condition(f"nodes.{node.id}.when", node.when, declaration.fields, found)
            if guard and (lists := sorted(guard.fields & collected)):
                found.faults.append(f"nodes.{node.id}.when：“{lists[0]}”是 collect 表得出的列表，不能用在条件里；请改用 first。")
            elif guard:
                guards[node.id] = guard
    if decisions is None:
        return found
    for decision in declaration.decisions:
        _check_table(decision, decisions, declaration, found)
    for node in declaration.nodes:
        if node.id in guards:
            _check_alone(node, guards[node.id], decisions, declaration, found)
    if not shape.looping:
        _check_ways(guards, decisions, declaration, shape, found)
    return found


Conditions = Mapping[str, Sequence[Expression]]


def _read_tables(declaration: Declaration, found: Findings) -> Conditions | None:
    """The conditions of every table by its field; None when a table cannot be read."""
    read: dict[str, list[Expression]] = {}
    before = len(found.faults)
    later = [one.field for one in declaration.decisions]
    for n, decision in enumerate(declaration.decisions, 1):
        path = f"decisions[{n}]"
        if decision.field not in declaration.fields:
            found.faults.append(f"{path}.field：fields 里没有“{decision.field}”；请在 fields 里写明它的类型。")
            continue
        if decision.field in read:
            found.faults.append(f"{path}.field：“{decision.field}”已由前面的表取值；请合并成一张表。")
        fields = {name: kind for name, kind in declaration.fields.items() if name not in later[n - 1 :]}
        parsed = [
            _condition(f"{path}.rules[{m}].when", rule.when, fields, found) for m, rule in enumerate(decision.rules, 1)
        ]
        read[decision.field] = [one for one in parsed if one]
        for m, rule in enumerate(decision.rules, 1):
            if not _fits(rule.value, declaration.fields[decision.field]):
                found.faults.append(f"{path}.rules[{m}].value：“{rule.value}”与 fields 里“{decision.field}”的类型不符；请更正。")
    return read if len(found.faults) == before else None


def _condition(path: str, text: str, fields: Mapping[str, str], found: Findings) -> Expression | None:
    try:
        return parse(text, fields=fields)
    except ExpressionError as error:
        hint = "" if fields else "（这个流程没有写 fields：条件里用到的字段要先在 fields 里写明类型）"
        found.faults.append(f"{path}：{error.sentence}{hint}")
        return None


def _fits(value: object, letter: str) -> bool:
    if letter == "L":
        return isinstance(value, bool)
    if letter in _NUMBERS:
        return isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return letter not in _TEXTS or isinstance(value, str)


def _check_table(decision: Decision, conditions: Conditions, declaration: Declaration, found: Findings) -> None:
    if decision.hit == "collect":
        return
    name, drawn = decision.field, _drawn(conditions[decision.field], conditions, declaration)
    gaps, used, is_doubled = _Gaps(f"决策表“{name}”"), set(), False
    for sample, data in _with_decided(drawn, conditions, declaration, up_to=name):
        rules = _hits(conditions[name], data)
        used.update(rules[:1])
        if not rules:
            gaps.note(sample)
        if len(rules) > 1 and decision.hit == "unique" and not is_doubled:
            is_doubled = True
            told = " 和 ".join(f"“{decision.rules[n].when}”" for n in rules[:2])
            found.faults.append(f"决策表“{name}”：{sample.words}时 {told} 同时成立，而 hit 是 unique；请改条件，或改成 first。")
    gaps.tell(found, "没有一条成立", "请补一条，其余情况可写 when: \"TRUE\"（放在最后）")
    if drawn.is_exact and decision.hit == "first":
        idle = [str(n + 1) for n in range(len(decision.rules)) if n not in used]
        if idle:
            found.notes.append(f"决策表“{name}”的第 {'、'.join(idle)} 条永远轮不到；可以删去。")
    if not drawn.is_exact:
        found.notes.append(f"决策表“{name}”的条件里有计算、模式或字段间的比较，或情况太多，不能判定它是否完整、是否重叠；请自行核对。")


def _check_alone(node: Node, guard: Expression, conditions: Conditions, declaration: Declaration, found: Findings) -> None:
    drawn = _drawn([guard], conditions, declaration)
    if drawn.is_exact and not any(guard.evaluate(data) is True for _, data in _with_decided(drawn, conditions, declaration)):
        found.faults.append(f"nodes.{node.id}.when：“{guard.text}”永远不成立，这个环节到不了；请改条件，或去掉这个环节。")


def _check_ways(
    guards: Mapping[str, Expression], conditions: Conditions, declaration: Declaration, shape: Shape, found: Findings,
) -> None:
    """A fault where everything that follows could be left out, so that nothing goes on."""
    for place in ("", *shape.ids):
        following = shape.following(place)
        behind = shape.behind(place) if place else frozenset(shape.ids)
        if len(following) < (2 if place else 1) or not behind <= set(guards):
            continue
        drawn = _drawn([guards[name] for name in sorted(behind)], conditions, declaration)
        gaps = _Gaps(f"环节“{place}”之后" if place else "一开始")
        for sample, data in _with_decided(drawn, conditions, declaration):
            if not any(guards[name].evaluate(data) is True for name in behind):
                gaps.note(sample)
        gaps.tell(found, f"{'、'.join(following)} 的条件都不成立，流程就此结束", "请让其中一个环节接住其余情况")
        if not drawn.is_exact and not gaps.worst:
            found.notes.append(f"环节 {'、'.join(following)} 的条件里有计算、模式或字段间的比较，不能判定是否总有一个成立；请自行核对。")


class _Gaps:
    """The first ordinary and the first other example for which nothing is true."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.worst: Sample | None = None

    def note(self, sample: Sample) -> None:
        if self.worst is None or (sample.is_ordinary and not self.worst.is_ordinary):
            self.worst = sample

    def tell(self, found: Findings, what: str, advice: str) -> None:
        if self.worst is not None:
            told = f"{self.place}：{f'{self.worst.words}时' if self.worst.data else ''}{what}；{advice}。"
            (found.faults if self.worst.is_ordinary else found.notes).append(told)


def _drawn(wanted: Sequence[Expression], conditions: Conditions, declaration: Declaration) -> Samples:
    """Samples of what the conditions name, with the tables' own conditions in place of fields that tables decide."""
    reached, waiting = dict.fromkeys(wanted), list(wanted)
    decided: set[str] = set()
    while waiting:
        for name in sorted(waiting.pop().fields & set(conditions) - decided):
            decided.add(name)
            waiting += conditions[name]
            reached.update(dict.fromkeys(conditions[name]))
    drawn = samples(reached, declaration.fields)
    if not decided:
        return drawn
    kept: dict[tuple[tuple[str, object], ...], Sample] = {}
    for one in drawn.listed:
        data = {name: value for name, value in one.data.items() if name not in decided}
        kept.setdefault(tuple(data.items()), Sample(data, one.is_ordinary))
    return Samples(tuple(kept.values()), drawn.is_exact)


def _with_decided(
    drawn: Samples, conditions: Conditions, declaration: Declaration, up_to: str = "",
) -> list[tuple[Sample, Mapping[str, object]]]:
    """Each sample beside its data with what the tables (before that of `up_to`) decide; without those that a table cannot answer.

    Only tables whose fields the sample has are asked: the others decide nothing that is looked at.
    """
    names = [one.field for one in declaration.decisions]
    asked = list(declaration.decisions[: names.index(up_to)] if up_to else declaration.decisions)
    given = set(drawn.listed[0].data) if drawn.listed else set()
    rows: list[tuple[Sample, Mapping[str, object]]] = []
    useful = []
    for decision in asked:
        if frozenset().union(*(one.fields for one in conditions[decision.field])) <= given:
            useful.append(decision)
            given.add(decision.field)
    for sample in drawn.listed:
        data, is_answered = dict(sample.data), True
        for decision in useful:
            rules = _hits(conditions[decision.field], data)
            is_answered &= decision.hit != "unique" or len(rules) < 2  # otherwise told at that table
            data[decision.field] = decision.rules[rules[0]].value if rules else None
        if is_answered:
            rows.append((sample, data))
    return rows


def _hits(conditions: Sequence[Expression], data: Mapping[str, object]) -> list[int]:
    return [n for n, one in enumerate(conditions) if one.evaluate(data) is True]
