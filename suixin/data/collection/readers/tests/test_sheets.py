"""Workbooks: each quirk in a small workbook made with openpyxl."""

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest

from suixin.data.collection.readers import UnreadableFile, open_file
from suixin.data.collection.readers.tests.reading import counted, rows_of, written


def book(folder: Path, sheets: Mapping[str, Sequence[object]], *, merges: tuple[str, ...] = ()) -> Path:
    """An XLSX with these sheets; merges apply to the first."""
    workbook = openpyxl.Workbook()
    del workbook["Sheet"]
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            assert isinstance(row, list)
            sheet.append(row)
    for area in merges:
        workbook.worksheets[0].merge_cells(area)
    path = folder / "a.xlsx"
    workbook.save(path)
    return path


def test_title_header_and_notes_are_told_apart(tmp_path):
    above = [["遂宁市人口表"], [None, None, "单位：万人"], ["编号", "区县", "人口"]]
    rows = [*above, [1, "船山区", 70.5], [2, "安居区", 44], [], ["注：数据为初步核算数"]]
    with open_file(book(tmp_path, {"人口": rows})) as file:
        (table,) = file.tables
        assert table.title == "遂宁市人口表 单位：万人"
        assert table.columns == ("编号", "区县", "人口")
        assert rows_of(table) == [("1", "船山区", "70.5"), ("2", "安居区", "44")]
        assert any("初步核算" in note for note in table.notes)


def test_merged_headers_are_joined(tmp_path):
    rows = [["区县", "人口", None, "GDP", None], [None, "男", "女", "总量", "人均"], ["船山", 1, 2, 3, 4], ["安居", 5, 6, 7, 8]]
    with open_file(book(tmp_path, {"s": rows}, merges=("A1:A2", "B1:C1", "D1:E1"))) as file:
        assert file.tables[0].columns == ("区县", "人口_男", "人口_女", "GDP_总量", "GDP_人均")


def test_three_merged_header_rows_under_a_title(tmp_path):
    rows = [
        ["统计表", None, None, None], ["地区", "人口", None, None], [None, "城镇", None, "乡村"], [None, "男", "女", "合计"],
        ["船山", 1, 2, 3], ["安居", 4, 5, 6],
    ]  # fmt: skip
    path = book(tmp_path, {"s": rows}, merges=("A1:D1", "A2:A4", "B2:D2", "B3:C3"))
    with open_file(path) as file:
        assert file.tables[0].columns == ("地区", "人口_城镇_男", "人口_城镇_女", "人口_乡村_合计")
        assert file.tables[0].title == "统计表"


def test_cell_merged_over_rows_of_data_stands_in_each(tmp_path):
    rows = [["区县", "镇", "人口"], ["船山", "龙凤", 1], [None, "仁里", 2], ["安居", "安居", 3]]
    with open_file(book(tmp_path, {"s": rows}, merges=("A2:A3",))) as file:
        assert [row[0] for row in rows_of(file.tables[0])] == ["船山", "船山", "安居"]


def test_sheets_that_are_empty_or_a_remark_are_told_beside_tables(tmp_path):
    remark: list[list[object]] = [["本表由交通运输局填报，每月5日前更新。"]]
    sheets: dict[str, list[list[object]]] = {"甲": [["a", "b"], [1, 2]], "Sheet2": [], "说明": remark, "乙": [["c", "d"], ["x", "y"]]}
    with open_file(book(tmp_path, sheets)) as file:
        assert [table.name for table in file.tables] == ["甲", "乙"]
        assert file.refusals == []
        assert "工作表“Sheet2”是空的，未采集。" in file.tables[0].notes
        assert any("每月5日前更新" in note for note in file.tables[0].notes)


def test_workbook_of_one_remark_is_still_a_table(tmp_path):
    with open_file(book(tmp_path, {"说明": [["本表由交通运输局填报，每月5日前更新。"]], "空": []})) as file:
        assert ([counted(table) for table in file.tables], [r.path_in_file for r in file.refusals]) == ([0], ["空"])


def test_numbers_dates_and_times_become_plain_text(tmp_path):
    rows = [["编码", "日期", "时刻", "值", "真假", "文本数字"], ["a", dt.date(2022, 3, 1), dt.time(8, 30), 12.0, True, "00123"]]
    with open_file(book(tmp_path, {"s": rows})) as file:
        assert rows_of(file.tables[0]) == [("a", "2022-03-01", "08:30:00", "12", "true", "00123")]


def test_blank_rows_and_columns_are_left_out(tmp_path):
    rows = [["a", None, "b"], [1, None, 2], [], [3, None, 4]]
    with open_file(book(tmp_path, {"s": rows})) as file:
        assert (file.tables[0].columns, counted(file.tables[0])) == (("a", "b"), 2)


def test_hidden_sheet_is_read_and_said_to_be_hidden(tmp_path):
    path = book(tmp_path, {"s": [["a", "b"], [1, 2]], "t": [["a", "b"], [1, 2]]})
    workbook = openpyxl.load_workbook(path)
    workbook["t"].sheet_state = "hidden"
    workbook.save(path)
    with open_file(path) as file:
        assert file.tables[1].notes[0] == "这是隐藏的工作表。"


def test_formula_text_stays_as_it_is(tmp_path):
    rows = [["名称", "值"], ["=cmd|' /C calc'!A0", "1"]]
    path = book(tmp_path, {"s": rows})
    with open_file(path) as file:
        assert counted(file.tables[0]) == 1


def test_long_sheet_is_spooled_in_parts(tmp_path):
    rows = [["编号", "名称"], *[[i, f"单位{i}"] for i in range(40_000)]]
    with open_file(book(tmp_path, {"s": rows})) as file:
        assert counted(file.tables[0]) == 40_000
        assert rows_of(file.tables[0])[39_999] == ("39999", "单位39999")


def test_workbook_of_only_empty_sheets_is_refused(tmp_path):
    with pytest.raises(UnreadableFile, match="没有可采集的表"):
        open_file(book(tmp_path, {"空": []}))


def test_damaged_workbook_is_refused(tmp_path):
    content = book(tmp_path, {"s": [["a", "b"], [1, 2]]}).read_bytes()
    with pytest.raises(UnreadableFile):
        open_file(written(tmp_path, "b.xlsx", content[: len(content) // 2]))


def test_text_called_xls_is_read_as_text(tmp_path):
    with open_file(written(tmp_path, "a.xls", "a\tb\n1\t2\n3\t4\n")) as file:
        assert (file.tables[0].format, counted(file.tables[0])) == ("tsv", 2)


def test_panic_of_a_library_becomes_a_sentence(tmp_path, monkeypatch):
    class PanicException(BaseException):
        pass

    def panic(_path):
        raise PanicException("attempt to subtract with overflow")

    monkeypatch.setattr("suixin.data.collection.readers.sheets._opened", lambda path, _name: panic(path))
    with pytest.raises(UnreadableFile, match="内容损坏"):
        open_file(book(tmp_path, {"s": [["a", "b"], [1, 2]]}))
