"""Keeping accounts: who may make, give, end and disable what; nobody climbs."""

from contextlib import suppress
from datetime import timedelta
from threading import Barrier, BrokenBarrierError, Thread

import pytest
from django.db import connection

from suixin.ground.audit import refusals
from suixin.ground.audit.models import Record
from suixin.ground.people import staff
from suixin.ground.people.actions import create_account
from suixin.ground.people.errors import (
    AccountExists,
    BadAccount,
    LastAdministrator,
    OrganisationEnded,
    OwnAccount,
    PostConflict,
    RolesExclude,
)
from suixin.ground.people.models import Account, Organisation, Post, Role
from suixin.ground.people.queries import actor_of, posts_in_force
from suixin.ground.people.staff import NewAccount, Term
from suixin.ground.people.tests.factories import Tree, tree
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> Tree:
    return tree()


def holder(name: str, role: str, place: Organisation) -> Account:
    account = Account.objects.create(username=name, display_name=name)
    Post.objects.create(account=account, organisation=place, role=role)
    return account


def actor(name: str, role: str, place: Organisation) -> Actor:
    return actor_of(holder(name, role, place))


def test_administrator_makes_an_account_with_a_start_password_that_works_once_seen(city: Tree) -> None:
    root = actor("root", "administrator", city.bureau)
    account, password = staff.create_staff(NewAccount("li", "李四"), actor=root, organisation=city.department, role="clerk")
    assert account.password.startswith("start_sm3$")
    assert account.must_change_password
    assert account.check_password(password)
    assert not account.password.startswith("start_sm3$"), "argon2 from the first right password on"
    assert actor_of(account).roles == {"clerk"}
    assert Record.objects.filter(action="people.account_created", object_key="li", actor_key="root").exists()


@pytest.mark.parametrize("role", sorted(Role.values))
def test_district_administrator_gives_ordinary_roles_in_the_district_only(city: Tree, role: str) -> None:
    local = actor("local", "administrator", city.district_bureau)
    is_ordinary = role not in staff.OF_THE_INSTANCE
    assert staff.may_give(local, role, city.district_department) is is_ordinary
    assert not staff.may_give(local, role, city.department)
    assert not staff.may_give(local, role, city.government)


@pytest.mark.parametrize("role", sorted(Role.values))
def test_city_administrator_gives_all_roles_but_those_that_watch_him(city: Tree, role: str) -> None:
    root = actor("root", "administrator", city.bureau)
    assert staff.may_give(root, role, city.district_department) is (role not in ("auditor", "security_officer"))


@pytest.mark.parametrize("role", sorted(set(Role.values) - {"administrator"}))
def test_no_other_role_keeps_accounts(city: Tree, role: str) -> None:
    other = actor("other", role, city.bureau)
    victim = holder("victim", "clerk", city.department)
    with pytest.raises(NotAllowed):
        staff.create_staff(NewAccount("li", "李四"), actor=other, organisation=city.department, role="clerk")
    for move in (staff.disable_account, staff.enable_account):
        with pytest.raises(NotAllowed):
            move(victim, actor=other, reason="试")
    with pytest.raises(NotAllowed):
        staff.give_post(victim, actor=other, organisation=city.department, role="leader")
    refusals.flush()
    assert Record.objects.filter(action="security.refused", actor_key="other").count() == 4


def test_administrator_cannot_change_himself(city: Tree) -> None:
    account = holder("root", "administrator", city.bureau)
    himself = actor_of(account)
    for step in (
        lambda: staff.give_post(account, actor=himself, organisation=city.bureau, role="data_officer"),
        lambda: staff.end_post(account.posts.get(), actor=himself, reason="试"),
        lambda: staff.disable_account(account, actor=himself, reason="试"),
    ):
        with pytest.raises(OwnAccount):
            step()
    assert actor_of(account).roles == {"administrator"}


@pytest.mark.parametrize("role", ["auditor", "security_officer"])
def test_administrator_touches_nobody_who_watches_him(city: Tree, role: str) -> None:
    root, watcher = actor("root", "administrator", city.bureau), holder("watcher", role, city.bureau)
    with pytest.raises(NotAllowed):
        staff.disable_account(watcher, actor=root, reason="试")
    with pytest.raises(NotAllowed):
        staff.end_post(watcher.posts.get(), actor=root, reason="试")
    watcher.refresh_from_db()
    assert watcher.is_active


def test_district_administrator_cannot_touch_who_also_serves_the_city(city: Tree) -> None:
    local, both = actor("local", "administrator", city.district_bureau), holder("both", "clerk", city.district_department)
    Post.objects.create(account=both, organisation=city.department, role="clerk")
    with pytest.raises(NotAllowed):
        staff.disable_account(both, actor=local, reason="试")
    with pytest.raises(NotAllowed):
        staff.give_post(both, actor=local, organisation=city.district_department, role="leader")


def test_last_administrator_of_the_instance_stays(city: Tree) -> None:
    first, second = holder("first", "administrator", city.bureau), holder("second", "administrator", city.bureau)
    holder("local", "administrator", city.district_bureau)
    staff.disable_account(second, actor=actor_of(first), reason="离职")
    for step in (lambda: staff.disable_account(first, actor=SYSTEM, reason="试"),
                 lambda: staff.end_post(first.posts.get(), actor=SYSTEM, reason="试")):  # fmt: skip
        with pytest.raises(LastAdministrator):
            step()
    staff.enable_account(second, actor=actor_of(first), reason="回来")
    staff.disable_account(first, actor=actor_of(second), reason="调离")


@pytest.mark.parametrize("alone", ["administrator", "operator"])
def test_roles_that_stand_alone_stand_alone(city: Tree, alone: str) -> None:
    root, clerk = actor("root", "administrator", city.bureau), holder("clerk", "clerk", city.department)
    with pytest.raises(RolesExclude, match="单独的账号"):
        staff.give_post(clerk, actor=root, organisation=city.department, role=alone)
    keeper = holder("keeper", alone, city.bureau)
    with pytest.raises(RolesExclude):
        staff.give_post(keeper, actor=root, organisation=city.department, role="clerk")


def test_ended_post_gives_nothing_from_that_day_and_stays_on_record(city: Tree) -> None:
    root, account = actor("root", "administrator", city.bureau), holder("li", "clerk", city.department)
    staff.end_post(account.posts.get(), actor=root, reason="调离")
    ended = actor_of(account)
    assert (ended.roles, ended.organisation, ended.jurisdiction) == (frozenset(), "", "")
    assert account.posts.count() == 1
    with pytest.raises(PostConflict, match="已经结束"):
        staff.end_post(account.posts.get(), actor=root, reason="再来")


@pytest.mark.parametrize(("begins", "ends", "is_held"), [(0, None, True), (-3, 1, True), (-3, 0, False), (1, None, False)])
def test_post_holds_from_its_first_day_until_the_day_before_its_last(city: Tree, begins: int, ends: int | None, is_held: bool) -> None:
    today, account = clock.today(), Account.objects.create(username="li")
    until = None if ends is None else today + timedelta(days=ends)
    Post.objects.create(account=account, organisation=city.department, role="clerk",
                        valid_from=today + timedelta(days=begins), valid_to=until)  # fmt: skip
    assert bool(posts_in_force(account)) is is_held
    assert bool(actor_of(account).roles) is is_held


def test_ended_organisation_acts_no_more_and_gets_no_new_post(city: Tree) -> None:
    root, account = actor("root", "administrator", city.bureau), holder("li", "clerk", city.department)
    Organisation.objects.filter(pk=city.department.pk).update(valid_to=clock.today())
    city.department.refresh_from_db()
    assert actor_of(account).roles == frozenset()
    with pytest.raises(OrganisationEnded):
        staff.create_staff(NewAccount("wang", "王五"), actor=root, organisation=city.department, role="clerk")
    assert not Account.objects.filter(username="wang").exists(), "nothing half-made"


def test_disabled_account_has_no_role(city: Tree) -> None:
    account = holder("li", "clerk", city.department)
    staff.disable_account(account, actor=SYSTEM, reason="停职")
    assert actor_of(account).roles == frozenset()


@pytest.mark.parametrize(
    ("username", "name"),
    [("", "李四"), ("li", ""), ("李四", "李四"), ("a b", "李四"), ("li", "<b>李四"), ("li", "=1+1"), ("li", "李\n四"), ("li", "李" * 61),
     ("-li", "李四"), ("l", "李四"), ("li\u202e", "李四"), ("li", "李\u202e四")],
)  # fmt: skip
def test_odd_names_are_refused_with_a_sentence(city: Tree, username: str, name: str) -> None:
    with pytest.raises(BadAccount, match="请更正"):
        staff.create_staff(NewAccount(username, name), actor=SYSTEM, organisation=city.department, role="clerk")


def test_name_taken_in_other_letters_is_taken(city: Tree) -> None:
    holder("li", "clerk", city.department)
    with pytest.raises(AccountExists):
        staff.create_staff(NewAccount("LI", "李四"), actor=SYSTEM, organisation=city.department, role="clerk")


def test_administrator_takes_over_nobody_by_making_an_account_of_that_name(city: Tree) -> None:
    root, victim = actor("root", "administrator", city.bureau), holder("victim", "auditor", city.bureau)
    with pytest.raises(AccountExists):
        create_account("victim", "a-long-Passw0rd", organisation=city.department, roles=("clerk",), actor=root)
    with pytest.raises(NotAllowed):
        create_account("fresh", "a-long-Passw0rd", organisation=city.department, roles=("auditor",), actor=root)
    assert actor_of(victim).roles == {"auditor"}


def test_same_post_is_not_given_twice(city: Tree) -> None:
    root, account = actor("root", "administrator", city.bureau), holder("li", "clerk", city.department)
    with pytest.raises(PostConflict, match="已有"):
        staff.give_post(account, actor=root, organisation=city.department, role="clerk")
    today = clock.today()
    with pytest.raises(PostConflict, match="晚于"):
        staff.give_post(account, actor=root, organisation=city.department, role="leader", term=Term(today, today))


def test_button_pressed_twice_is_told_the_name_is_taken(city: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    holder("li", "clerk", city.department)
    monkeypatch.setattr(type(Account.objects.all()), "exists", lambda rows: False)  # as when the other one is not committed yet
    with pytest.raises(AccountExists):
        staff.create_staff(NewAccount("li", "李四"), actor=SYSTEM, organisation=city.department, role="clerk")


@pytest.mark.django_db(transaction=True)
def test_two_last_administrators_never_disable_each_other_at_once(city: Tree) -> None:
    pair = [holder(name, "administrator", city.bureau) for name in ("one", "two")]
    ready = Barrier(2)

    def disable(actor: Actor, other: Account) -> None:
        try:
            ready.wait(timeout=30)
            staff.disable_account(other, actor=actor, reason="同时")
        except (LastAdministrator, NotAllowed):
            pass
        finally:
            connection.close()

    threads = [Thread(target=disable, args=(actor_of(mine), other)) for mine, other in (pair, pair[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Account.objects.filter(is_active=True).count() == 1


@pytest.mark.django_db(transaction=True)
def test_roles_that_stand_alone_are_not_given_together_at_once(city: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account.objects.create(username="li")
    both = Barrier(2)
    judge = staff.require_together

    def judged(one: Account, roles: set[str]) -> None:
        with suppress(BrokenBarrierError):  # who waits for the other's lock is not here
            both.wait(timeout=1)
        judge(one, roles)

    def give(role: str) -> None:
        try:
            staff.give_post(account, actor=SYSTEM, organisation=city.bureau, role=role)
        except RolesExclude:
            pass
        finally:
            connection.close()

    monkeypatch.setattr(staff, "require_together", judged)
    threads = [Thread(target=give, args=(role,)) for role in ("administrator", "auditor")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert account.posts.count() == 1
