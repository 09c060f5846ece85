"""What the bureau decides about items that hold the same thing: which department is the source, that they are none, an exception."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q

from suixin.data.catalog.models import Item, Resource
from suixin.data.catalog.sources import name_source
from suixin.data.quality.models import DuplicateFinding, Exemption, FindingState
from suixin.data.quality.radar.errors import BadExemption, UndecidableFinding
from suixin.ground.audit import actions as audit
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor

LONGEST = timedelta(days=3 * 366)  # an exception is looked at again after three years: our choice
VERB = "catalog.decide_duplicates"


@transaction.atomic
def confirm_source(findings: Sequence[DuplicateFinding], source: Resource, *, actor: Actor, reason: str) -> list[DuplicateFinding]:
    """The findings decided: `source`, one of the two entries of each, is where the items come from; both name its department.

    Raises NotAllowed, UndecidableFinding, and what `name_source` raises.
    """
    held = _decidable(findings, actor, reason)
    strangers = [one for one in held if source.pk not in (one.left_id, one.right_id)]
    if strangers:
        raise UndecidableFinding(f"《{source.title}》不在所选的重复项之中；请选择两条目录之一作为数源。")
    name_source(_items_of(held), source.provider, actor=actor, reason=reason)
    for one in held:
        one.source = source
        _decide(one, FindingState.CONFIRMED, actor, reason)
        audit.record(actor, "quality.source_confirmed", one, basis=reason, detail={"pair": str(one), "source": source.code})
    return held


@transaction.atomic
def dismiss(findings: Sequence[DuplicateFinding], *, actor: Actor, reason: str) -> list[DuplicateFinding]:
    """The findings decided: these items do not hold the same thing; they come again only with other evidence.

    Raises NotAllowed, UndecidableFinding.
    """
    held = _decidable(findings, actor, reason)
    for one in held:
        _decide(one, FindingState.DISMISSED, actor, reason)
        audit.record(actor, "quality.duplicate_dismissed", one, basis=reason, detail={"pair": str(one)})
    return held


@transaction.atomic
def exempt(resource: Resource, fields: Sequence[str], *, actor: Actor, basis: str, until: date) -> Exemption:
    """The entry may collect these items (all, when none is named) although another department provides them, until that day.

    Raises NotAllowed, BadExemption.
    """
    policy.require(actor, "catalog.exempt_duplicates", resource)
    known = set(resource.items.values_list("field", flat=True))
    unknown = [field for field in fields if field not in known]
    if unknown:
        raise BadExemption(f"目录“{resource.title}”没有信息项“{'、'.join(unknown)}”；请对照信息项清单改正。", unknown=unknown)
    if not basis.strip():
        raise BadExemption("请写明另行采集的依据，例如法律条款或会议纪要的文号。")
    if not clock.today() <= until <= clock.today() + LONGEST:
        raise BadExemption("例外的有效期应在今天之后、三年之内；到期后仍需要的，请重新登记。")
    given = Exemption.objects.create(
        resource=resource, fields=sorted(set(fields)), basis=basis.strip()[:500], until=until, given_by=actor.name[:120],
        given_at=clock.now(),
    )
    audit.record(
        actor, "quality.recollection_exempted", resource, basis=basis, detail={"fields": given.fields, "until": until.isoformat()}
    )
    return given


def _decidable(findings: Sequence[DuplicateFinding], actor: Actor, reason: str) -> list[DuplicateFinding]:
    policy.require_anywhere(actor, VERB)
    wanted = {one.pk for one in findings}
    held = list(
        DuplicateFinding.objects.select_for_update(of=("self",)).filter(pk__in=wanted)
        .select_related("left__provider", "right__provider").order_by("pk")
    )
    for one in held:
        policy.require(actor, VERB, one)
    if not wanted or len(held) != len(wanted) or any(one.state != FindingState.OPEN for one in held):
        raise UndecidableFinding("没有选中待裁定的重复项，或其中有的已由他人裁定、已经消失；请刷新页面后再选。")
    if not reason.strip():
        raise UndecidableFinding("请写明裁定的理由，例如“三定”规定或会议纪要的文号。")
    return held


def _decide(finding: DuplicateFinding, state: FindingState, actor: Actor, reason: str) -> None:
    finding.state, finding.reason, finding.decided_by, finding.decided_at = state, reason.strip()[:500], actor.name[:120], clock.now()
    finding.save(update_fields=["state", "source", "reason", "decided_by", "decided_at"])


def _items_of(findings: Iterable[DuplicateFinding]) -> list[Item]:
    wanted = Q(pk__in=())
    for one in findings:
        wanted |= Q(resource=one.left_id, field=one.left_field) | Q(resource=one.right_id, field=one.right_field)
    return list(Item.objects.filter(wanted))
