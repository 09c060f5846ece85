"""How a theme comes into force: the lead department drafts, the centre approves, the next version is published.

Path     prepared (who submits) → reviewed (review of the bureau that runs the centre) → published (effect: `actions.publish_theme`, by
         whoever decided last, in the same transaction); as items are published
Alone    a data officer of that bureau publishes what it drafted itself; the log shows it
Locks    the procedure, then the theme
"""

from django.db import transaction

from suixin.ground.audit import actions as audit
from suixin.ground.flow import advancing, publishing, starting
from suixin.ground.flow.models import Instance, Step
from suixin.ground.flow.procedures import require_procedure
from suixin.ground.flow.publishing import ALONE, PREPARED, waiting_step
from suixin.ground.flow.subjects import Deciding, Effect, Subject
from suixin.ground.people.queries import bureau_of
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.services.themes import actions, queries
from suixin.services.themes.errors import WrongStateOfTheme
from suixin.services.themes.models import Theme

__all__ = ["PREPARED", "guard", "publish", "running", "submit_theme", "waiting_step"]

SLUG, KIND = "themes-publication", actions.KIND


def running(theme: Theme) -> Instance | None:
    """The publication of the theme that is under way; None when there is none."""
    return publishing.under_way(SLUG, _subject(theme)).first()


@transaction.atomic
def submit_theme(theme: Theme, *, actor: Actor, reason: str = "") -> Instance:
    """The draft handed on to the centre, or published where the actor's word is enough.

    Raises NotAllowed, UnsoundTheme, WrongStateOfTheme when it is handed on already.
    """
    policy.require(actor, "themes.draft", theme)
    publishing.hold(SLUG, _subject(theme))
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
    seen = publishing.handed_on_at(given.instance) or theme.updated_at
    actions.publish_theme(theme, actor=given.actor, reason=given.reason or "按主题审核发布流程", seen=seen)


def _own(theme: Theme, actor: Actor) -> Instance:
    def begin() -> Instance:
        require_procedure(SLUG)
        alone = actor.has_role("data_officer") and policy.may(actor, "themes.publish", theme)
        return starting.start(
            SLUG, _subject(theme), actor=actor, title=f"发布一件事：{theme.title}"[:300], data={ALONE: alone},
            parties={"provider": theme.lead, "bureau": bureau_of(theme.lead) or theme.lead},
        )

    def refusal(step: Step) -> WrongStateOfTheme:
        where = f"{step.organisation or '审核单位'}“{step.title}”"
        return WrongStateOfTheme(f"主题“{theme}”已提交，正在等待{where}；要修改请先撤回或请对方退回。")

    return publishing.own(running(theme), actor=actor, begin=begin, refusal=refusal)


def _subject(theme: Theme) -> Subject:
    return Subject(KIND, theme.slug)
