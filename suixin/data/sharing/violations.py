"""What a machine can see of the situations of art. 39 to 41, kept as a register: evidence, whom it concerns, closed with a reason.

Found    by `detect`, daily; the same thing found again is the same row; closed, it stays closed
Beyond   a machine does not see: not handing on to third parties, not serving the source department, not joining the platform;
         returning data downwards (回流) is seen by the cascade, which registers its finder
Source   国务院令第809号 art. 39 to 41; standards/data.md 2.6 (★)
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from suixin.data.access.models import GrantState
from suixin.data.catalog.models import Resource, ResourceState
from suixin.data.catalog.models import Standing as EntryStanding
from suixin.data.quality.models import DuplicateFinding, Exemption, FindingState
from suixin.data.sharing import asking, disposing, disputing, recording, rules, usage
from suixin.data.sharing.errors import WrongStanding
from suixin.data.sharing.models import LIVE_SHARES, Part, PartState, Share, Violation, ViolationKind
from suixin.ground.audit import actions as audit
from suixin.ground.flow.models import Step, StepKind, StepStatus
from suixin.ground.people.models import Organisation
from suixin.ground.people.queries import bureau_of
from suixin.ground.security import policy
from suixin.ground.security.rules import Scope
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor

BEYOND_CALLS, BEYOND_DAYS = 20, 7  # our choice: so many readings outside of a grant in a week are not a slip
UNSOURCED_DAYS = 30  # our choice: by then the bureau has named the source of what two departments hold
LOOKED_BACK = timedelta(days=400)
_ANSWERING = ("reviewed", "decided", "answered")
_REFUSALS = {"api-403": "没有授权", "api-4031": "授权已过期", "api-4032": "列不在授权内"}


@dataclass(frozen=True, slots=True)
class Found:
    """One finding: what, of whom, about what, and the evidence as a sentence."""

    kind: ViolationKind
    organisation: Organisation
    key: str
    title: str
    evidence: str
    subject: str
    subject_key: str


@transaction.atomic
def detect(*, actor: Actor = SYSTEM) -> int:
    """How many new violations were found; those known are marked as seen."""
    new = 0
    for find in _FINDERS:
        for one in find():
            known, is_new = Violation.objects.get_or_create(
                kind=one.kind, key=one.key[:200], defaults={
                    "organisation": one.organisation, "title": one.title[:300], "evidence": one.evidence[:1000], "subject": one.subject,
                    "subject_key": one.subject_key[:200], "found_at": clock.now(), "seen_at": clock.now(),
                },
            )
            new += is_new
            if is_new:
                audit.record(actor, "sharing.violation_found", known, detail={"kind": one.kind.value, "key": one.key})
            elif known.closed_at is None:
                known.seen_at, known.evidence = clock.now(), one.evidence[:1000]
                known.save(update_fields=["seen_at", "evidence"])
    return new


@transaction.atomic
def close_violation(violation: Violation, *, actor: Actor, reason: str) -> Violation:
    """The finding closed with a reason. Raises NotAllowed, WrongStanding."""
    policy.require(actor, "sharing.close_violation", violation.organisation)
    if policy.reach(actor, "sharing.close_violation") is Scope.OWN:  # nobody closes what is found against its own department
        policy.refuse(actor, "sharing.close_violation", violation.organisation)
    held = Violation.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=violation.pk)
    if held.closed_at is not None:
        raise WrongStanding(f"这条预警已由{held.closed_by}了结。")
    if not reason.strip():
        raise WrongStanding("请写明了结的理由，例如已改正、有正当理由，或不属实的说明。")
    held.closed_at, held.closed_by, held.closing = clock.now(), actor.name[:120], reason.strip()[:500]
    held.save(update_fields=["closed_at", "closed_by", "closing"])
    audit.record(actor, "sharing.violation_closed", held, basis=reason)
    return held


def _late_steps(slug: str, nodes: tuple[str, ...]) -> QuerySet[Step]:
    now = clock.now()
    late = Q(status=StepStatus.DONE, is_late=True, done_at__gte=now - LOOKED_BACK) | Q(status=StepStatus.OPEN, due_at__lt=now)
    found = Step.objects.filter(late, procedure__slug=slug, node__in=nodes, organisation__isnull=False)
    return found.exclude(kind__in=(StepKind.SUPPLEMENT, StepKind.APPROVAL)).select_related("organisation", "instance")


def _of_steps(kind: ViolationKind, slug: str, nodes: tuple[str, ...], subject: str) -> Iterator[Found]:
    for step in _late_steps(slug, nodes):
        due = step.due_at.astimezone(clock.CHINA) if step.due_at else None
        told = f"“{step.title}”应于 {due:%Y-%m-%d} 前办结，" if due else ""
        told += f"{step.done_at.astimezone(clock.CHINA):%Y-%m-%d} 才办结。" if step.done_at else "至今没有办结。"
        if step.organisation is not None:
            yield Found(kind, step.organisation, f"step:{step.pk}", step.subject_title, told, subject, step.instance.subject_key)


def _answer_late() -> Iterator[Found]:
    return _of_steps(ViolationKind.ANSWER_LATE, asking.SLUG, _ANSWERING, asking.KIND)


def _provide_late() -> Iterator[Found]:
    return _of_steps(ViolationKind.PROVIDE_LATE, asking.SLUG, (asking.PROVIDED,), asking.KIND)


def _correction_late() -> Iterator[Found]:
    return _of_steps(ViolationKind.CORRECTION_LATE, "data-doubt", ("assigned", "handled"), "flow.order")


def _dispute_late() -> Iterator[Found]:
    return _of_steps(ViolationKind.DISPUTE_LATE, disputing.SLUG, ("coordinated",), disputing.KIND)


def _not_disposed() -> Iterator[Found]:
    return _of_steps(ViolationKind.NOT_DISPOSED, disposing.SLUG, (disposing.DISPOSED,), disposing.KIND)


def _catalogue_late() -> Iterator[Found]:
    late = EntryStanding.objects.filter(state=ResourceState.PUBLISHED, late_from__lte=clock.today())
    for one in late.select_related("provider", "resource")[:2000]:
        told = f"按更新周期应在 {one.late_from} 前更新，最近一次更新是 {one.data_on}。"
        key = f"entry:{one.pk}:{one.late_from}"
        yield Found(ViolationKind.CATALOGUE_LATE, one.provider, key, one.resource.title, told, "catalog.resource", one.resource.code)


def _obstructed() -> Iterator[Found]:
    refused = Part.objects.filter(state=PartState.REFUSED, resource__share_type=rules.UNCONDITIONAL)
    for part in refused.select_related("resource__provider", "request", "instance"):
        if part.dataset_id is not None and part.instance is not None and part.instance.data.get(asking.TYPE) != asking.OPEN:
            continue  # another table of the dataset is conditional
        told = f"无条件共享的数据不同意共享，理由：{part.answer}"
        yield Found(ViolationKind.OBSTRUCTED, part.resource.provider, f"refused:{part.instance_id}", str(part), told, asking.KIND,
            str(part.uuid))
    asked = Step.objects.filter(procedure__slug=asking.SLUG, kind=StepKind.SUPPLEMENT).values("instance").annotate(n=Count("pk"))
    again = {row["instance"]: row["n"] for row in asked.filter(n__gt=1)}
    for part in Part.objects.filter(instance__in=again).select_related("resource__provider", "request"):
        told = f"同一份申请要求补正 {again[part.instance_id or 0]} 次，没有一次告知。"
        yield Found(ViolationKind.OBSTRUCTED, part.resource.provider, f"again:{part.instance_id}", str(part), told, asking.KIND,
            str(part.uuid))


def _ended_alone() -> Iterator[Found]:
    gone = Share.objects.filter(state__in=LIVE_SHARES, grant__state=GrantState.REVOKED)
    for share in gone.select_related("resource__provider", "organisation"):
        told = "授权已被撤销，没有按程序终止：没有理由、没有协商、没有报备案。"
        yield _of_share(ViolationKind.ENDED_ALONE, share.resource.provider, f"revoked:{share.pk}", share, told)


def _not_recorded() -> Iterator[Found]:
    today = clock.today()
    for share in recording.unrecorded(today):
        told = f"已超过 {recording.RECORD_DAYS} 天没有使用记录。"
        yield _of_share(ViolationKind.NOT_RECORDED, share.organisation, f"record:{share.pk}:{today:%Y-%m}", share, told)


def _of_share(kind: ViolationKind, place: Organisation, key: str, share: Share, told: str) -> Found:
    return Found(kind, place, key, str(share), told, disposing.KIND, str(share.uuid))


def _beyond_scope() -> Iterator[Found]:
    refused = [one for one in usage.refused_since(clock.now() - timedelta(days=BEYOND_DAYS)) if one.calls >= BEYOND_CALLS]
    places = {one.uscc: one for one in Organisation.objects.filter(uscc__in={one.organisation for one in refused})}
    titles = dict(Resource.objects.filter(code__in={one.resource for one in refused}).values_list("code", "title"))
    for one in refused:
        place = places.get(one.organisation)
        if place is None or one.resource not in titles:
            continue
        told = f"{BEYOND_DAYS} 天内 {one.calls} 次请求被拒（{_REFUSALS[one.code]}），最近一次 {one.last:%Y-%m-%d %H:%M}；见访问日志。"
        key = f"calls:{one.organisation}:{one.resource}:{one.code}:{clock.today():%G-W%V}"
        yield Found(ViolationKind.BEYOND_SCOPE, place, key, titles[one.resource], told, "catalog.resource", one.resource)


def _collected_again() -> Iterator[Found]:
    decided = DuplicateFinding.objects.filter(state=FindingState.CONFIRMED, source__isnull=False)
    for one in decided.select_related("left__provider", "right__provider", "source__provider"):
        other = one.right if one.source_id == one.left_id else one.left
        if other.state == ResourceState.WITHDRAWN or Exemption.objects.filter(resource=other, until__gte=clock.today()).exists():
            continue
        source = one.source.provider if one.source else other.provider
        told = f"数源已裁定为{source}，本单位的《{other.title}》仍在收集同样的信息项。{one.sentence}"
        yield Found(ViolationKind.COLLECTED_AGAIN, other.provider, f"pair:{one.pk}", other.title, told, "catalog.resource", other.code)


def _source_unnamed() -> Iterator[Found]:
    old = DuplicateFinding.objects.filter(state=FindingState.OPEN, found_at__lt=clock.now() - timedelta(days=UNSOURCED_DAYS))
    seen: set[tuple[int, int]] = set()
    for one in old.select_related("left__provider", "right__provider"):
        if (one.left_id, one.right_id) in seen:
            continue
        seen.add((one.left_id, one.right_id))
        bureau = bureau_of(one.left.provider)
        if bureau is not None:
            told = f"{one.left.provider}与{one.right.provider}收集同样的信息项，发现 {UNSOURCED_DAYS} 天后仍未明确数源部门。{one.sentence}"
            key = f"entries:{one.left_id}:{one.right_id}"
            yield Found(ViolationKind.SOURCE_UNNAMED, bureau, key, one.left.title, told, "catalog.resource", one.left.code)


def register_finder(finder: Callable[[], Iterator[Found]]) -> None:
    """Let a module above find what it alone sees; harmless when registered again."""
    if finder not in _FINDERS:
        _FINDERS.append(finder)


_FINDERS: list[Callable[[], Iterator[Found]]] = [
    _catalogue_late, _obstructed, _answer_late, _provide_late, _correction_late, _ended_alone, _collected_again, _beyond_scope,
    _not_disposed, _not_recorded, _source_unnamed, _dispute_late,
]
