"""Applicants told by SMS and mail of what happens to a case: nothing personal, the case's number and a day.

When     with the paper of the occasion, in its transaction, so exactly once (`papers.issue`)
Whom     SMS to the mobile of the application, mail to the confirmed address of who handed it in; what an office must tell goes out
         whatever was refused, the rest not to who does not want it (`contacting`)
Dead     `ground.notify` tries again for days; what it gave up is listed for the department (`undelivered`), which corrects the number
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from suixin.ground.audit import actions as audit
from suixin.ground.notify import actions as notify
from suixin.ground.notify.kinds import Kind
from suixin.ground.notify.models import OVER_BADLY, Channel, Delivery
from suixin.ground.notify.outbox import recipient_of
from suixin.ground.notify.queries import channels
from suixin.ground.notify.recipients import Recipient
from suixin.ground.people.residents.models import Resident
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor, ActorKind
from suixin.kit.checksums import is_mobile
from suixin.services.cases.attached import DocumentKind
from suixin.services.cases.errors import WrongStateOfCase
from suixin.services.cases.kept import CaseNotice, Contact
from suixin.services.cases.models import Application, Case

HOME = "/my/cases/"


def _kind(name: str, title: str, said: str) -> Kind:
    return Kind(f"cases.{name}", title, template=f"【遂心】您的办件{{number}}{said}", home=HOME, channels=(Channel.SMS, Channel.MAIL))


ACCEPTED = _kind("told_accepted", "办件已受理", "已受理，请登录“我的办件”查看。")
SUPPLEMENT = _kind("told_supplement", "办件要补正", "要补正材料，请在{day}前补交，详见“我的办件”。")
SPECIAL = _kind("told_special", "办件进入特别程序", "进入特别程序，期间不计入时限，详见“我的办件”。")
DECIDED = _kind("told_decided", "办件有决定", "已作出决定，请登录“我的办件”查看。")
DELIVERED = _kind("told_delivered", "办件已送达", "的结果已送达，如未收到请与办理部门联系。")
FEE_DUE = _kind("told_fee", "办件要缴费", "有费用待缴，请登录“我的办件”查看和缴纳。")
PAID = _kind("told_paid", "办件缴费成功", "已收到缴费，凭证在“我的办件”。")
REFUNDED = _kind("told_refunded", "办件有退费", "的退费已退回原支付渠道。")
ANSWERED = _kind("told_answered", "数据校核有答复", "里您提出的数据校核有答复，详见“我的办件”。")
MANDATORY = (SUPPLEMENT, SPECIAL, DECIDED, FEE_DUE)  # the law wants them told, or silence would cost the applicant
OPTIONAL = (ACCEPTED, DELIVERED, PAID, REFUNDED, ANSWERED)
KINDS = (*MANDATORY, *OPTIONAL)
OF_PAPER: Mapping[DocumentKind, Kind] = {
    DocumentKind.ACCEPTANCE: ACCEPTED, DocumentKind.SUPPLEMENT: SUPPLEMENT, DocumentKind.SPECIAL: SPECIAL, DocumentKind.REFUSAL: DECIDED,
    DocumentKind.GRANT: DECIDED, DocumentKind.DENIAL: DECIDED, DocumentKind.DELIVERY: DELIVERED, DocumentKind.FEE: FEE_DUE,
    DocumentKind.PAYMENT: PAID, DocumentKind.REFUND: REFUNDED,
}


@dataclass(frozen=True, slots=True)
class Told:
    """One notice and where it stands; `delivery` is None once the outbox has forgotten it."""

    notice: CaseNotice
    title: str
    delivery: Delivery | None


def tell_of_paper(case: Case, kind: DocumentKind, *, occasion: str, facts: Mapping[str, object], actor: Actor) -> int:
    """By how many channels the applicant is newly told of a paper just issued."""
    found = OF_PAPER.get(kind)
    return 0 if found is None else tell(case, found, occasion=f"{kind.value}:{occasion}", actor=actor, day=_day(facts.get("until")))


def tell(case: Case, kind: Kind, *, occasion: str, actor: Actor, day: str = "") -> int:
    """By how many channels the applicant is newly told; none where this installation has no channel, or nothing is wanted."""
    addresses = _addresses(case.application, is_mandatory=kind in MANDATORY, kind=kind)
    return _told(case, kind, addresses, occasion=occasion, actor=actor, day=day) if addresses else 0


@transaction.atomic
def _told(case: Case, kind: Kind, addresses: Mapping[str, str], *, occasion: str, actor: Actor, day: str) -> int:
    told = 0
    for channel, address in addresses.items():
        to = Recipient.address(channel, address)
        notice, is_new = CaseNotice.objects.get_or_create(case=case, kind=kind.name, occasion=occasion[:60], channel=channel, defaults={
            "recipient": recipient_of(to), "at": clock.now(),
        })
        if is_new:
            told += _send(case, kind, notice, to, day)
    if told:
        audit.record(actor, "cases.applicant_told", case, detail={"kind": kind.name, "channels": told})
    return told


def told_of(case: Case) -> list[Told]:
    """What the applicant was told of the case, oldest first."""
    notices = list(case.notices.all())
    wanted = Q(pk__in=[])
    for one in notices:
        wanted |= Q(recipient=one.recipient, kind=one.kind, key=_key(case.number, one.occasion))
    held = {(row.recipient, row.kind, row.key): row for row in Delivery.objects.filter(wanted)} if notices else {}
    titles = {kind.name: kind.title for kind in KINDS}
    return [
        Told(one, titles.get(one.kind, one.kind), held.get((one.recipient, one.kind, _key(case.number, one.occasion)))) for one in notices
    ]


def undelivered(seen: QuerySet[Case]) -> Sequence[tuple[Case, Delivery]]:
    """Cases among those whose applicant was not reached, with the delivery given up, the newest first."""
    names = [kind.name for kind in KINDS]
    failed = list(Delivery.objects.filter(state__in=OVER_BADLY, kind__in=names).order_by("-id")[:500])
    numbers = {row.key.partition(":")[0] for row in failed}
    cases = {case.number: case for case in seen.filter(number__in=numbers)}
    recent = {(one.case_id, one.recipient, one.kind) for one in CaseNotice.objects.filter(case__in=cases.values())}
    return [
        (case, row) for row in failed
        if (case := cases.get(row.key.partition(":")[0])) is not None and (case.pk, row.recipient, row.kind) in recent
    ]


@transaction.atomic
def correct_mobile(case: Case, mobile: str, *, actor: Actor, reason: str) -> int:
    """How many notices that did not arrive are sent to the corrected number. Raises NotAllowed, WrongStateOfCase."""
    if not policy.may(actor, "cases.receive", case):
        policy.require(actor, "cases.handle", case)
    if not is_mobile(mobile) or not reason.strip():
        raise WrongStateOfCase("请填 11 位手机号码，并写明是怎样核实的。")
    application = Application.objects.select_for_update().get(pk=case.application_id)
    application.mobile = mobile
    application.save(update_fields=["mobile"])
    audit.record(actor, "cases.mobile_corrected", case, basis=reason)
    to = Recipient.address(Channel.SMS, mobile)
    kinds = {kind.name: kind for kind in KINDS}
    again = [one for one in told_of(case) if one.notice.channel == Channel.SMS and one.delivery and one.delivery.state in OVER_BADLY]
    for one in again:
        one.notice.recipient, one.notice.at = recipient_of(to), clock.now()
        one.notice.save(update_fields=["recipient", "at"])
        _send(case, kinds[one.notice.kind], one.notice, to, str(one.delivery.data.get("day", "")) if one.delivery else "")
    return len(again)


def _send(case: Case, kind: Kind, notice: CaseNotice, to: Recipient, day: str) -> int:
    return notify.send(
        [to], kind=kind.name, title=kind.title, href=f"{HOME}{case.number}/", key=_key(case.number, notice.occasion),
        data={"number": case.number, "day": day},
    )


def _key(number: str, occasion: str) -> str:
    return f"{number}:{occasion}"


def _addresses(application: Application, *, is_mandatory: bool, kind: Kind) -> dict[str, str]:
    """By channel that this installation has, where the applicant is reached and wants to be; who acts for another waives nothing."""
    contact, is_for_another = _contact(application), application.is_by_agent or bool(application.uscc)
    if contact is not None and not is_for_another and not is_mandatory and kind.name in contact.refused:
        return {}
    mail = contact.mail if contact is not None and contact.mail_confirmed_at is not None else ""
    wants_sms = contact is None or contact.wants_sms or not mail or is_for_another
    found = {Channel.SMS.value: application.mobile if wants_sms else "", Channel.MAIL.value: mail}
    ready = channels()
    return {channel: address for channel, address in found.items() if address and channel in ready}


def _contact(application: Application) -> Contact | None:
    if application.actor_kind != ActorKind.RESIDENT.value:
        return None
    resident = Resident.objects.filter(uuid=application.actor_key, closed_at=None).first()
    return Contact.objects.filter(resident=resident).first() if resident is not None else None


def _day(value: object) -> str:
    try:
        return f"{datetime.fromisoformat(str(value)).astimezone(clock.CHINA):%Y-%m-%d}" if value else ""
    except ValueError:
        return ""
