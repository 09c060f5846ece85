"""Lists of codes in files: read with every fault at its cell, whatever the form, and differences as arithmetic."""

import csv
import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suixin.ground.standards import rules, sheets
from suixin.ground.standards.errors import BadSheet
from suixin.ground.standards.rules import Row

HEAD = "代码,名称,上级代码,别名,状态,接替代码\n"
lists = st.dictionaries(st.text("abc", min_size=1, max_size=2), st.sampled_from("甲乙丙"), max_size=6)


def places(text: str, known: tuple[str, ...] = ()) -> list[str]:
    return [one.place for one in sheets.read(text.encode(), "a.csv", known=known).faults]


def listed(codes: Mapping[str, str]) -> list[Row]:
    return [Row(code, name) for code, name in codes.items()]


@pytest.mark.parametrize(
    ("line", "place"),
    [(",甲,,,,", "A2"), ("1,,,,,", "B2"), ("1,甲,9,,,", "C2"), ("1,甲,,,没了,", "E2"), ("1,甲,,,,2", "F2"), ("1,,,,废止,9", "F2")],
)
def test_fault_stands_at_its_cell(line: str, place: str) -> None:
    assert places(HEAD + line + "\n") == [place]


def test_missing_unknown_and_doubled_columns_are_told_in_the_heading() -> None:
    assert places("名称,代号,名称\n甲,1,甲\n") == ["A1", "B1", "C1"]
    assert places("代码,名称\n") == ["A2"]


def test_code_that_stands_twice_and_alias_of_two_codes_are_faults() -> None:
    assert places(HEAD + "1,甲,,a,,\n1,乙,,,,\n2,丙,,a,,\n") == ["A3", "D4"]


def test_successor_may_be_a_code_that_stays_beside_a_partial_list() -> None:
    assert places(HEAD + "1,,,,废止,7\n", known=("7",)) == []


def test_workbook_csv_of_both_encodings_and_json_give_the_same_rows() -> None:
    rows = [Row("01", "甲", "", ("A", "B")), Row("02", "乙", "01")]
    whole = b"".join(sheets.as_csv(rows))
    told = json.dumps({"codes": [{"code": "01", "name": "甲", "aliases": ["A", "B"]}, {"code": "02", "name": "乙", "parent": "01"}]})
    files = {"a.csv": whole, "b.csv": whole.decode("utf-8-sig").encode("gb18030"), "c.xlsx": sheets.as_xlsx(rows), "d.json": told.encode()}
    assert all(sheets.read(content, name).rows == rows for name, content in files.items())


def test_json_of_many_keys_is_refused_and_csv_is_cut_before_it_grows() -> None:
    with pytest.raises(BadSheet, match="k0"):
        sheets.read(json.dumps([{f"k{n}": "1"} for n in range(5)]).encode(), "a.json")
    wide = sheets.read((HEAD + "1,甲" + "," * 200_000 + "\n").encode(), "a.csv")
    assert max(map(len, wide.cells)) == sheets.MAX_COLUMNS


@pytest.mark.parametrize("name", ["a.json", "a.csv"])
def test_too_many_codes_are_told_without_reading_all(name: str) -> None:
    told = json.dumps({"codes": {str(n): "甲" for n in range(9)}}) if name == "a.json" else HEAD + "1,甲,,,,\n" * 9
    sheet = sheets.read(told.encode(), name, most=3)
    assert (len(sheet.cells), [one.place for one in sheet.faults]) == (5, ["A5"])


@pytest.mark.parametrize(("name", "content"), [("a.json", b"{"), ("a.json", b"[1]"), ("a.xlsx", b"PK\x03\x04no"), ("a.csv", b"\x00\x01")])
def test_what_is_no_list_at_all_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(BadSheet):
        sheets.read(content, name)


def test_names_that_look_like_formulas_go_out_inert_and_come_back_as_they_were() -> None:
    rows = [Row("-1", "=HYPERLINK(1)"), Row("2", "+甲", aliases=("@a",))]
    written = b"".join(sheets.as_csv(rows))
    cells = [cell for line in csv.reader(written.decode("utf-8-sig").splitlines()) for cell in line]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "-"))]
    assert sheets.read(written, "a.csv").rows == rows


@given(lists, lists)
def test_difference_applied_to_the_one_list_gives_the_other(before: dict[str, str], after: dict[str, str]) -> None:
    found = rules.difference({row.code: row for row in listed(before)}, listed(after))
    made = {code: name for code, name in before.items() if code not in {one.row.code for one in found.of("abolished")}}
    made |= {one.row.code: one.row.name for one in found.changes if one.kind != "abolished"}
    assert made == after


def test_partial_list_abolishes_nothing_that_it_does_not_name() -> None:
    found = rules.difference({"1": Row("1", "甲")}, [Row("2", "乙")], is_whole=False)
    assert [(one.kind, one.row.code) for one in found.changes] == [("added", "2")]


def test_successors_are_followed_through_several_versions_and_circles_end() -> None:
    one, several = rules.followed({"1": ("2",), "2": ("3",), "4": ("5",), "5": ("4",), "6": ("3", "7"), "8": ()}, {"3": "", "7": ""})
    assert one == {"1": "3", "2": "3"}
    assert set(several) == {"4", "5", "6", "8"}
