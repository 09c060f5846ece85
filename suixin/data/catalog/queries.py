"""Reads of the catalogue that more than one place needs."""

from suixin.data.catalog.errors import UnknownResource
from suixin.data.catalog.models import Resource


def resource_by(code_or_table: str) -> Resource:
    """The entry with that resource code or table name. Raises UnknownResource."""
    found = Resource.objects.select_related("provider").filter(code=code_or_table).first()
    found = found or Resource.objects.select_related("provider").filter(table=code_or_table).first()
    if found is None:
        raise UnknownResource(f"目录中没有代码或数据表名为“{code_or_table}”的资源;请在工作台“数据资源”页查找。")
    return found


def free_table_name(wanted: str) -> str:
    """`wanted`, or `wanted_2`, `wanted_3` ... : the first table name that no entry uses."""
    taken = set(Resource.objects.filter(table__startswith=wanted[:76]).values_list("table", flat=True))
    if wanted not in taken:
        return wanted
    number = 2
    while f"{wanted[:76]}_{number}" in taken:
        number += 1
    return f"{wanted[:76]}_{number}"
