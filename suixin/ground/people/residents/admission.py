"""What a proven identity leaves behind: the resident as the provider knows it now, and the firms it stands for.

Promise  name, numbers and level are those of this sign-in, up or down; a firm that the provider no longer names is
         no longer stood for; what a legal representative gave is not touched
Made up  a person of a demonstration stands for made-up firms alone: one that a real person stood for, or that nobody did, is
         neither renamed nor stood for, and the sign-in refused
Errors   BadAgency
"""

from collections.abc import Sequence

from suixin.ground.audit.actions import record
from suixin.ground.people.residents import queries
from suixin.ground.people.residents.errors import BadAgency
from suixin.ground.people.residents.models import Agency, AgencyKind, AgencyScope, Firm, Resident
from suixin.ground.people.residents.rules import FirmClaim, Identity, TrustLevel
from suixin.kit import clock


def admitted(identity: Identity) -> Resident:
    """The resident of that identity, brought up to date; call it inside a transaction. Raises BadAgency."""
    if identity.is_made_up:
        _require_made_up(identity.firms)
    resident, is_new = Resident.objects.select_for_update().get_or_create(
        issuer=identity.issuer, subject=identity.subject, defaults={"level": int(identity.level)}
    )
    before = resident.level
    resident.name, resident.id_number, resident.mobile = identity.name, identity.id_number, identity.mobile
    resident.level = int(identity.level)
    resident.save()
    if is_new:
        record(queries.person_actor(resident), "residents.registered", queries.named(resident))
    elif before != resident.level:
        detail = {"before": before, "after": resident.level}
        record(queries.person_actor(resident), "residents.level_changed", queries.named(resident), detail=detail)
    _follow_firms(resident, identity)
    return resident


def _follow_firms(resident: Resident, identity: Identity) -> None:
    """Agencies that the provider says, no more and no fewer; below real name it may say none."""
    said = {claim.uscc: claim for claim in identity.firms} if identity.level >= TrustLevel.REAL_NAME else {}
    known = resident.agencies.lasting().filter(given_by__isnull=True, agent_index="").select_related("firm")
    for agency in known:
        claim = said.get(agency.firm.uscc)
        if claim is not None and _kind(claim) == agency.kind:
            del said[claim.uscc]
            continue
        Agency.objects.filter(pk=agency.pk).update(revoked_at=clock.now())
        detail = {"resident": str(resident.uuid), "firm": agency.firm.uscc, "by": "provider"}
        record(queries.person_actor(resident), "residents.agency_ended", queries.named(agency), detail=detail)
    for claim in said.values():
        _stand_for(resident, claim)


def _require_made_up(claims: Sequence[FirmClaim]) -> None:
    for firm in Firm.objects.filter(uscc__in=[claim.uscc for claim in claims]):
        if not queries.is_made_up(firm):
            raise BadAgency(f"模拟登录不能代表“{firm.name}”({firm.uscc}):它不是模拟的企业;没有登录,请在模拟人员文件里换一个企业。")


def _stand_for(resident: Resident, claim: FirmClaim) -> None:
    firm, _ = Firm.objects.update_or_create(uscc=claim.uscc, defaults={"name": claim.name})
    agency = Agency.objects.create(
        firm=firm, resident=resident, kind=_kind(claim), scopes=list(AgencyScope.values), valid_from=clock.today(),
        accepted_at=clock.now(),
    )
    detail = {"resident": str(resident.uuid), "firm": firm.uscc, "kind": agency.kind, "by": "provider"}
    record(queries.person_actor(resident), "residents.agency_said", queries.named(agency), detail=detail)


def _kind(claim: FirmClaim) -> AgencyKind:
    return AgencyKind.LEGAL_REPRESENTATIVE if claim.is_legal_representative else AgencyKind.AGENT
