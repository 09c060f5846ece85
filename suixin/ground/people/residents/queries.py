"""Who acts: the `Actor` of a signed-in resident, for itself or for a firm; and what its own pages show."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from suixin.ground.audit.models import Record
from suixin.ground.people.residents.models import Agency, AgencyKind, Firm, Resident, ResidentSession
from suixin.ground.people.residents.rules import AGENCY_LEVEL, MADE_UP
from suixin.ground.security.masks import MASKS
from suixin.kit import clock
from suixin.kit.actor import Actor, ActorKind
from suixin.kit.sm import sm3_hex

IDLE = timedelta(minutes=30)
_TOUCHED_EVERY = timedelta(minutes=1)
SIMULATED = "simulated"  # the provider of sessions of made-up people


def named(row: Resident | Agency) -> tuple[str, str]:
    """Type and key for the audit log: a pair, because a hash of the row would be one of personal data."""
    return row._meta.label_lower, str(row.uuid)


def masked_name(resident: Resident) -> str:
    """The name as others may read it."""
    return MASKS["name"].apply(resident.name) or "居民"


def person_actor(resident: Resident) -> Actor:
    """The resident acting for itself; its name is masked, because names of actors reach logs."""
    return Actor(ActorKind.RESIDENT, str(resident.uuid), masked_name(resident), roles=frozenset({"resident"}))


def actor_of_session(session: ResidentSession) -> Actor:
    """Who acts in this browser: the resident for itself, or for the firm that it switched to."""
    resident, agency = session.resident, session.acting_for
    if agency is None:
        return person_actor(resident)
    uscc = agency.firm.uscc
    roles = frozenset({"firm_agent"})
    return Actor(ActorKind.RESIDENT, str(resident.uuid), masked_name(resident), uscc, (uscc,), roles)


def session_of(token: str) -> ResidentSession | None:
    """The session that lasts under that token; None when there is none, or a made-up one where they are off.

    An agency that ended is let go of.
    """
    now = clock.now()
    session = (
        ResidentSession.objects.select_related("resident", "acting_for__firm")
        .filter(digest=sm3_hex(token.encode()), ended_at__isnull=True, ends_at__gt=now, seen_at__gt=now - IDLE)
        .filter(resident__is_active=True, resident__closed_at__isnull=True).first()
    )
    if session is None or (session.provider == SIMULATED and not settings.SUIXIN.simulated_identity):
        return None
    if session.acting_for is not None and not agencies_of(session.resident).filter(pk=session.acting_for.pk).exists():
        session.acting_for = None
        ResidentSession.objects.filter(pk=session.pk).update(acting_for=None)
    if now - session.seen_at > _TOUCHED_EVERY:
        ResidentSession.objects.filter(pk=session.pk, ended_at__isnull=True).update(seen_at=now)
    return session


def agencies_of(resident: Resident) -> QuerySet[Agency]:
    """What the resident may act by today; nothing below real name, also when the level fell after the yes."""
    if resident.trust < AGENCY_LEVEL:
        return Agency.objects.none()
    return Agency.objects.in_force().filter(resident=resident).select_related("firm")


def is_made_up(firm: Firm) -> bool:
    """Whether people of a demonstration, and nobody else, ever stood for the firm or were to."""
    by_nobody = Q(resident__issuer=MADE_UP) | Q(resident__isnull=True, given_by__issuer=MADE_UP)
    return firm.agencies.filter(by_nobody).exists() and not firm.agencies.exclude(pk__in=firm.agencies.filter(by_nobody)).exists()


def agencies_given(firm: Firm) -> QuerySet[Agency]:
    """Agents of a firm, offered ones too."""
    return Agency.objects.lasting().filter(firm=firm, kind=AgencyKind.AGENT).select_related("resident")


def sessions_of(resident: Resident) -> QuerySet[ResidentSession]:
    """Sessions that last."""
    now = clock.now()
    return ResidentSession.objects.filter(
        resident=resident, ended_at__isnull=True, ends_at__gt=now, seen_at__gt=now - IDLE
    )


def records_about(resident: Resident) -> QuerySet[Record]:
    """What the audit log holds of this account: what it did, and what was done to it, newest first."""
    key = str(resident.uuid)
    did = Record.objects.filter(actor_kind=ActorKind.RESIDENT.value, actor_key=key)
    suffered = Record.objects.filter(object_type=Resident._meta.label_lower, object_key=key)
    return (did | suffered).order_by("-id")

