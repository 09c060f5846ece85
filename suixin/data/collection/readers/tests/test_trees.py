"""JSON, GeoJSON, CityJSON, JSON lines: which rows come of which shape."""

import json

import pytest

from suixin.data.collection.readers import UnreadableFile
from suixin.data.collection.readers.tests.reading import broken_of, counted, only_table, opened, rows_of


def table_of(folder, value, name="a.json"):
    """The one table of this JSON value."""
    return only_table(folder, name, json.dumps(value, ensure_ascii=False))


def test_array_of_records_keeps_numbers_as_written(tmp_path):
    table = only_table(tmp_path, "a.json", '[{"a": 11.30, "b": 123456789012345678901, "c": null}, {"a": true, "d": ""}]')
    assert table.columns == ("a", "b", "c", "d")
    assert rows_of(table) == [("11.30", "123456789012345678901", None, None), ("true", None, None, "")]


def test_nested_objects_become_dotted_columns_and_lists_become_text(tmp_path):
    table = table_of(tmp_path, [{"名称": "a", "地址": {"区": "船山", "坐标": [105.5, 30.5]}}])
    assert table.columns == ("名称", "地址.区", "地址.坐标")
    assert rows_of(table) == [("a", "船山", "[105.5,30.5]")]


def test_object_that_holds_one_list_gives_its_records(tmp_path):
    table = table_of(tmp_path, {"code": 200, "msg": "ok", "data": {"total": 2, "list": [{"x": 1}, {"x": 2}]}})
    assert (table.columns, counted(table)) == (("x",), 2)


def test_rows_of_cells_beside_their_headings_are_a_table(tmp_path):
    table = table_of(tmp_path, {"code": 0, "data": {"columns": ["区县", "值"], "rows": [["船山区", 1], ["安居区", 2.50]]}})
    assert (table.columns, rows_of(table)) == (("区县", "值"), [("船山区", "1"), ("安居区", "2.5")])


def test_object_with_several_lists_gives_a_table_each(tmp_path):
    file = opened(tmp_path, "a.json", '{"人": [{"x": 1}], "事": [{"y": 1}, {"y": 2}]}')
    assert [(table.name, counted(table)) for table in file.tables] == [("人", 1), ("事", 2)]


def test_tree_gives_a_row_per_node_that_names_its_parent(tmp_path):
    city = {"code": "5109", "name": "遂宁", "children": [{"code": "510903", "name": "船山"}]}
    tree = [{"code": "51", "name": "四川", "children": [city]}]
    table = table_of(tmp_path, tree)
    assert table.columns == ("code", "name", "层级", "上级.code")
    assert rows_of(table) == [("51", "四川", "1", None), ("5109", "遂宁", "2", "51"), ("510903", "船山", "3", "5109")]


def test_child_lists_give_a_row_per_child_with_its_parents_fields(tmp_path):
    value = [{"部门": "a", "事项": [{"名": "x", "子项": [{"号": 1}, {"号": 2}]}, {"名": "y", "子项": []}]}, {"部门": "b", "事项": []}]
    table = table_of(tmp_path, value)
    assert table.columns == ("部门", "事项.名", "事项.子项.号", "事项", "事项.子项")[: len(table.columns)]
    assert counted(table) == 4


def test_map_of_maps_gives_a_row_per_leaf(tmp_path):
    table = table_of(tmp_path, {"香港": {"港岛": ["中西区", "湾仔区"]}, "澳门": {"半岛": ["大堂区"]}})
    assert table.columns == ("第1级", "第2级", "第3级")
    assert rows_of(table)[2] == ("澳门", "半岛", "大堂区")


def test_records_by_key_columns_grids_and_plain_lists(tmp_path):
    assert table_of(tmp_path, {"a": {"x": 1, "y": 2}, "b": {"x": 3, "y": 4}}).columns == ("键", "x", "y")
    assert rows_of(table_of(tmp_path, {"x": [1, 2], "y": [3, 4]})) == [("1", "3"), ("2", "4")]
    assert table_of(tmp_path, [["编号", "名称"], [1, "a"], [2, "b"]]).columns == ("编号", "名称")
    assert rows_of(table_of(tmp_path, ["a", "b"])) == [("a",), ("b",)]
    assert rows_of(table_of(tmp_path, {"x": 1, "y": {"z": 2}})) == [("1", "2")]


@pytest.mark.parametrize("name", ["a.ndjson", "a.jsonl", "a.json"])
def test_json_lines_are_rows_and_bad_lines_are_broken(tmp_path, name):
    table = only_table(tmp_path, name, '{"a": 1}\n{"a": 2, "b": {"c": 3}}\noops\n\n{"a": 4}\n')
    assert rows_of(table) == [("1", None), ("2", "3"), ("4", None)]
    assert [(row.row, row.text) for row in broken_of(table)] == [(3, "oops")]


POINT = {"type": "Point", "coordinates": [105.5, 30.50]}


@pytest.mark.parametrize("value", [
    {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"name": "a"}, "geometry": POINT}]},
    {"type": "Feature", "properties": {"name": "a"}, "geometry": POINT}, {**POINT, "properties": {"name": "a"}},
])  # fmt: skip
def test_geojson_gives_properties_and_geometry(tmp_path, value):
    table = table_of(tmp_path, value, "a.geojson")
    assert (table.format, table.columns) == ("geojson", ("name", "geometry"))
    assert json.loads(str(rows_of(table)[0][1])) == POINT


def test_city_objects_are_rows(tmp_path):
    building = {"type": "Building", "attributes": {"h": 3}, "geometry": []}
    value = {"type": "CityJSON", "CityObjects": {"b1": building}, "vertices": [[1, 2, 3]]}
    table = table_of(tmp_path, value)
    assert table.columns == ("id", "type", "attributes.h", "geometry")


def test_byte_order_mark_and_gbk_are_no_obstacle(tmp_path):
    text = json.dumps([{"名称": "遂宁市船山区人民政府"}] * 30, ensure_ascii=False)
    assert counted(only_table(tmp_path, "a.json", b"\xef\xbb\xbf" + text.encode())) == 30
    assert rows_of(only_table(tmp_path, "b.json", text.encode("gbk")))[0] == ("遂宁市船山区人民政府",)


@pytest.mark.parametrize(("content", "what"), [
    ("[]", "没有记录"), ("3", "没有记录"), ('[{"a": 1},\n {"a": ]', "第 2 行"), ("[" * 100_000, "嵌套过深"), ("{}", "没有记录"),
])  # fmt: skip
def test_json_without_records_or_sense_is_refused(tmp_path, content, what):
    with pytest.raises(UnreadableFile, match=what):
        opened(tmp_path, "a.json", content)


def test_text_that_begins_like_json_is_still_text(tmp_path):
    assert counted(only_table(tmp_path, "a.txt", "[id],name\n1,a\n2,b\n")) == 2
