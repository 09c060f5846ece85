"""Residents for tests; numbers of people born in 1800."""

from datetime import timedelta

from django.db import transaction

from suixin.ground.people.residents.admission import admitted
from suixin.ground.people.residents.models import Resident, ResidentSession
from suixin.ground.people.residents.rules import FirmClaim, Identity, TrustLevel
from suixin.kit import clock
from suixin.kit.sm import sm3_hex

ISSUER = "https://identity.example"
NUMBERS = {"zhou": "510903180101055035", "feng": "510903180001011238", "ouyang": "510903180002022342"}
NAMES = {"zhou": "周玲建", "feng": "冯英辉", "ouyang": "欧阳立秋"}
FIRM = FirmClaim("91510903XX0000326X", "盛涪贸易有限公司", is_legal_representative=True)


def identity(who: str, *, level: int = 4, firms: tuple[FirmClaim, ...] = ()) -> Identity:
    """What a provider says of one of them."""
    return Identity(ISSUER, who, NAMES[who], NUMBERS[who], "13900000001", TrustLevel(level), firms)


def resident(who: str = "zhou", *, level: int = 4, firms: tuple[FirmClaim, ...] = ()) -> Resident:
    """One of them, admitted."""
    with transaction.atomic():
        return admitted(identity(who, level=level, firms=firms))


def session(of: Resident, token: str = "", *, for_firm: bool = False) -> ResidentSession:
    """A session that lasts; for the resident's first firm if so wished."""
    now = clock.now()
    return ResidentSession.objects.create(
        digest=sm3_hex((token or str(of.uuid)).encode()), resident=of, provider="province", level=of.level, started_at=now,
        seen_at=now, ends_at=now + timedelta(hours=8), acting_for=of.agencies.first() if for_firm else None,
    )
