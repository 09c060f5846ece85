"""What the folder declares is accepted by the modules that write it."""

import pytest

from suixin.cities.loader import load_city
from suixin.data.catalog.actions import propose_resource, publish_resource
from suixin.data.catalog.models import Resource, ResourceState
from suixin.data.insight.actions import IndicatorDeclaration, declare_indicator
from suixin.ground.people.actions import load_organisations
from suixin.ground.people.models import Organisation
from suixin.kit.actor import SYSTEM

SUINING = load_city("suining")


@pytest.mark.django_db
def test_people_take_the_list_of_organisations_twice() -> None:
    for _ in range(2):
        assert load_organisations(SUINING.organisations_path) == len(SUINING.organisations)
    assert Organisation.objects.count() == len(SUINING.organisations)
    slugs = ("city-government", "shehong-government", "shehong-data-bureau")
    bureau = Organisation.objects.get(slug=slugs[-1])
    assert bureau.path == tuple(SUINING.organisation(slug).uscc for slug in slugs)


@pytest.mark.django_db
def test_the_catalogue_takes_every_entry_and_keeps_its_contract() -> None:
    load_organisations(SUINING.organisations_path)
    for spec in SUINING.resources:
        entry = publish_resource(propose_resource(spec.draft, actor=SYSTEM), actor=SYSTEM)
        entry.full_clean()
        assert entry.contract.items == spec.contract.items
    assert Resource.objects.filter(state=ResourceState.PUBLISHED).count() == len(SUINING.resources)


@pytest.mark.django_db
def test_insight_takes_every_indicator() -> None:
    for spec in SUINING.indicators:
        declared = declare_indicator(
            IndicatorDeclaration(
                slug=spec.slug, title=spec.title, sql=spec.sql, unit=spec.unit, description=spec.description,
                frequency=spec.frequency, chart=spec.chart,
            ),
            actor=SYSTEM,
        )
        assert declared.tables == sorted(spec.tables)
