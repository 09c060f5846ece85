"""Tables that may be opened: three rows each, alone or in a group."""

from decimal import Decimal

import pyarrow as pa

from suixin.data.access.tests.factories import land_rows
from suixin.data.catalog.models import Resource, ResourceGroup
from suixin.data.catalog.tests import factories


def table_with_rows(table: str = "some_table", *, title: str = "", rows: int = 3, **metadata: object) -> Resource:
    """A published resource with `rows` rows in the lake."""
    resource = factories.published(table, **metadata)  # type: ignore[arg-type]  # test data
    if title:
        Resource.objects.filter(pk=resource.pk).update(title=title)
        resource.refresh_from_db()
    if rows:
        more_rows(resource, rows, sm3=table)
    return resource


def more_rows(resource: Resource, rows: int, *, sm3: str, name: str = "甲") -> None:
    """One more batch, its keys its own, every row of that name."""
    schema = pa.schema([pa.field(item.field, item.arrow_type) for item in factories.ITEMS])
    made = [{"code": f"{sm3[:6]}{n}", "name": name, "amount": Decimal("1.50"), "day": None} for n in range(rows)]
    land_rows(resource, pa.Table.from_pylist(made, schema=schema), sm3=sm3)


def group_of(*titles: str) -> ResourceGroup:
    """A group with one table for each title."""
    group = ResourceGroup.objects.create(slug="tables", title="一组表")
    for number, title in enumerate(titles):
        table_with_rows(f"part_{number}", title=title, group="tables")
    return group
