"""Front machines that fell silent or are in trouble, agreements about to end: kept as the source's health, told once."""

from datetime import date

from django.db import transaction

from suixin.data.collection.agents import agreement_warning
from suixin.data.collection.models import Source, SourceState
from suixin.data.collection.opening import connector_of
from suixin.data.collection.sources.base import Kind
from suixin.ground.audit import actions as audit
from suixin.ground.notify import actions as notify
from suixin.ground.notify.kinds import Kind as Notice
from suixin.ground.notify.recipients import Recipient
from suixin.ground.people.models import Organisation
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import SuixinError

FAULT = Notice("collection.source_fault", "来源有问题")
ENDING = Notice("collection.agreement", "供数协议即将到期或已到期")
WARNED_AT = (-1, 7, 30)  # days left: over, a week, a month
_TOLD_ROLES = ("clerk", "data_officer")


def look_after() -> str:
    """What was looked at, as a sentence. Nothing is told twice of one fault or one day of warning."""
    machines = Source.objects.filter(kind=Kind.AGENT, state=SourceState.ENABLED).select_related("organisation")
    ill = sum(not _looked_at(one) for one in machines)
    ending = sum(_warned(one) for one in Source.objects.exclude(expires_on=None).select_related("organisation"))
    return f"前置机 {len(machines)} 台,有问题 {ill} 台;提醒到期协议 {ending} 份。"


def _looked_at(source: Source) -> bool:
    """Whether the machine is well; a change is kept, on record and told."""
    try:
        with connector_of(source) as connector:
            told, is_well = connector.check()[:600], True
    except SuixinError as error:
        told, is_well = error.sentence[:600], False
    is_changed, source.checked_at = source.is_well is not is_well, clock.now()
    source.health, source.is_well = told, is_well
    with transaction.atomic():
        source.save(update_fields=["health", "is_well", "checked_at"])
        if is_changed:
            audit.record(SYSTEM, "collection.checked_source", source, detail={"is_well": is_well})
        if is_changed and not is_well:
            _tell(source, FAULT, f"来源“{source.name}”有问题", told, f"{source.uuid}:{source.checked_at.isoformat()}")
    return is_well


def _warned(source: Source) -> bool:
    """Whether somebody was newly warned: a month before, a week before, and when it is over."""
    sentence, days = agreement_warning(source), _days_left(source.expires_on)
    step = next((one for one in WARNED_AT if days <= one), None)
    if not sentence or step is None:
        return False
    with transaction.atomic():
        return bool(_tell(source, ENDING, f"来源“{source.name}”:{ENDING.title}", sentence, f"{source.uuid}:{source.expires_on}:{step}"))


def _days_left(day: date | None) -> int:
    return 10_000 if day is None else (day - clock.today()).days


def _tell(source: Source, kind: Notice, title: str, body: str, key: str) -> int:
    """How many were newly told: people of the supplier and of those whose entries it feeds."""
    places = {source.organisation, *Organisation.objects.filter(resources__feeds__source=source)}
    to = [Recipient.post(place, role) for place in sorted(places, key=lambda one: one.pk) for role in _TOLD_ROLES]
    return notify.send(to, kind=kind.name, title=title, body=body, href=f"/console/data-sources/{source.slug}/", key=key)
