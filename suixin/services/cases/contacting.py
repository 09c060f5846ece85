"""How a resident wants to be told of its cases: SMS or not, a mail address that it confirmed, which kinds not.

Confirmed  a mail address counts once its owner opened the link that was sent there; one link a day for each address
Refused    only what need not be told; supplements, decisions and fees always go out
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from suixin.ground.audit import actions as audit
from suixin.ground.notify import actions as notify
from suixin.ground.notify.kinds import Kind
from suixin.ground.notify.models import Channel
from suixin.ground.notify.queries import channels
from suixin.ground.notify.recipients import Recipient
from suixin.ground.people.residents.models import Resident
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.sm import sm3_hex
from suixin.services.cases import parties
from suixin.services.cases.errors import UnfitApplicant
from suixin.services.cases.kept import Contact
from suixin.services.cases.telling import OPTIONAL

CONFIRM = Kind(
    "cases.confirm_mail", "请确认邮箱",
    template="【遂心】有人把这个邮箱填作办事提醒的收件地址。是您本人的，请打开下面的链接确认；不是的，不用理会。",
    channels=(Channel.MAIL,), home="/my/contact/",
)
SALT = "cases.contact"
LINK_SECONDS = 2 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a resident asks for; `refused` are kinds that it does not want to be told of."""

    mail: str = ""
    wants_sms: bool = True
    refused: Sequence[str] = ()


def contact_of(resident: Resident) -> Contact | None:
    """What the resident said; None when it never did."""
    return Contact.objects.filter(resident=resident).first()


@transaction.atomic
def set_contact(wishes: Wishes, *, actor: Actor) -> Contact:
    """The resident's contact from now on; a new mail address is asked to confirm. Raises NotAllowed, UnfitApplicant."""
    resident = _resident(actor)
    mail = wishes.mail.strip()
    if mail and not _is_mailbox(mail):
        raise UnfitApplicant("邮箱地址不合规则；请写成 name@example.com 的样子，或留空。")
    if unknown := set(wishes.refused) - {kind.name for kind in OPTIONAL}:
        raise UnfitApplicant(f"“{sorted(unknown)[0][:40]}”不能不要：补正、决定、缴费的通知依法要告知。")
    held, _ = Contact.objects.select_for_update().get_or_create(resident=resident, defaults={"changed_at": clock.now()})
    is_new = mail != held.mail
    held.mail, held.wants_sms, held.refused, held.changed_at = mail, wishes.wants_sms, sorted(set(wishes.refused)), clock.now()
    if is_new:
        held.mail_confirmed_at = None
    held.save()
    audit.record(actor, "cases.contact_changed", ("cases.contact", str(resident.uuid)))
    if mail and held.mail_confirmed_at is None and Channel.MAIL in channels():
        _ask(resident, mail)
    return held


@transaction.atomic
def confirm_mail(token: str, *, actor: Actor) -> Contact:
    """The contact, its mail address confirmed by the link that was sent there. Raises NotAllowed, UnfitApplicant."""
    resident = _resident(actor)
    held = Contact.objects.select_for_update().filter(resident=resident).first()
    try:
        told = signing.loads(token, salt=SALT, max_age=LINK_SECONDS)
    except signing.BadSignature:
        raise UnfitApplicant("这个链接不对或已过期（两天内有效）；请在下面重新保存邮箱，再发一次。") from None
    if held is None or told != [str(resident.uuid), sm3_hex(held.mail.encode())]:
        raise UnfitApplicant("这个链接是给别的账户或以前的邮箱的；请在下面核对邮箱，重新保存。")
    if held.mail_confirmed_at is None:
        held.mail_confirmed_at = clock.now()
        held.save(update_fields=["mail_confirmed_at"])
        audit.record(actor, "cases.mail_confirmed", ("cases.contact", str(resident.uuid)))
    return held


def forget_closed() -> int:
    """How many contacts of residents who closed their account are gone. Harmless when repeated."""
    return Contact.objects.filter(resident__closed_at__isnull=False).delete()[0]


def token_for(resident: Resident, mail: str) -> str:
    """What the link to confirm that address holds."""
    return signing.dumps([str(resident.uuid), sm3_hex(mail.encode())], salt=SALT)


def _ask(resident: Resident, mail: str) -> None:
    notify.send(
        [Recipient.address(Channel.MAIL, mail)], kind=CONFIRM.name, title=CONFIRM.title,
        href=f"/my/contact/?confirm={token_for(resident, mail)}", key=f"confirm:{resident.uuid}:{clock.today()}",
    )


def _resident(actor: Actor) -> Resident:
    policy.require(actor, "cases.apply", None)
    resident = parties.resident_of(actor)
    if resident is None:
        policy.refuse(actor, "cases.apply", None)
    return resident


def _is_mailbox(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return text.isascii() and len(text) <= 200
