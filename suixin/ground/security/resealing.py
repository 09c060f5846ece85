"""After a rotation: rows rewritten under the current key version, in small transactions, while everything runs.

Finds    every SealedTextField (and its BlindIndexField) of the purpose; who keeps sealed bytes in another way
         registers a function (`register`)
Counts   what a version of the key still seals, so that it is not retired or destroyed under living rows
Promise  idempotent and resumable: rows already under the current version are passed over; a row that somebody else
         writes meanwhile is left to them (it is compared and set), what they write is under the current version
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import models, transaction
from django.db.models import ExpressionWrapper, F
from django.db.models.functions import Substr

from suixin.ground.audit.actions import record
from suixin.ground.security.fields import BlindIndexField, SealedTextField
from suixin.ground.security.keys import ring
from suixin.ground.security.policy import require
from suixin.kit.actor import Actor
from suixin.kit.keyring import Kind, State
from suixin.kit.keyring.ring import HEADER_BYTES, MAGIC, sealed_version

BATCH = 200
_RAW, _HEAD = "raw_bytes_at_rest", "head_at_rest"
_registered: dict[str, list[Callable[[], int]]] = {}
_counted: dict[str, Callable[[int], int]] = {}


@dataclass(frozen=True, slots=True)
class Resealed:
    """What was done in one table."""

    table: str
    rows: int


def register(purpose: str, reseal_rows: Callable[[], int]) -> None:
    """`reseal_rows()` rewrites what a module keeps sealed in its own way, and answers how many rows it rewrote."""
    if reseal_rows not in _registered.setdefault(purpose, []):
        _registered[purpose].append(reseal_rows)


def register_count(purpose: str, rows_of_version: Callable[[int], int]) -> None:
    """`rows_of_version(n)` tells how many rows that a module keeps sealed in its own way need version n of the key."""
    _counted[purpose] = rows_of_version


def rows_needing(purpose: str, version: int) -> int:
    """How many values of the control database that version of the purpose's sealing key is needed for."""
    elsewhere = _counted[purpose](version) if purpose in _counted else 0
    return elsewhere + sum(rows_under(model, field.name, version) for model, field in _columns(apps.get_models(), purpose))


def rows_under(model: type[models.Model], column: str, version: int) -> int:
    """Rows whose sealed column lies under that version of its key."""
    raw = ExpressionWrapper(F(column), output_field=models.BinaryField())
    heads = model._base_manager.annotate(**{_HEAD: Substr(raw, 1, HEADER_BYTES, output_field=models.BinaryField())})
    return int(heads.filter(**{_HEAD: MAGIC + version.to_bytes(2, "big")}).count())


def reseal(purpose: str, *, actor: Actor, tables: list[type[models.Model]] | None = None) -> Iterator[Resealed]:
    """Rewrite every row of the purpose, telling table by table. Raises NotAllowed."""
    require(actor, "security.reseal", None)
    total = 0
    for model, field in _columns(apps.get_models() if tables is None else tables, purpose):
        done = Resealed(f"{model._meta.verbose_name} {field.verbose_name}", _reseal_column(model, field))
        total += done.rows
        yield done
    for reseal_rows in _registered.get(purpose, ()):
        done = Resealed(reseal_rows.__module__.rpartition(".")[2], reseal_rows())
        total += done.rows
        yield done
    record(actor, "security.resealed", ("key", purpose), detail={"rows": total})


def current_version(purpose: str) -> int:
    """The number of the version that seals now; 0 when the purpose has no sealing key yet."""
    return max((k.version for k in ring().versions(purpose) if k.kind is Kind.SEAL and k.state is State.CURRENT), default=0)


def _columns(
    tables: Iterable[type[models.Model]], purpose: str
) -> Iterator[tuple[type[models.Model], SealedTextField]]:
    for model in tables:
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedTextField) and field.purpose == purpose:
                yield model, field


def _reseal_column(model: type[models.Model], field: SealedTextField) -> int:
    rewritten, last, current = 0, None, current_version(field.purpose)
    raw = ExpressionWrapper(F(field.name), output_field=models.BinaryField())
    rows = model._base_manager.annotate(**{_RAW: raw}).order_by("pk")
    while page := list((rows if last is None else rows.filter(pk__gt=last)).values_list("pk", _RAW)[:BATCH]):
        with transaction.atomic():
            for key, held in page:
                rewritten += _reseal_row(rows.filter(pk=key, **{_RAW: held}), field, bytes(held or b""), current)
        last = page[-1][0]
    return rewritten


def _reseal_row(unchanged: "models.QuerySet[models.Model]", field: SealedTextField, held: bytes, current: int) -> int:
    """1 when the row was rewritten: its seal is old, or the index key changed."""
    if not held:
        return 0
    indexes = [one for one in field.model._meta.concrete_fields if isinstance(one, BlindIndexField) and one.source == field.name]
    is_current = sealed_version(held) == current
    if is_current and not indexes:
        return 0
    text = ring().open(field.purpose, held, field.aad).decode()
    values: dict[str, str] = {one.name: one.index(text) for one in indexes}
    if is_current and unchanged.filter(**values).exists():
        return 0
    return unchanged.update(**values, **({} if is_current else {field.name: text}))
