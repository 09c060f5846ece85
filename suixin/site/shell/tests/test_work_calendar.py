"""The calendar's page: who may edit it, what a preview shows, what a broken notice is told."""

from datetime import date

import pytest
from django.test import Client

from suixin.ground.flow import calendars
from suixin.ground.flow.models import CalendarYear
from suixin.ground.flow.tests.factories import account, organisation

pytestmark = pytest.mark.django_db
NOTICE = "一、元旦：1月1日（周五）至3日（周日）放假，共3天。二、春节：2月5日至11日放假调休，共7天。2月20日（周六）上班。"


def enter(role: str) -> Client:
    root = organisation("root")
    client = Client()
    client.force_login(account(f"calendar-{role}", organisation("bureau", parent=root, is_bureau=True), role))
    return client


def test_year_shows_holidays_makeup_days_and_what_is_not_announced() -> None:
    page = enter("reception").get("/console/calendar/?year=2026").content.decode()
    assert "国办发明电〔2025〕7号" in page
    assert "放假 春节" in page
    assert "上班 国庆节" in page
    assert "修改一天" not in page
    assert "未公布" in enter("reception").get("/console/calendar/?year=2031").content.decode()


def test_notice_is_previewed_then_loaded() -> None:
    client = enter("data_officer")
    seen = client.post("/console/calendar/", {"wish": "preview", "year": "2027", "text": NOTICE})
    assert seen.status_code == 200
    assert "没有提到：清明" in seen.content.decode()
    assert not CalendarYear.objects.filter(year=2027).exists()
    again = seen.context["again"]
    assert client.post("/console/calendar/", {"wish": "load", "year": "2027", "text": again}).status_code == 302
    assert calendars.current().is_workday(date(2027, 2, 20))
    assert not calendars.current().is_workday(date(2027, 2, 8))


def test_broken_notice_tells_every_fault_on_the_page() -> None:
    text = NOTICE.replace("周五", "周四").replace("共7天", "共8天")
    answer = enter("data_officer").post("/console/calendar/", {"wish": "preview", "year": "2027", "text": text})
    assert answer.status_code == 422
    assert "是周五" in (page := answer.content.decode())
    assert "是 7 天" in page


def test_day_is_edited_with_a_reason_and_by_nobody_else() -> None:
    form = {"wish": "day", "date": "2026-11-25", "arrangement": "off", "name": "暴雪", "reason": "市政府通知"}
    assert enter("reception").post("/console/calendar/", form).status_code == 403
    assert enter("data_officer").post("/console/calendar/", {**form, "reason": ""}).status_code == 422
    assert enter("data_officer").post("/console/calendar/", form).status_code == 302
    assert not calendars.current().is_workday(date(2026, 11, 25))
