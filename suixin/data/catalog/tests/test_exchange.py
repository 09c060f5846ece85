"""The catalogue out and in: what a department fills in is judged cell by cell, nothing is half-registered, all round-trips."""

import io
from datetime import date

import openpyxl
import orjson
import pytest
import xlsxwriter

from suixin.data.catalog import canon, formats, registering
from suixin.data.catalog.errors import BadWorkbook, InvalidEntry
from suixin.data.catalog.exchange import bringing, core_xml, interchange, judging, layout, reading
from suixin.data.catalog.exchange.core_xml import CategoryMark, Contact, CoreRecord
from suixin.data.catalog.models import Category, Resource
from suixin.data.catalog.tests import factories, offices
from suixin.ground.standards import queries as standards
from suixin.ground.standards.models import Version
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db
GOOD = {
    "title": "公园名录", "provider": factories.BUREAU_USCC, "category": "307001", "abstract": "公园", "update_cycle": "每年",
    "share_type": "无条件共享", "open_type": "不予开放",
}
ITEM = {"resource": "公园名录", "name": "公园编号", "type": "字符型", "length": "20", "is_key": "是"}


def book(resources: list[dict[str, str]], items: list[dict[str, str]], **more: list[dict[str, str]]) -> bytes:
    """A filled-in workbook."""
    rows = {layout.RESOURCES: resources, layout.ITEMS: items, layout.CODES: more.get("codes", []),
            layout.CATEGORIES: more.get("categories", [])}
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as made:
        for name, lines in rows.items():
            sheet = made.add_worksheet(name)
            for at, place in enumerate(layout.sheets()[name]):
                sheet.write_string(0, at, place.heading)
                for number, line in enumerate(lines, 1):
                    sheet.write_string(number, at, line.get(place.key, ""))
    return stream.getvalue()


def bring(content: bytes) -> bringing.Brought:
    factories.bureau()
    return bringing.bring_workbook(content, actor=SYSTEM)


def told(brought: bringing.Brought) -> list[tuple[str, int, str, str]]:
    """Faults as (sheet, row, column's title, sentence)."""
    found = []
    for one in brought.faults:
        columns = layout.sheets()[one.sheet]
        found.append((one.sheet, one.row, columns[one.column].title, one.sentence))
    return found


def test_good_rows_become_drafts_with_their_items() -> None:
    brought = bring(book([GOOD | {"further": "201002", "extension.sichuan.carriers": "电子；纸质"}], [
        ITEM, ITEM | {"name": "面积", "type": "N", "length": "10", "scale": "2", "is_key": "", "level": "L2"},
    ]))
    made = Resource.objects.get()
    assert (brought.faults, brought.codes, brought.annotated) == ([], {2: made.code}, b"")
    assert (made.state, made.update_cycle, made.share_type, made.level) == ("proposed", "6", "unconditional", 2)
    assert made.extension == {"sichuan": {"carriers": ["电子", "纸质"]}}
    assert [(item.field, item.is_key) for item in made.contract.items] == [("gong_yuan_bian_hao", True), ("mian_ji", False)]


def test_each_wrong_cell_is_told_where_it_stands_and_good_rows_are_kept() -> None:
    bad = [
        GOOD | {"title": "一", "share_type": "随便"}, GOOD | {"title": "二", "category": "9"}, GOOD | {"title": "三", "provider": "1"},
        GOOD | {"title": "四", "share_type": "不予共享", "basis_document": "某部管理办法"}, GOOD | {"title": "五", "abstract": ""},
        GOOD | {"title": "六"}, GOOD | {"title": "六"}, GOOD | {"title": "七", "code": "307001/9"},
        GOOD | {"title": "八", "extension.sichuan.secrecy": "绝密"},
    ]
    brought = bring(book([GOOD, *bad], [ITEM, *(ITEM | {"resource": one["title"]} for one in bad if one["title"] != "六")]))
    places = [(row, column) for _, row, column, _ in told(brought)]
    expected = [
        (3, "共享类型"), (4, "信息资源分类"), (5, "信息资源提供方代码"), (6, "不予共享的依据"), (7, "信息资源摘要"), (8, "信息资源名称"),
        (9, "信息资源名称"), (10, "信息资源代码"), (11, "四川扩展元数据：信息资源涉密性"),
    ]
    assert [place for place in expected if place not in places] == []
    assert list(brought.codes) == [2]
    assert "部门规章" in next(sentence for _, row, _, sentence in told(brought) if row == 6)


def test_wrong_items_are_told_at_their_cells_and_hold_back_their_resource() -> None:
    items = [
        ITEM, ITEM, ITEM | {"name": "甲", "type": "文字"}, ITEM | {"name": "乙", "length": "很长"},
        ITEM | {"name": "丙", "code_set": "没有"},
        ITEM | {"resource": "别的"}, ITEM | {"name": "丁", "is_secret": "是"},
    ]
    places = [(row, column) for sheet, row, column, _ in told(bring(book([GOOD], items))) if sheet == layout.ITEMS]
    assert places == [(3, "信息项名称"), (4, "数据类型"), (5, "长度"), (6, "代码集"), (8, "涉密"), (7, "信息资源名称")]
    assert not Resource.objects.exists()


def test_own_code_lists_are_the_platforms_sets_by_code_name_or_content() -> None:
    [sex] = [one for one in standards.code_sets() if one.code == "GB/T 2261.1"]
    codes = [{"set": "性别", "code": code, "name": name} for code, name in sex.entries.items()]
    brought = bring(book([GOOD], [ITEM | {"code_set": "性别"}], codes=codes))
    assert (brought.faults, len(brought.codes)) == ([], 1)
    assert Resource.objects.get().contract.items[0].code_set == sex.code


def test_unknown_code_lists_and_codes_are_told_at_their_cells() -> None:
    codes = [
        {"set": "自有", "code": "1", "name": "甲"}, {"set": "自有", "code": "1", "name": "乙"},
        {"set": "GB/T 2261.1", "code": "77", "name": "丙"}, {"set": "缺"},
    ]
    brought = bring(book([GOOD], [ITEM | {"code_set": "自有"}], codes=codes))
    assert sorted((row, column) for sheet, row, column, _ in told(brought) if sheet == layout.CODES) == [
        (2, "代码集"), (3, "代码"), (4, "代码"), (5, "代码")]
    assert any("没有代码集“自有”" in one.sentence for one in brought.faults)
    assert not Resource.objects.exists()


def test_unknown_code_list_is_kept_as_a_draft_of_the_department_once() -> None:
    codes = [{"set": "自有", "code": "1", "name": "甲"}, {"set": "自有", "code": "2", "name": "乙"}]
    for rows in (codes, [*codes, {"set": "自有", "code": "3", "name": "丙"}]):
        brought = bring(book([GOOD], [ITEM | {"code_set": "自有"}], codes=rows))
        assert any("已存为本单位代码集的草稿" in one.sentence for one in brought.faults)
    kept = Version.objects.get()
    assert (kept.standard.code, kept.standard.owner, kept.state) == (f"{factories.BUREAU_USCC}/自有", factories.BUREAU_USCC, "draft")
    assert sorted(kept.changes.values_list("code", flat=True)) == ["1", "2", "3"]


def test_resource_of_too_many_items_is_told_and_soon() -> None:
    items = [ITEM | {"name": f"信息项{number}", "is_key": ""} for number in range(judging.MAX_ITEMS + 3)]
    brought = bring(book([GOOD], items))
    assert [(one.sheet, one.row) for one in brought.faults] == [(layout.ITEMS, judging.MAX_ITEMS + 2), (layout.RESOURCES, 2)]


def test_bad_sheet_comes_back_annotated_and_its_correction_is_taken() -> None:
    brought = bring(book([GOOD, GOOD | {"title": "广场", "update_cycle": "天天"}], [ITEM, ITEM | {"resource": "广场"}]))
    back = openpyxl.load_workbook(io.BytesIO(brought.annotated))
    sheet = back[layout.RESOURCES]
    cycle = next(cell for cell in sheet[3] if cell.value == "天天")
    assert cycle.fill.start_color.rgb == "FFFFC7CE"
    assert "可选 实时" in str(cycle.comment.text if cycle.comment else "")
    assert sheet.cell(1, sheet.max_column).value == "问题"
    assert str(sheet.cell(2, sheet.max_column).value).startswith("已登记")
    cycle.value = "每日"
    stream = io.BytesIO()
    back.save(stream)
    again = bringing.bring_workbook(stream.getvalue(), actor=SYSTEM)
    assert (again.faults, list(again.codes), list(again.known)) == ([], [3], [2])
    assert Resource.objects.count() == 2


def test_merged_cells_and_missing_columns_are_told_at_the_cell() -> None:
    back = openpyxl.load_workbook(io.BytesIO(book([GOOD, GOOD | {"title": "广场"}], [ITEM, ITEM | {"resource": "广场"}])))
    back[layout.RESOURCES].merge_cells("C2:C3")
    stream = io.BytesIO()
    back.save(stream)
    brought = bring(stream.getvalue())
    assert "合并单元格" in brought.faults[0].sentence
    assert (brought.faults[0].row, brought.faults[0].column, brought.codes) == (2, 2, {})
    back[layout.RESOURCES].unmerge_cells("C2:C3")
    back[layout.RESOURCES].delete_cols(1)
    stream = io.BytesIO()
    back.save(stream)
    assert "缺少“信息资源名称”列" in bring(stream.getvalue()).faults[0].sentence


def test_rows_beyond_the_limit_are_told_and_not_read() -> None:
    most = layout.MAX_ROWS[layout.RESOURCES]
    read = reading.read_workbook(book([GOOD | {"title": f"目录{n}"} for n in range(most + 10)], []))
    assert len(read.sheets[layout.RESOURCES].lines) == most
    assert [(one.row, "没有读入" in one.sentence) for one in read.faults] == [(most + 2, True)]


def test_same_sheet_brought_twice_is_registered_once() -> None:
    content = book([GOOD], [ITEM])
    bring(content)
    again = bring(content)
    assert [(row, column) for _, row, column, _ in told(again)] == [(2, "信息资源名称")]
    assert "已有同名目录 307001/00001" in again.faults[0].sentence
    assert Resource.objects.count() == 1


def test_categories_grow_and_circles_are_told() -> None:
    rows = [
        {"code": "307001", "name": "本市", "parent": "307"}, {"code": "307001002", "name": "民政", "parent": "307001"},
        {"code": "308001", "name": "圈", "parent": "308001"}, {"code": "201003", "name": "教育", "parent": "3"},
    ]
    brought = bring(book([], [], categories=rows))
    assert brought.categories == 2
    assert str(Category.objects.get(code="307001002").parent) == "307001 本市"
    assert ["绕回" in one.sentence or "开头" in one.sentence for one in brought.faults] == [True, True]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04nothing", b"a,b\n1,2\n"])
def test_what_is_no_workbook_is_a_sentence(content: bytes) -> None:
    with pytest.raises(BadWorkbook):
        bring(content)


def test_formulas_and_long_texts_do_no_harm() -> None:
    brought = bring(book([GOOD | {"title": "=1+1", "abstract": "长" * 1001}], [ITEM | {"resource": "=1+1"}]))
    back = openpyxl.load_workbook(io.BytesIO(brought.annotated))
    cell = back[layout.RESOURCES].cell(2, 1)
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_clerk_brings_only_for_the_own_department() -> None:
    office = offices.office()
    ours, others = office.city.department.uscc, office.city.district_department.uscc
    content = book([GOOD | {"provider": ours}, GOOD | {"title": "广场", "provider": others}], [ITEM, ITEM | {"resource": "广场"}])
    brought = bringing.bring_workbook(content, actor=office.clerk)
    assert list(brought.codes) == [2]
    assert "不能为“区民政局”登记" in brought.faults[0].sentence
    with pytest.raises(NotAllowed):
        bringing.bring_workbook(content, actor=office.head)


def test_whole_catalogue_goes_out_and_its_template_has_drop_downs() -> None:
    bring(book([GOOD], [ITEM]))
    content = bringing.whole_catalogue(actor=SYSTEM)
    again = bringing.bring_workbook(content, actor=SYSTEM)
    assert (again.faults, list(again.known.values())) == ([], ["307001/00001"])
    sheet = openpyxl.load_workbook(io.BytesIO(bringing.template()))[layout.RESOURCES]
    kinds = {one.type for one in sheet.data_validations.dataValidation}
    assert kinds == {"list", "textLength"}


def test_json_says_all_of_an_entry() -> None:
    resource = factories.published(abstract="甲", keywords=("一", "二"), extension={"sichuan": {"secrecy": "非涉密"}})
    content = interchange.catalogue_json(actor=SYSTEM)
    assert "已有同名目录" in interchange.bring_json(content, actor=SYSTEM).faults[0]
    Resource.objects.filter(pk=resource.pk).update(state="withdrawn")
    [code] = interchange.bring_json(content, actor=SYSTEM).codes
    before, after = canon.content_of(resource), canon.content_of(Resource.objects.get(code=code))
    changed = {key for key in before if before[key] != after[key]}
    assert changed == {"code", "categories"}


@pytest.mark.parametrize("content", [b"[]", b"{", b'{"format": "x"}', b'{"format":"suixin-catalogue/1","entries":3}'])
def test_json_of_another_kind_is_refused(content: bytes) -> None:
    with pytest.raises(BadWorkbook):
        interchange.bring_json(content, actor=SYSTEM)


def test_broken_entries_of_a_json_are_told_by_their_place() -> None:
    taken = interchange.bring_json(b'{"format":"suixin-catalogue/1","entries":[{}, 3, {"items": [{}]}]}', actor=SYSTEM)
    assert [one.partition("：")[0] for one in taken.faults] == ["/entries/0", "/entries/1", "/entries/2"]


@pytest.mark.parametrize(("text", "words"), [
    ("数据库/xlsx", "属于电子表格"), ("x" * 41, "1 到 40"), ("；".join(map(str, range(21))), "最多 20"),
])
def test_formats_are_judged_at_their_cell(text: str, words: str) -> None:
    brought = bring(book([GOOD | {"format_type": text}], [ITEM]))
    assert any(words in one.sentence for one in brought.faults)
    assert brought.codes == {}


def test_several_formats_and_the_share_method_of_an_item_come_in_by_sheet() -> None:
    rows = [GOOD | {"format_category": "电子表格", "format_type": "xls/xlsx、mysql, 数据库/人大金仓 V9"}]
    brought = bring(book(rows, [ITEM | {"share_method": "库表"}]))
    entry = Resource.objects.get(code=brought.codes[2])
    assert (entry.format_category, entry.format_type) == ("2", "xls；xlsx；mysql；数据库/人大金仓 V9")
    assert formats.parse("2", entry.format_type)[2:] == (formats.Format("3", "mysql"), formats.Format("3", "人大金仓 V9"))
    assert entry.items.get().share_method == "database"
    row = bringing.resource_row(entry)
    assert row[[place.key for place in layout.sheets()[layout.RESOURCES]].index("format_type")] == entry.format_type


def test_texts_without_room_are_told_before_the_database_is_asked() -> None:
    sent = CoreRecord("长" * 201, "摘要", (Contact(factories.bureau().name),), (CategoryMark("a", "b", "307001"),), "x", "y")
    taken = interchange.bring_xml(core_xml.to_xml([sent]), actor=SYSTEM)
    assert "信息资源名称不超过 200 个字" in taken.faults[0]


@pytest.mark.parametrize(("content", "words"), [
    (b"<!DOCTYPE x [<!ENTITY a 'b'>]><metadataSet/>", "DOCTYPE"), (b"<x/>", "metadataSet"), (b"<metadataSet>", "语法错误"),
    ("<!DOCTYPE x [<!ENTITY a 'b'>]><metadataSet/>".encode("utf-16"), "DOCTYPE"), (b"", "空的"),
    (b"<?xml version='1.0' encoding='cp037'?>" + "<!DOCTYPE x [<!ENTITY a 'b'>]><metadataSet/>".encode("cp037"), "语法错误|编码"),
    (b"<metadataSet><metadata/></metadataSet>", "第 1 条元数据缺少 idPoC"),
])
def test_xml_of_another_kind_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(BadWorkbook, match=words):
        core_xml.from_xml(content)


def test_dates_are_days() -> None:
    assert reading.text_of(date(2026, 1, 5)) == "2026-01-05"
    assert (reading.text_of(3.0), reading.text_of(True)) == ("3", "是")


def test_workbook_that_reaches_far_is_refused_before_anybody_makes_room_for_it() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet("信息资源").write(1_048_575, 16_383, "远")
    with pytest.raises(BadWorkbook, match="很远的行列"):
        reading.read_workbook(out.getvalue())


def test_wrong_rows_of_the_tree_and_masses_of_merged_cells_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    long = {"code": "307" + "1" * 60, "name": "长", "parent": "307"}
    brought = bring(book([], [], categories=[long, {"code": "307001", "name": "长" * 200, "parent": "307"}]))
    assert [(row, column) for _, row, column, _ in told(brought)] == [(2, "类目编码"), (3, "类目名称")]
    monkeypatch.setattr(reading, "MAX_MERGED", 1)
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as made:
        sheet = made.add_worksheet(layout.RESOURCES)
        for at, place in enumerate(layout.sheets()[layout.RESOURCES]):
            sheet.write_string(0, at, place.heading)
        for row in range(1, 7, 2):
            sheet.merge_range(row, 0, row + 1, 0, "公园")
    merged = bring(stream.getvalue())
    assert "合并单元格有 3 处" in merged.faults[0].sentence
    assert not Resource.objects.exists()


def test_same_name_is_registered_once_by_form_and_by_file(db: None) -> None:
    factories.bureau()
    made = registering.register(factories.draft("parks"), actor=SYSTEM)
    with pytest.raises(InvalidEntry, match="已有同名目录"):
        registering.register(factories.draft("other"), actor=SYSTEM)
    taken = interchange.bring_json(interchange.catalogue_json(actor=SYSTEM), actor=SYSTEM)
    assert (taken.codes, len(taken.faults)) == ([], 1)
    assert made.code in taken.faults[0]


@pytest.mark.parametrize(("name", "value"), [
    ("share_type", "bogus"), ("title", "长" * 300), ("update_cycle", 7), ("floor", 9), ("title", 5), ("provider", {}), ("abstract", 5),
    ("categories", [[{}, ""]]), ("basis_document", 5),
])  # fmt: skip
def test_values_of_another_system_that_do_not_fit_are_told(name: str, value: object) -> None:
    registering.register(factories.draft("parks"), actor=SYSTEM)
    page = orjson.loads(interchange.catalogue_json(actor=SYSTEM))
    Resource.objects.all().delete()
    page["entries"][0][name] = value
    taken = interchange.bring_json(orjson.dumps(page), actor=SYSTEM)
    assert (taken.codes, len(taken.faults), Resource.objects.count()) == ([], 1, 0)
