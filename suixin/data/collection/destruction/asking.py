"""Who asks for what to end, on which basis: counted, sealed, handed to a second person; nothing is done yet.

Digest   of a value, under a key of this installation: the same value has the same digest, and nobody can try values
"""

from collections.abc import Sequence

import orjson
from django.db import transaction

from suixin.data.catalog import publication
from suixin.data.catalog.models import Resource
from suixin.data.collection.destruction.errors import InvalidDestruction
from suixin.data.lake.models import Batch, Destruction, DestructionKind, DestructionState, DestructionTarget
from suixin.data.lake.purging.rejected import find_rejected
from suixin.data.lake.purging.rows import find_rows
from suixin.data.lake.purging.selecting import BY_DAY as BY_DAY
from suixin.data.lake.purging.selecting import BY_VALUE as BY_VALUE
from suixin.data.lake.purging.selecting import LEAST_INSIDE, checked
from suixin.data.lake.purging.selecting import Selection as Selection
from suixin.ground.audit import actions as audit
from suixin.ground.flow import starting
from suixin.ground.flow.models import LIVE, Instance
from suixin.ground.flow.subjects import Subject
from suixin.ground.people.queries import bureau_of
from suixin.ground.security import policy
from suixin.ground.security.keys import ring
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.keyring.ring import normalised

KIND = "lake.destruction"
SLUG = "data-destruction"
PURPOSE = "destruction"
Wanted = Sequence[tuple[Resource, Selection]]


def ask_for_person(
    wanted: Sequence[tuple[Resource, str]], value: str, *, basis: str, document: str, actor: Actor
) -> Destruction:
    """The destruction of the rows whose item (field or name, one a table) is `value`, waiting for a second person.

    Raises NotAllowed, InvalidDestruction, NotSelectable.
    """
    selections = []
    for resource, field in wanted:
        item = resource.contract.item(field)
        if item is not None and item.code_set and len(value.strip()) < LEAST_INSIDE:
            raise InvalidDestruction(
                f"“{item.name}”是代码项，“{value.strip()}”是许多行共有的代码，不是某一个人的数据；请改用主键、证件号码等信息项，或按批次销毁。"
            )
        selections.append((resource, Selection(item.field if item else field, (value.strip(),))))
    return ask(DestructionKind.VALUE, selections, basis=basis, document=document, actor=actor)


def ask_for_batch(batch: Batch, *, basis: str, document: str, actor: Actor) -> Destruction:
    """The destruction of a batch's rows and original, waiting for a second person. Raises NotAllowed, InvalidDestruction."""
    selection = Selection(batches=(batch.pk,))
    return ask(DestructionKind.BATCH, [(batch.resource, selection)], basis=basis, document=document, actor=actor)


def ask(
    kind: DestructionKind, wanted: Wanted, *, basis: str, document: str, actor: Actor, asker: tuple[str, str] | None = None
) -> Destruction:
    """The destruction with what is there now counted. `asker` (name, key): on whose word, when the system proposes.

    Raises NotAllowed, InvalidDestruction, NotSelectable.
    """
    for resource, _ in wanted:
        policy.require(actor, "purge.ask", resource)
    _refuse_faulty(wanted, basis, document)
    counted = [_counted(resource, checked(resource.contract, selection)) for resource, selection in wanted]
    return _kept(kind, wanted, counted, told=(basis.strip(), document.strip()), actor=actor, asker=asker)


def digest_of(value: str) -> str:
    """What is shown of a value."""
    return ring().blind_index(PURPOSE, normalised(value))


def selection_of(target: DestructionTarget) -> Selection:
    """Which rows of the table are meant; a value only until the destruction is over."""
    if target.batches:
        return Selection(batches=tuple(target.batches))
    if target.before is not None:
        return Selection(target.field, before=target.before)
    return Selection(target.field, (target.destruction.sealed,))


def statement_of(destruction: Destruction) -> dict[str, object]:
    """What its certificate says; needs one."""
    statement: dict[str, object] = orjson.loads(destruction.certificate)["certificate"]
    return statement


def running(destruction: Destruction) -> Instance | None:
    """The procedure in which it waits for its second person."""
    return Instance.objects.filter(subject_kind=KIND, subject_key=str(destruction.uuid), status__in=LIVE).order_by("-pk").first()


@transaction.atomic
def _kept(
    kind: DestructionKind, wanted: Wanted, counted: Sequence[dict[str, object]], *, told: tuple[str, str], actor: Actor,
    asker: tuple[str, str] | None,
) -> Destruction:
    value, now = (wanted[0][1].values or ("",))[0], clock.now()
    name, key = asker or (actor.name, f"{actor.kind.value}:{actor.key}")
    destruction = Destruction.objects.create(
        kind=kind, provider=wanted[0][0].provider, basis=told[0], document=told[1], sealed=value,
        digest=digest_of(value) if value else "", asked_by=name[:120], asked_key=key[:180], asked_at=now,
    )
    destruction.number = f"XH-{now.astimezone(clock.CHINA):%Y%m%d}-{destruction.pk:04d}"
    destruction.save(update_fields=["number"])
    for (resource, selection), count in zip(wanted, counted, strict=True):
        DestructionTarget.objects.create(
            destruction=destruction, resource=resource, field=selection.field, batches=list(selection.batches),
            before=selection.before, counted=count,
        )
    publication.require_procedure(SLUG)
    parties = {"provider": destruction.provider, "bureau": bureau_of(destruction.provider) or destruction.provider}
    title = f"销毁数据：{wanted[0][0].title}{f'等 {len(wanted)} 张表' if len(wanted) > 1 else ''}"
    starting.start(SLUG, Subject(KIND, str(destruction.uuid)), actor=actor, title=title, parties=parties)
    audit.record(actor, "purge.asked", destruction, basis=f"{told[0]} {told[1]}"[:500], detail={
        "number": destruction.number, "digest": destruction.digest, "tables": [resource.table for resource, _ in wanted],
    })
    return destruction


def _refuse_faulty(wanted: Wanted, basis: str, document: str) -> None:
    missing = [word for word, text in (("依据", basis), ("文号", document)) if not text.strip()]
    if missing:
        raise InvalidDestruction(f"请填写{'、'.join(missing)}；没有依据和文号的销毁不能提出。")
    if not wanted:
        raise InvalidDestruction("没有选择数据表；请选择要在哪些表里销毁。")
    if len({resource.provider_id for resource, _ in wanted}) > 1:
        raise InvalidDestruction("选择的表属于不同单位；请按提供单位分别申请，由各单位负责人批准。")
    live = DestructionTarget.objects.filter(
        resource__in=[resource for resource, _ in wanted], destruction__state=DestructionState.APPROVED
    ).select_related("resource").first()
    if live is not None:
        raise InvalidDestruction(f"《{live.resource.title}》正在销毁别的数据（{live.destruction}）；请等它完成后再申请。")


def _counted(resource: Resource, selection: Selection) -> dict[str, object]:
    found = find_rows(resource.contract, selection)
    rejected = find_rejected(resource.contract, selection)
    return {"rows": sum(found.rows.values()), "files": len(found.files), "rejected": sum(rejected.values())}
