"""Items out and in: judged cell by cell, good ones kept, the same file again changes nothing, all round-trips."""

import io

import orjson
import pytest
import xlsxwriter

from suixin.ground.people.models import Organisation
from suixin.ground.people.tests.factories import tree
from suixin.kit.actor import SYSTEM
from suixin.services.items.errors import BadItemFile
from suixin.services.items.exchange import bringing
from suixin.services.items.exchange.layout import ITEMS, shape
from suixin.services.items.models import Item
from suixin.services.items.tests import factories
from suixin.services.items.tests.factories import BASIC

pytestmark = pytest.mark.django_db
MATERIAL = {
    "material_name": "申请书", "material_type": "原件", "material_format": "纸质", "is_need": "必要", "source_type": "申请人自备",
}


def book(items: list[dict[str, str]], **lists: list[dict[str, str]]) -> bytes:
    """A filled-in workbook; lists by title of their sheet."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as made:
        for name, lines in {ITEMS: items, **lists}.items():
            sheet = made.add_worksheet(name)
            for at, place in enumerate(shape().columns[name]):
                sheet.write_string(0, at, place.heading)
                for number, line in enumerate(lines, 1):
                    sheet.write_string(number, at, line.get(place.key, ""))
    return stream.getvalue()


def told(brought: bringing.Brought) -> list[tuple[str, int, str]]:
    return [(one.sheet, one.row, shape().columns[one.sheet][one.column].title) for one in brought.faults]


def row(place: Organisation, number: int, **more: str) -> dict[str, str]:
    return {"body": place.uscc, "level": "市级", "basic": BASIC, "number": f"{number:02}", "task_name": f"办理项{number}", **more}


def test_good_rows_are_kept_and_bad_cells_told():
    place = tree().department
    factories.published(place)
    brought = bringing.bring(book([
        row(place, 1, project_type="承诺件", server_type="自然人；企业法人", is_fee="否", promise_day="5"),
        row(place, 2, project_type="快办"),
        row(place, 3, promise_day="五"), row(place, 3), {"code": "123"}, row(place, 4), row(place, 5),
    ], 办理材料=[
        {**MATERIAL, "item": "办理项1"},
        {**MATERIAL, "item": "办理项4", "material_format": "纸"}, {**MATERIAL, "item": "没有的"},
    ]), actor=SYSTEM)
    assert sorted(told(brought)) == sorted([
        (ITEMS, 3, "办件类型"), (ITEMS, 4, "承诺办结时限"), (ITEMS, 6, "编码"), ("办理材料", 3, "材料形式"), ("办理材料", 4, "所属事项"),
        (ITEMS, 7, "编码"),
    ])
    assert sorted(brought.drafted) == [2, 5, 8]
    made = Item.objects.get(title="办理项1")
    assert (made.content["server_type"], made.content["is_fee"]) == (["1", "2"], False)
    assert made.content["materials"][0]["material_type"] == "1"
    assert brought.annotated


def test_file_brought_twice_changes_nothing():
    place = tree().department
    factories.published(place)
    content = book([row(place, 1), row(place, 2)])
    assert len(bringing.bring(content, actor=SYSTEM).drafted) == 2
    again = bringing.bring(content, actor=SYSTEM)
    assert (len(again.drafted), len(again.revised), len(again.same)) == (0, 0, 2)
    assert len(bringing.bring(book([row(place, 1, promise_day="3")]), actor=SYSTEM).revised) == 1


@pytest.mark.parametrize("out", [bringing.as_workbook, bringing.as_json])
def test_everything_round_trips(out):
    place = tree().department
    item = factories.published(place)
    content = out(Item.objects.all(), actor=SYSTEM)
    assert len(bringing.bring(content, actor=SYSTEM).same) == 2
    stood = {one.code: one.content for one in Item.objects.all()}
    Item.objects.filter(pk=item.pk).update(version=0)
    item.versions.all().delete()
    Item.objects.all().order_by("-tier").filter(pk=item.pk).delete()
    brought = bringing.bring(content, actor=SYSTEM)
    assert (brought.faults, list(brought.drafted.values())) == ([], [item.code])
    assert {one.code: one.content for one in Item.objects.all()} == stood


def test_faults_of_json_tell_their_path():
    place = tree().department
    factories.published(place)
    items = [
        {"taskCode": f"{place.uscc}3{BASIC}01", "taskName": "甲", "promiseDay": "5", "materials": [{"materialType": "9"}], "odd": 1},
        {"taskCode": f"{place.uscc}3{BASIC}02", "taskName": "乙"}, "丙",
    ]
    brought = bringing.bring(orjson.dumps({"items": items}), actor=SYSTEM)
    sentences = [one.sentence for one in brought.faults]
    assert [one.partition("：")[0] for one in sentences] == [
        "items[0].odd", "items[0].promiseDay", "items[0].materials[0].materialType", "items[2]",
    ]
    assert list(brought.drafted.values()) == [f"{place.uscc}3{BASIC}02"]


@pytest.mark.parametrize("content", [b"PK\x03\x04broken", b"{", b"[]", b'{"items": 5}'])
def test_what_is_no_file_of_items_is_refused_with_a_sentence(content):
    with pytest.raises(BadItemFile, match="请"):
        bringing.bring(content, actor=SYSTEM)
