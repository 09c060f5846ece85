"""Each artefact says what the contract says, for odd contracts too."""

import io
import json
import sqlite3
import zipfile
from unittest import mock

import docx as docx_reader
import openpyxl
import pytest
import schemathesis
import sqlglot
from docx.oxml.ns import qn
from reportlab.pdfbase import ttfonts
from schemathesis.core.result import Ok

from suixin.data.catalog.bounds import Bounds, bounds_of
from suixin.data.catalog.contract import Contract, ItemSpec, ItemType, Rule
from suixin.data.catalog.errors import NoSample
from suixin.data.catalog.generators import dictionary, fonts, openapi_of, sample_rows, table_schema
from suixin.data.catalog.generators.artefacts import ARTEFACTS
from suixin.data.catalog.generators.facts import Doors, Facts
from suixin.data.catalog.generators.tests.contracts import EVERYTHING, NOTHING
from suixin.data.catalog.generators.xlsx_template import FIRST_ROW, template
from suixin.ground import standards
from suixin.ground.standards import CodeSet
from suixin.kit.checksums import is_resident_id, is_uscc

FACTS, DOORS = Facts(provider="市城管局", abstract="全市 <路灯> & 灯杆"), Doors("lamps", has_lookup=True, server="https://example.gov.cn")
WIDE = Contract("c", "wide", "大表", tuple(
    ItemSpec(f"f{at}", f"信息项{at}", ItemType.TEXT, 16, code_set="GB/T 3304" if at < 50 else "", is_key=at == 60) for at in range(300)
))
GATEWAY = {f"/gateway/lamps/{one}" for one in ("lookup", "verify", "rows", "aggregate")}


def opened(contract: Contract) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(template(contract, FACTS)))


def test_bounds_are_read_from_rules_joined_by_and() -> None:
    found = bounds_of(EVERYTHING)
    assert (found["amount"].least, found["people"]) == (0, Bounds(3, None, is_above=True))
    assert (found["x"].least, found["x"].most) == (100, 110)
    assert "end" not in found


def test_template_has_headings_fields_examples_and_no_formula() -> None:
    sheet = opened(EVERYTHING)["数据"]
    assert [sheet.cell(4, at).value for at in (1, 2)] == ["统一社会信用代码", "=cmd|' /C calc'!A0"]
    assert sheet.cell(4, 2).data_type == "s"
    assert [sheet.cell(2, at).value for at in (1, 2)] == ["uscc", "name"]
    assert str(sheet.cell(3, 1).value).startswith("例：（必填）91519999XX")
    assert sheet.max_row <= FIRST_ROW + 1
    comment = sheet.cell(4, 1).comment
    assert comment is not None
    assert "18 位统一社会信用代码" in comment.text


def test_template_validates_by_type_range_and_code_set() -> None:
    book = opened(EVERYTHING)
    rules = {str(one.sqref).split(":")[0].rstrip("0123456789"): one for one in book["数据"].data_validations.dataValidation}
    assert (rules["C"].type, rules["C"].formula1) == ("list", "choices_1")
    assert [cell.value for cell in book["选项"]["A"]][:2] == ["0 未知的性别", "1 男"]
    assert (rules["E"].type, rules["E"].formula1) == ("decimal", "0.0")
    assert (rules["F"].type, rules["G"].type, rules["B"].type) == ("whole", "date", "textLength")
    assert (rules["J"].formula1, rules["A"].allow_blank) == ('"是,否"', False)
    assert book["选项"].sheet_state == "hidden"
    assert "choices_1" in book.defined_names


def test_template_explains_each_item_and_the_rules() -> None:
    texts = [str(cell.value) for row in opened(EVERYTHING)["说明"].iter_rows() for cell in row if cell.value]
    assert any("结束不早于开始" in text for text in texts)
    assert any("市城管局" in text for text in texts)
    assert sum(item.name in texts for item in EVERYTHING.items) == len(EVERYTHING.items)


def test_a_code_set_of_ten_thousand_and_a_wide_table_are_files_like_others() -> None:
    large = CodeSet("large", "大集", "1", "", {f"{n:05d}": f"名称{n}" for n in range(10_000)})
    with mock.patch.object(standards, "code_set", return_value=large):
        book = opened(Contract("c", "t", "某表", (ItemSpec("kind", "种类", ItemType.TEXT, 5, code_set="large"),)))
        assert book["选项"].max_row == 10_000
    assert opened(WIDE)["数据"].max_column == 300


@pytest.mark.parametrize("dialect", table_schema.DIALECTS)
def test_ddl_is_one_table_of_the_contract_in_every_dialect(dialect: str) -> None:
    text = table_schema.ddl(EVERYTHING, dialect)
    create = sqlglot.parse(text, dialect=dialect)[0]
    assert create is not None
    names = [column.name for column in create.find_all(sqlglot.exp.ColumnDef)]
    assert names == [item.field for item in EVERYTHING.items]
    if dialect == "sqlite":
        database = sqlite3.connect(":memory:")
        database.executescript(text)
        made = database.execute("SELECT name, type, pk FROM pragma_table_info('lamps')").fetchall()
        assert made[0] == ("uscc", "TEXT(18)", 1)
        assert ("amount", "NUMERIC", 0) in made
        database.close()


def test_schema_says_types_that_lead_back_and_constraints() -> None:
    told = json.loads(json.dumps(table_schema.schema(EVERYTHING)))
    assert [table_schema.item_type_of(field) for field in told["fields"]] == [item.type for item in EVERYTHING.items]
    by_name = {field["name"]: field for field in told["fields"]}
    assert by_name["sex"]["constraints"]["enum"] == ["0", "1", "2", "9"]
    assert (by_name["people"]["constraints"], by_name["amount"]["constraints"]) == ({"exclusiveMinimum": 3}, {"minimum": 0})
    assert told["primaryKey"] == ["uscc"]


def test_openapi_of_its_own_interfaces_is_one_that_tools_load() -> None:
    document = json.loads(ARTEFACTS["openapi.json"].make(EVERYTHING, FACTS, DOORS))
    assert set(document["paths"]) == {"/api/v1/datasets/lamps/rows", *GATEWAY}
    operations = [found.ok() for found in schemathesis.openapi.from_dict(document).get_all_operations() if isinstance(found, Ok)]
    assert {one.path for one in operations} == set(document["paths"])
    record = document["components"]["schemas"]["Record"]["properties"]
    assert (record["number"]["x-mask"], record["amount"]["minimum"], record["at"]["format"]) == ("resident_id", 0, "date-time")
    example = document["components"]["schemas"]["Record"]["examples"][0]
    assert example["number"] == "***"


@pytest.mark.parametrize(("doors", "paths"), [
    (Doors(), set()), (Doors("lamps"), {"/api/v1/datasets/lamps/rows"}), (Doors(has_lookup=True), GATEWAY),
])  # fmt: skip
def test_openapi_tells_no_interface_that_is_not_there(doors: Doors, paths: set[str]) -> None:
    assert set(openapi_of.document(EVERYTHING, FACTS, doors)["paths"]) == paths


def test_dictionary_says_every_item_and_code_in_both_forms() -> None:
    document = docx_reader.Document(io.BytesIO(dictionary.docx(EVERYTHING, FACTS)))
    rows = [[cell.text for cell in row.cells] for row in document.tables[1].rows]
    assert [row[1] for row in rows[1:]] == [item.name for item in EVERYTHING.items]
    assert "全市 <路灯> & 灯杆" in document.tables[0].rows[4].cells[1].text


@pytest.mark.skipif(fonts.chinese_font() is None, reason="no Chinese font on this machine")
def test_a_pdf_carries_the_characters_that_it_says() -> None:
    assert b"/FontFile2" in dictionary.pdf(EVERYTHING, FACTS)
    letters, path = "数据字典A", fonts.chinese_font()
    assert path is not None
    one, other = (fonts.subset(path, text, "Trial") for text in (letters, letters[::-1]))
    assert one == other
    face = ttfonts.TTFontFace(io.BytesIO(one))
    assert {ord(letter) for letter in letters} <= set(face.charWidths)
    assert ord("目") not in face.charToGlyph


def test_without_a_font_a_pdf_names_one_and_says_so_in_letters_that_every_reader_has() -> None:
    with mock.patch.object(fonts, "chinese_font", return_value=None):
        pdf = dictionary.pdf(EVERYTHING, FACTS)
    assert b"/FontFile2" not in pdf
    assert {b"STSong-Light" in pdf, b"/Helvetica" in pdf} == {True}


def test_dictionary_looks_alike_in_word_and_in_libreoffice() -> None:
    document = docx_reader.Document(io.BytesIO(dictionary.docx(EVERYTHING, FACTS)))
    for table in document.tables:  # one reads the widths of the grid, the other those of the cells
        assert [column.width for column in table.columns] == [cell.width for cell in table.rows[0].cells]
        assert len({column.width for column in table.columns}) > 1
    for style in ("Normal", "Title", "Heading 1"):
        named = document.styles[style].element.rPr.rFonts
        assert named.get(qn("w:eastAsia")) == "宋体"
        assert named.get(qn("w:eastAsiaTheme")) is None
    assert [row._tr.xpath("./w:trPr/w:tblHeader") != [] for row in document.tables[1].rows][:2] == [True, False]


def test_the_same_contract_gives_the_same_dictionary() -> None:
    assert dictionary.pdf(EVERYTHING, FACTS) == dictionary.pdf(EVERYTHING, FACTS)
    names = [zipfile.ZipFile(io.BytesIO(dictionary.docx(EVERYTHING, FACTS))).namelist() for _ in range(2)]
    assert names[0] == names[1]


def test_invented_numbers_are_right_and_nobodys() -> None:
    for row in sample_rows.rows(EVERYTHING, 50):
        assert is_uscc(str(row["uscc"]))
        assert str(row["uscc"])[8:10] == "XX"
        assert row["number"] is None or (is_resident_id(str(row["number"])) and str(row["number"]).startswith("519999"))
        assert row["phone"] is None or str(row["phone"]).startswith("154")


def test_a_rule_that_nothing_meets_is_told() -> None:
    number = ItemSpec("n", "数", ItemType.INTEGER, 3, nullable=False)
    contract = Contract("c", "t", "某表", (number,), (Rule("no", "n > 5 AND n < 3", "不可能"),))
    with pytest.raises(NoSample, match="凑不出"):
        sample_rows.rows(contract, 1)


def test_a_small_key_gives_fewer_rows() -> None:
    contract = Contract("c", "t", "某表", (ItemSpec("sex", "性别", ItemType.TEXT, 1, code_set="GB/T 2261.1", is_key=True, nullable=False),))
    assert len(sample_rows.rows(contract, 20)) == 4


@pytest.mark.parametrize("name", ARTEFACTS)
@pytest.mark.parametrize("contract", [NOTHING, WIDE, Contract("", "odd", "", (
    ItemSpec("a", "😀\x0b" + "长" * 63, ItemType.TEXT), ItemSpec("b", "a", ItemType.MEMO, 100_000), ItemSpec("c", "a", ItemType.INTEGER),
))], ids=["nothing", "wide", "odd"])
def test_odd_contracts_generate_all_the_same(name: str, contract: Contract) -> None:
    assert ARTEFACTS[name].make(contract, Facts(), Doors()) is not None


