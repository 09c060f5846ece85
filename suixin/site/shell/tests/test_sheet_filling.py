"""The fill-in page and what is generated, as a browser without script uses them."""

from io import BytesIO

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from suixin.data.catalog import actions
from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.data.catalog.generators.artefacts import ARTEFACTS
from suixin.data.catalog.models import Resource
from suixin.data.catalog.tests import offices
from suixin.data.catalog.tests.factories import ITEMS
from suixin.data.collection.models import Filing, FillDraft
from suixin.data.lake.models import Batch
from suixin.ground.people.models import Account
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db
SEX = ItemSpec("sex", "性别", ItemType.TEXT, 1, code_set="GB/T 2261.1")
HERE = "/console/resources/lamps/fill/"


@pytest.fixture
def office() -> offices.Office:
    return offices.office()


@pytest.fixture
def resource(office: offices.Office) -> Resource:
    return actions.publish_resource(offices.entry(office, items=(*ITEMS, SEX)), actor=SYSTEM)


def signed_in(name: str) -> Client:
    client = Client()
    client.force_login(Account.objects.get(username=name))
    return client


@pytest.fixture
def clerk(resource: Resource) -> Client:
    return signed_in("clerk")


def posted(client: Client, *rows: tuple[str, ...], wish: str, **more: object):
    """The page as the browser would send it, its first rows typed over."""
    page = client.get(HERE).context["page"]
    hidden = {"_token": page.token, "_revision": page.revision, "_page": page.page, "_start": page.start, "_held": page.held}
    cells = {cell.name: cell.value for line in page.lines for cell in line.controls}
    cells |= {f"r{at}-{place}": text for at, row in enumerate(rows) for place, text in enumerate(row)}
    return client.post(HERE, {**hidden, **cells, "_blank": page.blank, "_do": wish, **more})


def test_ten_empty_rows_wait_with_a_control_for_each_type(clerk: Client) -> None:
    page = clerk.get(HERE).context["page"]
    assert [cell.kind for cell in page.lines[0].controls] == ["text", "text", "text", "date", "select"]
    assert (len(page.lines), page.heads[0].is_required) == (10, True)
    assert [text for _, text, _ in page.lines[0].controls[4].options][:3] == ["", "0 未知的性别", "1 男"]


def test_a_draft_is_kept_and_more_rows_may_be_added(clerk: Client) -> None:
    assert posted(clerk, ("L1", "甲", "1", "2022-03-01", "1"), wish="save").status_code == 302
    answer = clerk.get(posted(clerk, wish="more").headers["Location"])
    assert (answer.context["page"].total, len(answer.context["page"].lines)) == (1, 21)
    assert answer.context["page"].lines[0].controls[0].value == "L1"


def test_check_shows_each_fault_at_its_cell_and_keeps_what_was_typed(clerk: Client) -> None:
    answer = posted(clerk, ("L1", "甲", "很多", "明天", "7"), ("L1",), wish="check")
    page = answer.context["page"]
    assert answer.status_code == 422
    assert [bool(cell.faults) for cell in page.lines[0].controls] == [False, False, True, True, True]
    assert "重复" in page.lines[1].controls[0].faults[0]
    assert [(cell.kind, cell.value) for cell in page.lines[0].controls[3:]] == [("text", "明天"), ("select", "7")]
    assert 'href="#r0-2"' in answer.content.decode()
    assert not Batch.objects.exists()


def test_submitting_twice_makes_one_batch(clerk: Client, resource: Resource) -> None:
    page = clerk.get(HERE).context["page"]
    form = {"_token": page.token, "_revision": 0, "_start": 0, "_held": 0, "r0-0": "L1", "r0-4": "1", "_do": "submit"}
    assert clerk.post(HERE, form).headers["Location"] == "/console/resources/lamps/"
    clerk.post(HERE, form)
    assert (Filing.objects.count(), Batch.objects.landed().filter(resource=resource).count()) == (1, 1)


def test_faulty_rows_are_handed_in_only_when_that_is_meant(clerk: Client) -> None:
    answer = posted(clerk, ("L1",), ("L2", "", "多"), wish="submit", files=SimpleUploadedFile("章.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 40))
    assert (answer.status_code, Filing.objects.count()) == (422, 0)
    posted(clerk, wish="submit-anyway")
    made = Filing.objects.get()
    assert (made.accepted, made.rejected, made.attachments) == (1, 1, 1)
    assert "章.png" in clerk.get(HERE).content.decode()


def test_a_second_tab_is_told_and_overwrites_nothing(clerk: Client) -> None:
    old = clerk.get(HERE).context["page"]
    posted(clerk, ("L1", "新的"), wish="save")
    answer = clerk.post(HERE, {"_token": old.token, "_revision": 0, "_start": 0, "_held": 0, "r0-0": "L1", "r0-1": "旧的", "_do": "save"})
    assert answer.status_code == 409
    assert "旧的" in answer.content.decode()
    assert "打开最新的草稿" in answer.content.decode()
    assert clerk.get(HERE).context["page"].lines[0].controls[1].value == "新的"


def test_what_is_pasted_goes_behind_and_too_much_is_told(clerk: Client) -> None:
    text = "\n".join(f"P{number}\t名{number}" for number in range(120))
    answer = clerk.get(posted(clerk, ("L1",), wish="paste", pasted=text).headers["Location"])
    page = answer.context["page"]
    assert (page.total, page.pages, page.page, page.start) == (121, 3, 3, 100)
    again = clerk.get(f"{HERE}?page=1").context["page"]
    form = {"_token": again.token, "_revision": again.revision, "_start": 0, "_held": 50, "_do": "page-2",
            **{cell.name: cell.value for line in again.lines for cell in line.controls}, "r0-1": "改过"}
    clerk.post(HERE, form)
    assert FillDraft.objects.get().rows == 121
    refused = posted(clerk, wish="paste", pasted="\n".join(f"Q{number}" for number in range(2_000)))
    assert "采集模板" in refused.content.decode()
    assert FillDraft.objects.get().rows == 121


def test_a_draft_may_be_thrown_away(clerk: Client) -> None:
    posted(clerk, ("L1",), wish="save")
    posted(clerk, wish="discard")
    assert not FillDraft.objects.exists()


def test_others_are_refused_and_get_no_link(clerk: Client) -> None:
    reviewer = signed_in("review")
    assert reviewer.get(HERE).status_code == 403
    assert HERE not in reviewer.get("/console/resources/lamps/").content.decode()
    assert HERE in clerk.get("/console/resources/lamps/").content.decode()


@pytest.mark.parametrize("name", ARTEFACTS)
def test_everything_generated_is_on_the_page_and_downloads(clerk: Client, name: str) -> None:
    address = f"/console/resources/lamps/generated/{name}"
    assert address in clerk.get("/console/resources/lamps/").content.decode()
    answer = clerk.get(address)
    assert (answer.status_code, answer.headers["X-Content-Type-Options"]) == (200, "nosniff")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert len(answer.content) > 100


def test_a_template_filled_in_is_uploaded_without_choosing_a_resource(clerk: Client, resource: Resource) -> None:
    book = openpyxl.load_workbook(BytesIO(clerk.get("/console/resources/lamps/generated/template.xlsx").content))
    for row in (("L1", "甲", 1, "2022-03-01", "1 男"), ("L2", "乙", "多", "2022-03-01", "2 女")):
        book["数据"].append(row)
    stream = BytesIO()
    book.save(stream)
    answer = clerk.post("/console/upload/", {"file": SimpleUploadedFile("填好的.xlsx", stream.getvalue())})
    batch = Batch.objects.landed().get(resource=resource)
    assert (batch.accepted, batch.rejected) == (1, 1)
    assert "已入库" in answer.content.decode()
    told = clerk.get(f"/console/resources/lamps/rejects/{batch.pk}/").content.decode()
    assert "不是数值" in told


def test_unknown_artefacts_are_not_found(clerk: Client) -> None:
    assert clerk.get("/console/resources/lamps/generated/a.exe").status_code == 404
