"""Writes of forms: save a draft, hand it in, give it up, show what is sensitive. The person who began goes on, nobody else."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from suixin.ground import events
from suixin.ground.audit.actions import record
from suixin.ground.files import actions as files
from suixin.ground.files import taking
from suixin.ground.files.limits import Upload
from suixin.ground.files.taking import Taken
from suixin.ground.forms import queries, registry
from suixin.ground.forms.answers import check_values
from suixin.ground.forms.declaration import Form
from suixin.ground.forms.errors import DraftChanged, FaultyAnswers, UnknownDraft
from suixin.ground.forms.events import FormSubmitted
from suixin.ground.forms.models import Draft, FormVersion, Submission, joined, split
from suixin.ground.people.models import Organisation
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor

DRAFT, SUBMISSION = "forms.draft", "forms.submission"
CHANGED = "这份草稿在另一个窗口或设备上改过（{at}），您刚才填的没有覆盖它；请打开最新的草稿核对后再填。"


@dataclass(frozen=True, slots=True)
class Saving:
    """What is to be saved: `token` names the draft (new ones too), `revision` what the page had seen (0: a new draft)."""

    token: UUID
    revision: int
    values: Mapping[str, object]
    step: int = 0
    uploads: Mapping[str, Sequence[Upload]] = field(default_factory=dict)
    dropped: Sequence[str] = ()
    subject: tuple[str, str] = ("", "")


def save_draft(form: Form, saving: Saving, *, actor: Actor) -> Draft:
    """The draft with these answers and files. Raises NotAllowed, UnknownDraft, DraftChanged, FileRefused, ScannerSilent."""
    place = place_of(actor)
    policy.require(actor, "forms.fill", place)
    _require_not_submitted(saving.token, actor)
    declared = {name: found for name in saving.uploads if (found := form.field(name))}
    taken = {  # before the transaction: a scanner that is slow must not keep everybody from writing
        name: [taking.take(one, types=field_.types, max_bytes=field_.max_bytes) for one in saving.uploads[name]]
        for name, field_ in declared.items()
    }
    return _saved(form, saving, taken, actor)


@transaction.atomic
def _saved(form: Form, saving: Saving, taken: Mapping[str, Sequence[Taken]], actor: Actor) -> Draft:
    place = place_of(actor)
    _require_not_submitted(saving.token, actor)
    held = Draft.objects.select_for_update().filter(uuid=saving.token).first()
    draft = _created(form, saving, actor, place) if held is None else held
    if not draft.is_of(actor) or draft.form != form.id:
        raise UnknownDraft("没有这份草稿，或它不是您的；请从草稿列表打开。")
    values = _with_files(form, draft, saving, taken, actor)
    if held is not None:
        if held.revision != saving.revision:
            if joined(held) == values:
                return held  # the same page posted twice
            raise DraftChanged(CHANGED.format(at=f"{held.saved_at.astimezone(clock.CHINA):%m-%d %H:%M}"))
        draft.revision += 1
    draft.values, draft.sealed = split(form, values)
    draft.step, draft.saved_at, draft.expires_at = saving.step, clock.now(), clock.now() + timedelta(days=settings.SUIXIN.draft_days)
    draft.save()
    record(actor, "forms.draft_saved", draft, detail={"form": form.id, "step": saving.step})
    return draft


@transaction.atomic
def rewrite_draft(
    was: Form, token: UUID, write: Callable[[Draft], tuple[Form, Mapping[str, object]]], *, revision: int, actor: Actor,
) -> Draft:
    """The draft of that form with the form and the answers that `write` makes of it; attachments that they name no more are given up.

    What `write` does beside it stands or falls with it. Raises NotAllowed, UnknownDraft, DraftChanged.
    """
    policy.require(actor, "forms.fill", place_of(actor))
    held = Draft.objects.select_for_update().filter(uuid=token).first()
    if held is None or not held.is_of(actor) or held.form != was.id:
        raise UnknownDraft("没有这份草稿，或它不是您的；请从草稿列表打开。")
    if held.revision != revision:
        raise DraftChanged(CHANGED.format(at=f"{held.saved_at.astimezone(clock.CHINA):%m-%d %H:%M}"))
    form, values = write(held)
    if gone := set(_ids(was, joined(held))) - set(_ids(form, values)):
        files.release(owner_kind=DRAFT, owner_key=str(token), uuids=gone, actor=actor)
    Draft.objects.filter(pk=held.pk).update(form=form.id, title=form.title)
    return _saved(form, Saving(token, revision, values, held.step), {}, actor)


@transaction.atomic
def submit(form: Form, token: UUID, revision: int, *, actor: Actor) -> Submission:
    """The submission of the draft; the same token again gives the same one.

    Raises NotAllowed, UnknownDraft, DraftChanged, FaultyAnswers, and what the form's handler raises.
    """
    policy.require(actor, "forms.fill", place_of(actor))
    draft = Draft.objects.select_for_update().filter(uuid=token).first()
    known = Submission.objects.filter(token=token).first()
    if known is not None and known.is_of(actor):
        return known
    if draft is None or not draft.is_of(actor) or draft.form != form.id or draft.is_expired(clock.now()):
        raise UnknownDraft("没有这份草稿，或它已过期、已提交；请从草稿列表查看，或重新填写。")
    if draft.revision != revision:
        raise DraftChanged(CHANGED.format(at=f"{draft.saved_at.astimezone(clock.CHINA):%m-%d %H:%M}"))
    checked = check_values(form, joined(draft))
    if checked.faults:
        raise FaultyAnswers("还有没填好的地方：" + "".join(map(str, checked.faults[:5])), [str(one) for one in checked.faults])
    submission = _submitted(form, draft, checked.values, actor)
    draft.delete()
    record(actor, "forms.submitted", submission, detail={"form": form.id, "subject": f"{draft.subject_kind}:{draft.subject_key}"})
    handler = registry.handler_of(form.id)
    if handler is not None:
        handled = handler(submission, checked.values, actor)
        submission.href = handled.href[:300]
        if handled.subject[0]:
            submission.subject_kind, submission.subject_key = handled.subject
        submission.save(update_fields=["href", "subject_kind", "subject_key"])
    events.emit_on_commit(FormSubmitted(submission.pk, form.id))
    return submission


@transaction.atomic
def discard(token: UUID, *, actor: Actor) -> None:
    """The draft and its files are gone. Raises NotAllowed, UnknownDraft."""
    policy.require(actor, "forms.fill", place_of(actor))
    draft = Draft.objects.select_for_update().filter(uuid=token).first()
    if draft is None or not draft.is_of(actor):
        raise UnknownDraft("没有这份草稿，或它不是您的；请刷新草稿列表。")
    files.release(owner_kind=DRAFT, owner_key=str(draft.uuid), actor=actor)
    record(actor, "forms.draft_discarded", draft, detail={"form": draft.form})
    draft.delete()


@transaction.atomic
def reveal(submission: Submission, *, actor: Actor, reason: str) -> dict[str, object]:
    """All answers, sensitive ones in full; that they were shown is on record. Raises NotAllowed."""
    if not queries.may_reveal(actor, submission):
        policy.refuse(actor, "forms.reveal", submission)
    record(actor, "forms.revealed", submission, basis=reason, detail={"form": submission.form})
    return joined(submission)


def place_of(actor: Actor) -> Organisation | None:
    """The organisation that the actor acts for."""
    return Organisation.objects.filter(uscc=actor.organisation).first() if actor.organisation else None


def _created(form: Form, saving: Saving, actor: Actor, place: Organisation | None) -> Draft:
    now = clock.now()
    try:
        with transaction.atomic():
            return Draft.objects.create(
                uuid=saving.token, form=form.id, title=form.title, actor_kind=actor.kind.value, actor_key=actor.key,
                actor_name=actor.name, organisation=place, subject_kind=saving.subject[0], subject_key=saving.subject[1],
                created_at=now, saved_at=now, expires_at=now + timedelta(days=settings.SUIXIN.draft_days),
            )
    except IntegrityError as error:  # a button pressed twice: the other request was quicker
        raise DraftChanged("这一页刚刚已经保存过一次；请从草稿列表打开继续填写。") from error


def _with_files(
    form: Form, draft: Draft, saving: Saving, taken: Mapping[str, Sequence[Taken]], actor: Actor
) -> dict[str, object]:
    """The answers with new attachments kept and dropped ones released."""
    values = dict(saving.values)
    held = {str(one) for one in _ids(form, joined(draft))}
    for name, found in taken.items():
        made = [files.keep(one, actor=actor, owner_kind=DRAFT, owner_key=str(draft.uuid)) for one in found]
        before = values.get(name)
        values[name] = [*(before if isinstance(before, list) else []), *(str(one.uuid) for one in made)]
    for field_ in _file_fields(form):
        ids = values.get(field_)
        if isinstance(ids, list):
            ids = [one for one in ids if one not in saving.dropped]
            values |= {field_: ids} if ids else {}
            if not ids:
                values.pop(field_)
    gone = held - {str(one) for one in _ids(form, values)}
    if gone:
        files.release(owner_kind=DRAFT, owner_key=str(draft.uuid), uuids=gone, actor=actor)
    return values


def _submitted(form: Form, draft: Draft, values: Mapping[str, object], actor: Actor) -> Submission:
    version, _ = FormVersion.objects.get_or_create(
        digest=form.digest, defaults={"slug": form.id, "declaration": registry.declaration_of(form), "first_used_at": clock.now()},
    )
    open_, sealed = split(form, values)
    submission = Submission.objects.create(
        token=draft.uuid, form=form.id, title=form.title, version=version, actor_kind=draft.actor_kind, actor_key=draft.actor_key,
        actor_name=draft.actor_name, organisation=draft.organisation, subject_kind=draft.subject_kind,
        subject_key=draft.subject_key, values=open_, sealed=sealed, submitted_at=clock.now(),
    )
    ids = _ids(form, values)
    if files.claim(ids, owner_kind=SUBMISSION, owner_key=str(submission.uuid), actor=actor) != len(ids):
        raise FaultyAnswers("有附件已不在了，请回到上传的那一步重新上传。", ["附件"])
    files.release(owner_kind=DRAFT, owner_key=str(draft.uuid), actor=actor)
    return submission


def _require_not_submitted(token: UUID, actor: Actor) -> None:
    known = Submission.objects.filter(token=token).first()
    if known is not None:
        told = "这份表单已经提交，不能再改；请在“我提交的”里查看。" if known.is_of(actor) else "没有这份草稿，或它不是您的。"
        raise UnknownDraft(told)


def _file_fields(form: Form) -> list[str]:
    return [one.name for _, one in form.fields() if one.type == "file"]


def _ids(form: Form, values: Mapping[str, object]) -> list[str]:
    lists = [values.get(name) for name in _file_fields(form)]
    return [str(one) for ids in lists if isinstance(ids, list) for one in ids]
