"""A department's resource with every type of item, its rows in the lake, and grants on it."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
from django.conf import settings

from suixin.data.access import actions, engine, log, stamps
from suixin.data.access.models import SubjectKind
from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.data.catalog.models import Item, Resource
from suixin.data.lake import index, snapshots
from suixin.data.lake.tests import factories as lake
from suixin.ground.people.models import Organisation
from suixin.kit.actor import SYSTEM, Actor, ActorKind

land_rows = lake.land  # for modules above, which may not import the lake
SPECS = (
    ItemSpec("code", "编码", ItemType.TEXT, length=20, is_key=True, nullable=False),
    ItemSpec("name", "姓名", ItemType.TEXT, length=50, mask="name"),
    ItemSpec("phone", "电话", ItemType.TEXT, length=20),
    ItemSpec("amount", "金额", ItemType.MONEY, length=12, scale=2),
    ItemSpec("day", "日期", ItemType.DATE),
    ItemSpec("at", "时间", ItemType.DATETIME),
    ItemSpec("score", "分数", ItemType.DOUBLE),
    ItemSpec("active", "启用", ItemType.BOOLEAN),
    ItemSpec("number", "数量", ItemType.INTEGER),
    ItemSpec("note", "备注", ItemType.MEMO),
)
BUREAU = "11510900MB1X000011"
HOSPITAL = "12510900MB1X000022"
CLERK = Actor(ActorKind.STAFF, "clerk", "经办", BUREAU, (BUREAU,), frozenset({"clerk"}))
OUTSIDER = Actor(ActorKind.STAFF, "outsider", "外部门", HOSPITAL, (HOSPITAL,), frozenset({"clerk"}))


@contextmanager
def node_at(folder, monkeypatch):
    """Settings that keep lake and state under `folder`."""
    root = folder / "lake"
    root.mkdir()
    monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, home=folder, lake=root))
    snapshots.forget_snapshots()
    stamps.forget()
    yield folder
    log.close_all()
    engine.close_all()


def make_resource(table="people_list", *, specs=SPECS, **columns):
    """A published entry of the bureau."""
    provider, _ = Organisation.objects.get_or_create(uscc=BUREAU, defaults={"name": "市数据局", "slug": "data-bureau"})
    resource = Resource.objects.create(
        code=f"307001/{table}", category="307001", table=table, title="试验名单", provider=provider,
        state="published", **columns,
    )
    for position, spec in enumerate(specs):
        Item.objects.create(resource=resource, position=position, **Item.columns_of(spec))
    stamps.forget()
    return resource


def record(n):
    """The n-th record; every seventh has nulls where they are allowed."""
    if n % 7 == 0:
        return {"code": f"k{n:06d}", **{spec.field: None for spec in SPECS[1:]}}
    return {
        "code": f"k{n:06d}", "name": f"张{n % 5}", "phone": f"138{n:08d}", "amount": Decimal(n) / 4,
        "day": date(2024, 1, 1 + n % 28), "at": datetime(2024, 1, 1, tzinfo=UTC).replace(hour=n % 24, microsecond=n % 2),
        "score": n / 8, "active": n % 2 == 0, "number": n % 10, "note": ["=cmd|' /C calc'!A0", "-12.5", "a,\"b\"\n<c>&"][n % 3],
    }


def table_of(records, specs=SPECS):
    """The records as typed columns."""
    schema = pa.schema([pa.field(spec.field, spec.arrow_type) for spec in specs])
    return pa.Table.from_pylist(records, schema=schema)


def land(resource, records, *, sm3="one", specs=SPECS):
    """The records landed as one batch."""
    return lake.land(resource, table_of(records, specs), sm3=sm3)


def filled(count=50, **columns):
    """A resource with `count` records."""
    resource = make_resource(**columns)
    land(resource, [record(n) for n in range(count)])
    return resource


def grant(resource, **values):
    """A grant to the public unless said otherwise."""
    values.setdefault("subject_kind", SubjectKind.PUBLIC)
    given = actions.give_grant(resource, actor=SYSTEM, **values)
    stamps.forget()
    return given


def key_index(table):
    """The index that look-ups of the table ask."""
    return index.find_index(table)
