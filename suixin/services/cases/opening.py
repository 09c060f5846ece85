"""An application handed in, and the cases that it opens: one receipt whatever is clicked twice.

Once     an application by its token (the draft's), a case by application and version: unique in the database
Use      `open_case(application, version, actor=...)` opens one item of an application; whoever puts several items together in
         one application calls it for each
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import models, transaction

from suixin.ground import events, prepared
from suixin.ground.audit import actions as audit
from suixin.ground.flow import starting
from suixin.ground.flow.subjects import Subject
from suixin.ground.forms.models import Submission
from suixin.ground.people.models import Organisation
from suixin.ground.prepared import Prepared, given
from suixin.ground.security import policy
from suixin.ground.security.masks import MASKS
from suixin.ground.security.subjects import subject_index
from suixin.kit import clock
from suixin.kit.actor import Actor, ActorKind
from suixin.kit.checksums import has_resident_check_char
from suixin.services.cases import asking, declaring, papers, parties, rules
from suixin.services.cases.attached import Authority, DocumentKind, Material, MaterialState, Signature
from suixin.services.cases.errors import MissingMaterial, NotOpen, UnfitApplicant
from suixin.services.cases.events import CaseMoved
from suixin.services.cases.models import ApplicantKind, Application, Case, Channel, State
from suixin.services.cases.numbering import next_case_number
from suixin.services.items import guidance
from suixin.services.items.models import ItemState, ItemVersion
from suixin.services.items.queries import version_at
from suixin.services.items.stated import number_of, rows_of, text_of

_BY_TOKEN = Prepared(lambda: Application.objects.filter(token=given("token", models.UUIDField())))
_OF_APPLICATION = Prepared(lambda: Case.objects.filter(
    application_id=given("application", models.BigIntegerField()), version_id=given("version", models.BigIntegerField()),
))
_UNSIGNED = Prepared(lambda: Signature.objects.filter(
    application_id=given("application", models.BigIntegerField()), signed_at=None,
).values_list("pk"))
_CURRENT = Prepared(lambda: ItemVersion.objects.at(given("at", models.DateTimeField())).filter(  # what it says is long and not asked
    item_id=given("item", models.BigIntegerField()),
).defer("content", "stated"))
UNHANDED = "按您的情况还要：%s；请回到“材料”一页上传。"
INCOMPLETE = "还缺：%s。一件事的材料齐了才能收：请一次告知申请人，补齐后再收；已填的可以存为草稿。"


@dataclass(frozen=True, slots=True)
class Applicant:
    """For whom it is: a person by its number, a firm (`uscc`) by its code with the person who acts."""

    name: str
    id_number: str
    mobile: str
    uscc: str = ""
    guardian: str = ""
    guardian_id: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """All that is handed in at once, but for the materials of each item."""

    token: UUID
    applicant: Applicant
    channel: Channel = Channel.ONLINE
    delivery: str = "window"
    address: str = ""
    cosigners: Sequence[tuple[str, str]] = ()
    authority: Authority | None = None
    authority_document: str = ""
    window: Organisation | None = None
    visit: UUID | None = None
    submission: Submission | None = None
    answers: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Handed:
    """How one material was handed in."""

    state: MaterialState
    files: Sequence[str] = ()
    note: str = ""


@transaction.atomic
def record_application(request: Request, *, actor: Actor) -> Application:
    """The application, the same for the same token. Raises NotAllowed, UnfitApplicant."""
    policy.require_anywhere(actor, "cases.receive" if request.channel == Channel.WINDOW else "cases.apply")
    known = _BY_TOKEN.one(token=request.token)
    if known is not None:
        if (known.actor_kind, known.actor_key) != (actor.kind.value, actor.key):
            raise UnfitApplicant("这份申请不是您提交的；请重新填写。")
        return known
    who = request.applicant
    _require_fit(request)
    application = Application(
        token=request.token, submission=request.submission, channel=request.channel,
        kind=ApplicantKind.FIRM if who.uscc else ApplicantKind.PERSON, name=who.name, id_number=who.id_number, mobile=who.mobile,
        shown_name=who.name[:120] if who.uscc else shown(who.name), subject_index=subject_index(who.uscc or who.id_number),
        uscc=who.uscc, is_by_agent=request.authority is not None or bool(request.authority_document), authority=request.authority,
        authority_document=request.authority_document, guardian=who.guardian, delivery=request.delivery, address=request.address,
        actor_kind=actor.kind.value, actor_key=actor.key, actor_name=actor.name[:120], actor_organisation=actor.organisation,
        window=request.window, visit=request.visit, answers=plain(request.answers), submitted_at=clock.now(),
    )
    prepared.insert(application)
    for name, number in request.cosigners:
        Signature.objects.get_or_create(
            application=application, subject_index=subject_index(number), defaults={"name": name, "shown_name": shown(name)},
        )
    audit.record(actor, "cases.applied", application, detail={"channel": str(request.channel), "agent": application.is_by_agent})
    return application


@transaction.atomic
def open_case(
    application: Application, version: ItemVersion, *, actor: Actor, handed: Mapping[int, Handed] | None = None,
    answers: Mapping[str, object] | None = None, is_checked: bool = False,
) -> Case:
    """The case of that item in the application, the same when it is open already.

    `handed`: materials by their number in the version; `answers`: to the guide's questions, those of the application
    unless told otherwise; `is_checked`: `check` was asked when the application came, of a case that opens later.
    Raises NotAllowed, NotOpen, MissingMaterial, UnfitApplicant.
    """
    organisation = department_of(version)
    if actor.kind is ActorKind.RESIDENT:
        policy.require(actor, "cases.apply", None)
    else:
        policy.require(actor, "cases.receive", organisation)
    known = _OF_APPLICATION.one(application=application.pk, version=version.pk)
    if known is not None:
        return known
    if not is_checked:
        _require_open(version, Channel(application.channel))
        _require_authority(application, version)
    declaring.ensure_reception()
    declaring.ensure_procedure(version)
    waits = bool(_UNSIGNED.told(application=application.pk))
    case = Case(
        number=next_case_number(organisation), application=application, version=version, organisation=organisation,
        title=version.item.title, is_at_once=rules.is_at_once(version.content),
        state=State.SIGNING if waits else State.RECEIVED, received_at=clock.now(),
    )
    prepared.insert(case)
    told = application.answers if answers is None else answers
    materials = _materials(version, told, handed or {}, is_window=application.channel == Channel.WINDOW)
    for material in materials:
        material.case = case
    prepared.insert_all(materials)
    audit.record(actor, "cases.opened", case, detail={"item": version.item.code, "version": version.number})
    facts = {"materials": [(one.name, str(one.state)) for one in materials]}
    papers.issue(case, DocumentKind.RECEIPT, actor=actor, facts=facts, is_first=True)
    if not waits:
        begin_reception(case, actor=actor)
    events.emit_on_commit(CaseMoved(case.pk, "", case.state))
    return case


def check(
    application: Application, version: ItemVersion, *, handed: Mapping[int, Handed], answers: Mapping[str, object] | None = None,
) -> None:
    """Nothing, when a case of the version, in force or not any more, may be opened with these materials.

    Raises NotOpen, MissingMaterial, UnfitApplicant.
    """
    department_of(version)
    current = version_at(version.item, clock.now())
    if current is None or current.state != ItemState.IN_USE:
        raise NotOpen(_shut(version, current))
    _require_authority(application, version)
    declaring.ensure_procedure(version)
    told = INCOMPLETE if application.channel == Channel.WINDOW else UNHANDED
    _materials(version, application.answers if answers is None else answers, handed, is_window=False, told=told)


@transaction.atomic
def sign(case: Case, *, actor: Actor) -> Case:
    """The case with the actor's signature; when it was the last, reception begins. Raises NotAllowed, WrongStateOfCase."""
    policy.require(actor, "cases.apply", None)
    application = Application.objects.select_for_update().get(pk=case.application_id)
    indexes = parties.indexes_of(parties.resident_of(actor))
    signature = application.signatures.filter(subject_index__in=indexes).first()
    if signature is None:
        policy.refuse(actor, "cases.apply", case)
    if signature.signed_at is None:
        signature.signed_at, signature.signed_by = clock.now(), actor.key
        signature.save(update_fields=["signed_at", "signed_by"])
        audit.record(actor, "cases.signed", application, detail={"case": case.number})
    if not application.signatures.filter(signed_at=None).exists():
        for waiting in application.cases.filter(state=State.SIGNING):
            Case.objects.filter(pk=waiting.pk).update(state=State.RECEIVED, received_at=clock.now())
            waiting.refresh_from_db()
            begin_reception(waiting, actor=actor)
    return Case.objects.get(pk=case.pk)


def begin_reception(case: Case, *, actor: Actor) -> None:
    """The run of reception of a case in hand; the window that took the case in decides, else the department."""
    application = case.application
    window = application.window
    slug = declaring.WINDOW_RECEPTION if window is not None else declaring.RECEPTION
    places = {"department": case.organisation, **({"window": window} if window is not None else {})}
    starting.start(
        slug, Subject("cases.case", case.number), actor=parties.starter_of(application, actor),
        title=f"{case.title}：{application.shown_name}"[:300], parties=places, key=f"{case.number}:reception", in_hand=case,
    )


def shown(name: str) -> str:
    """A person's name as lists show it."""
    return (MASKS["name"].apply(name) or "申请人")[:60]


def _require_fit(request: Request) -> None:
    who = request.applicant
    if not who.uscc and not has_resident_check_char(who.id_number):
        raise UnfitApplicant("申请人的身份证号校验码不对，请逐位核对（18 位，末位可为 X）。")
    for name, number in request.cosigners:
        if not has_resident_check_char(number):
            raise UnfitApplicant(f"共同申请人“{shown(name)}”的身份证号校验码不对，请逐位核对。")
    if who.guardian and not has_resident_check_char(who.guardian_id):
        raise UnfitApplicant("监护人的身份证号校验码不对，请逐位核对。")
    if not who.uscc and (fault := rules.fault_of_applicant(who.id_number, guardian=who.guardian, day=clock.today())):
        raise UnfitApplicant(fault)


def _require_authority(application: Application, version: ItemVersion) -> None:
    authority = application.authority
    if authority is None:
        return
    fault = rules.fault_of_authority(
        is_revoked=authority.revoked_at is not None, valid_from=authority.valid_from, valid_to=authority.valid_to,
        items=authority.items, item=version.item.code, day=clock.today(),
    )
    if fault:
        raise UnfitApplicant(fault)


def _require_open(version: ItemVersion, channel: Channel) -> None:
    current = _CURRENT.one(item=version.item_id, at=clock.now())
    if current is None or current.state != ItemState.IN_USE:
        raise NotOpen(_shut(version, current))
    if current.pk != version.pk:
        where = "窗口收件" if channel == Channel.WINDOW else "办事指南"
        raise NotOpen(f"“{version.item.title}”的办事指南已更新为第 {current.number} 版；请从{where}重新进入，按新的要求填写。")


def _shut(version: ItemVersion, current: ItemVersion | None) -> str:
    state = current.get_state_display() if current else "未发布"
    return f"“{version.item.title}”现在不能申请（{state}）；请看办事指南上的说明。"


def department_of(version: ItemVersion) -> Organisation:
    """Who handles the item. Raises NotOpen when nobody does."""
    organisation = version.item.organisation
    if organisation is None:
        raise NotOpen(f"“{version.item.title}”没有实施主体，不能申请；请从办事指南选具体的事项。")
    return organisation


def _materials(
    version: ItemVersion, answers: Mapping[str, object], handed: Mapping[int, Handed], *, is_window: bool, told: str = UNHANDED,
) -> list[Material]:
    """The materials of a case, not saved. Raises MissingMaterial."""
    content = version.content
    situations = guidance.situations_of(content, asking.restored(content, answers))
    missing, rows = [], []
    for number, row in enumerate(rows_of(content, "materials"), 1):
        situation, name = text_of(row, "situation"), text_of(row, "material_name")
        if situation and situation not in situations:
            continue
        found = handed.get(number) or Handed(asking.unhanded(row))
        if found.state == MaterialState.MISSING and asking.is_optional(row):
            continue
        if found.state == MaterialState.MISSING and not is_window:
            missing.append(name)
        days = str(number_of(row, "tolerate_days") or 10) if found.state == MaterialState.TOLERATED else ""
        rows.append(Material(
            number=number, name=name, is_needed=text_of(row, "is_need") == asking.NEEDED, state=found.state, files=list(found.files),
            source=days or text_of(row, "source_explain")[:200], note=found.note,
        ))
    if missing:
        raise MissingMaterial(told % "、".join(missing), materials=missing)
    return rows


def plain(answers: Mapping[str, object]) -> dict[str, object]:
    """Answers as they are kept."""
    return {name: value if isinstance(value, bool | int) else str(value) for name, value in answers.items()}


