"""Every address x every member of the cast x things of every owner: what `verdicts.py` grants is given, all else refused.

A refusal shows nothing and changes nothing; no answer, granted or refused, holds a marked text of somebody else; none is a 500.
"""

import gc
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import DjangoDbBlocker

from suixin.data.access.tests.factories import node_at
from suixin.data.doors.lean import _PACKAGES, _POSTS, _RECEIPT, _ROUTES, _SHARES
from suixin.ground.people import sessions
from suixin.ground.people.models import Organisation
from suixin.kit import clock
from tests.attacks import verdicts, world
from tests.attacks.verdicts import DOORS, FOREIGN, OTHERS, PLACES, POSTS, SECRETS, Place, verdict
from tests.attacks.world import CAST, Answer, World, mark

pytestmark = pytest.mark.django_db
SIGN_IN = re.compile(r"/(console/)?login/(\?|$)")
REFUSED = (401, 403, 404, 405)
READERS = {kind: verdict(text) for kind, text in SECRETS.items()}
# who is asked to send a form where none is carried out for anybody: of each kind the one with the widest reach
FEW = ("public", "resident", "token_write", "clerk", "data_officer", "district_administrator", "auditor", "operator")
# whose pages are asked for: over a second database the questions to it are tried, not the law once more
ASKED = CAST if connection.vendor == "sqlite" else FEW
WITHOUT_CHANGE = (200, 302, 400, 409, 422)  # a form that was answered with a sentence


def names(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    """Names of every address of the resolver."""
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from names(one.url_patterns, before + (f"{one.namespace}:" if one.namespace else ""))
        else:
            yield f"{before}{one.name}"


@pytest.fixture(scope="module")
def city(django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The world, made once; nothing of it is left in the database."""
    home: Path = tmp_path_factory.mktemp("walked")
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, node_at(home, patch), world.no_leftovers():
        patch.setattr(sessions, "FRESH", timedelta(days=1))  # however long the walk takes
        made = world.made(home)
        gc.collect()
        gc.freeze()  # what stays until the end is not looked through again and again
        yield made
        gc.unfreeze()
    gc.collect()
    gc.freeze()  # as before


def test_every_address_stands_in_the_table() -> None:
    assert set(names(get_resolver().url_patterns)) == {name.partition(" ")[0] for name in PLACES}


def test_every_door_stands_in_the_table() -> None:
    assert {action for _, _, action, _ in _ROUTES} == {name.partition(" ")[0] for name in DOORS}


@pytest.mark.parametrize("name", PLACES)
def test_address_is_read_by_whom_the_table_names_and_by_nobody_else(city: World, name: str) -> None:
    place, faults = PLACES[name], []
    reads = verdict(place.reads)
    for owner, path in addresses(city, name, place):
        for member in ASKED:
            answer = city.ask(member, "GET", path)
            is_granted = owner in reads.get(member, "")
            if member == "ended_token" and path.startswith(verdicts.TOLD_OF_TOKEN):
                is_granted = False
            if not (is_given(answer) if is_granted else is_refused(answer)):
                faults.append(f"{member} GET {path} ({owner}): {answer.status} {answer.location}, granted: {is_granted}")
            faults += leaks(member, path, answer, shown=place.shows if is_granted else "")
            if answer.wrote and name != "console-account-totp":
                faults.append(f"{member} GET {path} wrote {sorted(answer.wrote)}")
    assert faults == []


@pytest.mark.parametrize("name", PLACES)
def test_form_is_carried_out_for_whom_the_table_names_and_for_nobody_else(city: World, name: str) -> None:
    place, faults = PLACES[name], []
    does = verdict(place.does)
    for owner, path in addresses(city, name, place):
        form = place.form(keys_of(city, owner))
        for member in senders(does):
            answer = city.ask(member, "POST", path, form)
            is_granted = owner in does.get(member, "")
            if is_granted != bool(answer.wrote) or not (is_given(answer) or is_refused(answer) or answer.status in WITHOUT_CHANGE):
                faults.append(f"{member} POST {path} ({owner}): {answer.status} wrote {sorted(answer.wrote)}, granted: {is_granted}")
            faults += leaks(member, path, answer, shown=place.shows if is_granted else "")
    assert faults == []


@pytest.mark.parametrize(("name", "owner", "member", "form"), FOREIGN)
def test_form_that_names_what_is_somebody_else_s_changes_nothing(
    city: World, name: str, owner: str, member: str, form: verdicts.Foreign
) -> None:
    [path] = [path for one, path in addresses(city, name, PLACES[name]) if one == owner]
    answer = city.ask(member, "POST", path, form(city.keys))
    assert answer.wrote == frozenset()
    assert is_refused(answer) or answer.status in WITHOUT_CHANGE
    assert not any(mark("application", one) in answer.body for one in "B" if name != "console-grant-new of a resource")


@pytest.mark.parametrize("name", DOORS)
def test_door_is_open_to_whom_the_table_names_and_to_nobody_else(city: World, name: str) -> None:
    address, kind, text = DOORS[name]
    reads, faults = verdict(text), []
    for owner, parameters in city.places[kind].items():
        path = address.format(**parameters)
        for member in CAST:
            answer = city.ask(member, "GET", path)
            if not (is_given(answer) if owner in reads.get(member, "") else is_refused(answer)):
                faults.append(f"{member} {path} ({owner}): {answer.status} {answer.body[:100]}")
            posted = city.ask(member, "POST", path)
            if not (is_refused(posted) or posted.status == 400):  # a POST of the gateway has no parameters in its address
                faults.append(f"{member} POST {path} ({owner}): {posted.status}")
            faults += leaks(member, path, answer) + leaks(member, path, posted)
    assert faults == []


def test_every_address_of_no_resource_stands_in_the_table() -> None:
    paths = [address.format(uuid="0" * 36) for _, address, _, _ in OTHERS.values()]
    assert [one.pattern for one in (*_PACKAGES, *_SHARES, _RECEIPT) if not any(map(one.fullmatch, paths))] == []


@pytest.mark.parametrize("name", OTHERS)
def test_address_of_no_resource_answers_whom_the_table_names_and_nobody_else(city: World, name: str) -> None:
    method, address, kind, text = OTHERS[name]
    reads, faults = verdict(text), []
    for owner, parameters in city.places[kind].items():
        path = address.format(**parameters)
        for member in CAST:
            answer = city.ask(member, method, path)
            is_known = owner in reads.get(member, "")
            if answer.wrote or answer.status not in ((200, 400, 410) if is_known else REFUSED):
                faults.append(f"{member} {method} {path} ({owner}): {answer.status} {answer.body[:100]} wrote {sorted(answer.wrote)}")
            if name == "packages" and is_known and {one["id"] for one in orjson.loads(answer.body)["packages"]} != _packages(city, "B"):
                faults.append(f"{member} lists {answer.body[:200]}")
            faults += leaks(member, path, answer)
    assert faults == []


def _packages(city: World, owner: str) -> set[str]:
    return {str(city.places["package"][owner]["uuid"])}


def test_every_address_that_only_takes_stands_in_the_table() -> None:
    assert {action for _, action, _ in _POSTS} == set(POSTS)


@pytest.mark.parametrize("name", POSTS)
def test_address_that_only_takes_knows_its_sender_and_gives_nothing(city: World, name: str) -> None:
    address, kind, text = POSTS[name]
    sends, faults = verdict(text), []
    for owner, parameters in city.places[kind].items():
        path = address.format(**parameters)
        for member in CAST:
            answer = city.ask(member, "POST", path)
            is_known = owner in sends.get(member, "")  # told by a sentence about what it sent, which is nothing
            if answer.wrote or answer.status not in ((400, 404, 409) if is_known else (401, 403, 404)):
                faults.append(f"{member} POST {path} ({owner}): {answer.status} {answer.body[:100]} wrote {sorted(answer.wrote)}")
            if city.ask(member, "GET", path).status not in (401, 403, 404, 405):
                faults.append(f"{member} GET {path} ({owner})")
            faults += leaks(member, path, answer)
    assert faults == []


def senders(does: Mapping[str, str]) -> Iterable[str]:
    """Who sends a form that is carried out for these: all, over a second database those and the few; the few where it is for nobody."""
    if connection.vendor == "sqlite":
        return CAST if does else FEW
    return [member for member in CAST if member in FEW or member in does]


def addresses(city: World, name: str, place: Place) -> Iterator[tuple[str, str]]:
    """(owner, address) for each thing that the address can name; ("*", address) when it names none."""
    name = name.partition(" ")[0]
    if not place.names:
        yield "*", reverse(name, kwargs={"form": "csv"} if name == "console-audit-export" else None)
        return
    for owner, parameters in city.places[place.names].items():
        if place.query:
            yield owner, f"{reverse(name)}?{place.query}={parameters['table']}"
        else:
            yield owner, reverse(name, kwargs=parameters) + place.asks


def keys_of(city: World, owner: str) -> dict[str, str]:
    """What a form about that owner's thing needs to name."""
    soon = clock.today() + timedelta(days=9)
    return city.keys.get(owner, city.keys["A"]) | {"government": str(Organisation.objects.get(slug="o1").pk), "soon": str(soon)}


def is_given(answer: Answer) -> bool:
    """Whether the answer is the page, or leads to a place inside."""
    return answer.status == 200 or (answer.status == 302 and answer.location.startswith("/") and not SIGN_IN.match(answer.location))


def is_refused(answer: Answer) -> bool:
    """Whether the answer is a refusal, or leads to signing in."""
    return answer.status in REFUSED or (answer.status == 302 and bool(SIGN_IN.match(answer.location)))


def leaks(member: str, path: str, answer: Answer, *, shown: str = "") -> list[str]:
    """Marked texts in the answer that are not for this member; those of the kind `shown` are for whoever reads the page."""
    found = [(kind, owner) for kind in SECRETS if kind != shown for owner in world.OWNERS if mark(kind, owner) in answer.body]
    return [f"{member} {path}: reads {kind} of {owner}" for kind, owner in found if owner not in READERS[kind].get(member, "")]
