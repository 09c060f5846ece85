"""Silent front machines and agreements that end: kept as health, told once."""

from datetime import timedelta

import pytest

from suixin.data.catalog.tests import factories
from suixin.data.collection import watching
from suixin.data.collection.declaring import SourceDraft, declare_source
from suixin.data.collection.models import FrontMachine, Source
from suixin.data.collection.sources.base import Kind
from suixin.ground.notify.models import Notice
from suixin.ground.people.models import Account, Post
from suixin.kit import clock
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> Source:
    account = Account.objects.create(username="li", display_name="李明")
    Post.objects.create(account=account, organisation=factories.bureau(), role="clerk")
    draft = SourceDraft("前置机", "front", Kind.AGENT, factories.bureau(), options={"application": "front-app"})
    return declare_source(draft, actor=SYSTEM)


def test_silence_is_told_once_and_so_is_the_next_one_after_it_was_well(source: Source) -> None:
    machine = FrontMachine.objects.create(source=source, host="front-1", heard_at=clock.now())
    watching.look_after()
    assert (Source.objects.get().is_well, Notice.objects.count()) == (True, 0)
    for _ in range(3):
        FrontMachine.objects.update(heard_at=clock.now() - timedelta(hours=3))
        watching.look_after()
    assert (Source.objects.get().is_well, Notice.objects.count(), "3 小时没有心跳" in Source.objects.get().health) == (False, 1, True)
    FrontMachine.objects.filter(pk=machine.pk).update(heard_at=clock.now())
    watching.look_after()
    FrontMachine.objects.update(heard_at=clock.now() - timedelta(hours=3))
    watching.look_after()
    assert Notice.objects.count() == 2


@pytest.mark.parametrize(("days", "told"), [(31, 0), (30, 1), (8, 1), (0, 1), (-1, 1)])
def test_end_of_an_agreement_is_told_once_a_month_before_a_week_before_and_when_it_is_over(source: Source, days: int, told: int) -> None:
    FrontMachine.objects.create(source=source, host="front-1", heard_at=clock.now())
    Source.objects.update(expires_on=clock.today() + timedelta(days=days))
    watching.look_after()
    watching.look_after()
    assert Notice.objects.filter(title__contains="协议").count() == told
