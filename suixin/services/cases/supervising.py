"""Supervision: cards for what is near or beyond its limits, given by the clock or by a supervisor, explained by the department."""

from django.db import transaction
from django.db.models import Q

from suixin.ground.audit import actions as audit
from suixin.ground.flow.models import LIVE as RUNNING
from suixin.ground.flow.models import Colour
from suixin.ground.jobs.paging import paged
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.services.cases import rules
from suixin.services.cases.attached import Card, CardColour, Material, MaterialState
from suixin.services.cases.errors import WrongStateOfCase
from suixin.services.cases.models import Case

REASONS = {
    ("promised", "yellow"): "临近承诺时限", ("promised", "red"): "超过承诺时限", ("statutory", "red"): "超过法定时限",
}
BY_CLOCK = "时限监察"


@transaction.atomic
def show_card(case: Case, colour: str, *, actor: Actor, reason: str) -> Card:
    """The supervisor's card of that colour for the case, once. Raises NotAllowed, WrongStateOfCase."""
    policy.require(actor, "cases.supervise", case)
    if colour not in CardColour.values or not reason.strip():
        raise WrongStateOfCase("请选黄牌或红牌，并写明事由。")
    card, is_new = _given(case, colour, "query", reason.strip()[:500], actor.name)
    if is_new:
        audit.record(actor, "cases.card_shown", card, basis=reason, detail={"case": case.number, "colour": colour})
    return card


@transaction.atomic
def explain(card: Card, text: str, *, actor: Actor) -> Card:
    """The card with the department's explanation. Raises NotAllowed, WrongStateOfCase."""
    policy.require(actor, "cases.handle", card.case)
    held = Card.objects.select_for_update().get(pk=card.pk)
    if not text.strip() or held.explained_at is not None:
        raise WrongStateOfCase("没有写说明，或已经说明过；请刷新页面。")
    held.explanation, held.explained_by, held.explained_at = text.strip()[:1000], actor.name[:120], clock.now()
    held.save(update_fields=["explanation", "explained_by", "explained_at"])
    audit.record(actor, "cases.card_explained", held, detail={"case": held.case.number})
    return held


def give_due_cards(*, actor: Actor) -> int:
    """How many cards the clock gave now; running it again gives none."""
    policy.require(actor, "cases.supervise", None)
    now, given = clock.now(), 0
    beyond = Q(handling__statutory_due_at__lt=now)
    near = Q(handling__colour__in=(Colour.AMBER, Colour.RED))
    late = Case.objects.filter(near | beyond, handling__status__in=RUNNING, decision="").select_related("handling")
    for case in late.prefetch_related("cards").order_by("pk").iterator(chunk_size=500):
        run = case.handling
        if run is None:
            continue
        due = rules.cards_due(
            is_amber=run.colour == Colour.AMBER, is_red=run.colour == Colour.RED,
            is_beyond_law=run.statutory_due_at is not None and run.statutory_due_at < now,
        )
        held = {(card.line, card.colour) for card in case.cards.all()}
        for line, colour in due.items():
            if (line, colour) not in held:
                given += _clocked(case, colour, line, actor)
    return given


def lapse_materials(*, actor: Actor) -> int:
    """How many tolerated materials did not come in time: they stand as lapsed, and the case is not granted without them."""
    policy.require(actor, "cases.supervise", None)
    late = Material.objects.filter(state=MaterialState.TOLERATED, due_on__lt=clock.today())
    done = 0
    for material in paged(late.select_related("case")):
        if Material.objects.filter(pk=material.pk, state=MaterialState.TOLERATED).update(state=MaterialState.LAPSED):
            audit.record(actor, "cases.material_lapsed", material.case, detail={"material": material.name})
            done += 1
    return done


@transaction.atomic
def _clocked(case: Case, colour: str, line: str, actor: Actor) -> int:
    card, is_new = _given(case, colour, line, REASONS[line, colour], BY_CLOCK)
    if is_new:
        audit.record(actor, "cases.card_shown", card, detail={"case": case.number, "colour": colour, "line": line})
    return int(is_new)


def _given(case: Case, colour: str, line: str, reason: str, by: str) -> tuple[Card, bool]:
    return Card.objects.get_or_create(
        case=case, colour=colour, line=line, defaults={"reason": reason, "given_by": by[:120], "given_at": clock.now()},
    )
