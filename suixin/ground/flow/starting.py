"""Starting an instance of the version that is in force, about a subject, for parties."""

import uuid as uuid_lib
from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, models, transaction

from suixin.ground import prepared
from suixin.ground.flow import carrying, giving, procedures, tables
from suixin.ground.flow.columns import columns
from suixin.ground.flow.declaration import Declaration
from suixin.ground.flow.errors import WrongMove
from suixin.ground.flow.graphs import graph_of
from suixin.ground.flow.models import Instance, Step
from suixin.ground.flow.records import Book
from suixin.ground.flow.subjects import Subject
from suixin.ground.people.models import Organisation
from suixin.ground.prepared import Prepared, given
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor

_SPACE = uuid_lib.UUID("5a1f0e9c-6f0e-5d0a-9a51-0f6b1c5e7a10")  # names of instances that were started with a key
_NAMED = Prepared(lambda: Instance.objects.filter(uuid=given("uuid", models.UUIDField())))
_BY_CODE = Prepared(lambda: Organisation.objects.filter(uscc=given("uscc", models.CharField())))


def start(
    slug: str, subject: Subject, *, actor: Actor, title: str, parties: Mapping[str, Organisation],
    data: Mapping[str, object] | None = None, reason: str = "", key: str = "", since: datetime | None = None, in_hand: object = None,
) -> Instance:
    """The new instance, with what it opens first; the same one for the same non-empty key.

    `in_hand`: the subject's row, locked by the caller's transaction, in which no other run has that key: then nobody is asked
    for one, and a failure undoes what the caller did. Its follower is handed the row.

    `since`: when its limits begin, where the law counts from an earlier day than today.

    `parties` gives the organisations that the procedure calls `$name`. Raises NotAllowed, UnknownProcedure, WrongMove.
    """
    own = _organisation_of(actor, parties)
    policy.require(actor, "flow.start", own)
    named, may_be_there = _name(slug, actor, key), bool(key) and in_hand is None
    with transaction.atomic(savepoint=in_hand is None):
        if may_be_there and (known := _NAMED.one(uuid=named)):
            return known
        version = procedures.in_force(slug)
        declaration = graph_of(version).declaration
        if declaration.subject and declaration.subject != subject.kind:
            raise WrongMove(f"流程“{declaration.title}”办的是“{declaration.subject}”,不是“{subject.kind}”;请换用别的流程。")
        giving.require_fields(declaration, data)
        held = {name if name.startswith("$") else f"${name}": party.pk for name, party in parties.items()}
        instance = Instance(
            uuid=named, procedure=version.procedure, version=version, subject_kind=subject.kind, subject_key=subject.key,
            title=title[:300], starter_kind=actor.kind.value, starter_key=actor.key[:150], starter_name=actor.name[:120],
            starter_role=_first_role(actor), starter_organisation=own, parties=held, data=dict(data or {}),
        )
        instance.in_hand = in_hand
        try:
            with transaction.atomic(savepoint=may_be_there):
                return _begin(instance, actor, reason, since, parties=parties)
        except IntegrityError:  # the same request, at the same time
            if may_be_there and (known := Instance.objects.filter(uuid=named).first()):
                return known
            raise


def begin_child(above: Book, step: Step) -> Instance:
    """The instance that a node of the kind `flow` stands for: same subject, parties, starter and data."""
    parent = above.instance
    child = Instance(
        version=(version := procedures.in_force(above.node_of(step).procedure)), procedure=version.procedure, parent=step,
        subject_kind=parent.subject_kind, subject_key=parent.subject_key, title=parent.title, starter_kind=parent.starter_kind,
        starter_key=parent.starter_key, starter_name=parent.starter_name, starter_role=parent.starter_role,
        starter_organisation=parent.starter_organisation, parties=dict(parent.parties), data=dict(parent.data),
    )
    return _begin(child, above.actor, "")


def _organisation_of(actor: Actor, parties: Mapping[str, Organisation]) -> Organisation | None:
    """The actor's organisation; when it is a party, the row that is there already."""
    if not actor.organisation:
        return None
    known = next((party for party in parties.values() if party.uscc == actor.organisation), None)
    return known or _BY_CODE.one(uscc=actor.organisation)


def _begin(
    instance: Instance, actor: Actor, reason: str, since: datetime | None = None, *, parties: Mapping[str, Organisation] | None = None,
) -> Instance:
    declaration = graph_of(instance.version).declaration
    instance.data = {**instance.data, **tables.decided(declaration, instance.data)}
    now = clock.now()
    instance.started_at = min(since, now) if since else now
    book = Book(instance, actor, [])
    book.knows(parties or {})
    instance.organisation = _lead(book, declaration)
    prepared.insert(instance)
    told = book.note("start", reason=reason)
    told.from_status = ""
    told.data["rows"]["instance"] = columns(instance, "instance")
    told.data["rows"]["data"] = dict(instance.data)
    return carrying.carry(book)


def _lead(book: Book, declaration: Declaration) -> Organisation:
    """Who leads: as declared, else the starter's organisation, else whoever comes first."""
    names = [declaration.lead, *(name for node in declaration.nodes for name in node.organisations)]
    if not declaration.lead and book.instance.starter_organisation is not None:
        return book.instance.starter_organisation
    for name in names:
        if name and (found := book.organisation(name)) is not None:
            return found
    raise WrongMove(f"流程“{declaration.title}”没有写明牵头单位,发起人也不属于任何单位;请在流程里写明 lead。")


def _name(slug: str, actor: Actor, key: str) -> uuid_lib.UUID:
    return uuid_lib.uuid5(_SPACE, f"{slug}\n{actor.kind}\n{actor.key}\n{key}") if key else uuid_lib.uuid4()


def _first_role(actor: Actor) -> str:
    return min(actor.roles, default="")[:32]

