"""Kinds of work orders that modules declare, from `site/wiring.py`; declaring a name again replaces it.

Use      `register(OrderKind("quality-correction", "数据质量整改", procedure="quality-correction", measure="quality.batch"))`
Promise  the procedure of a kind has the nodes of `work-order`: assigned → handled → measured → closed
"""

from dataclasses import dataclass

from suixin.ground.flow.orders.errors import UnknownKind

BY_HAND = "general"


@dataclass(frozen=True, slots=True)
class OrderKind:
    """A kind: its title, the limit as people read it, the measure that says whether the thing is well ("": a person does)."""

    name: str
    title: str
    limit: str = "10个工作日"
    measure: str = ""
    procedure: str = "work-order"


_kinds: dict[str, OrderKind] = {BY_HAND: OrderKind(BY_HAND, "一般问题")}


def register(kind: OrderKind) -> None:
    """Let orders of that kind be opened."""
    _kinds[kind.name] = kind


def kind_by(name: str) -> OrderKind:
    """The kind of that name. Raises UnknownKind."""
    found = _kinds.get(name)
    if found is None:
        raise UnknownKind(f"没有登记类别为“{name[:60]}”的工单；可用的类别：{'、'.join(sorted(_kinds))}。", kind=name)
    return found


def every_kind() -> list[OrderKind]:
    """All kinds, in the order in which they were declared."""
    return list(_kinds.values())


def title_of(name: str) -> str:
    """The title of a kind, its name when nobody declares it any more."""
    return _kinds[name].title if name in _kinds else name
