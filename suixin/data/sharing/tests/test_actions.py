"""A granted request: what is shown, what stays masked, what is refused."""

from datetime import timedelta

import pytest

from suixin.data.access.models import Grant
from suixin.data.access.tests.factories import CLERK, HOSPITAL, filled
from suixin.data.catalog.models import Resource
from suixin.data.sharing.actions import ShareTerms, grant_request
from suixin.data.sharing.errors import MayNotShare
from suixin.data.sharing.models import Share
from suixin.ground.audit.models import Record
from suixin.ground.people.models import Application, Organisation
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db(transaction=True)


def hospital() -> Organisation:
    return Organisation.objects.get_or_create(uscc=HOSPITAL, defaults={"name": "医院", "slug": "hospital"})[0]


def ask(
    resource: Resource, *, columns: tuple[str, ...] = ("编码", "name"), days: int = 30, masks: dict[str, str] | None = None,
    application: Application | None = None, actor: Actor = SYSTEM,
) -> Share:
    terms = ShareTerms(columns, "核验", "办法第五条", clock.now() + timedelta(days=days), masks=masks or {})
    return grant_request(resource, terms, organisation=hospital(), application=application, actor=actor)


def test_share_carries_a_grant_and_a_record() -> None:
    share = ask(filled(3))
    assert (share.grant.subject_kind, share.grant.subject_key, share.grant.doors) == ("organisation", HOSPITAL, ["gateway"])
    assert share.grant.columns == ["code", "name"]
    assert Record.objects.get(action="sharing.granted").basis == "办法第五条"


def test_mask_of_an_item_stays_unless_another_is_named() -> None:
    resource = filled(3)
    assert ask(resource).grant.masks == {"name": "name"}
    assert ask(resource, masks={"name": ""}).grant.masks == {"name": ""}


@pytest.mark.parametrize(("terms", "word"), [({"columns": ("工资",)}, "没有这些信息项"), ({"days": -1}, "已过"), ({"columns": ()}, "至少")])
def test_bad_terms_are_refused(terms: dict[str, object], word: str) -> None:
    with pytest.raises(MayNotShare, match=word):
        ask(filled(3), **terms)  # type: ignore[arg-type]  # test data
    assert (Share.objects.count(), Grant.objects.count()) == (0, 0)


def test_withheld_resource_is_not_shared() -> None:
    with pytest.raises(MayNotShare, match="不予共享"):
        ask(filled(3, share_type="withheld"))


def test_application_of_another_organisation_is_refused() -> None:
    resource = filled(3)
    foreign = Application.objects.create(app_id="other", organisation=resource.provider, name="外部应用")
    with pytest.raises(MayNotShare, match="不属于需求部门"):
        ask(resource, application=foreign)


def test_clerk_grants_nothing() -> None:
    with pytest.raises(NotAllowed):
        ask(filled(3), actor=CLERK)
