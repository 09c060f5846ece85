"""After three days every row of every system is in the lake, once, and every number of the control database adds up."""

from collections import Counter
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from tests.collection_city.days import Story, Told
from tests.collection_city.ledger import Ledger
from tests.collection_city.world import World, opened

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]  # about a minute and a half on two idle cores
City = tuple[World, Told]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """The city when its three days are over; its systems still run."""
    with opened(tmp_path_factory.mktemp("city")) as world:
        yield world, Story(world).live()


def lake_rows(world: World, table: str) -> list[tuple[object, ...]]:
    """Rows as they lie in the lake, by key, read without the product."""
    paths = DeltaTable(world.folder / "home" / "lake" / "std" / table).file_uris()
    fields = ["id", "name", "amount", "changed"]
    found = pa.concat_tables(pq.ParquetFile(path).read(fields) for path in paths).to_pylist()
    return sorted(tuple(row[name] for name in fields) for row in found)


def ledgers(world: World) -> dict[str, Ledger]:
    return {**{line.entry: line.ledger for line in world.lines}, **world.forms}


@pytest.mark.parametrize("server", ["postgres", "mariadb"])
def test_server_of_the_city_answers(city: City, server: str) -> None:
    if sentence := city[0].absent.get(server):
        pytest.skip(sentence)
    assert [line for line in city[0].lines if line.source.startswith(server)]


def test_thirty_feeds_and_two_forms_are_in_the_city(city: City) -> None:
    absent = {"postgres": 8, "mariadb": 6}
    assert len(city[0].lines) == 30 - sum(absent[one] for one in city[0].absent)


def test_every_row_of_every_system_is_in_the_lake_once(city: City) -> None:
    world, _ = city
    pairs = {name: (lake_rows(world, name), ledger.rows) for name, ledger in ledgers(world).items()}
    assert {name: (len(found), len(wanted)) for name, (found, wanted) in pairs.items() if found != wanted} == {}


def test_counts_of_runs_batches_and_rejected_rows_agree(city: City) -> None:
    world, told = city
    runs, batches = Counter[str](), Counter[str]()
    for run in told.answers["account"]["runs"]:
        assert run["rows_in"] == run["accepted"] + run["rejected"]
        runs[run["entry"]] += run["rows_in"]
    for batch in told.answers["account"]["batches"]:
        assert batch["state"] == "landed"
        batches[batch["resource__table"]] += batch["rows_in"]
        path = world.folder / "home" / "lake" / "rejects" / batch["resource__table"] / f"{batch['id']}.parquet"
        assert (pq.read_metadata(path).num_rows if path.exists() else 0) == batch["rejected"]
    assert {line.entry: runs[line.entry] for line in world.lines} == {line.entry: batches[line.entry] for line in world.lines}


def test_by_a_cursor_no_row_is_read_twice(city: City) -> None:
    world, told = city
    read = Counter[str]()
    for run in told.answers["account"]["runs"]:
        read[run["entry"]] += run["rows_in"]
    exact = [line for line in world.lines if line.way in ("cursor", "append", "files")]
    assert {line.entry: read[line.entry] for line in exact} == {line.entry: line.ledger.offered for line in exact}


def test_rows_of_a_table_are_what_its_batches_say(city: City) -> None:
    sums = Counter[str]()
    for batch in city[1].answers["account"]["batches"]:
        sums[batch["resource__table"]] += batch["accepted"] - batch["replaced"]
    assert {name: sums[name] for name in ledgers(city[0])} == {name: len(ledger.kept) for name, ledger in ledgers(city[0]).items()}


def test_nothing_waits_and_nothing_is_left_to_mend(city: City) -> None:
    account = city[1].answers["account"]
    assert (account["waiting"], account["broken"], account["receipts"]) == (0, [], len(account["batches"]))
    assert ([value for value in account["repair"].values() if value], account["apart"]) == ([], False)
    assert list((city[0].folder / "home" / "lake" / "tmp").glob("*")) == []


def test_every_fault_was_told_with_what_to_do(city: City) -> None:
    world, told = city
    on = {name: name not in world.absent for name in ("postgres", "mariadb")}
    expected = [
        ("dropped", "再次运行会接着读", any(on.values())), ("down", "PostgreSQL", on["postgres"]), ("down", "MySQL", on["mariadb"]),
        ("down", "列 name 可能改名为 full_name", on["postgres"]), ("down", "拒绝了账号“clerk”的登录", True), ("broken", "返回 500", True),
        ("broken", "没有表“postgres_steady_whole”", on["postgres"]),
    ]
    silent = [(name, word) for name, word, is_here in expected if is_here and not any(word in one for one in told.answers[name])]
    assert silent == [], told.answers


def test_what_was_mended_runs_without_a_word(city: City) -> None:
    told = [one for name in ("mended", "back", "calm") for one in city[1].answers[name] if "启动修复" not in one]
    assert told == []


def test_a_renamed_column_waited_for_a_person_and_an_added_one_did_not(city: City) -> None:
    world, told = city
    assert told.answers["decided"] == ["postgres_steady_cursor"] * ("postgres" not in world.absent)
    assert not any("mariadb_steady_cursor" in one for one in told.answers["down"])


def test_the_form_takes_a_second_click_once(city: City) -> None:
    answers = city[1].answers
    assert (answers["filled"], answers["corrected"], answers["stocked"]) == (11, 5, 30)
