"""Bringing staff from a sheet: every row has a verdict and a sentence, all or none, twice is once, nobody climbs."""

import io
from collections import Counter
from datetime import date

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from suixin.ground.audit.models import Record
from suixin.ground.people import sheets
from suixin.ground.people.errors import BadSheet
from suixin.ground.people.importing import bring_staff, judge
from suixin.ground.people.models import Account, Organisation, Post
from suixin.ground.people.queries import actor_of
from suixin.ground.people.sheets import COLUMNS, Line, read_sheet
from suixin.ground.people.tests.factories import Tree, tree
from suixin.kit.actor import Actor
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db
HEAD = "姓名,账号,机构,角色,手机,任职日期,离任日期\n"


@pytest.fixture
def city() -> Tree:
    return tree()


def administrator(place: Organisation, role: str = "administrator") -> Actor:
    account = Account.objects.create(username=f"root{place.pk}", display_name="管理员")
    Post.objects.create(account=account, organisation=place, role=role)
    return actor_of(account)


def lines(text: str) -> list[Line]:
    return read_sheet((HEAD + text).encode(), "人员.csv")


def workbook(rows: list[list[object]]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return buffer.getvalue()


@pytest.mark.parametrize("text", [
    "2026/11/1", "2026-11-1", "2026年11月1日", "2026.11.01", "20261101", "2026-11-01 00:00:00", "46327",
])
def test_first_day_is_taken_as_people_write_it(city: Tree, text: str) -> None:
    judged = judge(lines(f"张三,zhang,市民政局,经办人,,{text},"), actor=administrator(city.bureau))
    assert [(one.verdict, one.begins) for one in judged] == [("new", date(2026, 11, 1))], judged[0].sentence


@pytest.mark.parametrize("text", ["2026/2/30", "11/1/2026", "2026年11月", "1"])
def test_what_is_no_day_is_told(city: Tree, text: str) -> None:
    judged = judge(lines(f"张三,zhang,市民政局,经办人,,{text},"), actor=administrator(city.bureau))
    assert "不是日期" in judged[0].sentence


def test_thousand_people_come_in_one_transaction_and_again_change_nothing(city: Tree) -> None:
    root = administrator(city.bureau)
    sheet = lines("".join(f"张{n}三,staff{n:04d},市民政局,经办人,1380000{n:04d},,\n" for n in range(1000)))
    people = bring_staff(sheet, actor=root)
    assert (len(people), len({password for *_, password in people})) == (1000, 1000)
    assert Post.objects.filter(organisation=city.department, role="clerk").count() == 1000
    assert Account.objects.get(username="staff0007").check_password(people[7][3])
    records = Record.objects.count()
    assert bring_staff(sheet, actor=root) == []
    assert (Account.objects.count(), Record.objects.count()) == (1001, records + 1)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("张三,zhang,无此机构,经办人,,,", "第 2 行：机构“无此机构”不在您管理的范围内"),
        ("张三,zhang,市民政局,大王,,,", "角色“大王”不存在"),
        (",zhang,市民政局,经办人,,,", "姓名没有填写"),
        ("张三,,市民政局,经办人,,,", "账号没有填写"),
        ("=cmd|' /C calc'!A0,zhang,市民政局,经办人,,,", "不会有的字符"),
        ("<script>alert(1)</script>,zhang,市民政局,经办人,,,", "不会有的字符"),
        ("张三,zhang,市民政局,经办人,电话,,", "不是电话号码"),
        ("张三,zhang,市民政局,经办人,,明天,", "不是日期"),
        ("张三,zhang,市民政局,经办人,,2026-02-01,2026-01-01", "离任日期应晚于任职日期"),
        ("张三,zhang,市民政局,审计员,,,", "您不能授予"),
        ("张三,zhang,市民政局,安全管理员,,,", "您不能授予"),
        ("张三,taken,市民政局,经办人,,,", "已属于“别人”"),
        ("管理员,ROOT{root},市民政局,经办人,,,", "不由您管理"),
        ("审计,watcher,市民政局,经办人,,,", "不由您管理"),
        ("别人,taken,市民政局,运维,,,", "须各用单独的账号"),
        ("张三,zhang,市民政局,经办人,,,\n李四,zhang,市民政局,领导,,,", "一个账号只能是一个人"),
    ],
)
def test_wrong_row_is_named_with_what_to_do_and_nothing_is_brought(city: Tree, row: str, words: str) -> None:
    root = administrator(city.bureau)
    for name, username, role in (("别人", "taken", "clerk"), ("审计", "watcher", "auditor")):
        account = Account.objects.create(username=username, display_name=name)
        Post.objects.create(account=account, organisation=city.department, role=role)
    sheet = lines(row.replace("{root}", str(city.bureau.pk)) + "\n好人,good,市民政局,经办人,,,\n")
    wrong = [one for one in judge(sheet, actor=root) if one.verdict == "wrong"]
    assert words in wrong[-1].sentence
    with pytest.raises(BadSheet, match="没有导入任何一行"):
        bring_staff(sheet, actor=root)
    assert not Account.objects.filter(username__in=["zhang", "good"]).exists()


def test_sheet_that_reaches_far_is_refused_before_anybody_makes_room_for_it() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet().write(1_048_575, 16_383, "远")
    with pytest.raises(BadSheet, match="很远的行列"):
        read_sheet(out.getvalue(), "人员.xlsx")


def test_district_administrator_brings_people_of_the_district_only(city: Tree) -> None:
    local = administrator(city.district_bureau)
    sheet = lines("张三,zhang,区民政局,经办人,,,\n李四,lisi,市民政局,经办人,,,\n王五,wang,区民政局,系统管理员,,,\n")
    assert [one.verdict for one in judge(sheet, actor=local)] == ["new", "wrong", "wrong"]


def test_who_keeps_no_accounts_does_not_even_ask(city: Tree) -> None:
    with pytest.raises(NotAllowed):
        judge(lines("张三,zhang,市民政局,经办人,,,\n"), actor=administrator(city.bureau, "data_officer"))


def test_one_person_may_stand_on_several_rows(city: Tree) -> None:
    root = administrator(city.bureau)
    sheet = lines(f"张三,zhang,市民政局,经办人,,,\n张三,zhang,{city.district_department.uscc},负责人,,,\n".replace("负责人", "部门负责人")
                  + "张三,ZHANG,o3,经办人,,,\n")  # fmt: skip
    assert Counter(one.verdict for one in judge(sheet, actor=root)) == {"new": 1, "post": 1, "same": 1}
    assert len(bring_staff(sheet, actor=root)) == 1
    assert Account.objects.get(username="zhang").posts.count() == 2


def test_workbook_reads_as_the_same_sheet(city: Tree) -> None:
    content = workbook([list(COLUMNS), ["张三", "zhang", "市民政局", "经办人", 13800000000, "", ""]])
    assert read_sheet(content, "人员.xlsx")[0].texts == ("张三", "zhang", "市民政局", "经办人", "13800000000", "", "")


def test_template_filled_in_reads_back_and_lists_what_may_be_chosen() -> None:
    content = sheets.template([("市民政局", "1151")], ["经办人"])
    assert read_sheet(content, "模板.xlsx")[0]["账号"] == "zhangsan"
    assert CalamineWorkbook.from_filelike(io.BytesIO(content)).sheet_names == ["人员", "可选机构", "可选角色"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空的"), ("名字,账号\n".encode(), "标题行缺少"), (HEAD.encode(), "只有标题行"), (b"PK\x03\x04nonsense", "读不出来"),
        (b"\x00\x01\x02\xff\xfe", "读不出来"), (b"x" * (sheets.MAX_BYTES + 1), "超过 5 MB"), (b"\x89PNG\r\n\x1a\n\x00", "读不出来"),
        ((HEAD + "张三,a,b,c,,,\n" * 5_001).encode(), "一次最多导入 5,000 行"),
        ((HEAD + "张" * 300 + ",a,b,c,,,\n").encode(), "超过 200 个字"),
        ("姓名,姓名,账号,机构,角色\n张,三,a,b,c\n".encode(), "两个“姓名”列"),
    ],
)  # fmt: skip
def test_file_that_is_no_sheet_of_staff_is_refused_with_a_sentence(content: bytes, words: str) -> None:
    with pytest.raises(BadSheet, match=words):
        read_sheet(content, "人员.csv")


def test_sheet_in_gb18030_is_read() -> None:
    assert read_sheet((HEAD + "张三,zhang,市民政局,经办人,,,\n").encode("gb18030"), "人员.csv")[0]["姓名"] == "张三"


def test_handout_runs_no_formula() -> None:
    content = sheets.handout([("=1+1", "=cmd", "@x", "abcd")])
    row = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()[1]
    assert row == ["=1+1", "=cmd", "@x", "abcd"]
