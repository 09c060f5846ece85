"""Writes of collection: bring a file, bring a folder, accept a proposal with the files that wait for it.

A file is opened, archived byte for byte, matched to its resource (or a resource is proposed from its profile),
and each of its tables landed. A refusal is an outcome with a sentence, not an exception, and leaves nothing behind.
"""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import transaction

from suixin.data.catalog import actions as catalog
from suixin.data.catalog.models import Resource, ResourceState
from suixin.data.collection import landing, matching, proposing, readers
from suixin.data.collection.errors import NothingToCollect
from suixin.data.collection.events import BatchLanded
from suixin.data.collection.memory import Memory
from suixin.data.collection.models import Feed, Run, RunStatus
from suixin.data.collection.outcomes import FileOutcome
from suixin.data.lake import archive
from suixin.data.lake.archive import Archived
from suixin.data.quality.source import SourceTable
from suixin.ground import events
from suixin.ground.audit import actions as audit
from suixin.ground.security import policy
from suixin.kit import clock, crash, names
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError

Report = Callable[[FileOutcome], None]
PART = 100  # letters of a table's name that tell it apart within its file


@dataclass(frozen=True, slots=True)
class Brought:
    """One table of one file on its way in.

    `path` as given, `file_name` without folders, `scope` the folder's name; `part` names the table inside a file
    that holds several, so that the same bytes under another file name are the same delivery.
    """

    path: str
    file_name: str
    scope: str
    table: SourceTable
    archived: Archived
    part: str = ""
    constants: dict[str, str] = field(default_factory=dict)


@transaction.atomic
def declare_feed(resource: Resource, patterns: Sequence[str], *, actor: Actor) -> Feed:
    """The resource's feed with these file name patterns. Raises NotAllowed."""
    policy.require(actor, "collection.declare", resource)
    feed, _ = Feed.objects.update_or_create(resource=resource, defaults={"patterns": list(patterns)})
    audit.record(actor, "collection.declared", resource, detail={"patterns": list(patterns)})
    return feed


def run_feed(
    path: Path, *, actor: Actor, resource: Resource | None = None, accept: bool = False, report: Report | None = None
) -> list[FileOutcome]:
    """What became of every table of one file. Raises NotAllowed, NothingToCollect; all else is an outcome.

    With `resource` the tables go there; else to the resource that takes them, else a resource is proposed,
    and with `accept` published at once.
    """
    policy.require(actor, "collection.run", resource)
    if not path.is_file():
        raise NothingToCollect(f"没有这个文件:{path.name}。请检查路径。")
    with opened_files([path], root=path.parent, scope=path.resolve().parent.name, actor=actor) as opened:
        outcomes = list(opened.refused)
        for one in opened.brought:
            outcomes += bring([one], actor=actor, resource=resource, accept=accept)
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
            opened.refused.extend(_refusal(name, r.path_in_file, r.sentence, actor) for r in file.refusals)
            opened.brought.extend(
                Brought(name, path.name, scope, memory.of(table), archived, table.name[:PART] if len(file.tables) > 1 else "")
                for table in file.tables
            )
        yield opened


def bring(
    tables: Sequence[Brought], *, actor: Actor, resource: Resource | None = None, accept: bool = False, group: str = ""
) -> list[FileOutcome]:
    """Tables with the same columns into one resource, one batch each; constants of their names become items.

    A fault of one table is its outcome and does not stop the others.
    """
    policy.require(actor, "collection.run", resource)
    first = tables[0]
    try:
        target = resource or matching.resource_for(first.file_name, first.table, first.scope)
        enriched = _enriched(tables, target)
        if target is None:
            target = proposing.propose(
                [(b.file_name, b.table) for b in enriched], scope=first.scope, group=group, actor=actor
            )
        if accept and target.state == ResourceState.PROPOSED:
            target = catalog.publish_resource(target, actor=actor, reason="采集时确认")
    except SuixinError as error:
        return [_refused(one, error.sentence, actor) for one in tables]
    return [_land_one(one, target, actor) for one in enriched]


def accept_proposal(resource: Resource, *, actor: Actor, reason: str = "") -> list[FileOutcome]:
    """The proposal published and every file that waited for it landed from the archive. Raises NotAllowed and more."""
    published = catalog.publish_resource(resource, actor=actor, reason=reason or "人工确认")
    outcomes: list[FileOutcome] = []
    for run in published.runs.filter(status=RunStatus.PROPOSED).order_by("pk"):
        outcomes += _land_waiting(run, published, actor)
    return outcomes


def _land_waiting(run: Run, resource: Resource, actor: Actor) -> list[FileOutcome]:
    name = Path(run.file_name).name
    with TemporaryDirectory(prefix="waiting-") as scratch:
        path = Path(scratch) / name
        with archive.open_archived(run.archive_path) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
        with readers.open_file(path) as opened:
            table = next((t for t in opened.tables if run.table_name in ("", t.name[:PART])), None)
            if table is None:
                return []
            archived = Archived(run.sm3, path.stat().st_size, run.archive_path)
            enriched = matching.with_constants(table, run.constants)
            outcome = _land_one(Brought(run.file_name, name, "", enriched, archived, run.table_name), resource, actor)
    run.delete()
    return [outcome]


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


def _land_one(one: Brought, resource: Resource, actor: Actor) -> FileOutcome:
    started = time.perf_counter()
    known = landing.known_batch(resource, one.archived, one.part)
    if known is not None:
        return FileOutcome(
            one.path,
            RunStatus.KNOWN,
            one.part,
            resource.code,
            known.rows_in,
            known.accepted,
            known.rejected,
            known.table_version,
            time.perf_counter() - started,
            f"内容与 {known.created_at:%Y-%m-%d %H:%M} 收到的批次相同,未重复入库。",
        )
    if resource.state != ResourceState.PUBLISHED:
        return _waiting(one, resource, actor)
    try:
        batch = landing.land(one.table, resource, one.archived, file_name=one.path, part=one.part)
    except SuixinError as error:
        return _refused(one, error.sentence, actor, resource)
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
        ";".join(one.table.notes),
    )
    _log(one, outcome, actor, resource)
    events.emit_on_commit(BatchLanded(resource.pk, batch.pk, batch.table_version or 0))
    return outcome


def _waiting(one: Brought, resource: Resource, actor: Actor) -> FileOutcome:
    outcome = FileOutcome(
        one.path, RunStatus.PROPOSED, one.part, resource.code, message="已生成目录建议,等待人工确认后入库。"
    )
    waits = Run.objects.filter(resource=resource, sm3=one.archived.sm3, table_name=one.part, status=RunStatus.PROPOSED)
    if not waits.exists():
        _log(one, outcome, actor, resource)
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
