"""An instance taken for a request: locked with all above it, and whether the request may, or need not, be carried out.

Locked   parents first, so that two never wait for each other in a ring; on SQLite the transaction is immediate
Once     a request that was carried out before is known by its key
"""

from django.db import models

from suixin.ground import prepared
from suixin.ground.flow.declaration import Action
from suixin.ground.flow.errors import UnknownStep, WrongMove
from suixin.ground.flow.models import BESIDE, Instance, Step, StepKind, Transition
from suixin.ground.flow.records import Book
from suixin.ground.prepared import Prepared, given
from suixin.kit.actor import Actor, ActorKind

_ABOVE = """
    WITH RECURSIVE up(id, parent_id) AS (
        SELECT id, parent_id FROM flow_instance WHERE id = %s
        UNION ALL
        SELECT i.id, i.parent_id FROM up JOIN flow_step s ON s.id = up.parent_id JOIN flow_instance i ON i.id = s.instance_id
    ) SELECT id FROM up
"""  # an instance and all above it
_INSTANCE = given("instance", models.BigIntegerField())


def _locked() -> "models.QuerySet[Instance]":
    """Instances, held until the transaction is over, with what is asked of them."""
    found = Instance.objects.select_for_update(of=("self",))
    return found.select_related("version", "organisation", "procedure").defer("version__declaration")


_ALONE = Prepared(lambda: _locked().filter(pk=given("number", models.BigIntegerField())))
_STEPS = Prepared(lambda: Step.objects.filter(instance_id=_INSTANCE).select_related("organisation").order_by("pk"))
_TOLD = Prepared(lambda: Transition.objects.filter(
    instance_id=_INSTANCE, key=given("key", models.CharField()),
).order_by().values_list("actor_kind", "actor_key"))


def take(instance_id: int, actor: Actor) -> Book:
    """The instance, locked with everything above it, and its steps. Call it inside a transaction. Raises UnknownStep."""
    chain = [int(number) for (number,) in prepared.run(_ABOVE, [instance_id])]
    held = _ALONE.rows(number=instance_id) if len(chain) == 1 else _locked().filter(pk__in=chain).order_by("pk")
    instance = next((row for row in held if row.pk == instance_id), None)
    if instance is None:
        raise UnknownStep("没有这个办件;请刷新页面,从列表重新进入。")
    steps = _STEPS.rows(instance=instance_id)
    for step in steps:
        step.instance = instance
    return Book(instance, actor, steps)


def repeated(book: Book, key: str) -> bool:
    """Whether this request was carried out before. Raises WrongMove when the key is somebody else's."""
    if not key:
        return False
    actors = _TOLD.told(instance=book.instance.pk, key=key[:80])
    if actors and actors[0] != (book.actor.kind.value, book.actor.key[:150]):
        raise WrongMove("这个请求标识别人已经用过;请刷新页面后重新提交。")
    return bool(actors)


def require_offered(book: Book, step: Step, action: str) -> None:
    """Nothing, when the node offers this action; the system takes any that there is. Raises WrongMove."""
    if step.kind in BESIDE:
        raise WrongMove(f"“{step.title}”是补正或审批,不能这样办;请回到它所说的环节办理。")
    if book.actor.kind is ActorKind.SYSTEM and action in {one.value for one in Action}:
        return
    if step.kind in (StepKind.FLOW, StepKind.MEASURE):
        raise WrongMove(f"“{step.title}”由系统办理(子流程或复测),不能直接办;请等它的结果。")
    labels = book.node_of(step).actions
    if action not in labels:
        raise WrongMove(f"“{step.title}”不能这样办;可以选:{'、'.join(labels.values())}。")
