"""What residents do: act for a firm, give and answer agencies, end sessions, close the account.

Each checks that the row is the actor's own; what belongs to somebody else is answered as not there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction

from suixin.ground.audit.actions import record
from suixin.ground.events import emit_on_commit
from suixin.ground.people.events import ResidentClosed
from suixin.ground.people.residents import queries
from suixin.ground.people.residents.errors import BadAgency, TrustTooLow
from suixin.ground.people.residents.models import Agency, AgencyKind, AgencyScope, Firm, Resident, ResidentSession
from suixin.ground.people.residents.rules import AGENCY_LEVEL, LONGEST_NAME
from suixin.ground.security.policy import require
from suixin.ground.security.subjects import subject_index, subject_indexes
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.checksums import has_resident_check_char
from suixin.kit.errors import NotFound

LONGEST_YEARS = 3


@dataclass(frozen=True, slots=True)
class AgencyTerms:
    """Whom a legal representative lets act, how far and until when."""

    name: str
    id_number: str
    scopes: Sequence[str]
    valid_to: date


@transaction.atomic
def act_for(session: ResidentSession, agency: UUID | None, *, actor: Actor) -> ResidentSession:
    """The session acting by that agency from now on, or for the person itself (None). Raises NotFound."""
    _own(session.resident, actor)
    require(actor, "residents.act_for", None)
    chosen = None if agency is None else queries.agencies_of(session.resident).filter(uuid=agency).first()
    if agency is not None and chosen is None:
        raise _no_agency()
    session.acting_for = chosen
    session.save(update_fields=["acting_for"])
    detail = {"firm": chosen.firm.uscc if chosen else ""}
    record(actor, "residents.acted_for", queries.named(session.resident), detail=detail)
    return session


@transaction.atomic
def give_agency(session: ResidentSession, terms: AgencyTerms, *, actor: Actor) -> Agency:
    """The agency offered to the person of that name and number, who has to accept it.

    Raises NotAllowed unless the session acts for the firm as its legal representative, TrustTooLow, BadAgency.
    """
    firm = _firm_represented(session, actor)
    require(actor, "residents.give_agency", firm)
    _require_trust(session)
    index = _checked(terms, session.resident)
    if Agency.objects.lasting().filter(firm=firm, agent_index__in=subject_indexes(terms.id_number)).exists():
        raise BadAgency("已经给过这个人经办授权,还在有效期内;要改范围或期限,请先撤销原来的。")
    agency = Agency.objects.create(
        firm=firm, agent_name=terms.name.strip(), agent_index=index, kind=AgencyKind.AGENT, scopes=sorted(set(terms.scopes)),
        valid_from=clock.today(), valid_to=terms.valid_to, given_by=session.resident,
    )
    detail = {"firm": firm.uscc, "scopes": agency.scopes, "valid_to": terms.valid_to}
    record(actor, "residents.agency_given", queries.named(agency), detail=detail)
    return agency


@transaction.atomic
def revoke_agency(session: ResidentSession, agency: UUID, *, actor: Actor) -> Agency:
    """The agency of an agent, revoked by the firm's legal representative. Raises NotAllowed, NotFound."""
    firm = _firm_represented(session, actor)
    require(actor, "residents.revoke_agency", firm)
    found = queries.agencies_given(firm).select_for_update(of=("self",)).filter(uuid=agency).first()
    if found is None:
        raise _no_agency()
    return _ended(found, "residents.agency_revoked", actor)


@transaction.atomic
def accept_agency(resident: Resident, agency: UUID, *, actor: Actor) -> Agency:
    """The offered agency, accepted by the person it names. Raises NotFound, TrustTooLow, BadAgency."""
    _own(resident, actor)
    require(actor, "residents.answer_agency", None)
    if resident.trust < AGENCY_LEVEL:
        raise _too_low()
    found = Agency.objects.offered_to(resident).select_for_update().filter(uuid=agency).first()
    if found is None:
        raise _no_agency()
    if found.agent_name != resident.name:
        raise BadAgency("授权上写的姓名与您实名的姓名不一致,不能接受;请法定代表人撤销后按证件上的姓名重新授权。")
    found.resident, found.accepted_at = resident, clock.now()
    found.save(update_fields=["resident", "accepted_at"])
    record(actor, "residents.agency_accepted", queries.named(found))
    return found


@transaction.atomic
def give_up_agency(resident: Resident, agency: UUID, *, actor: Actor) -> Agency:
    """The agency declined, or laid down, by the person it names. Raises NotFound."""
    _own(resident, actor)
    require(actor, "residents.answer_agency", None)
    offered = Agency.objects.offered_to(resident).filter(uuid=agency)
    held = Agency.objects.lasting().filter(uuid=agency, resident=resident, kind=AgencyKind.AGENT)
    found = offered.first() or held.first()
    if found is None:
        raise _no_agency()
    return _ended(found, "residents.agency_given_up", actor)


@transaction.atomic
def end_sessions(resident: Resident, *, actor: Actor, keep: ResidentSession | None = None) -> int:
    """How many sessions were ended, all but `keep`."""
    _own(resident, actor)
    require(actor, "residents.end_sessions", None)
    lasting = queries.sessions_of(resident)
    ended = (lasting.exclude(pk=keep.pk) if keep else lasting).update(ended_at=clock.now())
    record(actor, "residents.sessions_ended", queries.named(resident), detail={"count": ended})
    return ended


@transaction.atomic
def close_account(resident: Resident, *, actor: Actor) -> None:
    """Name, numbers, index and the provider's id erased, sessions and agencies ended. The audit log stays, by law."""
    _own(resident, actor)
    require(actor, "residents.close_account", None)
    record(actor, "residents.closed", queries.named(resident))
    now = clock.now()
    ResidentSession.objects.filter(resident=resident).update(address="", terminal="", acting_for=None)
    ResidentSession.objects.filter(resident=resident, ended_at__isnull=True).update(ended_at=now)
    for agency in Agency.objects.lasting().filter(resident=resident):
        _ended(agency, "residents.agency_given_up", actor)
    for agency in Agency.objects.filter(resident=resident):
        agency.agent_name = agency.agent_index = ""
        agency.save(update_fields=["agent_name", "agent_index"])
    resident.name = resident.id_number = resident.mobile = ""
    resident.subject, resident.is_active, resident.closed_at = f"closed:{resident.uuid}", False, now
    resident.save()
    emit_on_commit(ResidentClosed(resident.pk))


def _own(resident: Resident, actor: Actor) -> None:
    if actor.key != str(resident.uuid):
        raise NotFound("没有这个账户,或它不是您的;请重新登录。")


def _firm_represented(session: ResidentSession, actor: Actor) -> Firm:
    _own(session.resident, actor)
    agency = session.acting_for
    if agency is None or agency.kind != AgencyKind.LEGAL_REPRESENTATIVE:
        raise NotFound("只有法定代表人可以管理本企业的经办授权;请先切换到您任法定代表人的企业。")
    return agency.firm


def _require_trust(session: ResidentSession) -> None:
    if session.resident.trust < AGENCY_LEVEL:
        raise _too_low()


def _checked(terms: AgencyTerms, giver: Resident) -> str:
    """The index of the person meant. Raises BadAgency."""
    number, today = terms.id_number.strip().upper(), clock.today()
    if not terms.name.strip() or len(terms.name) > LONGEST_NAME:
        raise BadAgency("请填写经办人身份证件上的姓名。")
    if not has_resident_check_char(number):
        raise BadAgency("经办人的身份证号不合规则(18 位,末位校验不符);请核对后重填。")
    if not terms.scopes or not set(terms.scopes) <= set(AgencyScope.values):
        raise BadAgency("请选择经办的范围,至少一项。")
    if not today <= terms.valid_to <= today.replace(year=today.year + LONGEST_YEARS, day=min(today.day, 28)):
        raise BadAgency(f"授权的截止日期应在今天之后、{LONGEST_YEARS} 年之内;请改正。")
    index = subject_index(number)
    if giver.id_number and index == subject_index(giver.id_number):
        raise BadAgency("您是法定代表人,不需要给自己经办授权。")
    return index


def _ended(agency: Agency, action: str, actor: Actor) -> Agency:
    agency.revoked_at = clock.now()
    agency.save(update_fields=["revoked_at"])
    record(actor, action, queries.named(agency), detail={"firm": agency.firm.uscc})
    return agency


def _no_agency() -> NotFound:
    return NotFound("没有这个经办授权,或它已撤销、已到期;请刷新页面查看现在的授权。")


def _too_low() -> TrustTooLow:
    return TrustTooLow("企业经办授权需要实名等级;请在身份提供方完成实名认证后重新登录。")
