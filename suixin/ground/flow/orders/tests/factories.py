"""A small city with people at their desks, and a thing that is measured."""

from dataclasses import dataclass, field
from pathlib import Path

from suixin.ground.flow import procedures, subjects
from suixin.ground.flow.models import ACTIVE, Instance, Step
from suixin.ground.flow.orders import closing, kinds
from suixin.ground.flow.orders.actions import Measure, open_order
from suixin.ground.flow.orders.models import WorkOrder
from suixin.ground.flow.subjects import Measured, Subject, SubjectKind
from suixin.ground.jobs.models import Job, JobState
from suixin.ground.jobs.registry import Given, kind_of
from suixin.ground.people.models import Account, Organisation, Post
from suixin.ground.people.queries import actor_of
from suixin.ground.people.tests.factories import Tree, tree
from suixin.kit.actor import SYSTEM, Actor

FOLDER = Path(__file__).parents[1] / "procedures"
THING = Subject("test.thing", "lamp-1")


@dataclass
class Desk:
    """The organisations, and an actor for each role where it sits; the lamp is broken until somebody mends it."""

    city: Tree
    people: dict[str, Actor] = field(default_factory=dict)
    is_well: bool = False

    def measured(self, _: Subject, __: object) -> Measured:
        return Measured(self.is_well, "灯亮了。" if self.is_well else "灯不亮。", {"lux": 300 if self.is_well else 0})


def desk() -> Desk:
    """Everybody, the procedure of work orders, and the measure `test.lamp`."""
    made = Desk(tree())
    for name, place, role in (
        ("clerk", made.city.department, "clerk"), ("head", made.city.department, "department_head"),
        ("officer", made.city.bureau, "data_officer"), ("supervisor", made.city.bureau, "supervision"),
        ("outsider", made.city.district_department, "clerk"),
    ):
        made.people[name] = employ(name, place, role)
    subjects.register(SubjectKind("flow.order", "工单", lambda key: f"/console/orders/{key}/"))
    subjects.register(SubjectKind("test.thing", "灯", lambda key: ""))
    subjects.register_effect("flow.close_order", closing.close)
    subjects.register_measure("flow.order", closing.measure)
    subjects.register_measure("test.lamp", made.measured)
    kinds.register(kinds.OrderKind("lamp", "路灯", measure="test.lamp"))
    procedures.register_shipped(FOLDER / "work-order.yaml")
    procedures.load_shipped(actor=SYSTEM)
    return made


def employ(name: str, place: Organisation, role: str) -> Actor:
    """An account with a post, as an actor."""
    account = Account.objects.create(username=name, display_name=name)
    Post.objects.create(account=account, organisation=place, role=role)
    return actor_of(account)


def found(made: Desk, *, by: Actor = SYSTEM, title: str = "灯坏了", kind: str = "lamp", mark: str = "lamp-1") -> WorkOrder:
    """An order about the lamp."""
    return open_order(
        kind, subject=THING, title=title, detail="路灯不亮。", organisation=made.city.department, fingerprint=mark,
        measure=Measure("test.lamp", {}, made.measured(THING, {})) if kind == "lamp" else None, actor=by,
    )


def waiting(instance: Instance | None) -> Step:
    """The one active step."""
    assert instance is not None
    return instance.steps.get(status__in=ACTIVE)


def work_off() -> None:
    """The measures that wait for the worker, done."""
    for job in Job.objects.filter(kind="flow.measure", state=JobState.WAITING).order_by("pk"):
        kind_of(job.kind).work(Given(job.arguments, job.actor_kind, job.actor_key, lambda percent, text: None, lambda result: None))
        Job.objects.filter(pk=job.pk).update(state=JobState.DONE)
