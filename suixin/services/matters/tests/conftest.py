"""A department with items, and a resident who has matters there."""

import pytest

from suixin.data.catalog.tests import offices
from suixin.ground.people.residents.queries import person_actor
from suixin.ground.people.residents.tests.factories import resident
from suixin.kit.actor import Actor
from suixin.services.matters.tests import factories


@pytest.fixture
def office() -> offices.Office:
    found = offices.office()
    factories.offices(found.city.department)
    return found


@pytest.fixture
def zhou() -> Actor:
    return person_actor(resident("zhou"))
