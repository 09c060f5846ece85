"""The calendar: what was announced, what a file may say, what follows for the due dates."""

from datetime import date, timedelta
from io import BytesIO

import pytest
import xlsxwriter

from suixin.ground.audit.models import Record
from suixin.ground.flow import calendar_reading, calendars
from suixin.ground.flow.errors import MissingReason, WrongCalendar
from suixin.ground.flow.models import CalendarDay, CalendarYear
from suixin.kit.errors import NotAllowed
from tests.cast import clerk, data_officer

NOTICES = {
    2020: """一、元旦：2020年1月1日放假，共1天。二、春节：1月24日至30日放假调休，共7天。1月19日（星期日）、2月1日（星期六）上班。
三、清明节：4月4日至6日放假调休，共3天。四、劳动节：5月1日至5日放假调休，共5天。4月26日（星期日）、5月9日（星期六）上班。
五、端午节：6月25日至27日放假调休，共3天。6月28日（星期日）上班。六、国庆节、中秋节：10月1日至8日放假调休，共8天。
9月27日（星期日）、10月10日（星期六）上班。""",
    2023: """经国务院批准，现将2023年元旦、春节放假调休日期的具体安排通知如下。
一、元旦：2022年12月31日至2023年1月2日放假调休，共3天。
二、春节：1月21日至27日放假调休，共7天。1月28日（星期六）、1月29日（星期日）上班。
三、清明节：4月5日放假，共1天。
四、劳动节：4月29日至5月3日放假调休，共5天。4月23日（星期日）、5月6日（星期六）上班。
五、端午节：6月22日至24日放假调休，共3天。6月25日（星期日）上班。
六、中秋节、国庆节：9月29日至10月6日放假调休，共8天。10月7日（星期六）、10月8日（星期日）上班。
节假日期间，各地区、各部门要妥善安排好值班和安全、保卫、疫情防控等工作。""",
    2024: """一、元旦：1月1日放假，与周末连休。
二、春节：2月10日至17日放假调休，共8天。2月4日（周日）、2月18日（周日）上班。鼓励各单位结合带薪年休假等制度落实，安排职工在除夕（2月9日）休息。
三、清明节：4月4日至6日放假调休，共3天。4月7日（周日）上班。
四、劳动节：5月1日至5日放假调休，共5天。4月28日（周日）、5月11日（周六）上班。
五、端午节：6月10日放假，与周末连休。
六、中秋节：9月15日至17日放假调休，共3天。9月14日（周六）上班。
七、国庆节：10月1日至7日放假调休，共7天。9月29日（周日）、10月12日（周六）上班。""",
    2025: """国办发明电〔2024〕12号
一、元旦：1月1日（周三）放假1天，不调休。
二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
三、清明节：4月4日（周五）至6日（周日）放假，共3天。
四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。
六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。""",
    2026: """一、元旦:1月1日(周四)至3日(周六)放假调休,共3天。1月4日(周日)上班。
二、春节:2月15日(农历腊月二十八、周日)至23日(农历正月初七、周一)放假调休,共9天。2月14日(周六)、2月28日(周六)上班。
三、清明节:4月4日(周六)至6日(周一)放假,共3天。
四、劳动节:5月1日(周五)至5日(周二)放假调休,共5天。5月9日(周六)上班。
五、端午节:6月19日(周五)至21日(周日)放假,共3天。
六、中秋节:9月25日(周五)至27日(周日)放假,共3天。
七、国庆节:10月1日(周四)至7日(周三)放假调休,共7天。9月20日(周日)、10月10日(周六)上班。""",
}
PROLONGED = {date(2020, 1, 31), date(2020, 2, 1), date(2020, 2, 2)}  # by a second notice, in the epidemic


def seed(year: int) -> calendar_reading.Announced:
    return calendar_reading.read((calendars.SEEDS / f"{year}.yaml").read_bytes())


@pytest.mark.parametrize("year", NOTICES)
def test_the_seed_is_what_the_notice_says(year) -> None:
    told = {(day.date, day.is_workday) for day in calendar_reading.read(NOTICES[year], year=year).days}
    kept = {(day.date, day.is_workday) for day in seed(year).days}
    assert {one for one in told ^ kept if one[0] not in PROLONGED} == set()


@pytest.mark.parametrize(("year", "workdays"), [
    (2020, 249), (2021, 250), (2022, 249), (2023, 249), (2024, 251), (2025, 248), (2026, 248),
])
def test_every_seed_has_the_workdays_of_its_year(db, year, workdays) -> None:
    calendar = calendars.current()
    assert calendar.is_official(year)
    assert calendar.workdays_between(date(year - 1, 12, 31), date(year, 12, 31)) == workdays


@pytest.mark.django_db
def test_a_year_without_notice_is_its_weekdays() -> None:
    calendar = calendars.current()
    assert not calendar.is_official(2031)
    assert calendar.is_workday(date(2031, 10, 1))
    assert not calendar.is_workday(date(2031, 10, 4))


@pytest.mark.parametrize(("text", "fault"), [
    ("一、元旦：1月1日（周三）放假，共1天。", "是周五"),
    ("一、春节：2月5日至12日放假调休，共7天。", "是 8 天"),
    ("一、春节：2月30日放假，共1天。", "没有“2月30日”"),
    ("一、元旦：1月1日放假，共1天。1月4日上班。", "本来就上班"),
    ("一、元旦：1月1日放假，共1天。机关照常值班。", "看不懂“机关照常值班”"),
    ("一、元旦：1月1日放假，共1天。二、春节：1月1日放假，共1天。", "写了两次"),
    ("元旦放一天假", "看不出放假安排"),
])
def test_notice_that_contradicts_itself_or_is_not_understood_is_refused(text, fault) -> None:
    with pytest.raises(WrongCalendar, match=fault):
        calendar_reading.read(text, year=2027)


BROKEN = """日期,安排,名称,截止
2027-01-01,放假,元旦,
2027-02-30,放假,春节,
2027-02-08,休息,春节,
2027-03-01,上班,春节,
2027-05-05,放假,劳动节,2027-05-01
2027-06-09,放假,,
"""


@pytest.mark.django_db
def test_broken_file_tells_every_faulty_line_and_imports_nothing() -> None:
    with pytest.raises(WrongCalendar) as refused:
        calendars.import_year(BROKEN, actor=data_officer)
    faults = " ".join(map(str, refused.value.fields["faults"]))  # type: ignore[call-overload]  # a list of texts
    assert all(f"第 {line} 行" in faults for line in (3, 4, 5, 6, 7))
    assert not CalendarYear.objects.filter(year=2027).exists()
    assert not CalendarDay.objects.filter(date__year=2027).exists()


@pytest.mark.parametrize("text", [
    "year: 2027\ndays: [{date: 2027-01-01, day: 放假, name: 元旦, colour: red}]", "year: 2027\ndays: [5]", "year: [\ndays:",
    "days: [{date: 2027-01-01, day: 放假, name: 元旦}]\nyear: x", "", "日期,安排\n2027-01-01,放假", b"PK\x03\x04nothing", b"\xff\xfe\x80",
    "year: 2027\ndays: [{date: 2027-13-45, day: 放假, name: 元旦}]", "year: 2027\ndays: " + "[" * 20_000,
    f"year: 2027\ndays: [{{date: {'9' * 5_000}}}]", f'日期,安排,名称\n"{"a" * 200_000}",放假,元旦',
    "year: 2027\na: &a [x, x]\ndays: [{date: 2027-01-01, day: 放假, name: 元旦}]\ndocument: *a",
])
def test_file_of_another_shape_is_refused_with_a_sentence(text) -> None:
    with pytest.raises(WrongCalendar):
        calendar_reading.read(text)


def _sheet() -> bytes:
    held = BytesIO()
    with xlsxwriter.Workbook(held, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        rows = (("日期", "安排", "名称", "截止"), (date(2027, 1, 1), "放假", "元旦", date(2027, 1, 3)), ("2027-02-20", "上班", "春节", ""))
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return held.getvalue()


def test_workbook_with_one_cell_far_away_is_refused_before_room_is_made_for_all_between() -> None:
    held = BytesIO()
    with xlsxwriter.Workbook(held) as book:
        book.add_worksheet().write(1_048_575, 16_383, "日期")
    with pytest.raises(WrongCalendar, match="超出"):
        calendar_reading.read(held.getvalue())


def test_workbook_says_the_same_as_csv_and_yaml() -> None:
    sheet = calendar_reading.read(_sheet())
    csv = calendar_reading.read("日期,安排,名称,截止\n2027-01-01,放假,元旦,2027-01-03\n2027/2/20,上班,春节,\n".encode("gb18030"))
    assert sheet.days == csv.days
    assert len(sheet.days) == 4
    assert sheet.year == 2027
    assert "没有提到：清明" in sheet.notes[0]


@pytest.mark.django_db
def test_imported_year_counts_at_once_and_again_changes_nothing() -> None:
    before = calendars.current()
    changed = calendars.import_year(_sheet(), actor=data_officer)
    assert changed.days == (date(2027, 1, 1), date(2027, 2, 20))
    assert before.is_workday(date(2027, 1, 1))
    assert not calendars.current().is_workday(date(2027, 1, 1))
    assert calendars.current().is_official(2027)
    assert calendars.import_year(_sheet(), actor=data_officer).days == ()
    assert Record.objects.filter(action="flow.calendar_imported", object_key="2027").count() == 2


@pytest.mark.django_db
def test_import_that_waited_for_another_change_tells_what_differs_from_that(monkeypatch: pytest.MonkeyPatch) -> None:
    calendars.import_year(_sheet(), actor=data_officer)
    day = date(2027, 3, 1)

    def meanwhile() -> None:
        CalendarDay.objects.get_or_create(date=day, defaults={"pk": 7, "is_workday": False, "source": "人工修改：暴雪"})

    monkeypatch.setattr(calendars, "_lock", meanwhile)  # the other change was committed while this one waited
    assert calendars.import_year(_sheet(), actor=data_officer).days == (day,)


@pytest.mark.django_db
def test_new_notice_undoes_what_the_old_one_said() -> None:
    calendars.import_year(_sheet(), actor=data_officer)
    changed = calendars.import_year("一、元旦：1月1日放假，共1天。", actor=data_officer, year=2027)
    assert changed.days == (date(2027, 2, 20),)
    assert not calendars.current().is_workday(date(2022, 12, 31))  # stated by the notice of 2023


@pytest.mark.django_db
def test_edited_day_counts_is_on_record_and_survives_the_seeds() -> None:
    day = date(2026, 11, 25)
    calendars.set_day(day, is_workday=False, name="暴雪", actor=data_officer, reason="市政府通知")
    assert not calendars.current().is_workday(day)
    assert Record.objects.get(action="flow.calendar_day_set").basis == "市政府通知"
    assert calendars.load_seeds() == []
    CalendarYear.objects.filter(year=2026).delete()
    assert calendars.load_seeds() == [2026]
    assert not calendars.current().is_workday(day)
    calendars.set_day(day, is_workday=True, name="", actor=data_officer, reason="雪停了")
    assert calendars.current().is_workday(day)


@pytest.mark.django_db
def test_calendar_is_kept_by_whom_it_is_entrusted_to_and_with_a_reason() -> None:
    day = date(2026, 11, 25)
    with pytest.raises(NotAllowed):
        calendars.set_day(day, is_workday=False, name="", actor=clerk, reason="想休息")
    with pytest.raises(NotAllowed):
        calendars.import_year(NOTICES[2026], actor=clerk, year=2026)
    with pytest.raises(MissingReason):
        calendars.set_day(day, is_workday=False, name="", actor=data_officer, reason="  ")
    with pytest.raises(WrongCalendar):
        calendars.set_day(day + timedelta(days=365 * 200), is_workday=False, name="", actor=data_officer, reason="远")
