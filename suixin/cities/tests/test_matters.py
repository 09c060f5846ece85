"""The city's six themes applied for: everything granted, and each part refused once, through cases to the end that its table says."""

import pytest
from django.db import transaction

from suixin.cities.items import city_items
from suixin.cities.loader import load_city
from suixin.cities.one_thing import city_bank, city_themes
from suixin.data.access.tests.factories import make_resource
from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.data.catalog.tests import offices
from suixin.ground.people.models import Organisation
from suixin.ground.people.residents.queries import person_actor
from suixin.ground.people.residents.tests.factories import resident
from suixin.kit.actor import SYSTEM
from suixin.services.cases.models import Case
from suixin.services.items import actions as items
from suixin.services.matters import advancing, asking
from suixin.services.matters.models import Matter, PartState, VisitState
from suixin.services.matters.tests import factories
from suixin.services.matters.tests.factories import decide, hold
from suixin.services.themes import actions as themes
from suixin.services.themes import branches, queries, rules
from suixin.services.themes.models import ThemeVersion
from suixin.services.themes.parsing import read_theme
from suixin.services.themes.rules import Outcome, Standing, State

pytestmark = pytest.mark.django_db
CITY = load_city("suining")
TEXTS = city_themes(CITY)
MATTER = {Standing.DONE: "done", Standing.PARTLY: "partly", Standing.REFUSED: "refused"}
PART = {
    State.APPROVED: PartState.APPROVED, State.REFUSED: PartState.REFUSED, State.NOT_HANDLED: PartState.NOT_HANDLED,
    State.STOPPED: PartState.STOPPED,
}


def published(slug: str) -> ThemeVersion:
    """The theme in use, on the departments and items that it names."""
    theme, codes = read_theme(TEXTS[slug]), {one.slug: one for one in CITY.organisations}
    for name in {theme.lead, *(one.by for one in theme.parts)}:
        Organisation.objects.create(uscc=codes[name].uscc, name=codes[name].name, slug=name)
    for role in ("clerk", "department_head"):  # a procedure is published where somebody can act
        offices.employ(role, Organisation.objects.get(slug=theme.lead))
    wanted = {one.item for one in theme.parts} | {f"{codes[one.by].uscc}3{one.item}" for one in theme.parts}
    for draft in city_items(CITY):
        if draft.code in wanted:
            items.publish_item(items.draft_item(draft, actor=SYSTEM), actor=SYSTEM, reason="测试")
    registered()
    themes.take_bank(city_bank(CITY), actor=SYSTEM)
    return themes.publish_theme(themes.draft_theme(TEXTS[slug], actor=SYSTEM), actor=SYSTEM, reason="测试")


def registered() -> None:
    """The register of firms, as far as the question bank names it."""
    specs = (
        ItemSpec("uscc", "统一社会信用代码", ItemType.TEXT, length=18, is_key=True, nullable=False),
        ItemSpec("legal_representative", "法定代表人", ItemType.TEXT, length=64),
        ItemSpec("telephone", "联系电话", ItemType.TEXT, length=32),
    )
    make_resource("market_entity", specs=specs)


def walked(matter: Matter, refused: str) -> Matter:
    """The matter at its end: every part decided as soon as it may be, `refused` not granted, visits held, all delivered."""
    for _ in range(20):
        advancing.advance_due(actor=SYSTEM)
        handled = list(matter.parts.filter(state=PartState.HANDLED))
        if not handled:
            break
        for part in handled:  # visits wait until all that share them were accepted
            decide(part, "reject" if part.name == refused else "approve", times=1)
        advancing.advance_due(actor=SYSTEM)
        for visit in matter.visits.filter(state=VisitState.DUE):
            hold(visit)
        for part in handled:
            decide(part, "approve")
    matter.refresh_from_db()
    return factories.delivered(matter) if matter.state == "delivering" else matter


def fullest(version: ThemeVersion) -> dict[str, object]:
    """The situation that calls for most parts."""
    theme = queries.published(version).theme
    able = [one for one in rules.branches(theme) if not rules.failing(theme, one)]
    return max(able, key=lambda one: len(rules.chosen(theme, one)))


@pytest.mark.parametrize("slug", TEXTS)
def test_theme_is_walked_through_all_granted_and_through_a_refusal_of_every_part(slug: str) -> None:
    version = published(slug)
    answers, who = fullest(version), person_actor(resident("zhou"))
    found = factories.asked(version, answers)
    assert asking.asked_of(asking.slug_of(version, answers)) == found
    told = found.merged
    assert len({one.name for one in told.questions}) == told.asked < told.questions_alone
    for refused in ("", *found.parts):
        with transaction.atomic():
            matter = walked(factories.opened(version, who, answers), refused)
            outcome: Outcome = branches.walk(found.whole.theme, found.parts, refused).outcome
            assert (refused, matter.state) == (refused, MATTER[outcome.standing])
            told_states = dict(matter.parts.values_list("name", "state"))
            begun = set(matter.parts.exclude(case=None).values_list("name", flat=True))
            for name, state in outcome.states.items():
                # beside what sent the whole back: decided before, or not any more
                is_beside = outcome.standing is Standing.REFUSED and state in (State.APPROVED, State.STOPPED)
                assert told_states[name] in ((PartState.APPROVED, PartState.STOPPED) if is_beside else (PART[state],)), (refused, name)
                assert name in begun or state in (State.NOT_HANDLED, State.STOPPED)
            closed = set(Case.objects.filter(part__matter=matter, state="closed").values_list("part__name", flat=True))
            assert closed == set(outcome.delivered)
            transaction.set_rollback(True)
