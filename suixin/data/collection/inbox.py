"""Files handed in for a job: kept where every node sees them until the job has settled.

Place    <lake>/inbox/<key>/<file name>, sealed (nobody knows yet what is in it), made lasting before the job is
         enqueued, so that a kill loses nothing
Promise  a file of a waiting, running or failed job stays, and a front machine's chunk that waits; others go after an hour
"""

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from django.conf import settings

from suixin.data.catalog.drafts import NOT_ASSESSED, Assessed
from suixin.data.catalog.models import Resource
from suixin.data.collection.models import FrontChunk
from suixin.data.collection.own_codes import require_mapped_sets
from suixin.data.lake import storage
from suixin.data.lake.envelopes import MARK, PIECE, EnvelopeReader, EnvelopeWriter
from suixin.ground.jobs.actions import enqueue
from suixin.ground.jobs.models import Job, JobState
from suixin.ground.security import policy
from suixin.kit.actor import Actor

KIND = "collection.collect"
NAME_BYTES = 180
SPARED_SECONDS = 3600.0
_KEY = re.compile(r"[0-9a-f]{32}")


def hand_in(
    name: str, chunks: Iterable[bytes], *, actor: Actor, resource: Resource | None = None, accept: Assessed = NOT_ASSESSED,
    most_deleted: int | None = None, own_codes: Mapping[str, str] = MappingProxyType({}),
) -> Job:
    """The job that will bring the file, as the whole state when it is said how much that may delete. Raises NotAllowed, WrongSource.

    `own_codes`: items of `resource` that the file has in sets of a department.
    """
    policy.require(actor, "collection.run", resource)
    own = require_mapped_sets(resource.contract, own_codes) if resource is not None else {}
    key, plain = keep(name, chunks), safe_name(name)
    arguments: dict[str, object] = {
        "inbox": key, "table": resource.table if resource else "", "assessed": [accept.secrecy, accept.privacy], "own_codes": own,
    }
    if most_deleted is not None:
        arguments["most_deleted"] = str(most_deleted)
    return enqueue(KIND, actor=actor, title=f"归集 {plain}", arguments=arguments)


def keep(name: str, chunks: Iterable[bytes]) -> str:
    """The key under which the bytes lie, sealed and lasting, until whoever needs them has settled."""
    key = secrets.token_hex(16)
    folder = _root() / key
    folder.mkdir(parents=True)
    path = folder / safe_name(name)
    with path.open("xb") as file:
        envelope = EnvelopeWriter(file)
        for chunk in chunks:
            envelope.write(chunk)
        envelope.finish()
        file.flush()
        os.fsync(file.fileno())
    storage.sync_folder(folder)
    storage.sync_folder(_root())
    return key


@contextmanager
def opened(key: str) -> Iterator[Path | None]:
    """The file handed in under that key, in the clear in the lake's scratch while the block lasts; None when it is gone."""
    held = file_of(key)
    if held is None:
        yield None
        return
    with held.open("rb") as source:
        is_sealed = source.peek(len(MARK))[: len(MARK)] == MARK
        content = EnvelopeReader(source) if is_sealed else source
        with passing(held.name, iter(lambda: content.read(PIECE), b"")) as path:
            yield path


@contextmanager
def passing(name: str, chunks: Iterable[bytes]) -> Iterator[Path]:
    """A file of that name in the lake's scratch, which only this user reads, while the block lasts."""
    with storage.scratch() as folder:
        path = folder / safe_name(name)
        with path.open("xb") as file:
            for chunk in chunks:
                file.write(chunk)
        yield path


def file_of(key: str) -> Path | None:
    """The file handed in under that key; None when it is gone."""
    folder = _root() / key if _KEY.fullmatch(key) else None
    return next(folder.iterdir(), None) if folder is not None and folder.is_dir() else None


def forget(key: str) -> None:
    """What was kept under that key is wanted no more."""
    if _KEY.fullmatch(key):
        shutil.rmtree(_root() / key, ignore_errors=True)


def forget_settled() -> int:
    """The number of files removed: no job and no feed that still may need them, and older than an hour."""
    open_jobs = Job.objects.filter(kind=KIND, state__in=(JobState.WAITING, JobState.RUNNING, JobState.FAILED))
    needed = {arguments.get("inbox") for arguments in open_jobs.values_list("arguments", flat=True)}
    needed |= set(FrontChunk.objects.exclude(inbox="").values_list("inbox", flat=True))
    root = _root()
    old = [
        child for child in (root.iterdir() if root.is_dir() else ())
        if child.name not in needed and time.time() - child.stat().st_mtime > SPARED_SECONDS
    ]
    for child in old:
        shutil.rmtree(child, ignore_errors=True)
    return len(old)


def forget_done() -> int:
    """The number of files removed whose job is over; one that is being handed in has no job yet and stays."""
    over = Job.objects.filter(kind=KIND, state__in=(JobState.DONE, JobState.DISCARDED)).values_list("arguments", flat=True)
    held = {child.name for child in _root().iterdir()} if _root().is_dir() else set()
    gone = held & {str(arguments.get("inbox")) for arguments in over}
    for key in gone:
        shutil.rmtree(_root() / key, ignore_errors=True)
    return len(gone)


def safe_name(name: str) -> str:
    """The browser's name as a name only: no folders, in at most NAME_BYTES of UTF-8, its ending kept."""
    plain = Path(name.replace("\\", "/")).name or "upload"
    ending = Path(plain).suffix[-20:]
    stem = plain.removesuffix(ending)
    return stem.encode()[: NAME_BYTES - len(ending.encode())].decode(errors="ignore") + ending


def _root() -> Path:
    return Path(settings.SUIXIN.lake) / storage.INBOX
