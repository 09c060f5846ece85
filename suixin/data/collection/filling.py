"""Writes of the fill-in page: the draft of one person for one resource, its attachments, handing in.

Not a form of `ground.forms`: rows here are judged by quality, against the contract in force, so that the page and a file get
the same sentences; a declared form has its own types, and repeats of a few. Taken over from there: one draft that an older
window cannot overwrite, everything sealed, attachments by `ground.files`, a token that makes handing in happen once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import orjson
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from suixin.data.catalog.errors import WrongState
from suixin.data.catalog.models import Resource, ResourceState
from suixin.data.collection import actions, inbox
from suixin.data.collection.actions import Brought
from suixin.data.collection.errors import FilingRefused, NothingFilled
from suixin.data.collection.models import Filing, FillDraft, RunStatus
from suixin.data.collection.outcomes import FileOutcome
from suixin.data.collection.typed_rows import Row, cleaned, original_of, source_of
from suixin.data.lake import archive
from suixin.ground.audit.actions import record
from suixin.ground.files import actions as files
from suixin.ground.files import queries as held_files
from suixin.ground.files import taking
from suixin.ground.files.errors import FileRefused
from suixin.ground.files.limits import Upload
from suixin.ground.files.models import Attachment
from suixin.ground.files.taking import Taken
from suixin.ground.forms.actions import CHANGED
from suixin.ground.forms.errors import DraftChanged, UnknownDraft
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor

DRAFT, FILING = "collection.fill_draft", "collection.filing"
MAX_ATTACHMENTS = 10


@dataclass(frozen=True, slots=True)
class Saving:
    """What is to be saved: `token` names the draft (a new one, too), `revision` what the page had seen (0: no draft)."""

    token: UUID
    revision: int
    rows: Sequence[Sequence[str]]
    uploads: Sequence[Upload] = ()
    dropped: Sequence[str] = ()


def draft_of(resource: Resource, *, actor: Actor) -> FillDraft | None:
    """The actor's draft for the resource. Raises NotAllowed, WrongState."""
    _require(resource, actor)
    return _drafts(resource, actor).filter(expires_at__gt=clock.now()).first()


def rows_of(draft: FillDraft | None) -> list[Row]:
    """The rows of a draft, in the order of the items as they are now: they are kept by field, and the entry may have changed."""
    if draft is None or not draft.sealed:
        return []
    held = orjson.loads(draft.sealed)
    fields = [item.field for item in draft.resource.contract.items]
    places = [held["fields"].index(field) if field in held["fields"] else None for field in fields]
    return [tuple("" if at is None else row[at] for at in places) for row in held["rows"]]


def attachments_of(draft: FillDraft | None) -> list[Attachment]:
    """The files of a draft."""
    return held_files.attachments_of(DRAFT, str(draft.token)) if draft is not None else []


def save_draft(resource: Resource, saving: Saving, *, actor: Actor) -> FillDraft:
    """The draft with these rows and files. Raises NotAllowed, WrongState, TooManyRows, DraftChanged, UnknownDraft, FileRefused."""
    _require(resource, actor)
    rows = cleaned(saving.rows, len(resource.contract.items))
    taken = [taking.take(one) for one in saving.uploads]  # before the transaction: a scanner may take its time
    return _saved(resource, saving, rows, taken, actor)


@transaction.atomic
def _saved(resource: Resource, saving: Saving, rows: Sequence[Row], taken: Sequence[Taken], actor: Actor) -> FillDraft:
    if Filing.objects.filter(token=saving.token).exists():
        raise UnknownDraft("这份填报已经提交，不能再改；要更正请重新填写，相同主键的行会替换原有的行。")
    _forget(_drafts(resource, actor).filter(expires_at__lte=clock.now()))
    held = _drafts(resource, actor).select_for_update().first()
    if held is None:
        held = _created(resource, saving, actor)
    elif held.token != saving.token or held.revision != saving.revision:
        if held.token == saving.token and rows_of(held) == list(rows) and not taken and not saving.dropped:
            return held  # the same page posted twice
        raise DraftChanged(CHANGED.format(at=f"{held.saved_at.astimezone(clock.CHINA):%m-%d %H:%M}"))
    else:
        held.revision += 1
    _keep_files(held, saving, taken, actor)
    fields = [item.field for item in resource.contract.items]
    held.sealed, held.rows = orjson.dumps({"fields": fields, "rows": list(rows)}).decode(), len(rows)
    held.saved_at, held.expires_at = clock.now(), clock.now() + timedelta(days=settings.SUIXIN.draft_days)
    held.save()
    record(actor, "collection.fill_draft_saved", resource, detail={"rows": len(rows)})
    return held


def submit(resource: Resource, token: UUID, revision: int, *, actor: Actor) -> Filing:
    """The rows of the draft as a batch, through the way of every file; the same token again gives the same filing.

    Raises NotAllowed, WrongState, UnknownDraft, DraftChanged, NothingFilled, FilingRefused.
    """
    _require(resource, actor)
    known = Filing.objects.filter(token=token, resource=resource).first()
    if known is not None and known.is_of(actor):
        return known
    draft = _drafts(resource, actor).filter(token=token).first()
    if draft is None:
        raise UnknownDraft("没有这份草稿，或它已提交、已丢弃；请重新打开填报页面。")
    if draft.revision != revision:
        raise DraftChanged(CHANGED.format(at=f"{draft.saved_at.astimezone(clock.CHINA):%m-%d %H:%M}"))
    rows = rows_of(draft)
    if not rows:
        raise NothingFilled("还没有填写任何行；请至少填写一行再提交。")
    outcome, sm3 = _brought(resource, draft, rows, actor)
    if outcome.status not in (RunStatus.LANDED, RunStatus.KNOWN):
        raise FilingRefused(f"没有入库：{outcome.message}")
    return _filed(resource, draft, outcome, sm3, actor)


@transaction.atomic
def discard(resource: Resource, token: UUID, *, actor: Actor) -> None:
    """The draft and its files are gone. Raises NotAllowed, UnknownDraft."""
    _require(resource, actor)
    draft = _drafts(resource, actor).select_for_update().filter(token=token).first()
    if draft is None:
        raise UnknownDraft("没有这份草稿，或它已提交、已丢弃；请重新打开填报页面。")
    files.release(owner_kind=DRAFT, owner_key=str(token), actor=actor)
    record(actor, "collection.fill_draft_discarded", resource, detail={"rows": draft.rows})
    draft.delete()


def forget_drafts(*, limit: int = 5_000) -> int:
    """How many drafts whose time is over were forgotten, with their files."""
    return _forget(FillDraft.objects.filter(expires_at__lte=clock.now()), limit=limit)


def may_read_draft(actor: Actor, token: str) -> bool:
    """Files of a draft are its person's."""
    found = FillDraft.objects.filter(token=token).first()
    return found is not None and found.is_of(actor)


def may_read_filing(actor: Actor, token: str) -> bool:
    """Files of a filing are for its person, and for whoever may read what the resource rejected."""
    found = Filing.objects.filter(token=token).select_related("resource__provider").first()
    return found is not None and (found.is_of(actor) or policy.may(actor, "quality.read_rejects", found.resource))


def _forget(drafts: QuerySet[FillDraft], *, limit: int = 5_000) -> int:
    forgotten = 0
    for key, token in list(drafts.values_list("pk", "token")[:limit]):
        with transaction.atomic():
            if FillDraft.objects.filter(pk=key, expires_at__lte=clock.now()).delete()[0]:
                files.release(owner_kind=DRAFT, owner_key=str(token), actor=SYSTEM)
                forgotten += 1
    return forgotten


def _require(resource: Resource, actor: Actor) -> None:
    policy.require(actor, "collection.run", resource)
    if resource.state != ResourceState.PUBLISHED:
        raise WrongState(f"目录“{resource.title}”还没有发布或已撤销，不能填报数据。")


def _drafts(resource: Resource, actor: Actor) -> QuerySet[FillDraft]:
    return FillDraft.objects.filter(resource=resource, actor_kind=actor.kind.value, actor_key=actor.key)


def _created(resource: Resource, saving: Saving, actor: Actor) -> FillDraft:
    if saving.revision:
        raise DraftChanged("这份草稿已在另一个窗口提交或丢弃，您刚才填的没有覆盖它；请重新打开填报页面核对后再填。")
    now = clock.now()
    try:
        with transaction.atomic():
            return FillDraft.objects.create(
                token=saving.token, resource=resource, actor_kind=actor.kind.value, actor_key=actor.key,
                actor_name=actor.name, saved_at=now, expires_at=now,
            )
    except IntegrityError as error:  # a button pressed twice: the other request was quicker
        raise DraftChanged("这一页刚刚已经保存过一次；请打开最新的草稿继续填写。") from error


def _keep_files(draft: FillDraft, saving: Saving, taken: Sequence[Taken], actor: Actor) -> None:
    if saving.dropped:
        files.release(owner_kind=DRAFT, owner_key=str(draft.token), uuids=saving.dropped, actor=actor)
    for one in taken:
        files.keep(one, actor=actor, owner_kind=DRAFT, owner_key=str(draft.token))
    if len(attachments_of(draft)) > MAX_ATTACHMENTS:
        raise FileRefused(f"附件最多 {MAX_ATTACHMENTS} 个；请先移除不需要的。")


def _brought(resource: Resource, draft: FillDraft, rows: Sequence[Row], actor: Actor) -> tuple[FileOutcome, str]:
    """What became of the rows. Their original says who filled them in, and is the same whenever the draft is handed in."""
    contract = resource.contract
    told: dict[str, object] = {
        "resource": contract.code, "version": contract.version, "by": f"{draft.actor_kind}:{draft.actor_key}", "name": draft.actor_name,
        "organisation": actor.organisation, "token": str(draft.token), "saved_at": draft.saved_at.isoformat(),
        "attachments": [{"name": one.name, "sm3": one.sm3} for one in attachments_of(draft)],
    }
    name = f"网页填报-{resource.table}-{str(draft.token)[:8]}.ndjson"
    with inbox.passing(name, [original_of(contract, rows, told=told)]) as path:
        archived = archive.archive_file(path, table=resource.table)
    one = Brought(name, name, "", source_of(contract, rows), archived, is_single=True)
    return actions.bring([one], actor=actor, resource=resource)[0], archived.sm3


@transaction.atomic
def _filed(resource: Resource, draft: FillDraft, outcome: FileOutcome, sm3: str, actor: Actor) -> Filing:
    held = attachments_of(draft)
    filing, is_new = Filing.objects.get_or_create(token=draft.token, defaults={
        "resource": resource, "actor_kind": draft.actor_kind, "actor_key": draft.actor_key, "actor_name": draft.actor_name,
        "sm3": sm3, "rows_in": outcome.rows_in, "accepted": outcome.accepted, "rejected": outcome.rejected,
        "attachments": len(held), "filed_at": clock.now(),
    })
    if is_new:
        files.claim([one.uuid for one in held], owner_kind=FILING, owner_key=str(draft.token), actor=actor)
        record(actor, "collection.filled_in", resource, detail={
            "rows": outcome.rows_in, "accepted": outcome.accepted, "rejected": outcome.rejected, "sm3": sm3, "attachments": len(held),
        })
        if not FillDraft.objects.filter(pk=draft.pk, revision=draft.revision).delete()[0]:
            # saved again while its rows landed: what was added is another draft, and the page that saved it is told
            FillDraft.objects.filter(pk=draft.pk).update(token=uuid4(), revision=F("revision") + 1)
    return filing
