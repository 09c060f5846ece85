"""The receipt of disposal: when a share ends the asker tells what became of the data, the provider accepts, all is archived.

Source   国务院令第809号 art. 27: 按提供方要求妥善处置
"""

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from suixin.data.catalog import publication
from suixin.data.sharing.errors import WrongStanding
from suixin.data.sharing.models import Disposal, DisposalMethod, Share, ShareState
from suixin.ground.audit import actions as audit
from suixin.ground.flow import advancing, starting
from suixin.ground.flow.subjects import Deciding, Effect, Subject
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor

KIND, SLUG, DISPOSED = "sharing.share", "share-disposal", "disposed"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of the data: how, where and how much, and on which day."""

    method: DisposalMethod
    text: str
    done_on: date


def begin(share: Share) -> Disposal:
    """The receipt that is due, waiting in the asker's inbox; part of the caller's transaction."""
    publication.require_procedure(SLUG)
    instance = starting.start(
        SLUG, Subject(KIND, str(share.uuid)), actor=SYSTEM, title=f"处置共享数据：{share.title}（{share.organisation}）",
        parties={"asker": share.organisation, "provider": share.resource.provider},
    )
    return Disposal.objects.create(share=share, instance=instance)


@transaction.atomic
def file_disposal(share: Share, receipt: Receipt, *, actor: Actor) -> Disposal:
    """The receipt filled in and before the provider. Raises NotAllowed, WrongStanding."""
    policy.require(actor, "sharing.request", share.organisation)
    found = Disposal.objects.select_for_update(of=("self",)).select_related("instance", "share").filter(share=share).first()
    step = publication.waiting_step(found.instance) if found is not None and found.instance is not None else None
    if found is None or step is None or step.node != DISPOSED:
        raise WrongStanding(f"这项共享{share.get_state_display()}，现在不用填处置回执。")
    if len(receipt.text.strip()) < 4:
        raise WrongStanding("请写明处置了哪些数据、存放在哪里、怎样处置，例如“前置库表已删除，备份已覆盖”。")
    if receipt.done_on > clock.today():
        raise WrongStanding("处置日期不能晚于今天；请改正日期。")
    found.method, found.text, found.done_on = receipt.method, receipt.text.strip()[:1000], receipt.done_on
    found.filed_by, found.filed_at = actor.name[:120], clock.now()
    found.save(update_fields=["method", "text", "done_on", "filed_by", "filed_at"])
    advancing.decide(step, "approve", actor=actor, reason=receipt.text[:500])
    audit.record(actor, "sharing.disposed", found.share, basis=receipt.text, detail={"method": receipt.method.value})
    return found


def guard(deciding: Deciding) -> None:
    """Nothing, once the receipt is filled in on the share's page. Raises WrongStanding."""
    if deciding.node != DISPOSED:
        return
    found = Disposal.objects.filter(share__uuid=deciding.subject.key).first()
    last = found.instance.steps.filter(node=DISPOSED).order_by("-pk").first() if found is not None and found.instance is not None else None
    if found is None or found.filed_at is None or (last is not None and found.filed_at < last.opened_at):
        raise WrongStanding("请打开共享页填写处置回执，这一步会随之办结。")


def archive(given: Effect) -> None:
    """The receipt accepted, the share archived."""
    found = Disposal.objects.select_for_update(of=("self",)).select_related("share").get(share__uuid=given.subject.key)
    found.accepted_by, found.accepted_at = given.actor.name[:120], clock.now()
    found.save(update_fields=["accepted_by", "accepted_at"])
    Share.objects.filter(pk=found.share_id).update(state=ShareState.ARCHIVED)
    audit.record(given.actor, "sharing.archived", found.share)
