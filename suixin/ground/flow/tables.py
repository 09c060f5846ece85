"""Decision tables: conditions beside values, read from top to bottom; no Python in data.

Hit      first: the value of the first condition that is true; unique: of the only one; collect: a list of all
Unknown  counts as false; when no condition is true the value is null (collect: an empty list)
Order    a table may name what an earlier one has decided
"""

from collections.abc import Mapping

from suixin.ground.flow.declaration import Decision, Declaration
from suixin.ground.flow.errors import WrongMove
from suixin.kit import expressions


def decided(declaration: Declaration, data: Mapping[str, object]) -> dict[str, object]:
    """The data with the fields that the tables decide. Raises WrongMove when a unique table has several answers."""
    found = dict(data)
    for decision in declaration.decisions:
        found[decision.field] = evaluate(decision, found, fields=declaration.fields)
    return found


def decide(declaration: Declaration, data: Mapping[str, object]) -> dict[str, object]:
    """Only the decided fields, for whoever adds them to the data. Raises WrongMove as `decided`."""
    found = decided(declaration, data)
    return {one.field: found[one.field] for one in declaration.decisions}


def evaluate(decision: Decision, data: Mapping[str, object], *, fields: Mapping[str, str]) -> object:
    """The value that the table gives for the data. Raises WrongMove when a unique table has several answers."""
    rules = [decision.rules[n] for n in hits(decision, data, fields=fields)]
    if decision.hit == "collect":
        return [rule.value for rule in rules]
    if decision.hit == "unique" and len(rules) > 1:
        told = "、".join(f"“{rule.when}”" for rule in rules)
        raise WrongMove(f"决策表“{decision.field}”只能有一条成立，现在同时成立 {told}；请核对数据，或请管理员更正流程。")
    return rules[0].value if rules else None


def hits(decision: Decision, data: Mapping[str, object], *, fields: Mapping[str, str]) -> list[int]:
    """Positions of the rules whose condition is true."""
    return [
        n for n, rule in enumerate(decision.rules)
        if expressions.parse(rule.when, fields=fields).evaluate(data) is True
    ]
