"""Procedures on record: versions that never change, each in force from a day until the next one is.

Promise  the same declaration again is the same version, however it is laid out; a version is published only when nothing
         speaks against it (proofs.py), and all that speaks against it is told at once
Shipped  files of modules, named by `register_shipped`; a fresh installation has no people yet, so that of a shipped
         procedure it is not asked whether somebody holds its roles (`suixin procedure check` tells)
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

from django.db import models, transaction

from suixin.ground.audit.actions import record
from suixin.ground.flow import proofs, subjects
from suixin.ground.flow.canonical import digest_of, to_mapping
from suixin.ground.flow.declaration import Declaration
from suixin.ground.flow.errors import FaultyProcedure, UnknownProcedure, WrongMove
from suixin.ground.flow.models import Procedure, ProcedureVersion
from suixin.ground.flow.parsing import parse
from suixin.ground.people.models import Organisation, Post, Role
from suixin.ground.prepared import Prepared, given
from suixin.ground.security import policy
from suixin.ground.security.rules import scope_of
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor

_REMEMBERED = 500
_declared: dict[str, Declaration] = {}
_shipped: dict[str, Path] = {}
_begun: set[str] = set()
_IN_FORCE = Prepared(lambda: ProcedureVersion.objects.filter(
    procedure__slug=given("slug", models.CharField()), effective_from__lte=given("day", models.DateField()),
).select_related("procedure").defer("declaration").order_by("-effective_from", "-number")[:1])  # that is remembered by its digest


def register_shipped(path: Path) -> None:
    """Let the procedure of that file be published with the installation."""
    _shipped[str(path)] = path


@transaction.atomic
def publish_procedure(
    text: str | Mapping[str, object], *, actor: Actor, effective_from: date | None = None, note: str = "",
) -> ProcedureVersion:
    """The version that the text is from now on, or is already. Raises NotAllowed, FaultyProcedure, WrongMove."""
    policy.require(actor, "flow.publish_procedure", None)
    declaration = parse(text)
    _require_faultless(declaration, faults_of(declaration))
    return _published(with_slugs(declaration), actor=actor, effective_from=effective_from, note=note)


@transaction.atomic
def load_shipped(*, actor: Actor) -> list[ProcedureVersion]:
    """What was published of the registered files: those that are new, or whose text is. Raises NotAllowed, FaultyProcedure."""
    policy.require(actor, "flow.publish_procedure", None)
    read = [parse(path.read_text("utf-8")) for path in _shipped.values()]
    known = set(ProcedureVersion.objects.filter(procedure__slug__in=[one.id for one in read]).values_list("procedure__slug", "digest"))
    new = [one for one in read if (one.id, digest_of(one)) not in known]
    for one in new:
        _require_faultless(one, _faults(one, holders=lambda role, place: True, beside=read))
    return [_published(one, actor=actor, effective_from=None, note="随系统发布") for one in new]


def faults_of(declaration: Declaration) -> list[str]:
    """Everything that speaks against publishing it here and now."""
    named = {name for node in declaration.nodes for name in node.organisations}
    named |= {one.organisation for node in declaration.nodes for one in node.escalations} | {declaration.lead}
    named |= set(declaration.approving.values())
    unknown = sorted(name for name in named if name and not name.startswith("$") and organisation_of(name) is None)
    missing = [f"没有机构“{name}”；请写机构的标识、简称或全称，发起时才指定的写成 $ 加小写字母。" for name in unknown]
    return [*missing, *_faults(declaration, holders=_holders(), beside=())]


def in_force(slug: str, on: date | None = None) -> ProcedureVersion:
    """The version in force on that day (default: today). Raises UnknownProcedure."""
    day = on or clock.today()
    version = _IN_FORCE.one(slug=slug, day=day)
    if version is None:
        raise UnknownProcedure(f"没有生效的流程“{slug[:80]}”（{day}）；请先发布，或核对标识和生效日期。", slug=slug)
    return version


def require_procedure(*slugs: str) -> None:
    """Versions of these in force; those that are shipped are published when this installation has none yet."""
    if not are_in_force(*slugs):
        load_shipped(actor=SYSTEM)


def are_in_force(*slugs: str) -> bool:
    """Whether each of these procedures is in force today; declarations are not read.

    Versions are never taken back, so that what was in force once is remembered, as soon as that is committed.
    """
    if _begun.issuperset(slugs):
        return True
    found = ProcedureVersion.objects.filter(procedure__slug__in=slugs, effective_from__lte=clock.today())
    are_all = found.order_by().values("procedure").distinct().count() == len(slugs)
    if are_all:
        transaction.on_commit(lambda: _begun.update(slugs))
    return are_all


def forget() -> None:
    """Of no procedure is it remembered that it is in force: another database is asked."""
    _begun.clear()


def declaration_of(version: ProcedureVersion) -> Declaration:
    """What the version declares; parsed once for each process."""
    found = _declared.get(version.digest)
    if found is None:
        if len(_declared) >= _REMEMBERED:
            _declared.clear()
        found = _declared[version.digest] = parse(version.declaration)
    return found


def organisation_of(name: str) -> Organisation | None:
    """The organisation of that slug, credit code, full or short name, in force today; None when there is none, or several."""
    known = Organisation.objects.in_force(clock.today())
    for field in ("slug", "uscc", "name", "short_name"):
        found = list(known.filter(**{field: name})[:2])
        if len(found) == 1:
            return found[0]
    return None


def with_slugs(declaration: Declaration) -> Declaration:
    """The declaration with every organisation by its slug, however the text names it."""
    content = to_mapping(declaration)

    def slug(name: object) -> object:
        found = None if str(name).startswith("$") else organisation_of(str(name))
        return found.slug if found else name

    def renamed(value: object, key: str = "") -> object:
        if isinstance(value, dict):
            return {name: renamed(one, name) for name, one in value.items()}
        if isinstance(value, list):
            return [slug(one) if key == "organisations" else renamed(one) for one in value]
        return slug(value) if key in ("lead", "organisation") else value

    named = renamed({key: content[key] for key in ("lead", "nodes", "approvers") if key in content})
    return parse({**content, **named}) if isinstance(named, dict) else declaration


def _published(declaration: Declaration, *, actor: Actor, effective_from: date | None, note: str) -> ProcedureVersion:
    today = clock.today()
    if effective_from is not None and effective_from < today:
        raise WrongMove(f"生效日期 {effective_from} 已经过去；请写今天（{today}）或以后的日期。")
    begins, digest = effective_from or today, digest_of(declaration)
    kept = {"title": declaration.title, "subject": declaration.subject}
    Procedure.objects.get_or_create(slug=declaration.id, defaults=kept)
    procedure = Procedure.objects.select_for_update().get(slug=declaration.id)
    last = procedure.versions.first()
    if last is not None and last.digest == digest and last.effective_from <= begins:
        return last
    Procedure.objects.filter(pk=procedure.pk).update(**kept)
    version = ProcedureVersion.objects.create(
        procedure=procedure, number=last.number + 1 if last else 1, declaration=to_mapping(declaration), digest=digest,
        effective_from=begins, published_at=clock.now(), published_by=actor.name[:120], note=" ".join(note.split())[:500],
    )
    record(actor, "flow.procedure_published", version, basis=note,
           detail={"procedure": procedure.slug, "number": version.number, "digest": digest, "effective_from": str(begins)})
    return version


def _require_faultless(declaration: Declaration, faults: Sequence[str]) -> None:
    if faults:
        raise FaultyProcedure(f"流程“{declaration.title}”不能发布，有 {len(faults)} 处要更正：{' '.join(faults)}", faults)


def _faults(
    declaration: Declaration, *, holders: Callable[[str, str], bool], beside: Sequence[Declaration],
) -> list[str]:
    """The proofs, with what is registered and what is published; `beside`: declarations about to be."""
    return proofs.faults_of(declaration, holders=holders, known=proofs.Known(
        kinds=frozenset(subjects.kinds), effects=frozenset(subjects.effects), measures=frozenset(subjects.measures),
        procedure=lambda slug: next((one for one in beside if one.id == slug), None) or _in_force_or_none(slug),
        checks=tuple(subjects.checks.values()), roles={role.value: str(role.label) for role in Role},
        may=lambda role, verb: scope_of(frozenset({role}), verb) is not None,
    ))


def _in_force_or_none(slug: str) -> Declaration | None:
    try:
        return declaration_of(in_force(slug))
    except UnknownProcedure:
        return None


def _holders() -> Callable[[str, str], bool]:
    """Whether somebody active holds a role in an organisation; of `$party` and unknown ones: anywhere."""
    today = clock.today()
    posts = Post.objects.in_force(today).filter(account__is_active=True)
    held = set(posts.values_list("role", "organisation__slug").distinct())
    roles = {role for role, _ in held}

    def holds(role: str, name: str) -> bool:
        place = None if name.startswith("$") or not name else organisation_of(name)
        return role in roles if place is None else (role, place.slug) in held

    return holds
