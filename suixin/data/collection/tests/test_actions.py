"""A file becomes a batch once; what cannot, is told and leaves nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from suixin.data.access.versions import row_count
from suixin.data.catalog.models import Resource
from suixin.data.catalog.tests import factories
from suixin.data.catalog.tests.factories import ASSESSED
from suixin.data.collection import actions, landing
from suixin.data.collection.errors import NothingToCollect
from suixin.data.collection.folders import collect_folder
from suixin.data.collection.models import Run
from suixin.data.lake.models import Batch
from suixin.data.lake.rejects import read_rejects
from suixin.ground.people.models import Account
from suixin.kit.actor import PUBLIC, SYSTEM, Actor, ActorKind
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db(transaction=True)

GOOD = "代码,名称,数量,日期\nA1,甲,1.5,2022-03-01\nA2,乙,2,2022年3月2日\n"
HALF = "代码,名称,数量,日期\nA1,甲,很多,2022-03-01\nA2,乙,2,2022年3月2日\n,丙,3,2022/3/3\n"


def officer() -> Actor:
    bureau = factories.bureau()
    return Actor(ActorKind.STAFF, "officer", "数据管理员", bureau.uscc, (bureau.uscc,), frozenset({"data_officer"}))


def file(folder: Path, text: str, name: str = "表.csv") -> Path:
    path = folder / "in" / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(text, "utf-8")
    return path


def test_file_lands_in_the_resource_it_was_given_to(tmp_path: Path) -> None:
    resource = factories.published()
    [outcome] = actions.run_feed(file(tmp_path, GOOD), actor=SYSTEM, resource=resource)
    assert (outcome.status, outcome.rows_in, outcome.accepted, outcome.rejected) == ("landed", 2, 2, 0)
    assert row_count("some_table") == 2


def test_same_bytes_again_are_known_under_any_name(tmp_path: Path) -> None:
    resource = factories.published()
    actions.run_feed(file(tmp_path, GOOD), actor=SYSTEM, resource=resource)
    [again] = actions.run_feed(file(tmp_path, GOOD, "另名.csv"), actor=SYSTEM, resource=resource)
    assert (again.status, again.rows_in, row_count("some_table")) == ("known", 2, 2)
    assert Batch.objects.count() == 1


def test_rejected_rows_are_kept_with_number_text_and_reasons(tmp_path: Path) -> None:
    resource = factories.published()
    [outcome] = actions.run_feed(file(tmp_path, HALF), actor=SYSTEM, resource=resource)
    assert (outcome.accepted, outcome.rejected) == (1, 2)
    kept = read_rejects("some_table", Batch.objects.get().pk)
    assert [reject.row for reject in kept] == [1, 3]
    assert "很多" in kept[0].text
    assert kept[0].reasons[0]["item"] == "数量"


def test_new_file_is_proposed_and_waits(tmp_path: Path) -> None:
    [outcome] = actions.run_feed(file(tmp_path, GOOD, "企业名录.csv"), actor=officer())
    resource = Resource.objects.get()
    assert (outcome.status, resource.state, resource.title) == ("proposed", "proposed", "企业名录")
    assert not Batch.objects.exists()


def test_proposal_is_not_made_twice(tmp_path: Path) -> None:
    actor = officer()
    for _ in range(2):
        actions.run_feed(file(tmp_path, GOOD), actor=actor)
    assert (Resource.objects.count(), Run.objects.filter(status="proposed").count()) == (1, 1)


def test_accepted_proposal_lands_the_files_that_waited(tmp_path: Path) -> None:
    actor = officer()
    actions.run_feed(file(tmp_path, GOOD), actor=actor)
    Account.objects.create(username=actor.key)
    factories.assess()
    outcomes = actions.accept_proposal(Resource.objects.get(), actor=actor)
    assert outcomes is not None
    [outcome] = outcomes
    assert (outcome.status, outcome.accepted) == ("landed", 2)
    assert row_count(Resource.objects.get().table) == 2


def test_files_of_one_folder_with_the_same_columns_are_one_resource(tmp_path: Path) -> None:
    for day in ("20220301", "20220302"):
        file(tmp_path, f"城市,指数\n遂宁,{day[-2:]}\n成都,40\n", f"air_{day}.csv")
    outcomes = collect_folder(tmp_path / "in", actor=officer(), accept=ASSESSED)
    assert [outcome.status for outcome in outcomes] == ["landed", "landed"]
    resource = Resource.objects.get()
    assert resource.contract.item("数据日期") is not None
    assert row_count(resource.table) == 4


def test_many_small_differing_tables_are_one_group(tmp_path: Path) -> None:
    for number in range(12):
        file(tmp_path, f"年份,指标{number}\n2001,{number}\n2002,5\n", f"表{number}.csv")
    outcomes = collect_folder(tmp_path / "in", actor=officer(), accept=ASSESSED)
    assert {outcome.status for outcome in outcomes} == {"landed"}
    assert Resource.objects.values("group").distinct().count() == 1
    assert Resource.objects.first().group.resources.count() == 12  # type: ignore[union-attr]  # there is one


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("空.csv", b"", "空"),
        ("图.csv", b"\x89PNG\r\n\x1a\n" + bytes(200), "csv"),
        ("半.csv.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03abc", ""),
        ("说明.docx", b"PK\x03\x04", ""),
    ],
)
def test_bad_file_is_refused_with_a_sentence(tmp_path: Path, name: str, data: bytes, word: str) -> None:
    path = file(tmp_path, "", name)
    path.write_bytes(data)
    [outcome] = actions.run_feed(path, actor=officer())
    assert (outcome.status, word in outcome.message, len(outcome.message) > 8) == ("refused", True, True)
    assert (Batch.objects.count(), Resource.objects.count()) == (0, 0)


def test_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(NothingToCollect, match="没有这个文件"):
        actions.run_feed(tmp_path / "none.csv", actor=SYSTEM)


def test_public_may_not_bring_files(tmp_path: Path) -> None:
    with pytest.raises(NotAllowed):
        actions.run_feed(file(tmp_path, GOOD), actor=PUBLIC)


def test_columns_that_do_not_belong_are_refused(tmp_path: Path) -> None:
    resource = factories.published()
    [outcome] = actions.run_feed(file(tmp_path, "甲,乙\n1,2\n"), actor=SYSTEM, resource=resource)
    assert (outcome.status, "代码" in outcome.message) == ("refused", True)
    assert not Batch.objects.exists()


def test_clerk_who_asks_for_landing_at_once_is_told_why_the_file_waits_and_how_many_rows_came(tmp_path: Path) -> None:
    clerk = replace(officer(), key="clerk", roles=frozenset({"clerk"}))
    [asked] = actions.run_feed(file(tmp_path, GOOD), actor=clerk, accept=ASSESSED)
    [plain] = actions.run_feed(file(tmp_path, GOOD.replace("甲", "换"), "又.csv"), actor=clerk)
    assert (asked.status, asked.rows_in, plain.rows_in) == ("proposed", 2, 2)
    assert "您的岗位不能直接发布目录" in asked.message
    assert "岗位" not in plain.message


def test_who_watches_is_told_of_every_row_that_was_judged(tmp_path: Path) -> None:
    told: list[int] = []
    with landing.telling(told.append):
        actions.run_feed(file(tmp_path, HALF), actor=SYSTEM, resource=factories.published())
    actions.run_feed(file(tmp_path, GOOD), actor=SYSTEM, resource=Resource.objects.get())
    assert sum(told) == 3
