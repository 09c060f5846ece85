"""The rows of one instance in one transaction: what is changed is written at once at the end, and told. `taking.py` locks them.

Held     an update compares what it changes (`status` of a step, `sequence` of the instance), so nothing is lost
Told     each transition keeps in `data["rows"]` what it changed, `data["given"]` what the person gave; `replaying.py` reads it
Time     within an instance it never runs backwards, even when the clock was set back
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from uuid import UUID

from django.db import models
from django.db.models import Q

from suixin.ground import prepared
from suixin.ground.flow.columns import columns, plain
from suixin.ground.flow.declaration import Declaration, Node
from suixin.ground.flow.errors import UnknownStep, WrongMove
from suixin.ground.flow.graphs import graph_of
from suixin.ground.flow.models import ACTIVE, BESIDE, ClockSegment, Instance, Step, StepStatus, Transition
from suixin.ground.flow.refusals import decided
from suixin.ground.flow.scheduling import Fact
from suixin.ground.people.models import Organisation
from suixin.ground.prepared import Prepared, given
from suixin.kit import clock
from suixin.kit.actor import Actor

_SEGMENTS = Prepared(lambda: ClockSegment.objects.filter(instance_id=given("instance", models.BigIntegerField())).order_by("pk"))


class Book:
    """An instance with its steps, what changes in them, and what is told of it."""

    def __init__(self, instance: Instance, actor: Actor, steps: list[Step]) -> None:
        self.instance, self.actor, self.steps = instance, actor, steps
        self.graph = graph_of(instance.version)
        latest = [instance.started_at, *(step.done_at or step.opened_at for step in steps)]
        self.now = max(clock.now(), *latest)
        self.opened: list[Step] = []
        self.cancelled: list[Step] = []
        self.resumed: list[Step] = []
        self.halted: list[Step] = []
        self.notes: list[Transition] = []
        self._was = {step.pk: step.status for step in steps}
        self._changed: dict[UUID, tuple[Step, set[str]]] = {}
        self._instance_changed: set[str] = set()
        self._sequence = instance.sequence
        self._known = {step.organisation.slug: step.organisation for step in steps if step.organisation is not None}

    @property
    def declaration(self) -> Declaration:
        """What the instance runs by."""
        return self.graph.declaration

    @cached_property
    def segments(self) -> list[ClockSegment]:
        """Stops and extensions, oldest first."""
        found = _SEGMENTS.rows(instance=self.instance.pk) if self._sequence else []
        steps = {step.pk: step for step in self.steps}
        for segment in found:
            segment.step = steps[segment.step_id] if segment.step_id else None
        return found

    def step(self, pk: int) -> Step:
        """The step of that number. Raises UnknownStep."""
        for step in self.steps:
            if step.pk == pk:
                return step
        raise UnknownStep("没有这个环节;请刷新页面,从待办列表重新进入。")

    def node_of(self, step: Step) -> Node:
        """The declared node of a step."""
        return self.graph.nodes[step.node]

    def active(self) -> list[Step]:
        """Steps that are not over."""
        return [step for step in self.steps if step.status in ACTIVE]

    def facts(self) -> list[Fact]:
        """The steps as the scheduler sees them."""
        return [Fact(s.node, s.round, s.status, s.outcome) for s in self.steps if s.kind not in BESIDE]

    def organisation(self, name: str) -> Organisation | None:
        """The organisation that a declaration names: a slug, or `$party`. Raises WrongMove; None for a starter without one."""
        if name == "$starter":
            return self.instance.starter_organisation
        if name not in self._known:
            self.meet([name])
        if name not in self._known:
            raise WrongMove(f"流程“{self.declaration.title}”要由“{name}”办理,但没有这个单位;请在发起时指明,或更正流程。")
        return self._known[name]

    def knows(self, parties: Mapping[str, Organisation]) -> None:
        """The organisations of these parties, in hand already, need not be asked for."""
        self._known.update({name if name.startswith("$") else f"${name}": party for name, party in parties.items()})

    def meet(self, names: Iterable[str]) -> None:
        """Know the organisations of these names, with one question at most."""
        wanted = [name for name in names if name not in self._known and name != "$starter"]
        if wanted and self.instance.organisation_id is not None:  # who leads is in hand already, and mostly meant
            lead = self.instance.organisation
            meant = [name for name in wanted if name == lead.slug or self.instance.parties.get(name) == lead.pk]
            self._known.update(dict.fromkeys(meant, lead))
            wanted = [name for name in wanted if name not in self._known]
        if wanted:
            pks = {self.instance.parties.get(name): name for name in wanted if name.startswith("$")}
            for found in Organisation.objects.filter(Q(slug__in=wanted) | Q(pk__in=[pk for pk in pks if pk])):
                if found.slug in wanted:
                    self._known[found.slug] = found
                self._known.update({name: found for name in wanted if self.instance.parties.get(name) == found.pk})

    def note(
        self, action: str, step: Step | None = None, *, reason: str = "", document: str = "", approver: str = "",
        on_behalf: str = "", key: str = "", given: Mapping[str, object] | None = None,
    ) -> Transition:
        """A new transition; what is changed from now on is told in it."""
        actor = self.actor
        self.instance.sequence += 1
        told = Transition(
            instance=self.instance, sequence=self.instance.sequence, step=step, node=step.node if step else "", action=action,
            from_status=step.status if step else self.instance.status, actor_kind=actor.kind.value, actor_key=actor.key[:150],
            actor_name=actor.name[:120], organisation=actor.organisation, on_behalf=on_behalf[:120], reason=reason[:1000],
            document=document[:200], approver=approver[:120], key=key[:80] or None, at=self.now,
            data={"given": dict(given), "rows": {}} if given else {"rows": {}},
        )
        self.notes.append(told)
        return told

    def put(self, row: Instance | Step | ClockSegment, **changes: object) -> None:
        """The row with these columns changed."""
        for name, value in changes.items():
            setattr(row, name, value)
        if isinstance(row, Step):
            self._changed.setdefault(row.uuid, (row, set()))[1].update(changes)
        elif isinstance(row, Instance):
            self._instance_changed.update(changes)
        elif row.pk:
            row.save(update_fields=list(changes))
        self._tell(row, {name: plain(value) for name, value in changes.items()})

    def compute(self, row: Instance | Step, values: Mapping[str, object]) -> None:
        """The row with what the clock computed, which is not told."""
        for name, value in values.items():
            setattr(row, name, value)
        if isinstance(row, Instance):
            self._instance_changed.update(values)
        elif values:
            self._changed.setdefault(row.uuid, (row, set()))[1].update(values)

    def give(self, data: Mapping[str, object] | None) -> None:
        """The instance's data with these values."""
        if data:
            self.instance.data = {**self.instance.data, **data}
            self._instance_changed.add("data")
            self._rows().setdefault("data", {}).update(data)

    def add_step(self, step: Step) -> Step:
        """A new step of the instance."""
        step.instance, step.procedure_id = self.instance, self.instance.procedure_id
        step.subject_title, step.opened_at = self.instance.title, self.now
        self.steps.append(step)
        self.opened.append(step)
        return step

    def add_segment(self, segment: ClockSegment) -> ClockSegment:
        """A new stop or extension of the instance or one of its steps, which may be new itself."""
        segment.instance, segment.started_at = self.instance, self.now
        self.segments.append(segment)
        return segment

    def cancel(self, step: Step) -> None:
        """The step, not to be done any more."""
        self.put(step, status=StepStatus.CANCELLED, done_at=self.now)
        self.cancelled.append(step)

    def flush(self) -> None:
        """Everything is written. Raises StepDecided when somebody else wrote in between."""
        new = [step for step in self.opened if not step.pk]
        for step in new:
            self._changed.pop(step.uuid, None)
            self._tell(step, columns(step, "step"))
        for step in new:
            prepared.insert(step)
        for step, names in self._changed.values():
            if not prepared.update(step, names, status=self._was[step.pk]):
                raise decided(Step.objects.get(pk=step.pk))
        self._flush_segments()
        for told in self.notes:
            told.step_id = told.step.pk if told.step else None
            told.to_status = told.step.status if told.step else self.instance.status
            prepared.insert(told)
        if not prepared.update(self.instance, {"sequence", *self._instance_changed}, sequence=self._sequence):
            raise WrongMove(f"“{self.instance.title}”刚被别人办理;请刷新页面后再办。")

    def _flush_segments(self) -> None:
        if "segments" not in self.__dict__:
            return
        for segment in self.segments:
            if not segment.pk:
                segment.step = segment.step  # the step has its number by now
                self._tell(segment, columns(segment, "segment"))
                prepared.insert(segment)

    def _rows(self) -> dict[str, dict[str, object]]:
        rows: dict[str, dict[str, object]] = self.notes[-1].data["rows"]
        return rows

    def _tell(self, row: Instance | Step | ClockSegment, values: dict[str, object]) -> None:
        if isinstance(row, ClockSegment):
            name = f"segment:{self.segments.index(row)}"
        else:
            name = f"step:{row.uuid}" if isinstance(row, Step) else "instance"
        self._rows().setdefault(name, {}).update(values)
