"""CSV, TSV, TXT: every quirk in a tiny file."""

import csv
import io
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suixin.data.collection.readers import UnknownFormat, UnreadableFile, open_file
from suixin.data.collection.readers import passes as delimited_passes
from suixin.data.collection.readers.tests.reading import (
    broken_of,
    counted,
    numbers_of,
    only_table,
    opened,
    rows_of,
    written,
)

PLAIN = "编号,名称,人口\n1,船山区,70\n2,安居区,44\n3,蓬溪县,40\n"
EXPECTED = [("1", "船山区", "70"), ("2", "安居区", "44"), ("3", "蓬溪县", "40")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings_of_chinese_text_read_the_same(tmp_path, encoding):
    text = PLAIN + "4,遂宁市大英县人民政府办公室,45\n" * 20
    table = only_table(tmp_path, "a.csv", text.encode(encoding))
    assert table.columns == ("编号", "名称", "人口")
    assert rows_of(table)[:3] == EXPECTED


def test_big5_reads(tmp_path):
    text = "編號,名稱,地址\n" + "1,臺灣觀光旅遊中心,臺北市中正區重慶南路\n" * 20
    assert rows_of(only_table(tmp_path, "a.csv", text.encode("big5")))[0][1] == "臺灣觀光旅遊中心"


def test_latin_1_reads(tmp_path):
    text = "código;descripción;año\n" + "1;Educación pública y señalización;2011\n" * 20
    table = only_table(tmp_path, "a.csv", text.encode("latin-1"))
    assert table.columns == ("código", "descripción", "año")
    assert rows_of(table)[0] == ("1", "Educación pública y señalización", "2011")


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiters_are_found(tmp_path, delimiter):
    assert rows_of(only_table(tmp_path, "a.txt", PLAIN.replace(",", delimiter))) == EXPECTED


def test_decimal_commas_do_not_hide_semicolons(tmp_path):
    table = only_table(tmp_path, "a.csv", "naam;prijs;maat\nx;1,5;2,5\ny;3,5;4,5\n")
    assert (table.columns, rows_of(table)) == (("naam", "prijs", "maat"), [("x", "1,5", "2,5"), ("y", "3,5", "4,5")])


def test_quoted_line_breaks_and_quotes_stay_in_their_cell(tmp_path):
    table = only_table(tmp_path, "a.csv", 'id,text\n1,"一行\n二行, ""引号"""\n2,b\n')
    assert rows_of(table) == [("1", '一行\n二行, "引号"'), ("2", "b")]


def test_line_breaks_in_headings_become_blanks(tmp_path):
    table = only_table(tmp_path, "a.csv", 'id,"Total \n(valid)","人口\n（万人）"\n1,2,3\n')
    assert table.columns == ("id", "Total (valid)", "人口 （万人）".replace(" ", ""))


def test_empty_cell_is_null_and_quoted_empty_is_text(tmp_path):
    assert rows_of(only_table(tmp_path, "a.csv", 'a,b,c\n1,,""\n')) == [("1", None, "")]


def test_ragged_rows_are_broken_with_number_and_text(tmp_path):
    table = only_table(tmp_path, "a.csv", "a,b,c\n1,2,3\n4,5\n6,7,8\n9,10,11,12\n13,14,15\n")
    assert [(row.row, row.text) for row in broken_of(table)] == [(2, "4,5"), (4, "9,10,11,12")]
    assert numbers_of(table) == [1, 3, 5]
    assert counted(table) == 5


def test_numbers_hold_over_many_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr(delimited_passes, "_BLOCK", 4096)
    monkeypatch.setattr(delimited_passes, "BATCH_ROWS", 500)
    lines = [f"{i},x{i},y" if i % 97 else f"{i},x" for i in range(1, 20001)]
    table = only_table(tmp_path, "a.csv", "id,name,kind\n" + "\n".join(lines))
    assert numbers_of(table) == [int(str(row[0])) for row in rows_of(table)]
    assert [row.row for row in broken_of(table)] == [i for i in range(1, 20001) if i % 97 == 0]


ROWS = "".join(f"区{n},{n}.5,{n},{n},{n}\n" for n in range(1, 6))
STACKED = {  # what stands above five rows of a district and four numbers → the names
    "2022年各区县产量\n单位：公顷、吨\n区县,粮食,,油料,\n,面积,产量,面积,产量\n": "区县 粮食_面积 粮食_产量 油料_面积 油料_产量",
    "表,,,,\n填报单位：卫健委,,,单位：张,\n区县,床位数,,人员,\n,编制,实有,医师,护士\n": "区县 床位数_编制 床位数_实有 人员_医师 人员_护士",
    "地区,人口,,,\n,城镇,,乡村,\n,男,女,男,女\n": "地区 人口_城镇_男 人口_城镇_女 人口_乡村_男 人口_乡村_女",
    "产值表,,,单位：万元,\n区县,工业,农业,服务业,合计\n": "区县 工业 农业 服务业 合计",
    "指标,2021年,,2022年,\n,数量,同比,数量,同比\n": "指标 2021年_数量 2021年_同比 2022年_数量 2022年_同比",
}


@pytest.mark.parametrize("above", STACKED)
def test_headings_of_several_rows_are_joined_below_titles_and_units(tmp_path, above):
    table = only_table(tmp_path, "a.csv", (above + ROWS + "注：数据为初步核算数。\n").encode("gb18030"))
    assert " ".join(table.columns) == STACKED[above]
    assert counted(table) == 5


def test_header_over_brackets_and_full_width_numbers_and_signatures_below(tmp_path):
    above = "收支表,,,,\n（单位：万元）,,,,\n科目,预算,执行,,比率\n,,本月,累计,\n"
    rows = "".join(f'科目{n},"{n},000","({n},100)",１２{n}．５,{n}％\n' for n in range(1, 6))
    table = only_table(tmp_path, "a.csv", (above + rows + ",,,,\n制表人：某某,,审核：某某,,\n").encode("gb18030"))
    assert table.columns == ("科目", "预算", "执行_本月", "执行_累计", "比率")
    assert counted(table) == 5
    assert any("制表人" in note for note in table.notes)


def test_lone_quotes_inside_text_are_text(tmp_path):
    assert rows_of(only_table(tmp_path, "a.csv", 'a,b,c\n1,5" pipe,3\n2,"q",4\n')) == [("1", '5" pipe', "3"), ("2", "q", "4")]


def test_quote_that_never_closes_breaks_one_row_only(tmp_path):
    table = only_table(tmp_path, "a.csv", 'a,b,c\n1,2,3\n4,"open,6\n7,8,9\n10,11,12\n')
    assert rows_of(table) == [("1", "2", "3"), ("7", "8", "9"), ("10", "11", "12")]
    assert [(row.row, row.text, row.reason) for row in broken_of(table)] == [(2, '4,"open,6', "引号没有闭合")]
    assert numbers_of(table) == [1, 3, 4]


def test_every_line_end_ends_a_row(tmp_path):
    assert rows_of(only_table(tmp_path, "a.csv", PLAIN.replace("\n", "\r"))) == EXPECTED
    assert rows_of(only_table(tmp_path, "b.csv", PLAIN.replace("\n", "\r\n"))) == EXPECTED
    assert rows_of(only_table(tmp_path, "c.csv", PLAIN.replace("\n2", "\r\n2").rstrip("\n"))) == EXPECTED


def test_nul_bytes_here_and_there_stay(tmp_path):
    text = PLAIN + "".join(f"{i},某某某某街道,{i}\n" for i in range(4, 400)) + "400,a\0b,7\n"
    assert rows_of(only_table(tmp_path, "a.csv", text))[-1] == ("400", "a\0b", "7")


def test_cell_of_5_mb_is_read(tmp_path):
    table = only_table(tmp_path, "a.csv", "a,b,c\n1," + "x" * 5_000_000 + ",3\n4,5,6\n")
    assert [len(str(row[1])) for row in rows_of(table)] == [5_000_000, 1]


def test_cell_above_16_mb_is_a_broken_row(tmp_path):
    table = only_table(tmp_path, "a.csv", "a,b,c\n1," + "x" * 17_000_000 + ",3\n4,5,6\n")
    assert rows_of(table)[-1] == ("4", "5", "6")
    assert broken_of(table)


def test_300_columns_are_fine(tmp_path):
    line = ",".join(f"c{i}" for i in range(300))
    assert len(only_table(tmp_path, "a.csv", f"{line}\n" + ",".join("1" * 300) + "\n").columns) == 300


def test_undecodable_rows_are_broken_the_rest_is_kept(tmp_path):
    good = "".join(f"{i},遂宁市船山区,好\n" for i in range(1, 200))
    content = ("编号,名称,备注\n" + good).encode() + "200,乱码行,坏\n".encode("gbk") + "201,射洪市,好\n".encode()
    table = only_table(tmp_path, "a.csv", content)
    assert rows_of(table)[-1] == ("201", "射洪市", "好")
    assert [(row.row, row.reason) for row in broken_of(table)] == [(200, "有无法解码的字节")]
    assert "\\x" in broken_of(table)[0].text


def test_header_alone_is_a_table_without_rows(tmp_path):
    table = only_table(tmp_path, "a.csv", "编号,名称\n")
    assert (table.columns, rows_of(table)) == (("编号", "名称"), [])


@pytest.mark.parametrize("content", [b"", b"\n\n", b",,,\n,,,\n", b"\xef\xbb\xbf"])
def test_file_without_content_is_refused_with_a_sentence(tmp_path, content):
    with pytest.raises(UnreadableFile) as refusal:
        opened(tmp_path, "a.csv", content)
    assert "a.csv" in refusal.value.sentence


def test_text_without_header_gets_numbered_columns(tmp_path):
    table = only_table(tmp_path, "a.csv", "510903,70.1,2020-01-01\n510904,44.2,2020-01-02\n")
    assert table.columns == ("列1", "列2", "列3")
    assert counted(table) == 2


def test_duplicate_and_blank_headings_get_names(tmp_path):
    table = only_table(tmp_path, "a.csv", "名称,数量,,数量\na,1,x,2\nb,3,y,4\n")
    assert table.columns == ("名称", "数量", "列3", "数量_2")


def test_padding_columns_are_dropped(tmp_path):
    table = only_table(tmp_path, "a.csv", "a,b,c,,\n1,2,3,,\n4,5,6,,\n")
    assert (table.columns, rows_of(table)) == (("a", "b", "c"), [("1", "2", "3"), ("4", "5", "6")])


def test_value_far_down_in_a_dropped_column_is_not_lost(tmp_path):
    lines = ["1,2,"] * 200_000
    lines[100] = "1,2,9"
    lines[60_000] = "1,2,surprise"
    lines[100] = "1,2,"
    table = only_table(tmp_path, "a.csv", "a,b,\n" + "\n".join(lines))
    assert table.columns == ("a", "b")
    assert [(row.row, row.text) for row in broken_of(table)] == [(60_001, "1,2,surprise")]
    assert counted(table) == 200_000


def test_blank_lines_are_no_rows(tmp_path):
    assert counted(only_table(tmp_path, "a.csv", "a,b\n\n1,2\n,\n\n3,4\n\n")) == 2


def test_title_version_and_source_lines_are_kept_apart(tmp_path):
    data = "2010/08/31\t13.00\t14.61\n2010/09/01\t13.10\t14.71\n"
    text = f"002466 天齐锂业 日线 前复权\n      日期\t    开盘\t    最高\n{data}数据来源:通达信\n"
    table = only_table(tmp_path, "a.txt", text.encode("gbk"))
    assert table.title == "002466 天齐锂业 日线 前复权"
    assert table.columns == ("日期", "开盘", "最高")
    assert counted(table) == 2
    assert any("通达信" in note for note in table.notes)


def test_version_line_padded_with_delimiters_is_a_title(tmp_path):
    table = only_table(tmp_path, "a.csv", "List v2025,,,\nid,name,lat,lon\n1,a,30.5,105.5\n2,b,30.6,105.6\n")
    assert (table.title, table.columns) == ("List v2025", ("id", "name", "lat", "lon"))


def test_last_row_cut_short_is_broken_not_a_note(tmp_path):
    table = only_table(tmp_path, "a.csv", "code,name,price\n600000,浦发银行,12.02\n600004,白云机场,9.54\n6000")
    assert [row.text for row in broken_of(table)] == ["6000"]


def test_two_header_rows_are_joined(tmp_path):
    table = only_table(tmp_path, "a.csv", "地区,人口,,GDP,\n,男,女,总量,人均\n船山,1,2,3,4\n安居,5,6,7,8\n")
    assert table.columns == ("地区", "人口_男", "人口_女", "GDP_总量", "GDP_人均")


def test_second_header_row_over_words_hangs_below_the_first(tmp_path):
    lines = ["机构,等级,床位,,院长", ",,编制,实有,", "船山一院,三级,120张,130张,张某", "安居二院,二级,20张,30张,李某"]
    table = only_table(tmp_path, "a.csv", "\n".join(lines) + "\n")
    assert table.columns == ("机构", "等级", "床位_编制", "床位_实有", "院长")


def test_lines_of_utf8_among_gbk_are_read_and_counted(tmp_path):
    lines = [f"{n},遂宁市船山区第{n}号办事处".encode("gb18030") for n in range(60)]
    lines[20:23] = [line.encode() for line in ("20,遂宁市安居区幸福街道", "21,射洪", "22,天齐锂业")]
    table = only_table(tmp_path, "a.csv", "编号,名称\n".encode("gb18030") + b"\n".join(lines) + b"\n")
    names = [name for _, name in rows_of(table)]
    assert names[19:24] == ["遂宁市船山区第19号办事处", "遂宁市安居区幸福街道", "射洪", "天齐锂业", "遂宁市船山区第23号办事处"]
    assert "其中 3 行是 UTF-8" in table.notes[0]


def test_years_across_are_a_header(tmp_path):
    table = only_table(tmp_path, "a.csv", "Year,2000,2001,2002\nTimber,\"2,666\",\"2,274\",1\nFood,3,4,5\n")
    assert table.columns == ("Year", "2000", "2001", "2002")


def test_one_column_is_a_table(tmp_path):
    table = only_table(tmp_path, "a.txt", "单位名称\n船山区教育局\n安居区卫健局\n")
    assert (table.columns, counted(table)) == (("单位名称",), 2)


def test_passes_can_be_repeated(tmp_path):
    table = only_table(tmp_path, "a.csv", PLAIN)
    assert rows_of(table) == rows_of(table) == EXPECTED


def test_binary_named_csv_is_refused(tmp_path):
    with pytest.raises(UnreadableFile, match="二进制"):
        opened(tmp_path, "a.csv", bytes(range(256)) * 40)


def test_file_that_grows_is_refused_at_the_end_of_the_pass(tmp_path):
    path = written(tmp_path, "a.csv", PLAIN)
    with open_file(path) as file:
        batches = file.tables[0].batches()
        assert next(batches).data.num_rows == 3
        with path.open("ab") as growing:
            growing.write(b"4,x,5\n")
        with pytest.raises(UnreadableFile, match="发生了变化"):
            next(batches)


def test_name_with_one_full_date_gives_a_constant(tmp_path):
    cases = {
        "china_cities_20190201.csv": {"数据日期": "2019-02-01"}, "2020-01-31.csv": {"数据日期": "2020-01-31"},
        "PRSA_Data_20130301-20170228.csv": {}, "area_2018.csv": {}, "x_20191301.csv": {}, "2020年2月5日.csv": {"数据日期": "2020-02-05"},
    }  # fmt: skip
    assert {name: only_table(tmp_path, name, PLAIN).constants for name in cases} == cases


CELL = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")) | st.sampled_from(' ",\n;'), max_size=12)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.lists(st.tuples(st.integers(0, 999), CELL, CELL), min_size=1, max_size=30))
def test_what_csv_writes_is_read_again(tmp_path, data):
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    writer.writerows([("编号", "文字甲", "文字乙"), *data])
    table = only_table(tmp_path, "a.csv", buffer.getvalue())
    assert rows_of(table) == [(str(a), b, c) for a, b, c in data]


LINE = st.text(st.sampled_from('a1",\n\r '), max_size=60)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(body=LINE)
def test_both_engines_read_the_same(tmp_path, body):
    path = written(tmp_path, "a.csv", 'k1,k2,k3\n"z",y,5\nx,w,7\nx,w,7\nx,w,7\nx,w,7\n' + body)
    with open_file(path) as one, open_file(path) as two:
        first = one.tables[0]
        by_arrow = (rows_of(first), [row.row for row in broken_of(first)], numbers_of(first))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(delimited_passes, "_arrow_pass", _gives_up)
            second = two.tables[0]
            assert (rows_of(second), [row.row for row in broken_of(second)], numbers_of(second)) == by_arrow


def _gives_up(_reading):
    raise delimited_passes._GaveUp


def test_numbers_rise(tmp_path):
    table = only_table(tmp_path, "a.csv", "a,b\n1,2\n3\n,\n4,5\n")
    assert all(a < b for a, b in pairwise(numbers_of(table)))


def test_rows_that_are_all_ragged_are_all_counted(tmp_path):
    table = only_table(tmp_path, "a.csv", "a,b,c\n1,2,3\n" + "4,5\n" * 2)
    assert (counted(table), len(broken_of(table))) == (3, 2)


def test_headings_without_data_to_the_right_are_named(tmp_path):
    table = only_table(tmp_path, "a.csv", "a,b,c,d\n" + "1,2,3\n" * 5)
    assert (table.columns, counted(table)) == (("a", "b", "c"), 5)
    assert any("“" in note or "d" in note for note in table.notes)


def test_letter_is_not_a_table(tmp_path):
    with pytest.raises(UnknownFormat, match="纯文本"):
        opened(tmp_path, "说明.txt", "本数据由遂宁市数据局提供。" * 12 + "\n" + "任何单位和个人不得转载本数据。" * 9 + "\n")
