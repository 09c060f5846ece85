"""Every route and command is declared once: driven as a door, or said to return no rows and why."""

import re
from types import SimpleNamespace

from django.urls import path
from django.views.defaults import bad_request

from suixin.data.access.models import Door
from tests.proof import registry
from tests.proof.places import every_place, fronts, pages, patterns

registry.load()
# doors of a grant that nobody reads rows by: inner computation, and what systems bring
INWARD = {Door.COMPUTE, Door.PUSH}


def declared() -> set[str]:
    """Places of doors and of what returns no rows."""
    return {place for one in registry.DOORS for place in one.places} | set(registry.NO_ROWS)


def routed(places: set[str]) -> set[str]:
    """Those that are routes or commands."""
    return {place for place in places if not place.startswith("push ")}


def test_every_place_is_declared_and_every_declaration_is_a_place() -> None:
    assert every_place() - declared() == set(), "declare them: tests/proof/registry.py says how"
    assert routed(declared()) - every_place() == set(), "these places are gone"


def test_no_place_is_both() -> None:
    assert {place for one in registry.DOORS for place in one.places} & set(registry.NO_ROWS) == set()
    assert all(len(reason) > 10 for reason in registry.NO_ROWS.values())


def test_every_door_of_a_grant_is_driven() -> None:
    assert set(Door) - {one.by for one in registry.DOORS} <= INWARD


def test_a_new_route_would_be_found() -> None:
    module = SimpleNamespace(_MORE=[{"rows": (re.compile(r"/gateway/(?P<name>[^/]{1,128})/dump/?"), None)}])
    assert list(patterns(module)) == ["lean /gateway/*/dump"]
    assert list(pages([path("dump/<slug:table>", bad_request, name="dump")])) == ["page dump"]
    source = "def application(environ, start):\n    return probes.answer(environ, start) or backdoor(environ, start)"
    assert set(fronts(source)) == {"front probes.answer", "front backdoor"}
    assert not {"lean /gateway/*/dump", "page dump", "front backdoor"} & declared()
