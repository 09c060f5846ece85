"""A declared form filled in through its pages, without a browser's script: steps, drafts, rows, files, once."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from suixin.ground.files.tests.factories import PDF, upload
from suixin.ground.flow.orders.models import WorkOrder
from suixin.ground.forms.models import Draft, Submission
from suixin.ground.people.actions import create_account
from suixin.ground.people.tests.factories import organisation

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

pytestmark = pytest.mark.django_db
FORM = "/console/forms/work-order-found/"
FIRST = {"title": "一个问题", "kind": "data", "found_on": "2026-01-02", "is_urgent": "no"}
SECOND = {"description": "现象很多很多很多很多", "samples.3.where_seen": "某页", "samples.3.seen": "错的"}
THIRD = {"contact": "某人", "mobile": "13800138000"}


@pytest.fixture
def clerk(client: Client) -> Client:
    client.force_login(create_account("li", "A-long-password", organisation=organisation(), roles=("clerk",)))
    return client


def send(client: Client, address: str, values: Mapping[str, object], **own: object) -> "Answer":
    """The page at that address, posted with these values."""
    view = client.get(address).context["view"]
    hidden = {"_token": view.token, "_revision": view.revision, "_page": view.number, "_do": "next", "_end": "1"}
    return client.post(FORM, {**hidden, **values, **{f"_{name}": value for name, value in own.items()}})


def filled(client: Client) -> str:
    """The address of the review page, everything answered."""
    second = send(client, FORM, FIRST).headers["Location"]
    third = send(client, second, SECOND).headers["Location"]
    return send(client, third, {**THIRD, "photos": [upload()]}).headers["Location"]


def submit(client: Client, address: str) -> "Answer":
    context = client.get(address).context
    return client.post(FORM, {"_token": context["token"], "_revision": context["revision"], "_do": "submit"})


def test_form_is_filled_in_checked_handed_in_once_and_read_masked(clerk: Client) -> None:
    review = filled(clerk)
    page = clerk.get(review)
    assert "照片.png" in page.content.decode()
    posted = {"_token": page.context["token"], "_revision": page.context["revision"], "_do": "submit"}
    first, second = clerk.post(FORM, posted), clerk.post(FORM, posted)
    assert first.headers["Location"] == second.headers["Location"]
    assert (Submission.objects.count(), Draft.objects.count()) == (1, 0)
    here = f"/console/forms/submissions/{Submission.objects.get().uuid}/"
    text = clerk.get(here).content.decode()
    assert "138****8000" in text
    assert "13800138000" not in text
    assert "13800138000" in clerk.post(here, {"reason": "核实情况"}).content.decode()


def test_what_was_found_becomes_one_order_with_its_pictures_and_without_its_contact(clerk: Client) -> None:
    made = submit(clerk, filled(clerk)).headers["Location"]
    order, page = WorkOrder.objects.get(), clerk.get(made).content.decode()
    assert made == f"/console/orders/{order.number}/"
    assert Submission.objects.get().subject_key == order.number
    assert order.detail.startswith("现象很多很多很多很多")
    assert "错的" in order.detail
    assert "138" not in order.detail
    assert "照片.png</a>" in page
    assert f"/console/forms/submissions/{Submission.objects.get().uuid}/" in page


def test_new_order_begins_with_whose_it_is_and_personal_values_are_refused(clerk: Client) -> None:
    here = clerk.get("/console/orders/new/").headers["Location"]
    assert clerk.get(here).context["view"].title == "发现问题登记"
    assert clerk.get("/console/orders/new/absent/").status_code == 404
    second = send(clerk, FORM, FIRST).headers["Location"]
    third = send(clerk, second, {"description": "电话是 13800138000 的这个人反映的问题"}).headers["Location"]
    assert submit(clerk, send(clerk, third, THIRD).headers["Location"]).status_code == 422
    assert not WorkOrder.objects.exists()


def test_faults_are_linked_to_their_fields_and_what_was_right_is_kept_in_the_draft(clerk: Client) -> None:
    answer = send(clerk, FORM, {**FIRST, "title": "x"})
    assert answer.status_code == 422
    assert 'href="#f-title"' in answer.content.decode()
    assert 'aria-describedby="f-title-hint f-title-error"' in answer.content.decode()
    assert "title" not in Draft.objects.get().values
    assert Draft.objects.get().values["kind"] == "data"


def test_rows_are_added_and_removed_by_buttons(clerk: Client) -> None:
    second = send(clerk, FORM, FIRST).headers["Location"]
    assert "samples.4.seen" in send(clerk, second, SECOND, do="add:samples").content.decode()
    assert "samples.3.seen" not in send(clerk, second, SECOND, do="drop:samples.3").content.decode()


def test_older_window_is_told_and_finds_the_newest_draft(clerk: Client) -> None:
    second = send(clerk, FORM, FIRST).headers["Location"]
    seen = clerk.get(second).context["view"]
    send(clerk, second, SECOND)
    hidden = {"_token": seen.token, "_revision": seen.revision, "_page": 1, "_do": "next", "_end": "1"}
    for _ in range(2):
        answer = clerk.post(FORM, {**hidden, "description": "旧窗口里写的另外一段话"})
        assert answer.status_code == 409
        assert "旧窗口里写的另外一段话" in answer.content.decode()
        assert answer.context["view"].revision == seen.revision
    assert Draft.objects.get().values["description"] == SECOND["description"]


@pytest.mark.parametrize(("more", "told", "status"), [
    ({"_end": None}, "不完整", 400), ({"zz": "1"}, "没有字段“zz”", 422), ({f"samples.{n}.seen": "x" for n in range(30_000)}, "太多", 400),
    ({"title": "好" * 3_000_000}, "太长", 400), ({"_token": "x"}, "没有这份草稿", 404),
])
def test_half_strange_and_huge_posts_are_refused_with_a_sentence(clerk: Client, more: Mapping[str, object], told: str, status: int) -> None:
    view = clerk.get(FORM).context["view"]
    hidden = {"_token": view.token, "_revision": 0, "_page": 0, "_do": "next", "_end": "1", **FIRST, **more}
    answer = clerk.post(FORM, {name: value for name, value in hidden.items() if value is not None})
    assert answer.status_code == status
    assert told in answer.content.decode()
    assert not Draft.objects.exists()


def test_attachment_is_a_download_that_nothing_runs_in_and_nobody_else_opens(clerk: Client) -> None:
    submit(clerk, filled(clerk))
    address = f"/console/files/{Submission.objects.get().values['photos'][0]}/"
    answer = clerk.get(address)
    b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # a file, read to its end
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    stranger = Client()
    stranger.force_login(create_account("wang", "A-long-password", organisation=organisation(number=2), roles=("clerk",)))
    assert stranger.get(address).status_code == 404


def test_file_of_another_kind_is_told_at_its_field(clerk: Client) -> None:
    third = send(clerk, send(clerk, FORM, FIRST).headers["Location"], SECOND).headers["Location"]
    answer = send(clerk, third, {**THIRD, "photos": [upload(PDF + bytes(11 << 20), "大.pdf")]})
    assert "超过 10 MB" in answer.content.decode()
    assert "每个不超过 10 MB，最多 5 个" in answer.content.decode()


def test_draft_goes_on_in_another_browser_of_the_same_person_and_is_thrown_away(clerk: Client) -> None:
    send(clerk, FORM, FIRST, do="save")
    other = Client()
    other.cookies = clerk.cookies
    draft = Draft.objects.get()
    assert other.get(f"{FORM}?draft={draft.uuid}").context["view"].revision == 1
    assert clerk.post("/console/forms/drafts/", {"draft": str(draft.uuid)}).status_code == 302
    assert not Draft.objects.exists()
