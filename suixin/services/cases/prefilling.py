"""A form filled in from granted data: what the state knows already is shown with its source, not asked again.

Which     questions that name a source (`items.sources`); the row is found by the number that the sign-in proves, never by one
          typed; at a window by that of the identity card which the clerk has before him
Granted   a grant to the applicant itself, else one to the handling department, at the door of look-ups; a department's own
          resource needs none. Without a grant nothing is read, nor by one that demands receipts; a masked or absent value is asked for
On record as a reading about the applicant (`access.traces`) with the grant's basis: by the department's program, or by the clerk of
          the window, under the token that the application keeps
Once      for each draft, when it is first saved; what was read stands sealed beside it until the draft or the case ends
"""

import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
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
from suixin.ground.forms.declaration import Field
from suixin.ground.forms.models import Draft
from suixin.ground.forms.values import Refused, value_of
from suixin.ground.people.models import Organisation
from suixin.ground.people.residents.models import AgencyScope
from suixin.ground.security import policy
from suixin.ground.security.subjects import subject_index
from suixin.kit import clock, origin
from suixin.kit.actor import Actor, ActorKind
from suixin.kit.errors import SuixinError
from suixin.services.cases import jointly, parties
from suixin.services.cases.attached import DoubtedValue
from suixin.services.cases.kept import PrefilledValue
from suixin.services.cases.models import Application, Case, Channel, State
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """One question that may come filled in: its field of the form, where the value stands, the item that asks, what is an answer."""

    field: str
    source: Source
    version: ItemVersion
    answer: Field


@dataclass(frozen=True, slots=True)
class _Reading:
    """For which draft, by whom, and about whom: numbers by what sources ask for (`tables.SOUGHT_BY`)."""

    token: UUID
    actor: Actor
    numbers: Mapping[str, str]

    def number(self, one: Wanted) -> str:
        """The number that finds the row; "" when there is none."""
        return self.numbers.get(one.source.by, "") if one.version.item.organisation is not None else ""


def wanted_of(version: ItemVersion) -> list[Wanted]:
    """The questions of an item's own form that may come filled in."""
    fields = guidance.fields_of(version.content)
    return [Wanted(f"q{one.number}", one, version, fields[one.number - 1]) for one in sources_of(version.content)]


def prefill(version: ItemVersion, token: UUID, *, actor: Actor) -> dict[str, object]:
    """Values by field of the item's form: `prefill_all`."""
    return prefill_all(wanted_of(version), token, actor=actor)


def prefill_all(wanted: Sequence[Wanted], token: UUID, *, actor: Actor) -> dict[str, object]:
    """Values by field, for the draft of that token: read now, or as they were read. Never raises for want of data.

    A field may be wanted for several items: the first whose department is granted the value fills it in, once for all of them.
    """
    return _filled(wanted, _Reading(token, actor, numbers_of(actor)))


def prefill_at_window(wanted: Sequence[Wanted], token: UUID, numbers: Mapping[str, str], *, actor: Actor) -> dict[str, object]:
    """The same for whom stands before the actor, by the numbers (by person or firm) that were checked there. Raises NotAllowed."""
    for one in {one.version.pk: one.version for one in wanted}.values():
        policy.require(actor, "cases.receive", one.item)
    return _filled(wanted, _Reading(token, actor, numbers))


def numbers_of(actor: Actor) -> dict[str, str]:
    """By what a row of the actor's is found: the person's own number, or the code of the firm that it may act for; else nothing."""
    resident = parties.resident_of(actor)
    if resident is None or not parties.indexes_of(resident):
        return {}
    if not actor.organisation:
        return {"person": resident.id_number}
    agency = resident.agencies.in_force().filter(firm__uscc=actor.organisation).first()
    return {"firm": actor.organisation} if agency is not None and agency.may(AgencyScope.AFFAIRS) else {}


def _filled(wanted: Iterable[Wanted], reading: _Reading) -> dict[str, object]:
    askable = [(one, reading.number(one)) for one in wanted if reading.number(one)]
    if known := known_of(reading.token, askable):
        return known
    done: set[str] = set()
    for one, _ in askable:
        found = _found(one, reading) if one.field not in done else None
        if found is not None:
            _keep(one, found, reading)
            done.add(one.field)
    return known_of(reading.token, askable)


def known_of(token: UUID, asked: Sequence[tuple[Wanted, str]]) -> dict[str, object]:
    """What that token was filled in with for these questions, each about its number, by field.

    What was read for somebody else, or for another question in that place (of another item, of an earlier version), answers none.
    """
    rows = PrefilledValue.objects.filter(token=token).select_related("resource")
    return {row.question: orjson.loads(row.given) for row in rows if any(_answers(row, one, number) for one, number in asked)}


def _answers(row: PrefilledValue, one: Wanted, number: str) -> bool:
    is_of_it = row.question == one.field and row.label == one.source.question[:200]
    return is_of_it and row.key == number and one.source.resource in (row.resource.table, row.resource.code)


def values_of(token: UUID) -> dict[str, object]:
    """What the draft of that token was filled in with."""
    return {one.question: orjson.loads(one.given) for one in PrefilledValue.objects.filter(token=token)}


def numbers_in(values: Collection[str]) -> list[int]:
    """Numbers of the questions that are filled in."""
    return [int(name[1:]) for name in values]


def told_of(token: UUID, numbers: Collection[str]) -> dict[str, str]:
    """By field of the form, where its value came from; nothing of what was read about somebody else than these numbers name."""
    rows = PrefilledValue.objects.filter(token=token).select_related("resource", "organisation")
    return {one.question: source_of(one) for one in rows if one.key in numbers}


def source_of(one: PrefilledValue) -> str:
    """Department, resource, version and its date, as one text."""
    day = f"，{one.as_of.astimezone(clock.CHINA):%Y-%m-%d}" if one.as_of else ""
    return f"{one.organisation}《{one.resource.title}》第 {one.version} 版{day}"


def department_actor(department: Organisation) -> Actor:
    """The department's own program, which fills in its forms."""
    return Actor(ActorKind.APPLICATION, department.uscc, str(department), department.uscc, department.path)


def forget(now: datetime | None = None) -> int:
    """How many values are gone: of drafts that ended and became no application, and of applications all of whose cases are archived,
    with none still to be opened.

    Those of an application that a window took in without a form stay with its case: nothing else holds them.
    """
    at = now or clock.now()
    before, token = at - timedelta(days=settings.SUIXIN.draft_days + 1), OuterRef("token")
    cases = Case.objects.filter(application__token=token)
    is_waiting = Exists(Draft.objects.filter(uuid=token, expires_at__gt=at)) | Exists(Application.objects.filter(token=token))
    unused = PrefilledValue.objects.filter(~is_waiting, read_at__lt=before)
    cases = cases.exclude(application__channel=Channel.WINDOW, application__submission=None)
    goes_on = Exists(cases.exclude(state=State.ARCHIVED)) | Exists(Application.objects.filter(jointly.pending(), token=token))
    ended = PrefilledValue.objects.filter(Exists(cases), ~goes_on)
    return unused.delete()[0] + ended.delete()[0]


def forget_draft(token: UUID) -> int:
    """How many values are gone that were read for a draft that is given up."""
    return PrefilledValue.objects.filter(~Exists(Application.objects.filter(token=OuterRef("token"))), token=token).delete()[0]


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


def _found(one: Wanted, reading: _Reading) -> Found | None:
    try:
        resource = resource_of(one.source)
        plan = None if resource is None else _plan(resource, one, reading.actor)
        return None if resource is None or plan is None else _looked_up(one, reading, resource, plan)
    except SuixinError as error:
        _log.info("question of item %s not filled in: %s", one.version.item.code, error.code)
    except Exception:  # noqa: BLE001  a form opens whatever is the matter with the data
        _log.exception("question of item %s not filled in", one.version.item.code)
    return None


def _plan(resource: Resource, one: Wanted, actor: Actor) -> Plan | None:
    """The plan that shows the cell whole, with who is on record as its reader; None where none does. Nothing is read yet."""
    department = one.version.item.organisation
    assert department is not None  # noqa: S101  the caller asked
    program = department_actor(department)
    is_own = resource.provider_id == department.pk
    own = replace(program, kind=ActorKind.STAFF, roles=frozenset({"clerk"}))  # its own data, as its clerks see them
    is_window = actor.kind is ActorKind.STAFF
    for reader in [own] if is_own else [program] if is_window else [actor, program]:
        try:
            plan = open_plan(reader, resource, door=Door.GATEWAY, columns=[one.source.item])
        except SuixinError:
            continue
        keys = plan.key_items
        if plan.is_receipted:  # what a form shows leaves no receipt
            continue
        if not plan.columns[0].mask and len(keys) == 1 and keys[0].type in TEXTUAL:
            return replace(plan, actor=actor if is_window or reader.kind is ActorKind.RESIDENT else program)
    return None


def _looked_up(one: Wanted, reading: _Reading, resource: Resource, plan: Plan) -> Found | None:
    started, held, number = time.perf_counter_ns(), pinned(resource.table), reading.number(one)
    record = records.find_record(plan.contract, (number,))
    row = None if record is None else plan.apply(record)
    here = origin.current()
    log.write(log.Access(  # on record before anything is shown
        here.trace_id, int(clock.now().timestamp() * 1000), plan.actor, Door.GATEWAY.value, "prefill", resource.code, "200",
        (time.perf_counter_ns() - started) // 1000, plan, 0 if row is None else 1, address=here.address, terminal=here.terminal,
        request=f"item={one.version.item.code}&question={one.source.number or one.field}&application={reading.token}",
        subjects=(subject_index(number),),
    ))
    shown = None if row is None else row[plan.columns[0].field]
    if shown is None:
        return None
    value = _as_answer(one.answer, shown)
    return None if value is None else Found(resource, plan, _text(shown), value, held.version)


def _as_answer(field: Field, shown: object) -> object:
    """The value as the question takes it; None when it is no answer to it."""
    try:
        return value_of(field, [_posted(shown, field.type.value)])
    except Refused:
        return None


def _posted(shown: object, kind: str) -> str:
    text = _text(shown)
    if kind == "yes-no":
        return {"true": "yes", "false": "no", "是": "yes", "否": "no", "1": "yes", "0": "no"}.get(text.lower(), text)
    if kind == "decimal" and isinstance(shown, Decimal):
        return f"{shown.normalize():f}"
    return text.removesuffix(".00") if kind == "integer" else text[:10] if kind == "date" else text


def _text(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else value.isoformat() if isinstance(value, datetime) else str(value)


@transaction.atomic
def _keep(one: Wanted, found: Found, reading: _Reading) -> None:
    newest = Batch.objects.landed().filter(resource=found.resource).values_list("created_at", flat=True).first()
    PrefilledValue.objects.update_or_create(token=reading.token, question=one.field, defaults={
        "label": one.source.question[:200], "resource": found.resource, "organisation": found.resource.provider,
        "field": found.plan.columns[0].field, "key": reading.number(one), "shown": found.shown, "given": orjson.dumps(found.value).decode(),
        "version": found.version, "as_of": newest, "grant": found.plan.grant, "basis": found.plan.basis[:500], "read_at": clock.now(),
    })


def is_of_another(token: UUID, numbers: Collection[str]) -> bool:
    """Whether anything was filled in under that token that was found by none of these numbers."""
    return any(one.key not in numbers for one in PrefilledValue.objects.filter(token=token))


def prefilled_of(application: Application) -> list[PrefilledValue]:
    """What the application was filled in with about its applicant, each with its source."""
    rows = PrefilledValue.objects.filter(token=application.token).select_related("resource", "organisation")
    return [one for one in rows if one.key == (application.uscc or application.id_number)]
