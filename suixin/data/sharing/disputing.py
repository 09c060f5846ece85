"""Disputes in three steps: the departments negotiate, the bureau over both coordinates, the government decides.

Path     negotiated (provider's head of sharing) → coordinated (bureau) → decided (government's leader); each ends it when agreed
Effect   where the data must be shared, a refused part is before its provider again, who answers it anew
Source   国务院令第809号 art. 28; working days are those of the procedure in force
"""

from django.db import transaction

from suixin.data.catalog import publication
from suixin.data.sharing import asking, telling
from suixin.data.sharing.errors import WrongStanding
from suixin.data.sharing.models import Dispute, DisputeMove, DisputeStage, Part, PartState, Share, ShareState
from suixin.ground.audit import actions as audit
from suixin.ground.flow import advancing, moving, starting
from suixin.ground.flow.models import Step
from suixin.ground.flow.subjects import Deciding, Effect, Subject
from suixin.ground.people.models import Organisation
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor

KIND, SLUG = "sharing.dispute", "share-dispute"
STAGES = {"negotiated": DisputeStage.NEGOTIATING, "coordinated": DisputeStage.COORDINATING, "decided": DisputeStage.DECIDING}
FIELDS = {"negotiated": "协商一致", "coordinated": "协调一致"}
NEXT = {DisputeStage.NEGOTIATING: DisputeStage.COORDINATING, DisputeStage.COORDINATING: DisputeStage.DECIDING}
DISPUTED_SHARES = (ShareState.SUSPENDED, ShareState.DISPOSING, ShareState.ARCHIVED)


@transaction.atomic
def open_dispute(about: Part | Share, *, actor: Actor, claim: str) -> Dispute:
    """The asker's dispute of a refusal, or of a suspension or end, before the provider. Raises NotAllowed, WrongStanding."""
    asker = about.request.organisation if isinstance(about, Part) else about.organisation
    policy.require(actor, "sharing.request", asker)
    part, share = (about, None) if isinstance(about, Part) else (None, about)
    _require_disputable(part, share)
    if not claim.strip():
        raise WrongStanding("请写明诉求和理由：答复哪里不符合规定，希望怎样处理。")
    provider = about.resource.provider
    bureau = asking.common_bureau(asker, provider)
    dispute = Dispute.objects.create(
        part=part, share=share, organisation=asker, provider=provider, bureau=bureau, government=bureau.parent or bureau,
        title=f"共享争议：{about.title}"[:200], claim=claim.strip()[:1000], by=actor.name[:120], at=clock.now(),
    )
    publication.require_procedure(SLUG)
    dispute.instance = starting.start(
        SLUG, Subject(KIND, str(dispute.uuid)), actor=actor, title=f"{dispute.title}（{asker}）",
        parties={"provider": provider, "bureau": bureau, "government": dispute.government},
    )
    dispute.save(update_fields=["instance"])
    audit.record(actor, "sharing.dispute_opened", dispute, basis=claim)
    return dispute


@transaction.atomic
def rule_dispute(dispute: Dispute, *, actor: Actor, is_agreed: bool, must_share: bool, text: str) -> Dispute:
    """What came of the step that waits: agreed (or decided), and whether the data must be shared; else the next step.

    Raises NotAllowed, WrongStanding.
    """
    held = _locked(dispute)
    step = _waiting(held)
    if not text.strip():
        raise WrongStanding("请写明双方意见和结果。")
    stage = STAGES[step.node]
    is_last = stage == DisputeStage.DECIDING
    settled = is_agreed or is_last
    DisputeMove.objects.create(
        dispute=held, stage=stage, is_agreed=settled, must_share=must_share if settled else None, text=text.strip()[:1000],
        by=actor.name[:120], at=clock.now(),
    )
    held.must_share = must_share if settled else None
    held.stage = DisputeStage.SETTLED if settled else NEXT[stage]
    held.save(update_fields=["must_share", "stage"])
    given = {FIELDS[step.node]: settled} if step.node in FIELDS else None
    advancing.decide(step, "approve", actor=actor, reason=text, data=given)
    audit.record(actor, "sharing.dispute_ruled", held, basis=text, detail={"stage": stage.value, "agreed": settled})
    held.refresh_from_db()
    return held


@transaction.atomic
def withdraw_dispute(dispute: Dispute, *, actor: Actor, reason: str) -> Dispute:
    """The dispute taken back by the asker. Raises NotAllowed, WrongStanding."""
    held = _locked(dispute)
    policy.require(actor, "sharing.request", held.organisation)
    if held.instance is None or held.stage in (DisputeStage.SETTLED, DisputeStage.WITHDRAWN):
        raise WrongStanding(f"争议{held.get_stage_display()}，不能撤回。")
    moving.stop(held.instance, actor=SYSTEM, reason=f"{actor.name}撤回：{reason}"[:500])
    held.stage, held.settled_at = DisputeStage.WITHDRAWN, clock.now()
    held.save(update_fields=["stage", "settled_at"])
    audit.record(actor, "sharing.dispute_withdrawn", held, basis=reason)
    return held


def guard(deciding: Deciding) -> None:
    """Nothing, once the outcome of the step is entered on the dispute's page. Raises WrongStanding."""
    dispute = Dispute.objects.get(uuid=deciding.subject.key)
    stage = STAGES.get(deciding.node)
    if stage is not None and not dispute.moves.filter(stage=stage).exists():
        raise WrongStanding("请打开争议页登记结果，这一步会随之办结。")


def settle(given: Effect) -> None:
    """The dispute settled; where the data must be shared, the refused part is before its provider again."""
    held = Dispute.objects.select_for_update(of=("self",)).select_related("part__request__organisation", "part__resource__provider").get(
        uuid=given.subject.key)
    held.stage, held.settled_at = DisputeStage.SETTLED, clock.now()
    held.save(update_fields=["stage", "settled_at"])
    audit.record(given.actor, "sharing.dispute_settled", held, detail={"must_share": held.must_share})
    if held.must_share and held.part is not None and held.part.state == PartState.REFUSED:
        asking.begin(held.part, actor=SYSTEM, is_direct=True)
    for place in (held.organisation, held.provider):
        _tell(held, place, f"争议已了结：{'应当共享' if held.must_share else '维持原答复'}")


def waiting_step(dispute: Dispute) -> Step | None:
    """The step in which the dispute waits; None once it is settled."""
    return publication.waiting_step(dispute.instance) if dispute.instance is not None and dispute.instance.is_live else None


def _waiting(dispute: Dispute) -> Step:
    step = waiting_step(dispute)
    if step is None or step.node not in STAGES:
        raise WrongStanding(f"争议{dispute.get_stage_display()}，没有等待办理的环节；请刷新页面。")
    return step


def _locked(dispute: Dispute) -> Dispute:
    held = Dispute.objects.select_for_update(of=("self",))
    return held.select_related("organisation", "provider", "bureau", "instance").get(pk=dispute.pk)


def _require_disputable(part: Part | None, share: Share | None) -> None:
    if part is not None and part.state != PartState.REFUSED:
        raise WrongStanding(f"这份申请{part.get_state_display()}，没有可争议的答复。")
    if share is not None and share.state not in DISPUTED_SHARES:
        raise WrongStanding(f"这项共享{share.get_state_display()}，没有暂停或终止，不能提出争议。")
    open_ones = Dispute.objects.exclude(stage__in=(DisputeStage.SETTLED, DisputeStage.WITHDRAWN))
    if open_ones.filter(part=part, share=share).exists():
        raise WrongStanding("这件事的争议已在办理；请在争议页看进展。")


def _tell(dispute: Dispute, place: Organisation, title: str) -> None:
    telling.tell(
        place, f"{title}：{dispute.title}", dispute.claim, href=f"/console/sharing/disputes/{dispute.uuid}/",
        key=f"{dispute.uuid}:settled:{place.pk}",
    )
