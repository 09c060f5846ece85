"""Which tables are one resource, and what a file's name decides."""

from collections.abc import Iterator

import pyarrow as pa

from suixin.data.catalog.contract import Contract
from suixin.data.catalog.tests import factories
from suixin.data.collection import matching
from suixin.data.quality.source import SourceBatch, SourceTable


def source(*columns: str, name: str = "t", date: str = "", title: str = "", rows: int = 2) -> SourceTable:
    def batches() -> Iterator[SourceBatch]:
        yield SourceBatch(pa.record_batch({c: [f"{c}{i}" for i in range(rows)] for c in columns}), 1)

    return SourceTable(name, columns, batches, "csv", title=title, constants={"数据日期": date} if date else {})


def test_order_case_and_blanks_of_columns_do_not_matter() -> None:
    assert matching.signature(["代码", "Name"]) == matching.signature([" name ", "代码"])
    assert matching.signature(["代码"]) != matching.signature(["代码", "名称"])


def test_date_of_the_name_becomes_an_item_when_every_file_has_one() -> None:
    files = [("air_20190201.csv", source("a", date="2019-02-01")), ("air_20190202.csv", source("a", date="2019-02-02"))]
    assert matching.constants_of(files) == [{"数据日期": "2019-02-01"}, {"数据日期": "2019-02-02"}]


def test_names_that_differ_become_an_item() -> None:
    files = [("002466.csv", source("a")), ("002460.csv", source("a"))]
    assert matching.constants_of(files) == [{"来源文件": "002466"}, {"来源文件": "002460"}]


def test_single_file_without_date_gets_no_constant() -> None:
    assert matching.constants_of([("a.csv", source("a"))]) == [{}]


def test_constants_stand_in_front_of_every_row() -> None:
    table = matching.with_constants(source("a"), {"数据日期": "2019-02-01"})
    batch = next(table.batches()).data
    assert batch.schema.names == ["数据日期", "a"]
    assert batch.column(0).to_pylist() == ["2019-02-01"] * 2


def test_column_of_the_same_name_is_left_alone() -> None:
    table = source("数据日期", "a")
    assert matching.with_constants(table, {"数据日期": "x"}).columns == ("数据日期", "a")


def test_chained_tables_agree_on_column_order() -> None:
    chained = matching.chained([source("a", "b"), source("B", "A")])
    assert [batch.data.num_columns for batch in chained.batches()] == [2, 2]
    assert [batch.data.column(0).to_pylist()[0] for batch in chained.batches()] == ["a0", "A0"]


def test_contract_is_covered_by_key_and_most_columns() -> None:
    contract = Contract("", "t", "某表", factories.ITEMS)
    assert matching.covers(contract, ["代码", "名称", "数量"])
    assert matching.covers(contract, ["CODE", "name", "amount", "day"])
    assert not matching.covers(contract, ["名称", "数量", "日期"])
    assert not matching.covers(contract, ["代码", "其他"])
