"""For random grants no cell outside the grant leaves by any door, by value; a door that leaks is caught."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoDbBlocker

from suixin.data.access import versions
from suixin.data.access.models import Door
from suixin.data.access.tests.factories import node_at
from tests.proof import registry, scene
from tests.proof.judging import allowed, leaks, seen
from tests.proof.registry import Declared
from tests.proof.scene import FIELDS, FILTERS, Drawn, Left, Scene, World

registry.load()
pytestmark = pytest.mark.django_db
MASKED = st.sampled_from(["", "name", "mobile", "suppress", "empty", "birthday"])


@st.composite
def grants(draw: st.DrawFn, by: Door | None) -> Drawn:
    """A grant, three times of four one that opens the door."""
    columns = tuple(draw(st.lists(st.sampled_from(FIELDS), min_size=1, unique=True)))
    is_for_door = by is not None and draw(st.integers(0, 3)) > 0
    places = st.sampled_from([*columns, *(f"{name}@{(by or Door.PAGE).value}" for name in columns), f"{columns[0]}@{Door.PUSH.value}"])
    doors = draw(st.lists(st.sampled_from(list(Door)), unique=True))
    subject = draw(st.sampled_from(["application", "organisation", "person", "public"]))
    filters = [n for n, (text, _) in enumerate(FILTERS) if subject != "public" or "reader" not in text]
    masks, purposes = st.dictionaries(places, MASKED, max_size=4), draw(st.sampled_from([(), (), ("核查",), ("核查", "统计")]))
    return Drawn(
        subject=subject, columns=columns, filter=draw(st.sampled_from(filters)), masks=draw(masks),
        purposes={purpose: draw(masks) for purpose in purposes}, stated=draw(st.sampled_from(["", *purposes])),
        doors=tuple({*doors, by} if is_for_door and by else doors), state=draw(st.sampled_from(["active"] * 4 + ["suspended", "revoked"])),
        time=draw(st.sampled_from(["now"] * 4 + ["past", "future"])), is_dataset=draw(st.booleans()), is_receipted=draw(st.booleans()),
    )


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The world, made once; nothing of it is left in the database."""
    home: Path = tmp_path_factory.mktemp("proof")
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, node_at(home, patch), transaction.atomic():
        yield scene.made()
        transaction.set_rollback(True)


def driven(declared: Declared, world: World, drawn: Drawn, asker: str) -> tuple[Scene, list[Left]]:
    """The scene, and what left by the door in it; the grant is taken back."""
    with transaction.atomic():
        found = scene.scene_of(world, drawn, asker)
        left = list(declared.drive(found))
        transaction.set_rollback(True)
    return found, left


@pytest.mark.parametrize("declared", registry.DOORS, ids=lambda one: one.name)
def test_no_cell_outside_the_grant_leaves(world: World, declared: Declared) -> None:
    @settings(
        max_examples=declared.examples, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(drawn=grants(declared.by), asker=st.sampled_from(declared.asked_by))
    def prove(drawn: Drawn, asker: str) -> None:
        found, left = driven(declared, world, drawn, asker)
        assert leaks(found, declared.by, left) == set()

    prove()


@pytest.mark.parametrize("declared", [one for one in registry.DOORS if one.reveals and one.by], ids=lambda one: one.name)
def test_driver_sees_what_the_grant_shows(world: World, declared: Declared) -> None:
    assert declared.by is not None
    for asker in declared.asked_by:
        drawn = Drawn("public" if asker == "public" else "organisation", declared.shows, masks={"phone": ""})
        _, left = driven(declared, world, drawn, asker)
        granted = allowed(drawn, asker, declared.by)
        assert seen(left) & granted, f"{declared.name} as {asker}: nothing granted was seen"
        assert declared.shows == FIELDS or granted <= seen(left), f"{declared.name}: {granted - seen(left)} did not come"


def planted(found: Scene) -> Iterator[Left]:
    """A door that reads the lake past the grant."""
    for path in versions.pinned(found.table).paths:
        yield Left(pq.read_table(path).to_pylist())


def test_a_leaking_door_is_caught(world: World) -> None:
    drawn = Drawn("application", ("code", "name"), filter=2, doors=(Door.GATEWAY,))
    leaking = Declared(("planted",), planted, Door.GATEWAY, ("application",), reveals=True, examples=1)
    found, left = driven(leaking, world, drawn, "application")
    caught = leaks(found, Door.GATEWAY, left)
    assert {(1, "amount"), (0, "code"), (5, "note")} <= caught
    assert (1, "code") not in caught


def test_a_confirmation_outside_the_grant_is_caught(world: World) -> None:
    drawn = Drawn("application", ("code",), doors=(Door.VERIFY,))
    told = [Left(b'{"data": true}', confirmed=frozenset({(0, "amount"), (0, "code")}))]
    with transaction.atomic():
        found = scene.scene_of(world, drawn, "application")
        transaction.set_rollback(True)
    assert leaks(found, Door.VERIFY, told) == {(0, "amount")}
