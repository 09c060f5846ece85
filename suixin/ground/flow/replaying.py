"""The log told again: what the transitions of an instance say its rows are, to compare with the tables.

What the clock computes (due, colour, escalation) is not told: `clocking.reckon` gives it from what is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from suixin.ground.flow.columns import columns
from suixin.ground.flow.models import ClockSegment, Instance, Step, Transition

Columns = dict[str, object]


@dataclass(slots=True)
class Rows:
    """The rows of an instance as values: steps by uuid, segments by their order."""

    instance: Columns = field(default_factory=dict)
    data: Columns = field(default_factory=dict)
    steps: dict[str, Columns] = field(default_factory=dict)
    segments: dict[str, Columns] = field(default_factory=dict)
    sequence: int = 0


def replay(instance: Instance) -> Rows:
    """The rows that the transitions tell of."""
    rows = Rows()
    for told in Transition.objects.filter(instance=instance).order_by("sequence"):
        rows.sequence += 1
        changes: Mapping[str, Columns] = told.data.get("rows", {})
        for name, values in changes.items():
            what, _, which = name.partition(":")
            place = {"instance": rows.instance, "data": rows.data}.get(what)
            if place is None:
                place = (rows.steps if what == "step" else rows.segments).setdefault(which, {})
            place.update(values)
    return rows


def kept(instance: Instance) -> Rows:
    """The rows that the tables hold."""
    row = Instance.objects.get(pk=instance.pk)
    steps = Step.objects.filter(instance=instance).order_by("pk")
    segments = ClockSegment.objects.filter(instance=instance).order_by("pk")
    return Rows(
        columns(row, "instance"), dict(row.data), {str(step.uuid): columns(step, "step") for step in steps},
        {str(number): columns(segment, "segment") for number, segment in enumerate(segments)}, row.sequence,
    )
