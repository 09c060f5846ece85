"""Writes of collection: bring a file, bring a folder, accept a proposal with the files that wait for it.

A file is opened, archived byte for byte, matched to its resource (or a resource is proposed from its profile),
and each of its tables landed. A refusal is an outcome with a sentence, not an exception, and leaves nothing behind.
"""

import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from django.db import transaction

from suixin.data.catalog import actions as catalog
from suixin.data.catalog import publication
from suixin.data.catalog.drafts import NOT_ASSESSED, Assessed
from suixin.data.catalog.errors import WrongState
from suixin.data.catalog.models import Resource, ResourceState
from suixin.data.collection import holding, landing, matching, proposing, readers, recognising
from suixin.data.collection.dependences import declare_use
from suixin.data.collection.errors import NothingToCollect
from suixin.data.collection.events import BatchLanded
from suixin.data.collection.holding import WholeState, changes_told
from suixin.data.collection.memory import Memory
from suixin.data.collection.models import Feed, Run, RunStatus
from suixin.data.collection.outcomes import FileOutcome
from suixin.data.collection.own_codes import with_own_codes
from suixin.data.lake import archive, storage
from suixin.data.lake.archive import Archived
from suixin.data.lake.errors import TooManyDeletions
from suixin.data.quality.loop import marks
from suixin.data.quality.source import SourceTable
from suixin.ground import events
from suixin.ground.audit import actions as audit
from suixin.ground.security import policy
from suixin.kit import clock, crash, names
from suixin.kit.actor import Actor, ActorKind
from suixin.kit.errors import SuixinError

Report = Callable[[FileOutcome], None]
EMPTY = SourceTable("", (), lambda: iter(()), "")  # of a waiting file, until it is opened
WAITS = "已生成目录建议,等待人工确认后入库。"
NEEDS_PROCEDURE = (
    "没有直接入库:您的岗位不能直接发布目录,新目录须按目录发布流程确认、审核。"
    "已生成目录建议,请在待办中核对后提交;审核通过后文件随即入库。"
)
SEVERAL = "文件里有几张表,看不出哪一张是全部数据,没有整表更新;请每个文件只放一张表。"
PART = 100  # letters of a table's name that tell it apart within its file


@dataclass(frozen=True, slots=True)
class Brought:
    """One table of one file on its way in.

    `path` as given, `file_name` without folders, `scope` the folder's name; `part` names the table inside a file
    that holds several, so that the same bytes under another file name are the same delivery. A file that came
    alone (`is_single`) is known by its columns wherever it lay. `own_codes`: items that it has in sets of a department.
    """

    path: str
    file_name: str
    scope: str
    table: SourceTable
    archived: Archived
    part: str = ""
    constants: dict[str, str] = field(default_factory=dict)
    is_single: bool = False
    own_codes: Mapping[str, str] = field(default_factory=dict)

    @property
    def signature(self) -> str:
        """By which a resource proposed from such a table takes the next one."""
        return matching.scoped_signature(self.table.columns, matching.ANYWHERE if self.is_single else self.scope)


@transaction.atomic
def declare_feed(resource: Resource, patterns: Sequence[str], *, actor: Actor) -> Feed:
    """The resource's feed with these file name patterns. Raises NotAllowed."""
    policy.require(actor, "collection.declare", resource)
    feed, _ = Feed.objects.update_or_create(resource=resource, source=None, defaults={"patterns": list(patterns)})
    declare_use(feed)
    audit.record(actor, "collection.declared", resource, detail={"patterns": list(patterns)})
    return feed


def run_feed(
    path: Path,
    *,
    actor: Actor,
    resource: Resource | None = None,
    accept: Assessed = NOT_ASSESSED,
    scope: str | None = None,
    report: Report | None = None,
    whole: WholeState | None = None,
    own_codes: Mapping[str, str] = MappingProxyType({}),
) -> list[FileOutcome]:
    """What became of every table of one file. Raises NotAllowed, NothingToCollect; all else is an outcome.

    With `resource` the tables go there; else to the resource that takes them, else a resource is proposed,
    and with `accept`, the numbers of its assessments, published at once where the actor's word is enough; else the
    outcome says why it waits. `scope` is what titles are helped by, the file's folder when None. With `whole` the file's only
    table is the whole state of `resource`. `own_codes`: items of `resource` that the file has in sets of a department.
    """
    policy.require(actor, "collection.run", resource)
    if whole is not None:
        holding.require_key(resource)
    if not path.is_file():
        raise NothingToCollect(f"没有这个文件:{path.name}。请检查路径。")
    known = None if resource else recognising.known_outcome(path, path.name, actor=actor, by_any_name=True)
    outcomes = [known] if known else []
    if not known:
        place = path.resolve().parent.name if scope is None else scope
        with opened_files([path], root=path.parent, scope=place, actor=actor) as opened:
            outcomes += opened.refused
            several = len(opened.brought) + len(opened.refused) > 1
            for one in opened.brought:
                if whole is not None and several:
                    outcomes.append(_refused(one, SEVERAL, actor, resource))
                else:
                    alone = replace(one, is_single=True, own_codes=own_codes)
                    outcomes += bring([alone], actor=actor, resource=resource, accept=accept, whole=whole)
    for outcome in outcomes:
        if report:
            report(outcome)
    return outcomes


@dataclass(frozen=True, slots=True)
class OpenedFiles:
    """Tables ready to be brought, and what was refused at opening."""

    brought: list[Brought]
    refused: list[FileOutcome]


@contextmanager
def opened_files(files: Sequence[Path], *, root: Path, scope: str, actor: Actor) -> Iterator[OpenedFiles]:
    """Every table of the files, opened and archived; scratch files go when the block ends."""
    with ExitStack() as stack:
        opened, memory = OpenedFiles([], []), Memory()
        for path in files:
            name = path.relative_to(root).as_posix()
            try:
                file = stack.enter_context(readers.open_file(path))
                archived = archive.archive_file(path, table=_archive_folder(name))
                crash.point("archived")
            except SuixinError as error:
                opened.refused.append(_refusal(name, "", error.sentence, actor))
                continue
            except OSError as error:  # moved away between being listed and being read, or not for us to read
                opened.refused.append(_refusal(name, "", _unreadable(path, error), actor))
                continue
            opened.refused.extend(_refusal(name, r.path_in_file, r.sentence, actor) for r in file.refusals)
            opened.brought.extend(
                Brought(name, path.name, scope, memory.of(table), archived, table.name[:PART] if len(file.tables) > 1 else "")
                for table in file.tables
            )
        yield opened


def bring(
    tables: Sequence[Brought], *, actor: Actor, resource: Resource | None = None, accept: Assessed = NOT_ASSESSED, group: str = "",
    whole: WholeState | None = None,
) -> list[FileOutcome]:
    """Tables with the same columns into one resource, one batch each; constants of their names become items.

    A fault of one table is its outcome and does not stop the others; so is a table whose resource, found by its
    columns, the actor may not bring files for.
    """
    policy.require(actor, "collection.run", resource)
    first = tables[0]
    if marks.ROW in first.table.columns:
        return [_refused(one, "这是更正表；请在它的工单或批次页面上传,不在“上传归集”上传。", actor) for one in tables]
    try:
        target = resource or matching.resource_for(first.file_name, first.table, first.signature, actor=actor)
        if target is not None:
            policy.require(actor, "collection.run", target)
        elif first.is_single and (known := recognising.known_table(first.archived, first.part, path=first.path, actor=actor)):
            return [known]
        enriched = _enriched(tables, target)
        if target is None:
            files = [(b.file_name, b.table) for b in enriched]
            target = proposing.propose(
                files, scope=first.scope, signature=first.signature, group=group, actor=actor
            )
        if accept and target.state == ResourceState.PROPOSED and _publishes(actor, target):
            target = catalog.publish_resource(target, actor=actor, reason="采集时确认", assessed=accept)
    except SuixinError as error:
        return [_refused(one, error.sentence, actor) for one in tables]
    return [_land_one(one, target, actor, waits=NEEDS_PROCEDURE if accept else WAITS, whole=whole) for one in enriched]


def accept_proposal(resource: Resource, *, actor: Actor, reason: str = "") -> list[FileOutcome] | None:
    """The proposal handed on as `resource` shows it; None while others have to agree.

    Where the actor's word is enough it is published now, and every file that waited for it landed; else these land when
    it is. Raises NotAllowed and more.
    """
    if actor.kind is ActorKind.SYSTEM:
        published = catalog.publish_resource(resource, actor=actor, reason=reason or "人工确认", seen=resource.updated_at)
    else:
        publication.submit(resource, actor=actor, reason=reason, seen=resource.updated_at)
        published = Resource.objects.get(pk=resource.pk)
        if published.state != ResourceState.PUBLISHED:
            return None
    outcomes: list[FileOutcome] = []
    for run in published.runs.filter(status=RunStatus.PROPOSED).order_by("pk"):
        outcomes += _land_waiting(run, published, actor)
    return outcomes


def land_waiting(*, actor: Actor) -> list[FileOutcome]:
    """Files that still wait although their entry is in force, landed: what a crash left. Raises NotAllowed."""
    policy.require(actor, "collection.land_waiting", None)
    stranded = Run.objects.filter(status=RunStatus.PROPOSED, resource__state=ResourceState.PUBLISHED)
    outcomes: list[FileOutcome] = []
    for run in stranded.select_related("resource").order_by("pk"):
        if run.resource is not None:
            outcomes += _land_waiting(run, run.resource, actor)
    return outcomes


def _land_waiting(run: Run, resource: Resource, actor: Actor) -> list[FileOutcome]:
    """Its outcome; the file waits on when the fault is one that passes."""
    archived = Archived(run.sm3, 0, run.archive_path)
    one = Brought(run.file_name, Path(run.file_name).name, "", EMPTY, archived, run.table_name, run.constants)
    try:
        outcome = _landed_from_archive(one, resource, actor)
    except SuixinError as error:
        outcome = _refused(one, error.sentence, actor, resource)
        if error.retry:
            return [outcome]
    except OSError as error:
        outcome = _refused(one, _unreadable(Path(one.file_name), error), actor, resource)
    run.delete()
    return [outcome]


def _landed_from_archive(one: Brought, resource: Resource, actor: Actor) -> FileOutcome:
    name = one.file_name
    with storage.scratch() as scratch:
        path = scratch / name
        with archive.open_archived(one.archived.relative_path) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
        with readers.open_file(path) as opened:
            table = next((t for t in opened.tables if one.part in ("", t.name[:PART])), None)
            if table is None:
                raise NothingToCollect(f"归档的原件里找不到表“{one.part}”,没有入库;请重新归集文件“{name}”。")
            archived = replace(one.archived, size=path.stat().st_size)
            enriched = matching.with_constants(table, one.constants)
            return _landed(replace(one, table=enriched, archived=archived), resource, actor)


def _publishes(actor: Actor, resource: Resource) -> bool:
    """Whether `accept` may publish at once; a department's own people hand the entry on instead."""
    return actor.kind is ActorKind.SYSTEM or publication.publishes_alone(actor, resource)


def _enriched(tables: Sequence[Brought], target: Resource | None) -> list[Brought]:
    constants = matching.constants_of([(b.file_name, b.table) for b in tables])
    if target is not None:
        constants = [_wanted(c, b, target) for c, b in zip(constants, tables, strict=True)]
    return [
        replace(one, table=matching.with_constants(one.table, values), constants=values)
        for one, values in zip(tables, constants, strict=True)
    ]


def _wanted(constants: dict[str, str], one: Brought, target: Resource) -> dict[str, str]:
    """Only the constants that the resource has items for; the file's name when it asks for it."""
    everything = {**matching.constants_of([(one.file_name, one.table)])[0], **one.table.constants, **constants}
    everything.setdefault(matching.FILE_COLUMN, matching.stem_of(one.file_name))
    names = {name for item in target.contract.items for name in (item.name, item.field, *item.source_names)}
    return {name: value for name, value in everything.items() if name in names}


def _land_one(one: Brought, resource: Resource, actor: Actor, *, waits: str, whole: WholeState | None = None) -> FileOutcome:
    try:
        return _landed(one, resource, actor, waits=waits, whole=whole)
    except TooManyDeletions as error:
        if whole is not None and whole.feed is not None:
            holding.hold(whole.feed, error, sm3=one.archived.sm3, path=one.path)
        return _refused(one, error.sentence, actor, resource)
    except SuixinError as error:
        return _refused(one, error.sentence, actor, resource)


def _landed(
    one: Brought, resource: Resource, actor: Actor, *, waits: str = WAITS, whole: WholeState | None = None
) -> FileOutcome:
    started = time.perf_counter()
    known = (landing.known_state if whole else landing.known_batch)(resource, one.archived, one.part)
    if known is not None:
        return recognising.outcome_of(known, started, path=one.path, table=one.part)
    if resource.state != ResourceState.PUBLISHED:
        waiting = _waiting(one, resource, actor, rows=_rows_of(one.table), waits=waits)
        if waiting is not None:
            return waiting
        resource = Resource.objects.get(pk=resource.pk)
    batch = landing.land(
        one.table, resource, one.archived, file_name=one.path, part=one.part, actor=actor,
        whole=whole.limits(one.archived.sm3) if whole else None,
        delivery=landing.state_delivery(resource, one.archived, one.part) if whole else None,
        contract=with_own_codes(resource.contract, one.own_codes),
    )
    replaced = f"其中 {batch.replaced:,} 行替换了原有同键数据。" if batch.replaced else ""
    if batch.changes:
        replaced = changes_told(batch.changes)
    outcome = FileOutcome(
        one.path,
        RunStatus.LANDED,
        one.part,
        resource.code,
        batch.rows_in,
        batch.accepted,
        batch.rejected,
        batch.table_version,
        time.perf_counter() - started,
        ";".join([*one.table.notes, *([replaced] if replaced else [])]),
    )
    _log(one, outcome, actor, resource)
    events.emit_on_commit(BatchLanded(resource.pk, batch.pk, batch.table_version or 0))
    return outcome


def _rows_of(table: SourceTable) -> int:
    """How many rows the reader delivers, broken ones too, as a landed batch counts them."""
    return sum(batch.data.num_rows + len(batch.broken) for batch in table.batches())


@transaction.atomic
def _waiting(one: Brought, resource: Resource, actor: Actor, *, rows: int, waits: str) -> FileOutcome | None:
    """The outcome of a file that waits; None when the entry came into force meanwhile. Raises WrongState."""
    held = Resource.objects.select_for_update().get(pk=resource.pk)  # so that a publication sees the run, or we it
    if held.state == ResourceState.PUBLISHED:
        return None
    if held.state == ResourceState.WITHDRAWN:
        raise WrongState(f"目录“{held.title}”已撤销,不再接收数据;请重新编目。")
    outcome = FileOutcome(
        one.path, RunStatus.PROPOSED, one.part, resource.code, rows_in=rows, message=waits
    )
    known = Run.objects.filter(resource=resource, sm3=one.archived.sm3, table_name=one.part, status=RunStatus.PROPOSED)
    if not known.exists():
        _log(one, outcome, actor, resource)
        publication.begin(held, actor=actor)
    return outcome


def _refused(one: Brought, sentence: str, actor: Actor, resource: Resource | None = None) -> FileOutcome:
    outcome = FileOutcome(one.path, RunStatus.REFUSED, one.part, resource.code if resource else "", message=sentence)
    _log(one, outcome, actor, resource)
    return outcome


def _refusal(path: str, part: str, sentence: str, actor: Actor) -> FileOutcome:
    Run.objects.create(
        file_name=path, table_name=part[:200], status=RunStatus.REFUSED, message=sentence, at=clock.now(), by=actor.name
    )
    return FileOutcome(path, RunStatus.REFUSED, part, message=sentence)


def _unreadable(path: Path, error: OSError) -> str:
    return f"文件“{path.name}”读不到({error.strerror or error}):可能已被移走或没有读取权限;请核对后重新归集。"


def _archive_folder(name: str) -> str:
    return names.slugify(matching.stem_of(name)).replace("-", "_") or "file"


def _log(one: Brought, outcome: FileOutcome, actor: Actor, resource: Resource | None) -> None:
    Run.objects.create(
        file_name=one.path,
        table_name=one.part,
        resource=resource,
        sm3=one.archived.sm3,
        archive_path=one.archived.relative_path,
        status=outcome.status,
        message=outcome.message,
        rows_in=outcome.rows_in,
        accepted=outcome.accepted,
        rejected=outcome.rejected,
        version=outcome.version,
        seconds=outcome.seconds,
        at=clock.now(),
        by=actor.name,
        constants=one.constants,
    )
