"""The systems register as a sheet: its rows written, brought rows judged cell by cell and registered one by one."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any  # values of a row, by key

from suixin.data.catalog import systems
from suixin.data.catalog.exchange import writing
from suixin.data.catalog.exchange.judging import Marker, parts_of, values_of
from suixin.data.catalog.exchange.layout import SYSTEMS, sheets
from suixin.data.catalog.exchange.reading import Line, Sheet, Workbook
from suixin.data.catalog.models import InformationSystem
from suixin.data.catalog.systems import SystemDraft
from suixin.ground.people.models import Organisation
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError


def systems_workbook(*, actor: Actor) -> bytes:
    """The whole register in the layout that is brought. Raises NotAllowed."""
    policy.require_anywhere(actor, "catalog.view")
    return writing.written({SYSTEMS: system_rows()}, (SYSTEMS,))


def system_rows() -> Iterator[list[str]]:
    """Every system as a row of the layout."""
    for one in InformationSystem.objects.select_related("organisation"):
        told = {"organisation": one.organisation.uscc, "databases": "；".join(one.databases), "live_on": str(one.live_on or "")}
        row = []
        for place in sheets()[SYSTEMS]:
            text = told.get(place.key, str(getattr(one, place.key)))
            row.append(place.choices.get(text, "") if place.choices else text)
        yield row


def keep_systems(book: Workbook, actor: Actor) -> int:
    """How many systems of the workbook were registered or changed; faults of the others are added to the workbook's."""
    sheet = book.sheets.get(SYSTEMS)
    if sheet is None:
        return 0
    at = Marker(book.faults)
    places = {one.uscc: one for one in Organisation.objects.all()}
    doubled = {code for code, times in Counter(line["code"] for line in sheet.lines).items() if times > 1 and code}
    return sum(_kept(sheet, line, at, places, doubled, actor=actor) for line in sheet.lines)


def _kept(
    sheet: Sheet, line: Line, at: Marker, places: dict[str, Organisation], doubled: set[str], *, actor: Actor
) -> bool:
    before = len(at.faults)
    values = values_of(sheet, line, at)
    if values is None:
        return False
    place = places.get(values["organisation"])
    if line["code"] in doubled:
        at(sheet, line, "code", f"系统编码“{line['code']}”在本表里出现多次；一个系统写一行")
    if place is None:
        at(sheet, line, "organisation", f"组织机构库里没有信用代码“{values['organisation']}”；请核对 18 位代码")
    elif not policy.may(actor, "catalog.keep_system", place):
        at(sheet, line, "organisation", f"您不能为“{place.name}”登记信息系统；请由该单位经办人导入")
    draft = _draft(sheet, line, values, at)
    for sentence in systems.faults_of(draft):
        key = "code" if "编码" in sentence else "databases" if "数据库" in sentence else "name"
        at(sheet, line, key, sentence)
    if place is None or len(at.faults) > before:
        return False
    try:
        systems.keep_system(draft, place, actor=actor)
    except SuixinError as error:
        at(sheet, line, "name" if "名为" in error.sentence else "code", error.sentence)
        return False
    return True


def _draft(sheet: Sheet, line: Line, values: dict[str, Any], at: Marker) -> SystemDraft:
    told = {key: value for key, value in values.items() if key not in ("organisation", "databases", "live_on")}
    live_on = None
    if text := values.get("live_on", ""):
        try:
            live_on = date.fromisoformat(text)
        except ValueError:
            at(sheet, line, "live_on", f"上线日期“{text}”应写成 2026-01-31 的样子")
    return SystemDraft(**told, databases=tuple(parts_of(values.get("databases", ""))), live_on=live_on)
