"""A destruction carried out: table by table, place by place; killed anywhere, the next run comes to the same certificate.

Noted    what a step finds is written down before it destroys, so that what is counted outlives a kill
Order    lake rows and their index → rejected rows → originals → other places → texts of the control database → looked for
         once more in every file → certified, the value forgotten
Stopped  whatever raises leaves the destruction approved with its trouble told; the job tries again, a person may too
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from django.db import transaction
from django.db.models import Q

from suixin.data.collection.destruction import certifying, meant, measured, places, seeking, waiting
from suixin.data.collection.destruction.asking import selection_of
from suixin.data.collection.destruction.errors import NotDecided, StillThere
from suixin.data.collection.destruction.places import Ending
from suixin.data.collection.models import Run
from suixin.data.lake import storage
from suixin.data.lake.models import Batch, DestroyedRows, Destruction, DestructionState, DestructionTarget
from suixin.data.lake.purging import originals, rejected, rows
from suixin.data.lake.purging.selecting import Selection
from suixin.ground.audit import actions as audit
from suixin.ground.security import policy
from suixin.kit import clock, crash
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError
from suixin.kit.sm import sm3_hex

Tell = Callable[[int, str], None]


def destroy(destruction: Destruction, *, actor: Actor, tell: Tell = lambda _percent, _sentence: None) -> Destruction:
    """The destruction done and certified; the same again when it is. Raises NotAllowed, NotDecided, TableBusy, StillThere."""
    policy.require(actor, "purge.run", destruction)
    if destruction.state == DestructionState.DONE:
        return destruction
    if destruction.state != DestructionState.APPROVED:
        raise NotDecided(f"“{destruction.number}”{destruction.get_state_display()}，不能执行；须先由另一人批准。")
    targets = list(destruction.targets.select_related("resource__provider", "destruction"))
    try:
        for number, target in enumerate(targets):
            tell(90 * number // len(targets), f"正在销毁《{target.resource.title}》的数据。")
            _destroy_in(target)
        tell(95, "正在检查有没有遗留。")
        done = places.close([_ending(target) for target in targets])
        done += [told for target in targets if (told := _looked_again(target))]
    except SuixinError as error:
        Destruction.objects.filter(pk=destruction.pk).update(trouble=error.sentence[:1000])
        raise
    crash.point("purge_looked")
    return _finish(destruction, targets, done, actor)


def _destroy_in(target: DestructionTarget) -> None:
    resource, selection = target.resource, selection_of(target)
    waiting.require_quiet(_ending(target))
    contract, number = resource.contract, str(target.destruction.uuid)
    rows.purge_rows(contract, selection, destruction=number, tell=lambda found: _note(
        target, rows=found.rows, files=["/".join(path.parts[-2:]) for path in found.files]
    ))
    over = _rejects_meant(target, selection)
    found = rejected.find_rejected(contract, over)
    _note(target, rejected=found)
    rejected.purge_rejected(contract, over, found)
    crash.point("purge_rejected")
    _note(target, originals=_originals_of(target, selection))
    originals.destroy_originals(target.result["originals"], target.destruction)
    crash.point("purge_originals")
    for place in (*_OWN, *places.places()):
        count = place.destroy(_ending(target))
        _note(target, places={place.title: count} if count else {})


_OWN = (
    places.Place("drafts", "填报草稿中的行", waiting.forget_drafts),
    places.Place("messages", "待入库消息中的行", waiting.forget_messages),
    places.Place("feed-places", "采集续传位置", waiting.forget_places),
    places.Place("uploads", "已处理的上传原件", waiting.forget_uploads),
    places.Place("attachments", "填报附件", waiting.release_attachments),
    places.Place("sketches", "数据指纹", measured.sketch_anew),
    places.Place("profiles", "列探查", measured.profile_anew),
)


def _ending(target: DestructionTarget) -> Ending:
    return Ending(target.resource, selection_of(target), frozenset(target.result.get("originals", ())))


def _looked_again(target: DestructionTarget) -> str:
    """How a short value was sought, as a sentence: it cannot be looked for in bytes, so by its column once more. Raises StillThere."""
    told = meant.told_of(_ending(target))
    contract, selection = target.resource.contract, selection_of(target)
    if told and (rows.find_rows(contract, selection).files or rejected.find_rejected(contract, selection)):
        raise StillThere(f"销毁之后《{target.resource.title}》里仍有该值的行，没有出具销毁证明；请确认没有新到的数据后重做这项任务。")
    return told


def _rejects_meant(target: DestructionTarget, selection: Selection) -> Selection:
    """Of rows before a day: rejected rows have no day of their own, so those of batches that landed before it."""
    if selection.before is None:
        return selection
    over = Batch.objects.landed().filter(resource=target.resource, created_at__date__lt=selection.before)
    return Selection(batches=tuple(over.values_list("pk", flat=True)))


def _originals_of(target: DestructionTarget, selection: Selection) -> dict[str, int]:
    """SM3 and size of the originals that hold such rows: those of batches that did, and those that are found to when read."""
    resource = target.resource
    batches = Batch.objects.landed().filter(resource=resource)
    hit = {int(one) for name in ("rows", "rejected") for one in target.result.get(name, {})} | set(selection.batches)
    over = Q(pk__in=hit)
    if selection.before is not None:
        over |= Q(created_at__date__lt=selection.before)
    found = {sm3: size for sm3, size in batches.filter(over).exclude(sm3="").values_list("sm3", "size") if originals.copies_of(sm3)}
    sought = meant.sought_of(_ending(target))
    for path, name in _candidates(target) if sought else ():
        sm3 = path.name.partition(".")[0]
        if sm3 not in found and seeking.holds(path.relative_to(storage.root()).as_posix(), name, sought):
            found[sm3] = path.stat().st_size
    return found


def _candidates(target: DestructionTarget) -> Iterable[tuple[Path, str]]:
    """Every original that may be about the table, and a name that tells its format."""
    resource = target.resource
    folder = storage.archive_folder(resource.table)
    names: dict[str, str] = {}
    for held in (Batch.objects.landed().filter(resource=resource), Run.objects.filter(resource=resource)):
        names |= dict(held.exclude(sm3="").values_list("sm3", "file_name"))
    known = {path for sm3 in names for path in originals.copies_of(sm3)[:1]}
    lying = {path for path in folder.iterdir() if path.is_file()} if folder.is_dir() else set()
    for path in sorted(known | lying):
        yield path, names.get(path.name.partition(".")[0], "")


def _note(target: DestructionTarget, **found: object) -> None:
    """Write down what was found, beside what was noted before a kill: counts by name, the larger one stays."""
    for name, value in found.items():
        held = target.result.get(name)
        if isinstance(value, Mapping):
            told = {str(key): int(str(count)) for key, count in value.items()}
            target.result[name] = {**told, **{key: max(count, told.get(key, 0)) for key, count in (held or {}).items()}}
        elif isinstance(value, list):
            target.result[name] = sorted({*(held or ()), *map(str, value)})
    target.save(update_fields=["result"])


@transaction.atomic
def _finish(destruction: Destruction, targets: list[DestructionTarget], done: list[str], actor: Actor) -> Destruction:
    held = Destruction.objects.select_for_update().get(pk=destruction.pk)
    if held.state == DestructionState.DONE:
        return held
    for target in targets:
        _count_batches(target)
    held.ended_at = clock.now()
    held.certificate = certifying.certificate_of(held, targets, done)
    held.state, held.sealed, held.trouble = DestructionState.DONE, "", ""
    held.save()
    detail = {"number": held.number, "certificate": sm3_hex(held.certificate.encode()), "digest": held.digest}
    audit.record(actor, "purge.done", held, basis=held.basis, detail=detail)
    return held


def _count_batches(target: DestructionTarget) -> None:
    current = rows.purged_rows(target.resource.table, str(target.destruction.uuid))
    counted = {name: {int(key): int(value) for key, value in target.result.get(name, {}).items()} for name in ("rows", "rejected")}
    numbers = {*current, *counted["rows"], *counted["rejected"], *target.batches}
    for batch in Batch.objects.filter(pk__in=numbers):
        DestroyedRows.objects.update_or_create(destruction=target.destruction, batch=batch, defaults={
            "rows": counted["rows"].get(batch.pk, 0), "current": current.get(batch.pk, 0),
            "rejected": counted["rejected"].get(batch.pk, 0),
        })
