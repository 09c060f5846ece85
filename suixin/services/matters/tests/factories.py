"""Matters for tests: themes in use of any graph, values for every field of their form, cases decided as one wishes."""

from collections.abc import Iterable, Mapping
from uuid import uuid4

from suixin.data.catalog.tests.offices import Office
from suixin.ground.flow import advancing as flow
from suixin.ground.forms.parsing import parse_form
from suixin.ground.people.models import Organisation
from suixin.ground.people.residents.tests.factories import NAMES, NUMBERS
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor
from suixin.services.cases import handling, opening
from suixin.services.cases.models import Case
from suixin.services.cases.opening import Applicant, Request
from suixin.services.items import actions as items
from suixin.services.items.tests import factories as item_factories
from suixin.services.matters import advancing, asking, ending
from suixin.services.matters import opening as matters
from suixin.services.matters.asking import Asked
from suixin.services.matters.models import Matter, Part, Visit
from suixin.services.themes import actions as themes
from suixin.services.themes import offering, queries
from suixin.services.themes.models import Theme, ThemeState, ThemeVersion
from suixin.services.themes.parsing import read_theme

CODES = [f"00012011500{number}" for number in range(1, 8)]
QUICK = {"promise_day": 1, "steps": [{"step_name": name, "step_days": 0, "step_by": "窗口"} for name in
                                     ("受理", "审查", "决定", "办结", "送达")]}
BANK = """
sections:
  who: {title: 申请人, questions: [{name: phone, label: 电话, type: mobile, means: mobile}, {name: shop, label: 店名, type: text}]}
forms: {%s}
""" % ", ".join(f'"{code}": [phone, shop]' for code in CODES)  # noqa: UP031  braces of YAML


def offices(place: Organisation) -> None:
    """An item of one working day under each of CODES, and the bank that knows them."""
    themes.take_bank(BANK, actor=SYSTEM)
    for code in CODES:
        items.publish_item(item_factories.implementation(place, None, code, **QUICK), actor=SYSTEM, reason="测试")


def declared(slug: str, place: Organisation, parts: Iterable[Mapping[str, object]], visits: Iterable[Mapping[str, object]] = ()) -> str:
    """The text of a theme of these parts, each an item of its own of the one department."""
    told = "\n".join(
        f"  - {{id: {one['id']}, item: \"{code}\", by: {place.slug}{_edges(one)}, on_refusal: {one.get('on_refusal', 'part')}}}"
        for one, code in zip(parts, CODES, strict=False)
    )
    seen = "".join(f"\n  - {{id: {one['id']}, title: 联合勘验, parts: {_listed(one['parts'])}, days: 1}}" for one in visits)
    return f"""
slug: {slug}
title: 开店一件事
summary: 测试
lead: {place.slug}
basis: 测试
promise_days: 40
delivery: 一次给
parts:
{told}{chr(10) + 'visits:' + seen if seen else ''}
"""


def in_use(text: str, lead: Organisation) -> ThemeVersion:
    """That theme in use, whatever the rules of publishing say of it."""
    told = read_theme(text)
    theme = Theme.objects.create(
        slug=told.slug, title=told.title, lead=lead, text=text, state=ThemeState.IN_USE, version=1, created_at=clock.now(),
        updated_at=clock.now(),
    )
    pinned = offering.pinned(offering.whole_of(told, queries.bank_in_use()))
    digest = queries.digest_of(text, pinned)
    return ThemeVersion.objects.create(
        theme=theme, number=1, text=text, pinned=pinned, digest=digest, published_at=clock.now(), published_by="测试",
    )


def version_of(office: Office, parts: list[dict[str, object]], visits: list[dict[str, object]] | None = None) -> ThemeVersion:
    """A theme of these parts of the office's department, in use."""
    return in_use(declared("shop", office.city.department, parts, visits or []), office.city.department)


def moved() -> None:
    """What follows after commits, as the job does it."""
    advancing.advance_due(actor=SYSTEM)


def part(name: str) -> Part:
    """The one part of that name."""
    return Part.objects.get(name=name)


def states() -> dict[str, str]:
    """Names of parts and how they stand, in their order."""
    return dict(Part.objects.order_by("position").values_list("name", "state"))


def asked(version: ThemeVersion, answers: Mapping[str, object] | None = None) -> Asked:
    """What the theme asks in that situation."""
    found = asking.asked_of(asking.slug_of(version, answers or {}))
    assert found is not None
    return found


def values(found: Asked) -> dict[str, object]:
    """Something for every field of the form that has to be filled in for cases to open; every material uploaded."""
    told: dict[str, object] = {"mobile": "13900000001", "delivery": "window"}
    form = parse_form(asking.declared(asking.slug_of(found.version, found.answers).removeprefix(f"{asking.FAMILY}-")))
    for _, field in form.fields():
        match field.type:
            case "file":
                told[field.name] = [str(uuid4())]
            case "integer" | "decimal":
                told[field.name] = 20
            case "yes-no":
                told[field.name] = True
            case "date":
                told[field.name] = clock.today()
            case "choice" if field.name not in told:
                told[field.name] = next(iter(field.options or {}))
            case _:
                continue
    return told


ZHOU = Applicant(NAMES["zhou"], NUMBERS["zhou"], "13900000001")


def opened(
    version: ThemeVersion, actor: Actor, answers: Mapping[str, object] | None = None, *, who: Applicant = ZHOU, **more: object,
) -> Matter:
    """A matter of the test resident, handed in."""
    found = asked(version, answers)
    request = Request(token=uuid4(), applicant=who, **more)  # type: ignore[arg-type]  # test data
    application = opening.record_application(request, actor=actor)
    return matters.open_matter(application, found, values(found), actor=actor)


def decide(part: Part, action: str, *, actor: Actor = SYSTEM, times: int = 9) -> None:
    """The case of the part decided step by step until it waits to be delivered or is over, at most so many steps."""
    for _ in range(times):
        case = Case.objects.select_related("reception", "handling").get(part=part)
        step = handling.waiting_step(case)
        if step is None or step.node == "deliver" or not case.is_live:
            return
        flow.decide(step, action, actor=actor, reason="测试")


def hold(visit: Visit) -> None:
    """The joint visit held."""
    held = Visit.objects.select_related("run").get(pk=visit.pk)
    assert held.run is not None
    flow.decide(held.run.steps.get(), "approve", actor=SYSTEM, reason="符合")


def delivered(matter: Matter) -> Matter:
    """The matter delivered."""
    return ending.deliver(matter, "周玲建", actor=SYSTEM)


def _edges(one: Mapping[str, object]) -> str:
    return "".join(f", {key}: {_listed(one[key])}" for key in ("needs", "after") if one.get(key))


def _listed(names: object) -> str:
    return f"[{', '.join(map(str, names))}]" if isinstance(names, list | tuple) else "[]"
