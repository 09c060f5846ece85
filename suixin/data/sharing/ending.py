"""How a share stands still and ends: suspension with a day to put right, resumption, termination with filing, expiry, disposal.

Promise  whatever ends a share ends its grant in the same transaction, at every door
Disposal when a share ends, the asker owes a receipt (`disposing`), unless what replaced it goes on holding the data
Source   国务院令第809号 art. 27; standards/data.md 2.4
"""

from datetime import date

from django.db import transaction

from suixin.data.access import actions as access
from suixin.data.access import datasets
from suixin.data.access.models import GrantState
from suixin.data.catalog import publication
from suixin.data.catalog.models import Resource, ResourceState
from suixin.data.sharing import disposing, telling
from suixin.data.sharing.errors import WrongStanding
from suixin.data.sharing.models import LIVE_SHARES, EndKind, Share, ShareState, Suspension, Termination
from suixin.ground.audit import actions as audit
from suixin.ground.flow import moving, starting
from suixin.ground.flow.subjects import Effect, Subject
from suixin.ground.people.models import Organisation
from suixin.ground.people.queries import bureau_of
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor

KIND, FILING = "sharing.share", "share-termination"


@transaction.atomic
def suspend_share(share: Share, *, actor: Actor, reason: str, remedy_by: date) -> Suspension:
    """The share stopped at every door, by its provider or the bureau, with a day to put right. Raises NotAllowed, WrongStanding."""
    held = _locked(share)
    policy.require(actor, "sharing.suspend", held.resource)
    if held.state != ShareState.IN_USE:
        raise WrongStanding(f"这项共享{held.get_state_display()}，不能暂停。")
    _require_reason(reason, "暂停", "例如越权使用的事实")
    if remedy_by <= clock.today():
        raise WrongStanding("整改期限应在今天之后；请改正日期。")
    _move_grant(held, GrantState.SUSPENDED, actor=actor, reason=reason)
    held.state = ShareState.SUSPENDED
    held.save(update_fields=["state"])
    found = Suspension.objects.create(
        share=held, reason=reason.strip()[:500], remedy_by=remedy_by, by=actor.name[:120], organisation=_place(actor), at=clock.now(),
    )
    audit.record(actor, "sharing.suspended", held, basis=reason, detail={"remedy_by": remedy_by.isoformat()})
    _tell_asker(held, f"共享已暂停：{held.title}", f"{reason}。请在 {remedy_by} 前整改并报告。", f"suspended:{found.pk}")
    return found


@transaction.atomic
def report_remedy(share: Share, *, actor: Actor, text: str) -> Suspension:
    """What the asker put right, told to who suspended. Raises NotAllowed, WrongStanding."""
    held = _locked(share)
    policy.require(actor, "sharing.request", held.organisation)
    found = open_suspension(held)
    if found is None:
        raise WrongStanding("这项共享没有暂停，不用报告整改。")
    _require_reason(text, "整改情况", "做了什么、何时完成")
    found.remedy, found.remedied_at = text.strip()[:1000], clock.now()
    found.save(update_fields=["remedy", "remedied_at"])
    audit.record(actor, "sharing.remedied", held, basis=text)
    place = found.organisation or held.resource.provider
    telling.tell(place, f"需求部门报告整改：{held.title}", text, href=telling.href_of_share(held),
        key=f"remedy:{found.pk}:{clock.now()}")
    return found


@transaction.atomic
def resume_share(share: Share, *, actor: Actor, reason: str) -> Share:
    """The share in use again. Raises NotAllowed, WrongStanding."""
    held = _locked(share)
    policy.require(actor, "sharing.suspend", held.resource)
    found = open_suspension(held)
    if found is None or held.state != ShareState.SUSPENDED:
        raise WrongStanding(f"这项共享{held.get_state_display()}，没有暂停。")
    _require_reason(reason, "恢复", "例如整改已核实")
    _require_same_hand(found, held, actor)
    _move_grant(held, GrantState.ACTIVE, actor=actor, reason=reason)
    held.state = ShareState.IN_USE
    held.save(update_fields=["state"])
    _close_suspension(found, f"恢复：{reason}")
    audit.record(actor, "sharing.resumed", held, basis=reason)
    _tell_asker(held, f"共享已恢复：{held.title}", reason, f"resumed:{found.pk}")
    return held


@transaction.atomic
def terminate_share(share: Share, *, actor: Actor, reason: str, consultation: str = "") -> Termination:
    """The share ended for that reason, and before the bureau to be filed; a provider says what it agreed with the asker.

    Raises NotAllowed, WrongStanding.
    """
    held = _locked(share)
    policy.require(actor, "sharing.terminate", held.resource)
    _require_reason(reason, "终止", "提供部门无正当理由不得终止已开通的服务")
    bureau = bureau_of(held.resource.provider) or held.resource.provider
    is_bureaus = actor.organisation == bureau.uscc
    if not is_bureaus and not consultation.strip():
        raise WrongStanding("终止已开通的服务，应先与需求部门协商；请写明协商的时间、对象和结果。")
    end(held, EndKind.TERMINATED, actor=actor, reason=reason)
    found = Termination.objects.create(
        share=held, reason=reason.strip()[:500], consultation=consultation.strip()[:500], organisation=_place(actor),
        by=actor.name[:120], at=clock.now(),
    )
    if is_bureaus:
        found.filed_by, found.filed_at = actor.name[:120], clock.now()
    else:
        publication.require_procedure(FILING)
        found.instance = starting.start(
            FILING, Subject(KIND, str(held.uuid)), actor=SYSTEM, title=f"终止共享备案：{held.title}（{held.organisation}）",
            parties={"bureau": bureau},
        )
    found.save(update_fields=["instance", "filed_by", "filed_at"])
    return found


@transaction.atomic
def finish_use(share: Share, *, actor: Actor, reason: str) -> Share:
    """The share ended by the asker: purpose reached, not to be reached, or no longer needed. Raises NotAllowed, WrongStanding."""
    held = _locked(share)
    policy.require(actor, "sharing.request", held.organisation)
    _require_reason(reason, "结束使用", "目的已实现、无法实现或不再必要")
    return end(held, EndKind.FINISHED, actor=actor, reason=reason)


def end(share: Share, kind: EndKind, *, actor: Actor, reason: str) -> Share:
    """The share and its grant at their end, the receipt of disposal due; part of the caller's transaction. Raises WrongStanding."""
    held = _locked(share)
    if held.state not in LIVE_SHARES:
        raise WrongStanding(f"这项共享{held.get_state_display()}，已经结束。")
    _move_grant(held, GrantState.REVOKED, actor=SYSTEM if kind in (EndKind.FINISHED, EndKind.EXPIRED) else actor, reason=reason)
    found = open_suspension(held)
    if found is not None:
        _close_suspension(found, f"结束：{reason}")
    if held.state == ShareState.PROVIDING and held.part is not None and held.part.instance is not None and held.part.instance.is_live:
        moving.stop(held.part.instance, actor=SYSTEM, reason=f"{kind.label}：{reason}"[:500])
    held.end_kind, held.end_reason, held.ended_at = kind, reason.strip()[:500], clock.now()
    held.state = ShareState.ARCHIVED if kind == EndKind.REPLACED else ShareState.DISPOSING
    held.save(update_fields=["end_kind", "end_reason", "ended_at", "state"])
    audit.record(actor, "sharing.ended", held, basis=reason, detail={"kind": kind.value})
    if held.state == ShareState.DISPOSING:
        disposing.begin(held)
        _tell_asker(held, f"共享已结束：{held.title}", f"{kind.label}。{reason}。请处置数据并填写回执。", "ended")
    return held


def end_expired(*, actor: Actor = SYSTEM) -> int:
    """How many shares were past their time and ended."""
    due = Share.objects.filter(state__in=LIVE_SHARES, grant__valid_until__lte=clock.now()).values_list("pk", flat=True)
    ended = 0
    for pk in list(due):
        with transaction.atomic():
            share = Share.objects.get(pk=pk)
            if share.state in LIVE_SHARES:
                end(share, EndKind.EXPIRED, actor=actor, reason="使用时限已到")
                ended += 1
    return ended


def end_withdrawn(resource: Resource, *, actor: Actor = SYSTEM) -> int:
    """How many shares of a withdrawn entry were ended, with their grants; that of a dataset goes on while it has another table."""
    ended = 0
    for share in Share.objects.filter(resource=resource, state__in=LIVE_SHARES):
        with transaction.atomic():
            if _goes_on(share, actor):
                continue
            end(share, EndKind.WITHDRAWN, actor=actor, reason=f"目录“{resource.title}”已撤销")
            ended += 1
    return ended


def filed(given: Effect) -> None:
    """The termination filed at the bureau."""
    found = Termination.objects.select_for_update(of=("self",)).select_related("share").get(share__uuid=given.subject.key)
    found.filed_by, found.filed_at = given.actor.name[:120], clock.now()
    found.save(update_fields=["filed_by", "filed_at"])
    audit.record(given.actor, "sharing.termination_filed", found.share, basis=given.reason)


def open_suspension(share: Share) -> Suspension | None:
    """The suspension that runs; None when there is none."""
    return share.suspensions.filter(ended_at=None).select_related("organisation").first()


def _move_grant(share: Share, state: GrantState, *, actor: Actor, reason: str) -> None:
    """The share's grant, of a whole dataset all its tables', in that state; nothing when it is there already."""
    if share.grant.dataset is not None:
        datasets.move_dataset_grant(share.grant.dataset, state, actor=actor, reason=reason)
    elif share.grant.state != state:
        access.move_grant(share.grant, state, actor=actor, reason=reason)


def _goes_on(share: Share, actor: Actor) -> bool:
    """Whether another table of its dataset stands for the share from now on, instead of the one that was withdrawn."""
    held = _locked(share)
    if held.grant.dataset is None:
        return False
    others = held.grant.dataset.grants.exclude(state=GrantState.REVOKED).exclude(resource=held.resource)
    other = others.filter(resource__state=ResourceState.PUBLISHED).select_related("resource").first()
    if other is None:
        return False
    held.grant, held.resource = other, other.resource
    held.save(update_fields=["grant", "resource"])
    audit.record(actor, "sharing.dataset_goes_on", held, detail={"withdrawn": share.resource.code, "resource": other.resource.code})
    return True


def _locked(share: Share) -> Share:
    held = Share.objects.select_for_update(of=("self",))
    return held.select_related("grant__dataset", "resource__provider", "organisation", "part__instance").get(pk=share.pk)


def _require_reason(text: str, what: str, example: str) -> None:
    if not text.strip():
        raise WrongStanding(f"请写明{what}的理由或情况：{example}。")


def _require_same_hand(found: Suspension, share: Share, actor: Actor) -> None:
    """A provider does not lift what the bureau ordered; the bureau may lift either."""
    by_bureau = found.organisation is not None and found.organisation_id != share.resource.provider_id
    if by_bureau and actor.organisation == share.resource.provider.uscc and found.organisation is not None:
        raise WrongStanding(f"这项共享由{found.organisation}暂停，须由它恢复；请与它联系。")


def _close_suspension(found: Suspension, outcome: str) -> None:
    found.ended_at, found.outcome = clock.now(), outcome[:500]
    found.save(update_fields=["ended_at", "outcome"])


def _place(actor: Actor) -> Organisation | None:
    return Organisation.objects.filter(uscc=actor.organisation).first() if actor.organisation else None


def _tell_asker(share: Share, title: str, body: str, what: str) -> None:
    telling.tell(share.organisation, title, body, href=telling.href_of_share(share), key=f"{share.uuid}:{what}")
