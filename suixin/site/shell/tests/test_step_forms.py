"""The form of a step through its pages: filled in from the step, read there by its labels, decided with it."""

import pytest
from django.test import Client

from suixin.ground.flow.declaration import Declaration
from suixin.ground.flow.tests import factories as made
from suixin.ground.flow.tests.test_answering import asking, begun
from suixin.ground.people.models import Account

__all__ = ["asking"]
pytestmark = pytest.mark.django_db


def entered(username: str) -> Client:
    client = Client()
    client.force_login(Account.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend")
    return client


def hand_in(client: Client, address: str) -> str:
    """Where one is after the form was filled in and handed in."""
    view = client.get(address).context["view"]
    hidden = {"_token": view.token, "_revision": 0, "_page": 0, "_do": "next", "_end": "1"}
    review = client.post(address, {**hidden, "area": "120", "level": "a"}).headers["Location"]
    seen = client.get(review).context
    return client.post(address, {"_token": seen["token"], "_revision": seen["revision"], "_do": "submit"}).headers["Location"]


def test_step_leads_to_its_form_and_is_decided_with_it(asking: Declaration) -> None:
    instance, _ = begun(asking)
    client, here = entered("alpha-clerk"), f"/console/steps/{made.step_of(instance, 'accept').uuid}/"
    page = client.get(here).content.decode()
    assert f'href="{here}form/"' in page
    decide = {"move": "decide:approve", "key": "k1"}
    assert "要先填表单" in client.post(here, decide).content.decode()
    assert hand_in(client, f"{here}form/") == here
    assert "重新填写" in client.get(here).content.decode()
    assert client.post(here, {**decide, "key": "k2"}).status_code == 302
    for path in (here, f"/console/cases/{instance.uuid}/"):
        page = client.get(path).content.decode()
        assert "等级</dt><dd>好" in page.replace("\n", "")
        assert "/console/forms/submissions/" in page


def test_draft_of_a_step_goes_on_at_its_step_only(asking: Declaration) -> None:
    instance, _ = begun(asking)
    client, here = entered("alpha-clerk"), f"/console/steps/{made.step_of(instance, 'accept').uuid}/form/"
    view = client.get(here).context["view"]
    saved = {"_token": view.token, "_revision": 0, "_page": 0, "_do": "save", "_end": "1", "area": "120"}
    client.post(here, saved)
    assert f'href="{here}?draft={view.token}&amp;page=0"' in client.get("/console/forms/drafts/").content.decode()
    for wish in ("save", "submit"):
        answer = client.post("/console/forms/site-check/", {**saved, "_revision": 1, "_do": wish})
        assert answer.status_code == 404
        assert "另一件事" in answer.content.decode()


def test_who_may_not_act_does_not_fill_in(asking: Declaration) -> None:
    instance, _ = begun(asking)
    here = f"/console/steps/{made.step_of(instance, 'accept').uuid}/form/"
    assert entered("alpha-head").get(here).status_code == 403
    assert entered("beta-clerk").get(here).status_code == 403
