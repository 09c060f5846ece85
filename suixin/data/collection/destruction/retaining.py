"""How long rows of a resource are kept, and the daily look for what is due; a person decides on it as on any destruction.

Period   ISO 8601, whole years, months or days (P5Y, P18M, P90D), from the landing of the batch that last wrote a row, or from
         the day in an item of dates
Proposed each day, in the name of who set the period, so that somebody else has to decide; while one proposal waits, no other
Never    by itself: what is destroyed wrongly cannot be brought back, and no rule known to us asks for it without a decision
"""

import calendar
import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.db import transaction

from suixin.data.catalog.models import Resource
from suixin.data.collection.destruction.asking import ask
from suixin.data.collection.destruction.errors import InvalidDestruction
from suixin.data.lake.errors import NotSelectable
from suixin.data.lake.models import Batch, DestroyedRows, Destruction, DestructionKind, DestructionState, Retention
from suixin.data.lake.purging.rows import find_rows
from suixin.data.lake.purging.selecting import Selection, checked
from suixin.ground.audit import actions as audit
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor

_PERIOD = re.compile(r"P([1-9]\d{0,3})([YMD])")
_LIVE = (DestructionState.ASKED, DestructionState.APPROVED)


def cutoff(period: str, today: date) -> date:
    """The day before which what began is over. Raises InvalidDestruction for what is no period."""
    found = _PERIOD.fullmatch(period)
    if found is None:
        raise InvalidDestruction(f"“{period}”不是保存期限；请写成 P5Y（5 年）、P18M（18 个月）或 P90D（90 天）的形式。")
    count, unit = int(found[1]), found[2]
    if unit == "D":
        return today - timedelta(days=count)
    months = today.year * 12 + today.month - 1 - count * (12 if unit == "Y" else 1)
    year, month = divmod(months, 12)
    if year < 1:
        raise InvalidDestruction(f"保存期限“{period}”太长；不限期保存的，请不要设定期限。")
    return date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))


@transaction.atomic
def set_retention(
    resource: Resource, period: str, *, field: str = "", basis: str, document: str, actor: Actor
) -> Retention | None:
    """The period of the resource; an empty one ends it. Raises NotAllowed, InvalidDestruction, NotSelectable."""
    policy.require(actor, "purge.set_retention", resource)
    detail = {"table": resource.table, "period": period, "field": field}
    if not period:
        Retention.objects.filter(resource=resource).delete()
        audit.record(actor, "purge.retention_set", resource, basis=basis, detail=detail)
        return None
    before = cutoff(period, clock.today())
    if not basis.strip() or not document.strip():
        raise InvalidDestruction("请填写保存期限的依据和文号。")
    item = resource.contract.item(field) if field else None
    if field:
        checked(resource.contract, Selection(item.field if item else field, before=before))
    held, _ = Retention.objects.update_or_create(resource=resource, defaults={
        "period": period, "field": item.field if item else "", "basis": basis.strip(), "document": document.strip(),
        "set_by": actor.name[:120], "set_key": f"{actor.kind.value}:{actor.key}"[:180], "set_at": clock.now(),
    })
    audit.record(actor, "purge.retention_set", resource, basis=f"{basis} {document}"[:500], detail=detail)
    return held


def due(retention: Retention, today: date) -> Selection | None:
    """What of the resource is over; None when nothing is."""
    resource, before = retention.resource, cutoff(retention.period, today)
    if retention.field:
        selection = Selection(retention.field, before=before)
        return selection if find_rows(resource.contract, selection).current else None
    begin = datetime.combine(before, time.min, clock.CHINA)
    done = DestroyedRows.objects.filter(batch__resource=resource, destruction__kind__in=(DestructionKind.DUE, DestructionKind.BATCH))
    over = Batch.objects.landed().filter(resource=resource, created_at__lt=begin).exclude(pk__in=done.values("batch"))
    numbers = tuple(over.order_by("pk").values_list("pk", flat=True))
    return Selection(batches=numbers) if numbers else None


def propose_due(*, actor: Actor) -> Iterator[Destruction]:
    """Proposals for what is due today. Raises NotAllowed."""
    policy.require(actor, "purge.run", None)
    waiting = Destruction.objects.filter(kind=DestructionKind.DUE, state__in=_LIVE).values("targets__resource")
    for retention in Retention.objects.exclude(resource__in=waiting).select_related("resource__provider").order_by("pk"):
        try:
            selection = due(retention, clock.today())
        except NotSelectable:  # the entry changed since; its page says so when the period is set anew
            continue
        if selection is not None:
            yield ask(
                DestructionKind.DUE, [(retention.resource, selection)], basis=retention.basis, document=retention.document,
                actor=actor, asker=(f"{retention.set_by}（保存期满，系统提出）", retention.set_key),
            )
