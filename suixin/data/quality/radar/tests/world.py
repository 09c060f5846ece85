"""A city in which two departments hold the same register, and a third party that does not."""

from dataclasses import dataclass

import pyarrow as pa

from suixin.data.catalog import actions
from suixin.data.catalog.contract import Contract, ItemSpec, ItemType, WriteMode
from suixin.data.catalog.drafts import ResourceDraft
from suixin.data.catalog.models import Resource
from suixin.data.catalog.tests import offices
from suixin.data.catalog.tests.offices import COMPLETE, Office, office
from suixin.data.lake.tests import factories as tables
from suixin.data.quality.radar import keeping
from suixin.data.quality.radar.tests import pairs
from suixin.ground.people.models import Organisation
from suixin.kit.actor import SYSTEM, Actor

ROWS = 400
ITEMS = (
    ItemSpec("code", "统一社会信用代码", ItemType.TEXT, 18, is_key=True, nullable=False),
    ItemSpec("name", "企业名称", ItemType.TEXT, 60),
    ItemSpec("address", "住所", ItemType.TEXT, 60),
    ItemSpec("founded", "成立日期", ItemType.DATE),
)
COLUMNS = {"code": pairs.C, "name": pairs.F, "address": pairs.A}


@dataclass
class World:
    """The offices, the market office's register, the tax office's copy of it (proposed where `copied` says so)."""

    office: Office
    market: Organisation
    tax: Organisation
    register: Resource
    copy: Resource


def entry(table: str, provider: Organisation, *, by: Actor = SYSTEM, items: tuple[ItemSpec, ...] = ITEMS, **stated: object) -> Resource:
    """A proposed entry of that department."""
    contract = Contract("", table, f"{table}名录", items, write_mode=WriteMode.UPSERT)
    draft = ResourceDraft(contract, provider.uscc, "307001", **{**COMPLETE, **stated})  # type: ignore[arg-type]  # test data
    return actions.propose_resource(draft, actor=by)


def published(resource: Resource) -> Resource:
    """The entry in force."""
    return actions.publish_resource(resource, actor=SYSTEM, reason="测试")


def fill(resource: Resource, rows: int = ROWS, sm3: str = "one") -> None:
    """Rows of the register landed and sketched."""
    records = [{name: cells[n] for name, cells in COLUMNS.items()} | {"founded": None} for n in range(rows)]
    schema = pa.schema([pa.field(item.field, item.arrow_type) for item in ITEMS])
    tables.land(resource, pa.Table.from_pylist(records, schema=schema), sm3=sm3)
    for _ in keeping.sketch_missing():
        pass


def world(*, is_filled: bool = True) -> World:
    """The city; both registers in force and filled unless told otherwise."""
    made = office()
    market = made.city.department
    tax = Organisation.objects.create(uscc="11510900000000TAX1", name="市税务局", slug="tax", parent=market.parent)
    register, copy = published(entry("firms", market)), published(entry("taxpayers", tax))
    if is_filled:
        fill(register)
        fill(copy, ROWS - 100)
    return World(made, market, tax, register, copy)


def tax_clerk(made: World) -> Actor:
    """A clerk of the tax office."""
    return offices.employ("clerk", made.tax, "taxclerk")
