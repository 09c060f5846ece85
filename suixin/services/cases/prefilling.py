"""A form filled in from granted data: what the state knows already is shown with its source, not asked again.

Which     questions that name a source (`items.sources`); the row is found by the number that the sign-in proves, never by one typed
Granted   a grant to the applicant itself, else one to the handling department, at the door of look-ups; a department's own
          resource needs none. Without a grant nothing is read, nor by one that demands receipts; a masked or absent value is asked for
On record as a reading about the applicant (`access.traces`), by the department's program, with the grant's basis
Once      for each draft, when it is first saved; what was read stands sealed beside it until the draft or the case ends
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from suixin.data.access import log
from suixin.data.access.models import Door
from suixin.data.access.plans import Plan, open_plan
from suixin.data.access.values import TEXTUAL
from suixin.data.access.versions import pinned
from suixin.data.catalog.models import Resource
from suixin.data.doors import records
from suixin.data.lake.models import Batch
from suixin.ground.forms.models import Draft
from suixin.ground.forms.values import Refused, value_of
from suixin.ground.people.models import Organisation
from suixin.ground.people.residents.models import AgencyScope, Resident
from suixin.ground.security.subjects import subject_index
from suixin.kit import clock, origin
from suixin.kit.actor import Actor, ActorKind
from suixin.kit.errors import SuixinError
from suixin.services.cases import parties
from suixin.services.cases.attached import DoubtedValue
from suixin.services.cases.kept import PrefilledValue
from suixin.services.cases.models import Application, Case, State
from suixin.services.items import guidance
from suixin.services.items.models import ItemVersion
from suixin.services.items.sources import Source, resource_of, sources_of

GONE = "[已销毁]"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """One value that may be shown: as the data have it, as the form takes it, and by which plan of which version."""

    resource: Resource
    plan: Plan
    shown: str
    value: object
    version: int


def prefill(version: ItemVersion, token: UUID, *, actor: Actor) -> dict[str, object]:
    """Values by field of the form, for the draft of that token: read now, or as they were read. Never raises for want of data."""
    resident = parties.resident_of(actor)
    if resident is None or version.item.organisation is None or not parties.indexes_of(resident):
        return {}
    sources = [(one, number) for one in sources_of(version.content) if (number := _number(one, actor, resident))]
    asked = {f"q{one.number}": number for one, number in sources}
    if known := _known(token, asked):
        return known
    for source, number in sources:
        found = _found(source, version, actor, number=number)
        if found is not None:
            _keep(token, source, found, number)
    return _known(token, asked)


def _known(token: UUID, asked: Mapping[str, str]) -> dict[str, object]:
    """What that token was filled in with for these numbers, by question; what was read for somebody else is nobody's."""
    rows = PrefilledValue.objects.filter(token=token, question__in=asked)
    return {one.question: orjson.loads(one.given) for one in rows if one.key == asked[one.question]}


def values_of(token: UUID) -> dict[str, object]:
    """What the draft of that token was filled in with."""
    return {one.question: orjson.loads(one.given) for one in PrefilledValue.objects.filter(token=token)}


def numbers_of(values: Mapping[str, object]) -> list[int]:
    """Numbers of the questions that are filled in."""
    return [int(name[1:]) for name in values]


def told_of(token: UUID) -> dict[str, str]:
    """By field of the form, where its value came from."""
    rows = PrefilledValue.objects.filter(token=token).select_related("resource", "organisation")
    return {one.question: source_of(one) for one in rows}


def source_of(one: PrefilledValue) -> str:
    """Department, resource, version and its date, as one text."""
    day = f"，{one.as_of.astimezone(clock.CHINA):%Y-%m-%d}" if one.as_of else ""
    return f"{one.organisation}《{one.resource.title}》第 {one.version} 版{day}"


def department_actor(department: Organisation) -> Actor:
    """The department's own program, which fills in its forms."""
    return Actor(ActorKind.APPLICATION, department.uscc, str(department), department.uscc, department.path)


def forget(now: datetime | None = None) -> int:
    """How many values are gone: of drafts that ended and became no application, and of applications all of whose cases are archived."""
    at = now or clock.now()
    before, token = at - timedelta(days=settings.SUIXIN.draft_days + 1), OuterRef("token")
    cases = Case.objects.filter(application__token=token)
    is_waiting = Exists(Draft.objects.filter(uuid=token, expires_at__gt=at)) | Exists(Application.objects.filter(token=token))
    unused = PrefilledValue.objects.filter(~is_waiting, read_at__lt=before)
    ended = PrefilledValue.objects.filter(Exists(cases), ~Exists(cases.exclude(state=State.ARCHIVED)))
    return unused.delete()[0] + ended.delete()[0]


def forget_rows(resource: Resource, is_meant: Callable[[Mapping[str, object]], bool]) -> int:
    """How many values that forms were filled in with came of one of the rows that must end; what applicants wrote themselves stays.

    `is_meant` is asked with what is known of the row: the item that was shown, and the number by which it was found.
    """
    count = 0
    for one in PrefilledValue.objects.filter(resource=resource):
        if not is_meant({one.field: [one.shown, one.given], "所查的号码": one.key}):
            continue
        for doubted in DoubtedValue.objects.filter(application__token=one.token, field=one.question):
            doubted.given = GONE
            doubted.save(update_fields=["given"])
        one.delete()
        count += 1
    return count


def _number(source: Source, actor: Actor, resident: Resident) -> str:
    """The number that finds the row: the person's own, or that of the firm which it may act for; "" when there is none."""
    if source.by == "person":
        return "" if actor.organisation else resident.id_number
    agency = resident.agencies.in_force().filter(firm__uscc=actor.organisation).first() if actor.organisation else None
    return actor.organisation if agency is not None and agency.may(AgencyScope.AFFAIRS) else ""


def _found(source: Source, version: ItemVersion, actor: Actor, *, number: str) -> Found | None:
    try:
        resource = resource_of(source)
        plan = None if resource is None else _plan(resource, source, version, actor)
        return None if resource is None or plan is None else _looked_up(source, version, resource, plan, number)
    except SuixinError as error:
        _log.info("question of item %s not filled in: %s", version.item.code, error.code)
    except Exception:  # noqa: BLE001  a form opens whatever is the matter with the data
        _log.exception("question of item %s not filled in", version.item.code)
    return None


def _plan(resource: Resource, source: Source, version: ItemVersion, actor: Actor) -> Plan | None:
    """The plan that shows the cell whole; None where none does. Nothing is read yet."""
    department = version.item.organisation
    assert department is not None  # noqa: S101  the caller asked
    program = department_actor(department)
    readers = [actor, program]
    if resource.provider_id == department.pk:
        readers = [replace(program, kind=ActorKind.STAFF, roles=frozenset({"clerk"}))]  # its own data, as its clerks see them
    for reader in readers:
        try:
            plan = open_plan(reader, resource, door=Door.GATEWAY, columns=[source.item])
        except SuixinError:
            continue
        keys = plan.key_items
        if plan.is_receipted:  # what a form shows leaves no receipt
            continue
        if not plan.columns[0].mask and len(keys) == 1 and keys[0].type in TEXTUAL:
            return replace(plan, actor=reader if reader.kind is ActorKind.RESIDENT else program)
    return None


def _looked_up(source: Source, version: ItemVersion, resource: Resource, plan: Plan, number: str) -> Found | None:
    started, held = time.perf_counter_ns(), pinned(resource.table)
    record = records.find_record(plan.contract, (number,))
    row = None if record is None else plan.apply(record)
    here = origin.current()
    log.write(log.Access(  # on record before anything is shown
        here.trace_id, int(clock.now().timestamp() * 1000), plan.actor, Door.GATEWAY.value, "prefill", resource.code, "200",
        (time.perf_counter_ns() - started) // 1000, plan, 0 if row is None else 1, address=here.address, terminal=here.terminal,
        request=f"item={version.item.code}&question={source.number}", subjects=(subject_index(number),),
    ))
    shown = None if row is None else row[plan.columns[0].field]
    if shown is None:
        return None
    value = _as_answer(version, source.number, shown)
    return None if value is None else Found(resource, plan, _text(shown), value, held.version)


def _as_answer(version: ItemVersion, number: int, shown: object) -> object:
    """The value as the question takes it; None when it is no answer to it."""
    field = guidance.fields_of(version.content)[number - 1]
    try:
        return value_of(field, [_posted(shown, field.type.value)])
    except Refused:
        return None


def _posted(shown: object, kind: str) -> str:
    text = _text(shown)
    if kind == "yes-no":
        return {"true": "yes", "false": "no", "是": "yes", "否": "no", "1": "yes", "0": "no"}.get(text.lower(), text)
    return text.removesuffix(".00") if kind == "integer" else text[:10] if kind == "date" else text


def _text(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else value.isoformat() if isinstance(value, datetime) else str(value)


@transaction.atomic
def _keep(token: UUID, source: Source, found: Found, number: str) -> None:
    newest = Batch.objects.landed().filter(resource=found.resource).values_list("created_at", flat=True).first()
    PrefilledValue.objects.get_or_create(token=token, question=f"q{source.number}", defaults={
        "label": source.question[:200], "resource": found.resource, "organisation": found.resource.provider,
        "field": found.plan.columns[0].field, "key": number, "shown": found.shown, "given": orjson.dumps(found.value).decode(),
        "version": found.version, "as_of": newest, "grant": found.plan.grant, "basis": found.plan.basis[:500], "read_at": clock.now(),
    })


def prefilled_of(application: Application) -> list[PrefilledValue]:
    """What the application was filled in with about its applicant, each with its source."""
    rows = PrefilledValue.objects.filter(token=application.token).select_related("resource", "organisation")
    return [one for one in rows if one.key == (application.uscc or application.id_number)]
