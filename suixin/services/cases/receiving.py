"""What a window takes in: the application of whom stands there, and its case; inside the transaction of the submission.

Who       the person or firm applies, as online; that a window took it in, and which clerk of it, is on record
Agent     by the authority that the applicant gave online, else by a paper that the clerk checked
"""

from collections.abc import Collection, Mapping
from uuid import UUID

from suixin.ground.forms.models import Submission
from suixin.ground.forms.registry import Handled
from suixin.ground.people.models import Organisation
from suixin.ground.security.subjects import subject_indexes
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.services.cases import asking, doubting, opening, prefilling, window
from suixin.services.cases.attached import Authority
from suixin.services.cases.errors import NotOpen, UnfitApplicant
from suixin.services.cases.models import Application, Channel
from suixin.services.cases.opening import Request

AFTERWARDS = "/console/reception/?visit="
CASE = "cases.case"


def submitted(submission: Submission, values: Mapping[str, object], actor: Actor) -> Handled:
    """What handing in the form of a window leads to: the application and its case.

    Raises NotAllowed, NotOpen, UnfitApplicant.
    """
    version = asking.version_of(submission.form)
    if version is None:
        raise NotOpen("没有这个事项的收件表；请从“窗口收件”进入。")
    application = take(submission, values, asking.kept_of(version.content, values), items={version.item.code}, actor=actor)
    case = opening.open_case(application, version, actor=actor, handed=window.handed_in(version.content, values))
    return Handled(f"{AFTERWARDS}{application.visit}", (CASE, case.number))


def take(
    submission: Submission, values: Mapping[str, object], answers: Mapping[str, object], *, items: Collection[str], actor: Actor,
) -> Application:
    """The application of whom stands at the window for the items of these codes; no case yet.

    Call it inside the transaction of the submission. Raises NotAllowed, UnfitApplicant.
    """
    who = window.applicant_in(values)
    if faults := window.faults_of(values):
        raise UnfitApplicant(f"{next(iter(faults.values()))}；请回到“谁来申请”一页改正。")
    if prefilling.is_of_another(submission.token, set(window.numbers_in(values).values())):
        raise UnfitApplicant("已填入的内容是按另一个号码查到的；请从“窗口收件”重新收这一件。")
    authority = _authority(values, items)
    place = Organisation.objects.filter(uscc=actor.organisation).first()
    application = opening.record_application(Request(
        token=submission.token, applicant=who, channel=Channel.WINDOW, delivery=str(values.get("delivery", "window")),
        address=str(values.get("address", "")), authority=authority, submission=submission, visit=_visit(submission), answers=answers,
        authority_document="" if authority is not None else str(values.get("authority") or "").strip(),
        window=place if actor.has_role("reception") else None,
    ), actor=actor)
    doubting.note_doubts(application, values, actor=actor)
    return application


def _authority(values: Mapping[str, object], items: Collection[str]) -> Authority | None:
    """The authority for all of these items that the applicant gave online to who came, the earliest; None when a paper stands for it.

    Raises UnfitApplicant.
    """
    if not window.is_by_agent(values):
        return None
    who, agent = window.applicant_in(values), str(values.get("agent_id") or "").upper()
    rows = Authority.objects.select_related("principal").filter(
        agent_index__in=subject_indexes(agent), revoked_at=None, valid_from__lte=clock.today(), valid_to__gte=clock.today(),
    ).order_by("pk")
    given = [one for one in rows if not who.uscc and one.principal.id_number == who.id_number]
    covering = [one for one in given if not one.items or set(items) <= set(one.items)]
    if covering or str(values.get("authority") or "").strip():
        return covering[0] if covering else None
    if given:
        raise UnfitApplicant("申请人在网上给这位代办人的授权不包括这个事项；请查验纸质委托书，写明编号和有效期。")
    raise UnfitApplicant("申请人没有在网上授权这位代办人；请查验纸质委托书，写明编号和有效期。")


def _visit(submission: Submission) -> UUID:
    """The visit in which it was taken in, that of its own when it was begun elsewhere."""
    try:
        return UUID(submission.subject_key)
    except ValueError:
        return submission.token
