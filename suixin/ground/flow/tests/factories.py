"""Made for tests of whatever runs procedures: organisations, accounts with posts, procedures built in Python, instances."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from threading import Thread
from typing import Any  # columns of a node, whichever a test wants

from django.db import connections

from suixin.ground.flow import starting
from suixin.ground.flow.canonical import digest_of, to_mapping
from suixin.ground.flow.declaration import Declaration, Node, NodeKind, OnReject, Restart
from suixin.ground.flow.durations import Duration
from suixin.ground.flow.models import Instance, Procedure, ProcedureVersion, Step
from suixin.ground.flow.subjects import Subject
from suixin.ground.people.models import Account, Organisation, Post
from suixin.ground.people.queries import actor_of
from suixin.kit.actor import SYSTEM, Actor
from suixin.kit.checksums import uscc_check_char
from suixin.kit.clock import CHINA

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=CHINA)  # a working Monday, no holiday for weeks
SUBJECT = Subject("test.thing", "1")


def organisation(slug: str, *, parent: Organisation | None = None, is_bureau: bool = False) -> Organisation:
    """The organisation of that slug, made when there is none."""
    found = Organisation.objects.filter(slug=slug).first()
    if found is not None:
        return found
    stem = f"11510900{Organisation.objects.count() + 1:09d}"
    return Organisation.objects.create(
        uscc=stem + uscc_check_char(stem), name=f"{slug}单位", short_name=slug, slug=slug, parent=parent, is_bureau=is_bureau,
        valid_from=date(2000, 1, 1),
    )


def account(username: str, where: Organisation, *roles: str) -> Account:
    """A member of staff with those roles in that organisation (`clerk` when none is named)."""
    found, _ = Account.objects.get_or_create(username=username, defaults={"display_name": username, "password": "!"})
    for role in roles or ("clerk",):
        Post.objects.get_or_create(account=found, organisation=where, role=role, defaults={"valid_from": date(2000, 1, 1)})
    return found


def staff(username: str, where: Organisation, *roles: str) -> Actor:
    """The same, as who acts."""
    return actor_of(account(username, where, *roles), where)


def publish(declaration: Declaration, *, effective_from: date = date(2020, 1, 1)) -> ProcedureVersion:
    """The declaration as the newest version of its procedure, not proved."""
    procedure, _ = Procedure.objects.get_or_create(
        slug=declaration.id, defaults={"title": declaration.title, "subject": declaration.subject},
    )
    return ProcedureVersion.objects.create(
        procedure=procedure, number=procedure.versions.count() + 1, declaration=to_mapping(declaration),
        digest=digest_of(declaration),
        effective_from=effective_from, published_at=MONDAY, published_by="test",
    )


def task(name: str, *after: str, where: str = "alpha", limit: int | None = 5, **more: Any) -> Node:
    """A task for the clerks of an organisation, after others."""
    plain = Node(name, f"环节{name}", organisations=(where,), role="clerk", limit=Duration(limit) if limit else None, after=after)
    return replace(plain, **more)


def straight() -> Declaration:
    """accept → decide, both in `alpha`; accept may ask for a supplement and send away, decide may return."""
    all_actions = {"approve": "同意", "reject": "不同意", "supplement": "补正", "return": "退回"}
    return Declaration("straight", "直办", (
        task("accept", actions={"approve": "受理", "reject": "不予受理", "supplement": "补正"}),
        task("decide", "accept", actions=all_actions, extension=Duration(10)),
    ), promised=Duration(10), statutory=Duration(20), fields={"id_card": "L", "面积": "N"})


def parallel() -> Declaration:
    """accept → (licence, fire when area > 300, drain) → deliver, in several organisations; only licence stops all."""
    rest: dict[str, Any] = {"on_reject": OnReject.CONTINUE_OTHERS}
    return Declaration("parallel", "开餐馆", (
        task("accept", limit=1),
        task("licence", "accept", where="beta"),
        task("fire", "accept", where="gamma", limit=7, when="area > 300", **rest),
        task("drain", "accept", where="delta", limit=6, **rest),
        task("deliver", "licence", "fire", "drain", limit=1),
    ), fields={"area": "N"}, promised=Duration(15))


def joint(quorum: int = 0) -> Declaration:
    """A joint review by beta, gamma and delta, then close in alpha."""
    review = Node("review", "联合审查", NodeKind.JOINT, ("beta", "gamma", "delta"), "clerk", quorum=quorum, limit=Duration(5))
    return Declaration("joint", "联审", (review, task("close", "review")))


def special() -> Declaration:
    """accept → (site in beta, which stops fire and late), fire, early → late."""
    return Declaration("special", "特别程序", (
        task("accept"), task("site", "accept", where="beta", is_special=True, stops=("fire", "late")),
        task("fire", "accept"), task("early", "accept"), task("late", "early"),
    ))


def approved() -> Declaration:
    """As `straight`, where a department head approves stops and extensions."""
    return replace(straight(), id="approved", approvers={"suspend": "department_head", "extend": "department_head"})


def everything() -> Declaration:
    """accept → (site in beta, which stops fire; fire; other) → close; every action, extensions, a restart, approvers."""
    actions = {"approve": "同意", "reject": "不同意", "supplement": "补正", "return": "退回"}
    more: dict[str, Any] = {"actions": actions, "extension": Duration(6), "on_reject": OnReject.CONTINUE_OTHERS}
    return Declaration("everything", "样样有", (
        task("accept", **more), task("site", "accept", where="beta", is_special=True, stops=("fire",), **more),
        task("fire", "accept", **more), task("other", "accept", **more), task("close", "site", "fire", "other", **more),
    ), promised=Duration(30), restart=Restart.RESTART, supplement_limit=Duration(5), approvers={"extend": "department_head"})


def effective() -> Declaration:
    """accept → make, the effect `test.make` → close."""
    return Declaration("effective", "有效果", (
        task("accept"), Node("make", "办成", NodeKind.AUTO, after=("accept",), effect="test.make"), task("close", "make"),
    ))


def world(*declarations: Declaration) -> dict[str, Actor]:
    """Clerks of alpha, beta, gamma and delta by organisation, a head of each (`alpha-head`), and the procedures published."""
    root = organisation("root")
    cast: dict[str, Actor] = {"system": SYSTEM}
    for name in ("alpha", "beta", "gamma", "delta"):
        where = organisation(name, parent=root)
        cast[name] = staff(f"{name}-clerk", where, "clerk")
        cast[f"{name}-head"] = staff(f"{name}-head", where, "department_head")
    for declaration in declarations:
        publish(declaration)
    return cast


def started(slug: str, actor: Actor, *, data: Mapping[str, object] | None = None, key: str = "", title: str = "一件事") -> Instance:
    """An instance of a published procedure."""
    return starting.start(slug, SUBJECT, actor=actor, title=title, parties={}, data=data, key=key)


def step_of(instance: Instance, node: str) -> Step:
    """The newest step of a node."""
    return Step.objects.filter(instance=instance, node=node).select_related("organisation", "instance").latest("pk")


def open_nodes(instance: Instance) -> list[str]:
    """Nodes with an open step, in the order they opened."""
    return list(Step.objects.filter(instance=instance, status="open").values_list("node", flat=True))


def beside(work: Callable[[], object], told: list[object]) -> Thread:
    """The work in a thread of its own, begun; what came of it, a fault too, is told."""
    def run() -> None:
        try:
            told.append(work())
        except Exception as error:  # noqa: BLE001  the test looks at it
            told.append(error)
        finally:
            connections.close_all()

    thread = Thread(target=run)
    thread.start()
    return thread
