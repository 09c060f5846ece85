"""Pages of standards: a set drafted from a file, published by a second person, exported; own codes mapped; who may not."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from suixin.data.catalog.tests import offices
from suixin.data.catalog.tests.offices import Office
from suixin.ground.flow import advancing
from suixin.ground.flow.models import Step
from suixin.ground.people.models import Account, Post
from suixin.ground.people.queries import actor_of
from suixin.ground.standards import code_set, held, queries
from suixin.ground.standards.errors import WrongState
from suixin.ground.standards.models import Mapping, Version
from suixin.site.shell.queries import standards as shown

pytestmark = pytest.mark.django_db

LIST = "/console/standards/"
SET = "/console/standards/code-sets/test-towns/"
TOLD = {"code": "test-towns", "name": "乡镇", "label": "2024", "translates": "on", "is_whole": "on"}
GOOD = "代码,名称,状态,接替代码\n1,甲镇,,\n2,乙镇,废止,1\n"


@pytest.fixture
def office() -> Office:
    return offices.office()


@pytest.fixture
def as_(office: Office) -> Callable[[str], Client]:
    def signed_in(username: str) -> Client:
        client = Client()
        client.force_login(Account.objects.get(username=username))
        return client

    return signed_in


def bring(client: Client, text: str, **more: str) -> object:
    file = SimpleUploadedFile(more.pop("name_of_file", "codes.csv"), text.encode())
    return client.post("/console/standards/new/", {**TOLD, **more, "file": file})


def publish(as_: Callable[[str], Client], page: str, by: str = "data_officer") -> None:
    as_(by).post(page, {"move": "submit"})
    as_("review").post(page, {"move": "publish"})
    held.refresh()


def test_set_is_drafted_from_a_sheet_and_in_force_when_the_reviewer_published_it(as_: Callable[[str], Client]) -> None:
    assert bring(as_("data_officer"), GOOD).status_code == 302  # type: ignore[attr-defined]  # a response
    as_("data_officer").post(SET, {"move": "submit"})
    as_("data_officer").post(SET, {"move": "publish"})
    assert not Version.objects.filter(state="published").exists()
    as_("review").post(SET, {"move": "publish"})
    held.refresh()
    assert dict(code_set("test-towns").entries) == {"1": "甲镇"}
    assert "甲镇" in as_("clerk").get(SET).content.decode()


def test_bad_sheet_is_answered_at_the_cell_and_handed_back_annotated(as_: Callable[[str], Client]) -> None:
    bad = "代码,名称,状态\n1,甲镇,\n,乙镇,\n1,丙镇,没了\n"
    answer = bring(as_("data_officer"), bad)
    text = answer.content.decode()  # type: ignore[attr-defined]  # a response
    assert "A3" in text
    assert "“代码”必须填写" in text
    assert "C4" in text
    assert not Version.objects.exists()
    annotated = bring(as_("data_officer"), bad, answer="file")
    assert annotated.content.startswith(b"PK")  # type: ignore[attr-defined]  # a response


def test_export_comes_back_as_the_same_list(as_: Callable[[str], Client]) -> None:
    bring(as_("data_officer"), GOOD)
    publish(as_, SET)
    got = as_("clerk").get("/console/standards/files/test-towns/?form=json").content.decode()
    assert [one["code"] for one in json.loads(got)["codes"]] == ["1"]
    answer = bring(as_("data_officer"), got, label="2025", name_of_file="codes.json")
    assert answer.status_code == 302  # type: ignore[attr-defined]  # a response
    assert "与上一版没有差别" in as_("data_officer").get(SET).content.decode()


def test_department_maps_its_own_codes_and_the_bureau_publishes_the_mapping(as_: Callable[[str], Client]) -> None:
    bring(as_("data_officer"), GOOD)
    publish(as_, SET)
    bring(as_("clerk"), "代码,名称\na,甲镇\nb,别处\n", code="own-towns")
    publish(as_, "/console/standards/code-sets/own-towns/", by="clerk")
    as_("clerk").post("/console/standards/mappings/", {"own": "own-towns", "target": "test-towns"})
    page = f"/console/standards/mappings/{Mapping.objects.get().uuid}/"
    assert "名称相同" in as_("clerk").get(page).content.decode()
    as_("clerk").post(page, {"move": "save", "to-a": "1", "to-b": ""})
    assert "还差 1 个" in as_("clerk").get(page).content.decode()
    publish(as_, page, by="clerk")
    found = queries.translation("own-towns", "test-towns")
    assert found is not None
    assert dict(found.pairs) == {"a": "1"}


def test_lists_are_found_by_words_and_an_element_shows_who_deviates(as_: Callable[[str], Client]) -> None:
    text = as_("clerk").get(f"{LIST}?q=性别").content.decode()
    assert "GB/T 2261.1" in text
    assert "GB/T 3304" not in text
    assert as_("clerk").get("/console/standards/elements/resident_id/").status_code == 200


def test_everybody_reads_code_sets_as_json_and_is_told_when_nothing_changed(client: Client) -> None:
    answer = client.get("/api/v1/code-sets/GB/T 2261.1")
    assert {one["name"] for one in answer.json()["codes"]} >= {"男", "女"}
    again = client.get("/api/v1/code-sets/GB/T 2261.1", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert client.get("/api/v1/code-sets/none").status_code == 404
    assert "GB/T 2261.1" in {one["code"] for one in client.get("/api/v1/code-sets").json()["data"]}


def test_pages_of_a_very_large_set_go_on_behind_the_last_code(as_: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch) -> None:
    bring(as_("data_officer"), "代码,名称\n" + "".join(f"{n},村{n}\n" for n in range(1, 6)))
    publish(as_, SET)
    monkeypatch.setattr(shown, "LARGE", 4)
    monkeypatch.setattr(shown, "CODES", 2)
    first, last = (as_("clerk").get(SET + query).content.decode() for query in ("", "?after=4&changes=2"))
    assert [f"村{n}" in first for n in (1, 2, 3)] == [True, True, False]
    assert ("after=2" in first, "changes=2" in first, "回到第一页" in first) == (True, True, False)
    assert [f"村{n}" in last for n in range(1, 6)] == [False, False, True, True, True]  # 5 of the codes, 3 and 4 of the changes
    assert ("changes=4" in last, "回到第一页" in last, 'rel="next"' in last) == (True, True, False)


def test_version_that_was_handed_on_waits_in_the_inbox_of_who_publishes_and_is_decided_there(as_: Callable[[str], Client]) -> None:
    bring(as_("data_officer"), GOOD)
    as_("data_officer").post(SET, {"move": "submit"})
    assert "审核标准" in as_("review").get("/console/").content.decode()
    assert 'value="publish"' not in as_("data_officer").get(SET).content.decode()
    step = Step.objects.get(status="open")
    advancing.advance(step.instance_id, step.node, "approve", actor=actor_of(Account.objects.get(username="review")))
    assert Version.objects.get().state == "published"


def test_version_that_was_sent_back_is_a_draft_and_comes_again(
    as_: Callable[[str], Client], django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]]
) -> None:
    bring(as_("data_officer"), GOOD)
    for where in ("page", "inbox"):
        as_("data_officer").post(SET, {"move": "submit"})
        if where == "page":
            as_("review").post(SET, {"move": "return", "reason": "乙镇没有废止"})
        else:
            step = Step.objects.get(status="open")
            with django_capture_on_commit_callbacks(execute=True):
                reviewer = actor_of(Account.objects.get(username="review"))
                advancing.advance(step.instance_id, step.node, "reject", actor=reviewer, reason="乙镇没有废止")
        assert (Version.objects.get().state, Step.objects.filter(status="open").count()) == ("draft", 0)


def test_who_handed_a_standard_on_publishes_it_nowhere(as_: Callable[[str], Client], office: Office) -> None:
    both = offices.employ("review", office.city.bureau, "both")
    Post.objects.create(account=Account.objects.get(username="both"), organisation=office.city.bureau, role="data_officer")
    bring(as_("both"), GOOD)
    as_("both").post(SET, {"move": "submit"})
    step = Step.objects.get(status="open")
    with pytest.raises(WrongState, match="两个人"):
        advancing.advance(step.instance_id, step.node, "approve", actor=actor_of(Account.objects.get(username=both.key)))


def test_two_versions_that_were_chosen_are_compared_on_the_page(as_: Callable[[str], Client]) -> None:
    for label, text in (("2024", "1,甲镇\n2,乙镇\n"), ("2025", "1,甲街道\n"), ("2026", "1,甲镇\n3,丙镇\n")):
        answer = bring(as_("data_officer"), f"代码,名称\n{text}", label=label)
        assert answer.status_code == 302  # type: ignore[attr-defined]  # a response
        publish(as_, SET)
    page = as_("clerk").get(f"{SET}?before=2024&after=2026").content.decode()
    told = page[page.index("2024 版到 2026 版的差别") : page.index('id="codes"')]
    assert ("乙镇" in told, "丙镇" in told, "甲街道" in told) == (True, True, False)
    assert as_("clerk").get(f"{SET}?before=2024&after=1999").status_code == 404
