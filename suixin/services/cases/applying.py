"""What applicants do: hand in the form, answer a supplement, write, withdraw, appeal; let another apply for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any  # values of fields
from uuid import UUID

from django.db import transaction

from suixin.ground.audit import actions as audit
from suixin.ground.files import actions as files
from suixin.ground.files import taking
from suixin.ground.files.limits import Upload
from suixin.ground.flow import moving, stopping
from suixin.ground.flow.models import ACTIVE, Step, StepKind
from suixin.ground.forms.models import Submission
from suixin.ground.forms.registry import Handled
from suixin.ground.people.residents.models import Resident
from suixin.ground.security import policy
from suixin.ground.security.subjects import subject_index
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor, ActorKind
from suixin.kit.checksums import has_resident_check_char
from suixin.services.cases import asking, doubting, jointly, opening, parties
from suixin.services.cases.attached import (
    Appeal,
    Authority,
    Material,
    MaterialState,
    Message,
    MessageKind,
)
from suixin.services.cases.errors import NotOpen, UnfitApplicant, WrongStateOfCase
from suixin.services.cases.models import OVER, Application, Case, Decision, State
from suixin.services.cases.opening import Applicant, Handed, Request
from suixin.services.items.stated import rows_of

FILES = "cases.case"
AUTHORITY = "cases.authority"
LONGEST_AUTHORITY_DAYS = 365


def submitted(submission: Submission, values: Mapping[str, object], actor: Actor) -> Handled:
    """What handing in an application form leads to: the application and its case; inside the transaction of the submission."""
    version = asking.version_of(submission.form)
    if version is None:
        raise NotOpen("请以个人身份登录后申请；窗口人员请在“窗口收件”办理。")
    application = apply(submission, values, asking.kept_of(version.content, values), actor=actor)
    case = opening.open_case(application, version, actor=actor, handed=_handed(version.content, values))
    return Handled(f"/my/cases/{case.number}/", (FILES, case.number))


def apply(
    submission: Submission, values: Mapping[str, object], answers: Mapping[str, object], *, actor: Actor,
) -> Application:
    """The application that a form's pages on people and delivery make, for whom the draft was begun; no case yet.

    Call it inside the transaction of the submission. Raises NotAllowed, NotOpen, UnfitApplicant.
    """
    resident = parties.resident_of(actor)
    if resident is None:
        raise NotOpen("请以个人身份登录后申请；窗口人员请在“窗口收件”办理。")
    authority = _authority_of(submission, resident)
    applicant = _applicant(resident, actor, values, authority)
    application = opening.record_application(Request(
        token=submission.token, applicant=applicant, delivery=str(values.get("delivery", "window")), address=str(values.get("address", "")),
        cosigners=_cosigners(values), authority=authority, submission=submission, answers=answers,
    ), actor=actor)
    doubting.note_mobile(application, values, resident=resident, authority=authority)
    doubting.note_doubts(application, values, actor=actor)
    return application


@transaction.atomic
def answer_supplement(case: Case, uploads: Mapping[str, Sequence[Upload]], *, actor: Actor, text: str = "", key: str = "") -> Case:
    """The case going on, with what was missing handed in (`uploads` by what was missing). Raises NotAllowed, WrongStateOfCase."""
    parties.require_party(actor, case)
    step = waiting_supplement(case)
    if step is None:
        raise WrongStateOfCase("这个办件现在没有要补正的；请刷新页面看最新状态。")
    for name, found in uploads.items():
        kept = [files.keep(taking.take(one), actor=actor, owner_kind=FILES, owner_key=case.number) for one in found]
        if kept:
            _brought(case, name[:200], [str(one.uuid) for one in kept])
    audit.record(actor, "cases.supplemented", case)
    who = actor if _is_starter(actor, step) else SYSTEM
    stopping.answer_supplement(step, actor=who, reason=text or "已补正", key=key)
    return Case.objects.get(pk=case.pk)


def _brought(case: Case, name: str, ids: list[str]) -> None:
    """What was missing under that name, uploaded; a material of its own where the department asked for something new."""
    told: dict[str, Any] = {"state": MaterialState.UPLOADED, "files": ids, "note": "补正", "settled_at": clock.now()}
    if not case.materials.filter(name=name, state=MaterialState.MISSING).update(**told):
        last = case.materials.order_by("-number").values_list("number", flat=True).first() or 0
        Material.objects.create(case=case, number=last + 1, name=name, **told)


def waiting_supplement(case: Case) -> Step | None:
    """The supplement that the applicant owes."""
    if case.reception is None:
        return None
    steps = Step.objects.select_related("instance").filter(instance=case.reception, kind=StepKind.SUPPLEMENT, status__in=ACTIVE)
    return steps.order_by("-pk").first()


@transaction.atomic
def withdraw(case: Case, *, actor: Actor, reason: str) -> Case:
    """The case, taken back before a decision. Raises NotAllowed, WrongStateOfCase."""
    parties.require_party(actor, case)
    if not reason.strip():
        raise WrongStateOfCase("请写明撤回的理由。")
    run = case.run
    if run is not None:
        moving_actor = actor if (run.starter_kind, run.starter_key) == (actor.kind.value, actor.key) else SYSTEM
        moving.withdraw(run, actor=moving_actor, reason=reason)
    held = Case.objects.select_for_update().get(pk=case.pk)
    if run is None:
        if held.state != State.SIGNING:
            raise WrongStateOfCase("办件已经结束，不能撤回。")
        held.state, held.ended_at, held.reason = State.WITHDRAWN, clock.now(), reason[:1000]
        held.save(update_fields=["state", "ended_at", "reason"])
        jointly.moved(held, actor)
    elif held.decision:
        raise WrongStateOfCase("已经作出决定，不能撤回；可以在决定书写明的期限内申请行政复议或者提起诉讼。")
    audit.record(actor, "cases.withdrawn", held, basis=reason)
    return held


@transaction.atomic
def write(case: Case, text: str, *, actor: Actor) -> Message:
    """A message to the department. Raises NotAllowed, WrongStateOfCase."""
    parties.require_party(actor, case)
    return _message(case, MessageKind.APPLICANT, text, actor)


@transaction.atomic
def appeal(case: Case, kind: str, text: str, *, actor: Actor) -> Appeal:
    """An appeal on record against a refusal or denial. Raises NotAllowed, WrongStateOfCase."""
    if not policy.may(actor, "cases.handle", case):
        parties.require_party(actor, case)
    if case.state != State.REFUSED and case.decision == Decision.NONE:
        raise WrongStateOfCase("还没有作出决定，没有可以复议或者诉讼的；有意见请先留言，或拨打监督电话。")
    if kind not in ("review", "lawsuit") or not text.strip():
        raise WrongStateOfCase("请选行政复议或行政诉讼，并写明请求和理由。")
    made = Appeal.objects.create(case=case, kind=kind, text=text.strip()[:2000], brought_at=clock.now(), brought_by=actor.name[:120])
    audit.record(actor, "cases.appealed", case, detail={"kind": kind})
    return made


@dataclass(frozen=True, slots=True)
class AuthorityTerms:
    """Whom one lets apply, for which items (none: all), until when."""

    name: str
    id_number: str
    valid_to: date
    items: Sequence[str] = ()


@transaction.atomic
def give_authority(terms: AuthorityTerms, *, actor: Actor) -> Authority:
    """The authority for another to apply for the actor. Raises NotAllowed, UnfitApplicant."""
    policy.require(actor, "cases.apply", None)
    resident = parties.resident_of(actor)
    if resident is None or actor.organisation or not parties.indexes_of(resident):
        raise UnfitApplicant("请以本人身份、实名登录后授权；企业请在“我的企业”委托经办人。")
    if not has_resident_check_char(terms.id_number):
        raise UnfitApplicant("受托人的身份证号校验码不对，请逐位核对。")
    days = (terms.valid_to - clock.today()).days
    if not 0 <= days <= LONGEST_AUTHORITY_DAYS:
        raise UnfitApplicant(f"截止日期须在今天到 {LONGEST_AUTHORITY_DAYS} 天之内。")
    made = Authority.objects.create(
        principal=resident, agent_name=terms.name, agent_index=subject_index(terms.id_number), items=list(terms.items),
        valid_from=clock.today(), valid_to=terms.valid_to, given_at=clock.now(),
    )
    audit.record(actor, "cases.authority_given", made, detail={"items": list(terms.items), "until": terms.valid_to})
    return made


@transaction.atomic
def revoke_authority(uuid: UUID, *, actor: Actor) -> Authority:
    """The authority, ended by who gave it. Raises NotAllowed, UnfitApplicant."""
    policy.require(actor, "cases.apply", None)
    held = Authority.objects.select_for_update().filter(uuid=uuid, principal__uuid=actor.key).first()
    if held is None:
        raise UnfitApplicant("没有这份授权，或它不是您给的。")
    if held.revoked_at is None:
        held.revoked_at = clock.now()
        held.save(update_fields=["revoked_at"])
        audit.record(actor, "cases.authority_revoked", held)
    return held


def authority_for(uuid: UUID, resident: Resident) -> Authority | None:
    """The authority of that name, when it was given to this person."""
    return Authority.objects.select_related("principal").filter(uuid=uuid, agent_index__in=parties.indexes_of(resident)).first()


def authorities_for(resident: Resident) -> list[Authority]:
    """What others let this person apply for today."""
    found = Authority.objects.select_related("principal").filter(agent_index__in=parties.indexes_of(resident), revoked_at=None)
    return list(found.filter(valid_to__gte=clock.today()))


def _authority_of(submission: Submission, resident: Resident) -> Authority | None:
    if submission.subject_kind != AUTHORITY:
        return None
    found = authority_for(UUID(submission.subject_key), resident)
    if found is None:
        raise UnfitApplicant("没有这份授权，或它不是给您的；请委托人重新授权。")
    return found


def _applicant(resident: Resident, actor: Actor, values: Mapping[str, object], authority: Authority | None) -> Applicant:
    if not parties.indexes_of(resident):
        raise UnfitApplicant("申请要实名；请在身份提供方完成实名认证，再重新登录。")
    mobile, guardian = str(values.get("mobile", "")), str(values.get("guardian_name", ""))
    if actor.organisation and authority is None:
        agency = resident.agencies.select_related("firm").filter(firm__uscc=actor.organisation, revoked_at=None).first()
        if agency is None or not agency.may("affairs"):
            raise UnfitApplicant("您的委托不包括“以企业名义办事”；请企业的法定代表人扩大委托范围。")
        return Applicant(agency.firm.name, resident.id_number, mobile, uscc=agency.firm.uscc)
    whose = authority.principal if authority is not None else resident
    return Applicant(
        whose.name, whose.id_number, mobile, guardian=guardian, guardian_id=str(values.get("guardian_id", "")),
    )


def _cosigners(values: Mapping[str, object]) -> list[tuple[str, str]]:
    rows = values.get("cosigners")
    found = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
    return [(str(row.get("cosigner_name", "")), str(row.get("cosigner_id", "")).upper()) for row in found]


def _handed(content: Mapping[str, object], values: Mapping[str, object]) -> dict[int, Handed]:
    found = {}
    for number, _ in enumerate(rows_of(dict(content), "materials"), 1):
        ids = values.get(f"m{number}")
        if isinstance(ids, list) and ids:
            found[number] = Handed(MaterialState.UPLOADED, [str(one) for one in ids])
    return found


def _is_starter(actor: Actor, step: Step) -> bool:
    instance = step.instance
    is_same = (instance.starter_kind, instance.starter_key) == (actor.kind.value, actor.key)
    return is_same and (actor.kind is not ActorKind.STAFF or step.assignee_id is not None)


def _message(case: Case, kind: MessageKind, text: str, actor: Actor) -> Message:
    if not text.strip():
        raise WrongStateOfCase("没有写内容。")
    if case.state in OVER and case.state == State.ARCHIVED:
        raise WrongStateOfCase("办件已经归档，不能再留言；请重新申请，或拨打咨询电话。")
    made = Message.objects.create(case=case, kind=kind, text=text.strip()[:2000], author=actor.name[:120], at=clock.now())
    audit.record(actor, "cases.message_written", case, detail={"kind": kind.value})
    return made


