"""What the city keeps and is in force, remembered by the process: versions of sets and elements, mappings of own codes.

Read     once, then again when marked stale: at the start of each request (wiring), when something is published, before a batch is
         judged (`refresh`). A published version never changes, so that its codes are loaded once
Threads  a thread without a connection of its own (a judge) takes what is remembered; `prepare` loads for it
Day      which version is in force follows from the day, without asking again
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Any  # contents of elements are JSON
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from suixin.ground.standards import models, rules
from suixin.ground.standards.models import ChangeKind, Code, CodeChange, Kind, Pair, State, Version
from suixin.ground.standards.values import CodeSet, DataElement
from suixin.kit import clock

AT = "@"


class Later(Mapping[str, Any]):
    """A mapping that is read when it is first asked; a set of hundreds of thousands of codes costs nothing by being named."""

    def __init__(self, load: Callable[[], Mapping[str, Any]]) -> None:
        self._load = load
        self._found: Mapping[str, Any] | None = None

    def _all(self) -> Mapping[str, Any]:
        if self._found is None:
            self._found = self._load()
        return self._found

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 texts, or tuples of them
        return self._all()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


@dataclass(frozen=True, slots=True)
class Translation:
    """A published mapping: own codes and names → codes of the target set."""

    own: str
    target: str
    number: int
    uuid: str
    digest: str
    pairs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Row:
    kind: str
    number: int
    valid_from: date | None
    found: CodeSet | DataElement
    code: str


@dataclass(frozen=True, eq=False)
class View:
    """What is in force on a day. `labelled`: every published version by (code, label); `own`: sets of departments."""

    sets: Mapping[str, CodeSet]
    own: Mapping[str, CodeSet]
    labelled: Mapping[tuple[str, str], CodeSet]
    elements: Mapping[str, DataElement]
    translations: Mapping[tuple[str, str], Translation]
    numbered: Mapping[tuple[str, str, int], Translation]


@dataclass(frozen=True, eq=False)
class _Memo:
    rows: tuple[_Row, ...] = ()
    translations: tuple[tuple[Translation, bool], ...] = ()  # and whether it is in force


@dataclass
class _Known:
    """What this process remembers."""

    memo: _Memo | None = None
    is_stale: bool = False


_lock = threading.RLock()
_known = _Known()


def view() -> View:
    """What is in force today."""
    with _lock:
        memo = _known.memo
        if memo is None or (_known.is_stale and connection.connection is not None):
            memo = _read()
        return _view(memo, clock.today())


def mark_stale(**_: object) -> None:
    """What is remembered is asked for again before it is next used; also a receiver of signals."""
    _known.is_stale = True


def refresh() -> None:
    """What is remembered is what the database holds now."""
    with _lock:
        _read()


def forget() -> None:
    """Nothing is kept here, and nobody asks: for tests, which each begin so."""
    with _lock:
        _known.memo, _known.is_stale = _Memo(), False


def _read() -> _Memo:
    _known.is_stale = False
    if _known.memo is None and models.Standard._meta.db_table not in connection.introspection.table_names():
        return _Memo()  # before the first migration there is only what ships
    versions = Version.objects.filter(state=State.PUBLISHED).select_related("standard").order_by("standard__code", "number")
    _known.memo = _Memo(tuple(_row(one) for one in versions), tuple(_translations()))
    return _known.memo


def _row(version: Version) -> _Row:
    of = version.standard
    found = element_of(of.code, version.content) if of.kind == Kind.ELEMENT else _set_of(version)
    kind = "element" if of.kind == Kind.ELEMENT else "own" if of.owner else "set"
    return _Row(kind, version.number, version.valid_from, found, of.code)


def _translations() -> Iterator[tuple[Translation, bool]]:
    found = models.Mapping.objects.filter(state__in=(State.PUBLISHED, State.REPLACED)).select_related("own").order_by("number")
    for one in found:
        pairs = Later(lambda uuid=one.uuid: _pairs(uuid))  # type: ignore[misc]  # bound now
        yield Translation(one.own.code, one.target, one.number, str(one.uuid), one.digest, pairs), one.state == State.PUBLISHED


@lru_cache(maxsize=4)
def _view(memo: _Memo, today: date) -> View:
    sets: dict[str, CodeSet] = {}
    own: dict[str, CodeSet] = {}
    elements: dict[str, DataElement] = {}
    labelled: dict[tuple[str, str], CodeSet] = {}
    for row in memo.rows:  # in order of number: the last one that is valid counts
        valid = models.is_in_force(row.valid_from, today)
        if isinstance(row.found, CodeSet):
            labelled[row.code, row.found.version] = row.found
            if valid:
                (own if row.kind == "own" else sets)[row.code] = row.found
        elif valid:
            elements[row.code] = row.found
    in_force = {(one.own, one.target): one for one, is_now in memo.translations if is_now}
    numbered = {(one.own, one.target, one.number): one for one, _ in memo.translations}
    return View(sets, own, labelled, elements, in_force, numbered)


@dataclass(frozen=True, slots=True)
class _Content:
    entries: Mapping[str, str]
    aliases: Mapping[str, str]
    by_name: Mapping[str, str]
    retired: Mapping[str, str]
    gone: Mapping[str, tuple[str, ...]]


def _set_of(version: Version) -> CodeSet:
    uuid = version.uuid
    part = {name: Later(lambda name=name: getattr(_content(uuid), name)) for name in _Content.__dataclass_fields__}  # type: ignore[misc]
    return CodeSet(
        version.standard.code, version.name, version.label, version.source, part["entries"], part["aliases"], part["by_name"],
        part["retired"], part["gone"], version.digest, version.standard.owner, version.total, version.translates,
    )


@lru_cache(maxsize=64)
def _content(version_uuid: UUID) -> _Content:
    """The codes of a published version, which never change."""
    version = Version.objects.get(uuid=version_uuid)
    entries: dict[str, str] = {}
    aliases: dict[str, str] = {}
    by_name: dict[str, str] = {}
    codes = codes_of(version)
    for code, name in codes.values_list("code", "name").iterator(chunk_size=10_000):
        entries[code] = name
        by_name.setdefault(name, code)
    for code, others in codes.exclude(aliases=[]).values_list("code", "aliases").iterator(chunk_size=10_000):  # few have other names
        for other in others:
            aliases.setdefault(other, code)
    changes = CodeChange.objects.filter(version__standard=version.standard_id, version__number__lte=version.number)
    gone = changes.filter(kind=ChangeKind.ABOLISHED).order_by("version__number").values_list("code", "successors")
    one, several = rules.followed({code: tuple(found) for code, found in gone}, entries)
    if version.translates:  # what a code was called before is another name of it, as long as no other one is called so now
        for code, former in changes.filter(kind=ChangeKind.RENAMED).exclude(former="").values_list("code", "former"):
            if code in entries and former not in by_name and former not in entries:
                aliases.setdefault(former, code)
    return _Content(
        MappingProxyType(entries), MappingProxyType(aliases), MappingProxyType(by_name), MappingProxyType(one), MappingProxyType(several),
    )


@lru_cache(maxsize=256)
def _pairs(mapping_uuid: UUID) -> Mapping[str, str]:
    return MappingProxyType(dict(Pair.objects.filter(mapping__uuid=mapping_uuid).values_list("code", "target")))


def codes_of(version: Version) -> QuerySet[Code]:
    """The codes of a published version, in order."""
    at = version.number
    found = Code.objects.filter(standard=version.standard_id, since__lte=at)
    return found.filter(Q(until=None) | Q(until__gt=at)).order_by("code")


def current_rows(version: Version) -> dict[str, rules.Row]:
    """The codes that stand when the draft begins: those of the newest published version."""
    found = Code.objects.filter(standard=version.standard_id, until=None).values_list("code", "name", "parent", "aliases")
    return {code: rules.Row(code, name, parent, tuple(aliases)) for code, name, parent, aliases in found.iterator(chunk_size=10_000)}


def element_of(field: str, content: Mapping[str, Any]) -> DataElement:
    """A data element from what a version says of it."""
    return DataElement(
        field, content["name"], content["type"], tuple(content.get("aliases") or ()), content.get("length"), content.get("scale"),
        content.get("unit") or "", content.get("code_set") or "", int(content.get("level") or 1), content.get("mask") or "",
    )
