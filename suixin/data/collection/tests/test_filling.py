"""Rows typed into the page: one draft for a person, kept sealed; handed in once, by the way of every file."""

from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from suixin.data.catalog import actions as catalog
from suixin.data.catalog.models import Resource
from suixin.data.catalog.tests import offices
from suixin.data.collection import filling
from suixin.data.collection.errors import NothingFilled, TooManyRows
from suixin.data.collection.filling import Saving
from suixin.data.collection.models import Filing, FillDraft
from suixin.data.collection.typed_rows import judged, pasted
from suixin.data.lake import archive
from suixin.data.lake.models import Batch
from suixin.ground.files.queries import attachments_of
from suixin.ground.forms.errors import DraftChanged, UnknownDraft
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import BadRequest, NotAllowed

pytestmark = pytest.mark.django_db
GOOD, BAD = ("L1", "甲灯", "12.5", "2022-03-01"), ("L2", "乙灯", "很多", "明天")


@pytest.fixture
def office() -> offices.Office:
    return offices.office()


@pytest.fixture
def resource(office: offices.Office) -> Resource:
    return catalog.publish_resource(offices.entry(office), actor=SYSTEM)


def saved(
    resource: Resource, office: offices.Office, *rows: Sequence[str], token: UUID | None = None, revision: int = 0, **more
) -> FillDraft:
    return filling.save_draft(resource, Saving(token or uuid4(), revision, rows, **more), actor=office.clerk)


def test_a_draft_comes_back_and_nothing_of_it_lies_in_the_clear(resource: Resource, office: offices.Office) -> None:
    draft = saved(resource, office, GOOD, ("", "", "", ""), ("L2", "秘密的名字"))
    held = filling.draft_of(resource, actor=office.clerk)
    assert held == draft
    assert filling.rows_of(held) == [GOOD, ("L2", "秘密的名字", "", "")]
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed FROM collection_filldraft")
        assert "秘密的名字".encode() not in bytes(cursor.fetchone()[0])


def test_an_older_window_overwrites_nothing_and_the_same_page_twice_is_one(resource: Resource, office: offices.Office) -> None:
    draft = saved(resource, office, GOOD)
    assert saved(resource, office, GOOD, token=draft.token).revision == 1
    newer = saved(resource, office, BAD, token=draft.token, revision=1)
    assert newer.revision == 2
    with pytest.raises(DraftChanged, match="另一个窗口"):
        saved(resource, office, GOOD, ("L9",), token=draft.token, revision=1)
    with pytest.raises(DraftChanged):
        saved(resource, office, GOOD)  # a second tab, opened before there was a draft
    assert filling.rows_of(filling.draft_of(resource, actor=office.clerk)) == [BAD]


def test_handing_in_twice_is_one_batch_whose_original_says_who(resource: Resource, office: offices.Office) -> None:
    draft = saved(resource, office, GOOD, BAD)
    made = filling.submit(resource, draft.token, 1, actor=office.clerk)
    assert filling.submit(resource, draft.token, 1, actor=office.clerk) == made
    batch = Batch.objects.landed().get(resource=resource)
    assert (made.rows_in, made.accepted, made.rejected, made.sm3) == (2, 1, 1, batch.sm3)
    original = archive.open_archived(batch.archive_path).read().decode()
    assert '"name":"clerk"' in original.replace("\n", "")
    assert "甲灯" in original
    assert not FillDraft.objects.exists()
    with pytest.raises(UnknownDraft, match="已经提交"):
        saved(resource, office, GOOD, token=draft.token, revision=1)


def test_a_crash_before_the_filing_is_kept_still_gives_one_batch(
    resource: Resource, office: offices.Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = saved(resource, office, GOOD)
    with monkeypatch.context() as patch:
        patch.setattr(filling, "_filed", lambda *_: (_ for _ in ()).throw(OSError("power cut")))
        with pytest.raises(OSError, match="power cut"):
            filling.submit(resource, draft.token, 1, actor=office.clerk)
    made = filling.submit(resource, draft.token, 1, actor=office.clerk)
    assert (made.accepted, Batch.objects.landed().filter(resource=resource).count()) == (1, 1)


def test_attachments_go_with_what_is_handed_in(resource: Resource, office: offices.Office) -> None:
    file = SimpleUploadedFile("盖章.pdf", b"%PDF-1.4\n%%EOF", "application/pdf")
    draft = saved(resource, office, GOOD, uploads=[file])
    made = filling.submit(resource, draft.token, 1, actor=office.clerk)
    assert [one.name for one in attachments_of(filling.FILING, str(made.token))] == ["盖章.pdf"]
    assert filling.may_read_filing(office.clerk, str(made.token))
    assert not filling.may_read_filing(office.reviewer, str(made.token))


def test_only_the_provider_and_the_bureau_fill_in(resource: Resource, office: offices.Office) -> None:
    stranger = offices.employ("clerk", office.city.bureau, "other")
    for actor in (stranger, office.reviewer):
        with pytest.raises(NotAllowed):
            filling.save_draft(resource, Saving(uuid4(), 0, [GOOD]), actor=actor)
    assert filling.draft_of(resource, actor=office.officer) is None


def test_nothing_and_too_much_are_refused(resource: Resource, office: offices.Office) -> None:
    with pytest.raises(TooManyRows, match="采集模板"):
        saved(resource, office, *[(str(number),) for number in range(2_001)])
    draft = saved(resource, office)
    with pytest.raises(NothingFilled):
        filling.submit(resource, draft.token, 1, actor=office.clerk)


def test_drafts_whose_time_is_over_go(resource: Resource, office: offices.Office) -> None:
    draft = saved(resource, office, GOOD)
    FillDraft.objects.update(expires_at=draft.saved_at)
    assert filling.draft_of(resource, actor=office.clerk) is None
    assert filling.forget_drafts() == 1


def test_faults_stand_at_their_cells_and_rows(resource: Resource) -> None:
    found = judged(resource.contract, [GOOD, BAD, ("L1", "重复", "", ""), ("", "缺键", "", "")])
    assert (found.accepted, found.rejected) == (1, 3)
    assert set(found.cells) == {(1, 2), (1, 3), (2, 0), (3, 0)}
    assert "第 2 行" in found.cells[1, 2][0]


@pytest.mark.parametrize(("text", "rows"), [
    ("L1\t甲\t1\t2022-03-01\r\nL2\t乙\n", [("L1", "甲", "1", "2022-03-01"), ("L2", "乙", "", "")]),
    ("名称\t代码\n甲\tL1\n", [("L1", "甲", "", "")]),  # headings say which is where
    ('L1\t"甲\n二"\t\n', [("L1", "甲 二", "", "")]),
    ("\n\n", []),
])  # fmt: skip
def test_what_is_copied_from_a_spreadsheet_becomes_rows(resource: Resource, text: str, rows: list[tuple[str, ...]]) -> None:
    assert pasted(text, resource.contract) == rows


def test_filings_count_each_handing_in(resource: Resource, office: offices.Office) -> None:
    for row in (GOOD, GOOD):  # the same row typed again on another day is another filing
        filling.submit(resource, saved(resource, office, row).token, 1, actor=office.clerk)
    assert Filing.objects.count() == Batch.objects.landed().filter(resource=resource).count() == 2


def test_a_cell_without_end_in_what_is_pasted_is_told(resource: Resource) -> None:
    with pytest.raises(BadRequest, match="双引号"):
        pasted('L1\t"' + "灯" * 140_000, resource.contract)


def test_what_is_saved_while_rows_land_is_not_lost(
    resource: Resource, office: offices.Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft, land = saved(resource, office, GOOD), filling._brought

    def landing(*given: object) -> object:
        saved(resource, office, GOOD, ("L3", "后加的灯", "", ""), token=draft.token, revision=1)
        return land(*given)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(filling, "_brought", landing)
    assert filling.submit(resource, draft.token, 1, actor=office.clerk).rows_in == 1
    held = filling.draft_of(resource, actor=office.clerk)
    assert held is not None
    assert held.token != draft.token
    assert [row[0] for row in filling.rows_of(held)] == ["L1", "L3"]
