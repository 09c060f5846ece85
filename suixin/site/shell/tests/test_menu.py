"""The console's menu by right, and acting for another of one's organisations."""

import pytest
from django.test import Client
from django.utils import translation

from suixin.ground.audit.models import Record
from suixin.ground.people.models import Account, Organisation, Post
from suixin.ground.people.tests.factories import organisation
from suixin.ground.security.verbs import VERBS
from suixin.site.shell.words import word

pytestmark = pytest.mark.django_db
OURS = {"data_officer": {"/console/resources/", "/console/upload/", "/console/grants/", "/console/access/"},
        "clerk": {"/console/resources/", "/console/upload/"}, "leader": {"/console/resources/", "/console/grants/", "/console/access/"},
        "administrator": set(), "operator": set(), "security_officer": set()}  # fmt: skip
DATA_PAGES = sorted(OURS["data_officer"])


def enter(client: Client, role: str, *places: Organisation) -> Account:
    account = Account.objects.create(username=role, display_name=f"某{role}")
    for place in places or (organisation("市数据局"),):
        Post.objects.create(account=account, organisation=place, role=role)
    client.force_login(account)
    return account


@pytest.mark.parametrize("role", OURS)
def test_menu_shows_what_the_role_may_open_and_nothing_else_opens(client: Client, role: str) -> None:
    enter(client, role)
    home = client.get("/console/").content.decode()
    for path in DATA_PAGES:
        is_ours = path in OURS[role]
        assert (f'href="{path}"' in home) is is_ours, path
        assert client.get(path).status_code == (200 if is_ours else 403), path


def test_page_of_another_role_says_why_and_is_recorded(client: Client) -> None:
    enter(client, "operator")
    answer = client.get("/console/resources/")
    assert "某operator没有" in answer.content.decode()
    assert Record.objects.filter(action="security.refused", actor_key="operator").count() == 1


def test_person_of_two_organisations_acts_for_the_one_chosen(client: Client) -> None:
    first, second = organisation("甲局", number=1), organisation("乙局", number=2)
    enter(client, "clerk", first, second)
    assert f'<option value="{first.uscc}" selected>' in client.get("/console/").content.decode()
    assert client.post("/console/acting/", {"organisation": second.uscc}).status_code == 302
    assert f'<option value="{second.uscc}" selected>' in client.get("/console/").content.decode()


def test_nobody_acts_for_an_organisation_without_a_post_there(client: Client) -> None:
    enter(client, "clerk", organisation("甲局", number=1))
    assert client.post("/console/acting/", {"organisation": organisation("乙局", number=2).uscc}).status_code == 400
    assert client.post("/console/acting/", {"organisation": ""}).status_code == 400


def test_chosen_organisation_is_forgotten_when_the_post_there_ends(client: Client) -> None:
    first, second = organisation("甲局", number=1), organisation("乙局", number=2)
    account = enter(client, "clerk", first, second)
    client.post("/console/acting/", {"organisation": second.uscc})
    account.posts.filter(organisation=second).update(valid_to="2020-01-01")
    assert "甲局" in client.get("/console/").content.decode()


def test_every_word_of_the_table_of_rights_is_there_in_english() -> None:
    with translation.override("en"):
        shown = [word(text) for group, words in VERBS.items() for text in (group, *words.values())]
    assert [text for text in shown if not text.isascii()] == []
