"""How a theme comes into force: the lead department drafts, the centre approves, the next version is published.

Path     prepared (who submits) → reviewed (review of the bureau that runs the centre) → published (effect: `actions.publish_theme`, by
         whoever decided last, in the same transaction); as items are published
Alone    a data officer of that bureau publishes what it drafted itself; the log shows it
Locks    the procedure, then the theme
"""

from django.db import transaction
from django.db.models import QuerySet

from suixin.ground.audit import actions as audit
from suixin.ground.flow import advancing, moving, procedures, rights, starting
from suixin.ground.flow.errors import UnknownProcedure
from suixin.ground.flow.models import ACTIVE, LIVE, Instance, Step, StepKind
from suixin.ground.flow.subjects import Deciding, Effect, Subject
from suixin.ground.people.queries import bureau_of
from suixin.ground.security import policy
from suixin.kit.actor import SYSTEM, Actor
from suixin.services.themes import actions, queries
from suixin.services.themes.errors import WrongStateOfTheme
from suixin.services.themes.models import Theme

SLUG, KIND = "themes-publication", "themes.theme"
PREPARED, ALONE = "prepared", "主管部门直接发布"


def running(theme: Theme) -> Instance | None:
    """The publication of the theme that is under way; None when there is none."""
    return _live(theme).order_by("-pk").first()


def waiting_step(instance: Instance) -> Step | None:
    """The step of a publication that is active now."""
    return instance.steps.filter(status__in=ACTIVE).select_related("organisation", "assignee").order_by("-pk").first()


@transaction.atomic
def submit_theme(theme: Theme, *, actor: Actor, reason: str = "") -> Instance:
    """The draft handed on to the centre, or published where the actor's word is enough.

    Raises NotAllowed, UnsoundTheme, WrongStateOfTheme when it is handed on already.
    """
    policy.require(actor, "themes.draft", theme)
    list(_live(theme).select_for_update(of=("self",)).order_by("pk"))
    locked = Theme.objects.select_for_update(of=("self",)).select_related("lead").get(pk=theme.pk)
    queries.require_sound(locked)
    step = waiting_step(_own(locked, actor))
    if step is None:
        raise WrongStateOfTheme(f"主题“{locked}”的发布流程已停下；请在办件页查看原因。")
    audit.record(actor, "themes.submitted", locked, basis=reason)
    return advancing.decide(step, "approve", actor=actor, reason=reason)


def guard(deciding: Deciding) -> None:
    """Nothing, when the theme may be handed on. Raises UnsoundTheme."""
    if deciding.node == PREPARED:
        queries.require_sound(queries.theme_by(deciding.subject.key))


def publish(given: Effect) -> None:
    """The theme published by who decided last, as it was handed on. Raises what `publish_theme` raises."""
    theme = queries.theme_by(given.subject.key)
    steps = Step.objects.filter(instance_id=given.instance, node=PREPARED, kind=StepKind.TASK).order_by("-pk")
    handed_on = steps.values_list("done_at", flat=True).first()
    actions.publish_theme(
        theme, actor=given.actor, reason=given.reason or "按主题审核发布流程", seen=handed_on or theme.updated_at
    )


def _own(theme: Theme, actor: Actor) -> Instance:
    """The publication in which the actor takes the first step; one that a colleague began gives way to it."""
    instance = running(theme)
    if instance is not None:
        step = waiting_step(instance)
        if step is not None and step.node == PREPARED and step.kind == StepKind.TASK and rights.may_act(actor, step):
            return instance
        if step is not None and step.node != PREPARED:
            where = f"{step.organisation or '审核单位'}“{step.title}”"
            raise WrongStateOfTheme(f"主题“{theme}”已提交，正在等待{where}；要修改请先撤回或请对方退回。")
        moving.stop(instance, actor=SYSTEM, reason=f"由{actor.name}重新提交")
    _require_procedure()
    alone = actor.has_role("data_officer") and policy.may(actor, "themes.publish", theme)
    return starting.start(
        SLUG, Subject(KIND, theme.slug), actor=actor, title=f"发布一件事：{theme.title}"[:300], data={ALONE: alone},
        parties={"provider": theme.lead, "bureau": bureau_of(theme.lead) or theme.lead},
    )


def _live(theme: Theme) -> QuerySet[Instance]:
    return Instance.objects.filter(subject_kind=KIND, subject_key=theme.slug, procedure__slug=SLUG, status__in=LIVE)


def _require_procedure() -> None:
    """The procedure in force; the one that is shipped when this installation has none yet."""
    try:
        procedures.in_force(SLUG)
    except UnknownProcedure:
        procedures.load_shipped(actor=SYSTEM)
