"""Keeping versions: a draft begun, filled from a list, handed on, published by another person, or dropped.

Path     draft → reviewing (`submit_version`) → published (`publish_version`), or back (`return_version`)
Two      who handed it on does not publish it
Once     of two who begin a draft at once the second is told; publishing twice is refused by state; all in one transaction each
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from django.db import connection, transaction
from django.db.models import Max

from suixin.ground.audit import actions as audit
from suixin.ground.events import emit_on_commit
from suixin.ground.security import policy
from suixin.ground.standards import held, queries, rules
from suixin.ground.standards.errors import BadDraft, WrongState
from suixin.ground.standards.events import StandardPublished
from suixin.ground.standards.models import OPEN, ChangeKind, Code, CodeChange, Kind, Standard, State, Version
from suixin.ground.standards.rules import Difference, Row
from suixin.ground.standards.values import TYPE_LETTERS
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor, ActorKind

CHUNK = 2_000
_BASELINE = "随程序发布"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a standard is: credit codes from the root down, and the name; none is the platform's."""

    path: tuple[str, ...] = ()
    name: str = ""

    @property
    def uscc(self) -> str:
        """The owner's credit code."""
        return self.path[-1] if self.path else ""


PLATFORM = Owner()


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of a version beside its codes."""

    label: str
    name: str
    source: str = ""
    note: str = ""
    valid_from: date | None = None
    translates: bool = True


@transaction.atomic
def begin_version(kind: Kind, code: str, told: Told, *, actor: Actor, owner: Owner = PLATFORM) -> Version:
    """An empty draft of the standard's next version; a set that ships begins with what ships as its first one.

    Raises NotAllowed, BadDraft, and WrongState when a draft is open or the label is taken.
    """
    _require_told(code, told)
    standard = Standard.objects.select_for_update().filter(kind=kind, code=code).first()
    policy.require(actor, "standards.draft", standard or Standard(owner=owner.uscc, lineage=list(owner.path)))
    if standard is None and owner != PLATFORM and _ships(kind, code):
        raise WrongState(f"“{code}”是平台的标准，由市数据主管部门维护；本单位的代码集请换一个代码。")
    if standard is None:
        standard = _adopted(kind, code, told, owner)
    if standard.owner != owner.uscc and owner != PLATFORM:
        raise WrongState(f"“{code}”已由{standard.owner_name or '市数据主管部门'}维护；请换一个代码。")
    open_one = standard.versions.filter(state__in=OPEN).first()
    if open_one is not None:
        where = f"{open_one.get_state_display()}“{open_one.label}”，由 {open_one.drafted_by} 起草"
        raise WrongState(f"“{standard}”已有一份{where}；请先办完或作废它。")
    if standard.versions.filter(label=told.label).exists():
        raise WrongState(f"“{standard}”已有“{told.label}”这一版；请换一个版本号。")
    last = standard.versions.aggregate(last=Max("number"))["last"] or 0
    version = Version.objects.create(
        standard=standard, number=last + 1, label=told.label, name=told.name, source=told.source, note=told.note,
        valid_from=told.valid_from, translates=told.translates, drafted_by=actor.key[:150], created_at=clock.now(),
    )
    audit.record(actor, "standards.drafted", version, detail={"standard": code, "label": told.label})
    return version


@transaction.atomic
def fill_codes(version: Version, rows: Sequence[Row], *, actor: Actor, is_whole: bool = True) -> Difference:
    """What the list changes of the version before, kept in the draft instead of what was there. Raises NotAllowed, BadDraft, WrongState."""
    locked = _drafted(version, actor)
    before = held.current_rows(locked)
    if (fault := next(rules.list_faults(rows, () if is_whole else before), None)) is not None:
        raise BadDraft(f"第 {fault[0] + 1} 个代码：{fault[2]}。")
    found = rules.difference(before, rows, is_whole=is_whole)
    locked.changes.all().delete()
    _put_changes(locked, found.changes)
    counts = {kind: len(found.of(kind)) for kind in ChangeKind.values}
    audit.record(actor, "standards.codes_brought", locked, detail={"rows": len(rows), **counts})
    return found


@transaction.atomic
def fill_element(version: Version, content: dict[str, object], *, actor: Actor) -> Version:
    """What the draft of an element says. Raises NotAllowed, BadDraft, WrongState."""
    locked = _drafted(version, actor)
    if content.get("type") not in TYPE_LETTERS or not content.get("name"):
        raise BadDraft(f"数据元须有名称，类型为 {'、'.join(sorted(TYPE_LETTERS))} 之一。")
    if content.get("code_set"):
        queries.code_set(str(content["code_set"]))
    locked.content = content
    locked.save(update_fields=["content"])
    audit.record(actor, "standards.element_told", locked)
    return locked


@transaction.atomic
def submit_version(version: Version, *, actor: Actor) -> Version:
    """The draft handed on to who publishes. Raises NotAllowed, BadDraft, WrongState."""
    locked = _drafted(version, actor)
    if locked.standard.kind == Kind.ELEMENT and not locked.content:
        raise BadDraft(f"“{locked}”还没有填写内容，不能提交。")
    if locked.standard.kind == Kind.CODE_SET and not locked.changes.exists():
        raise BadDraft(f"“{locked}”与上一版没有差别，不能提交；请先导入代码。")
    locked.state, locked.submitted_by = State.REVIEWING, actor.key[:150]
    locked.save(update_fields=["state", "submitted_by"])
    audit.record(actor, "standards.submitted", locked)
    return locked


@transaction.atomic
def return_version(version: Version, *, actor: Actor, reason: str) -> Version:
    """The version a draft again, to be mended; also when its procedure was stopped. Raises NotAllowed, WrongState."""
    locked = _waiting(version, actor)
    locked.state = State.DRAFT
    locked.save(update_fields=["state"])
    audit.record(actor, "standards.returned", locked, basis=reason)
    return locked


@transaction.atomic
def drop_version(version: Version, *, actor: Actor, reason: str) -> Version:
    """The draft gone; a standard that never had another version with it. Raises NotAllowed, WrongState."""
    locked = _drafted(version, actor)
    standard = locked.standard
    audit.record(actor, "standards.dropped", locked, basis=reason)
    locked.delete()
    if not standard.versions.exists():
        standard.delete()
    return locked


@transaction.atomic
def publish_version(version: Version, *, actor: Actor, reason: str = "") -> Version:
    """The version in force from its day, for good. Raises NotAllowed, and WrongState when it waits not or the actor handed it on."""
    locked = _waiting(version, actor)
    require_other(locked.submitted_by, actor)
    _put_in_force(locked)
    locked.state, locked.published_by, locked.published_at = State.PUBLISHED, actor.key[:150], clock.now()
    locked.save(update_fields=["state", "published_by", "published_at", "total", "digest"])
    standard = locked.standard
    standard.name = locked.name
    standard.save(update_fields=["name"])
    detail = {"standard": standard.code, "label": locked.label, "number": locked.number, "digest": locked.digest}
    audit.record(actor, "standards.published", locked, basis=reason, detail=detail)
    transaction.on_commit(held.mark_stale)
    emit_on_commit(StandardPublished(standard.kind, standard.code, str(locked)))
    return locked


def require_other(submitted_by: str, actor: Actor) -> None:
    """Nothing, when the actor is not who handed it on; the machine's administrator answers for both. Raises WrongState."""
    if submitted_by == actor.key and actor.kind is not ActorKind.SYSTEM:
        raise WrongState("标准须由两个人办理：提交人不能自己发布；请交给另一位有审核权限的人。")


def _require_told(code: str, told: Told) -> None:
    if not code.strip() or held.AT in code or len(code) > 64:
        raise BadDraft(f"代码“{code[:64]}”不合适；请用 64 个字以内、不含 @ 的代码，例如 GB/T 2260。")
    if not told.label.strip() or held.AT in told.label or len(told.label) > 32 or not told.name.strip():
        raise BadDraft("请填写名称和版本（32 个字以内，不含 @），例如 2024。")


def _ships(kind: Kind, code: str) -> bool:
    return code in queries.shipped_sets() if kind == Kind.CODE_SET else any(one.field == code for one in queries.shipped_elements())


def _drafted(version: Version, actor: Actor) -> Version:
    policy.require(actor, "standards.draft", version)
    return _locked(version, State.DRAFT)


def _waiting(version: Version, actor: Actor) -> Version:
    policy.require(actor, "standards.publish", version)
    return _locked(version, State.REVIEWING)


def _locked(version: Version, state: State) -> Version:
    """The version, locked, when it is in that state; its standard first, as all who write do."""
    Standard.objects.select_for_update().get(pk=version.standard_id)
    locked = Version.objects.select_for_update(of=("self",)).select_related("standard").filter(pk=version.pk).first()
    if locked is None or locked.state != state:
        where = locked.get_state_display() if locked else "已作废"
        raise WrongState(f"“{version}”现在是“{where}”，不能这样办；请重新打开页面看看。")
    return locked


def _adopted(kind: Kind, code: str, told: Told, owner: Owner) -> Standard:
    """A new standard; of what ships, with that as its first version."""
    standard = Standard.objects.create(
        kind=kind, code=code, name=told.name, owner=owner.uscc, lineage=list(owner.path), owner_name=owner.name,
    )
    content: dict[str, object] = {}
    ships = queries.shipped_sets().get(code) if kind == Kind.CODE_SET else None
    element = next((one for one in queries.shipped_elements() if one.field == code), None) if kind == Kind.ELEMENT else None
    if ships is None and element is None:
        return standard
    if element is not None:
        content = {name: getattr(element, name) for name in element.__dataclass_fields__ if name != "field"}
        content["aliases"] = list(element.aliases)
    name, label, source = (ships.name, ships.version, ships.source) if ships else (element.name if element else "", "", "")
    first = Version.objects.create(
        standard=standard, number=1, label=label or "1", name=name, source=source, note=_BASELINE, content=content, state=State.PUBLISHED,
        published_by=SYSTEM.key, created_at=clock.now(), published_at=clock.now(),
    )
    if ships is not None:
        others: dict[str, list[str]] = {}
        for alias, of in ships.aliases.items():
            others.setdefault(of, []).append(alias)
        rows = (Code(standard=standard, code=c, name=n, aliases=others.get(c, []), since=1) for c, n in ships.entries.items())
        Code.objects.bulk_create(rows, batch_size=CHUNK)
    _sum_up(first)
    first.save(update_fields=["total", "digest"])
    transaction.on_commit(held.mark_stale)
    return standard


def _put_changes(version: Version, changes: Sequence[rules.Change]) -> None:
    """The changes as rows, by one prepared statement: an object for each of 700,000 codes takes ten times as long."""
    rows = (
        (version.pk, one.kind, one.row.code, one.row.name, one.row.parent, json.dumps(one.row.aliases), one.former,
         json.dumps(one.row.successors))
        for one in changes
    )
    with connection.cursor() as cursor:
        while some := list(islice(rows, CHUNK)):
            cursor.executemany(
                "INSERT INTO standards_codechange (version_id, kind, code, name, parent, aliases, former, successors) "
                "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                some,
            )


def _put_in_force(version: Version) -> None:
    """The draft's changes become the set's rows: two statements, however many codes there are."""
    at, standard = version.number, version.standard_id
    if version.standard.kind == Kind.CODE_SET:
        ended = version.changes.exclude(kind=ChangeKind.ADDED).values("code")
        Code.objects.filter(standard=standard, until=None, code__in=ended).update(until=at)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO standards_code (standard_id, code, name, parent, aliases, since) "
                "SELECT %s, code, name, parent, aliases, %s FROM standards_codechange WHERE version_id = %s AND kind <> %s",
                [standard, at, version.pk, ChangeKind.ABOLISHED.value],
            )
    _sum_up(version)


def _sum_up(version: Version) -> None:
    """How many codes the version has, and their digest; of an element, its content's."""
    if version.standard.kind == Kind.ELEMENT:
        version.digest = rules.digest_of((name, repr(value), "") for name, value in sorted(version.content.items()))
        return
    version.total = held.codes_of(version).count()
    rows = held.codes_of(version).values_list("code", "name", "aliases").iterator(chunk_size=10_000)
    gone = CodeChange.objects.filter(version__standard=version.standard_id, version__number__lte=version.number, kind=ChangeKind.ABOLISHED)
    followed = ((code, "→".join(to), "") for code, to in gone.order_by("code", "version__number").values_list("code", "successors"))
    whole = [*((code, name, "\x1d".join(others)) for code, name, others in rows), *followed, (str(version.translates), "", "")]
    version.digest = rules.digest_of(whole)
