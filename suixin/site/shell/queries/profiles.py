"""What is shown of a version's columns: counts, spread, commonest values, patterns, what changed; nothing of secret items."""

from collections import defaultdict

from django.utils.translation import gettext

from suixin.data.catalog.contract import ItemSpec
from suixin.data.catalog.models import Resource
from suixin.data.lake.models import VersionProfile
from suixin.data.quality import version_profiles
from suixin.site.shell.components import Cell, Column, Table
from suixin.site.shell.templatetags.suixin import number

SHOWN = 3


def profile_table(resource: Resource) -> tuple[Table, str]:
    """The newest profile of the resource's columns beside the one before, and a sentence on which versions these are."""
    profile = VersionProfile.objects.filter(resource=resource).order_by("-version").first()
    columns = (
        Column(gettext("信息项")), Column(gettext("空值率"), is_numeric=True), Column(gettext("不同值"), is_numeric=True),
        Column(gettext("范围")), Column(gettext("常见值"), is_long=True), Column(gettext("取值形态"), is_long=True),
        Column(gettext("与上一版本比"), is_long=True),
    )
    if profile is None:
        return Table(gettext("各列探查"), columns, (), gettext("还没有探查；后台每五分钟探查一次新版本。")), ""
    before, drifts = version_profiles.compared(profile)
    changed: dict[str, list[str]] = defaultdict(list)
    for drift in drifts:
        changed[drift.field].append(drift.sentence)
    items = {item.field: item for item in resource.contract.items}
    rows = [
        _row(items[told["field"]], told, profile.rows, changed[told["field"]]) for told in profile.columns if told["field"] in items
    ]
    note = gettext("版本 %(version)s，%(rows)s 行。") % {"version": profile.version, "rows": number(profile.rows)}
    if before is not None:
        note += gettext("上一次探查的是版本 %(version)s，%(rows)s 行。") % {"version": before.version, "rows": number(before.rows)}
    return Table(gettext("各列探查"), columns, rows), note


def _row(item: ItemSpec, told: dict[str, object], rows: int, changed: list[str]) -> list[Cell]:
    secret = version_profiles.is_secret(item)
    nulls, quantiles = int(str(told.get("nulls", 0))), told.get("quantiles")
    span = f"{told['min']} … {told['max']}" if "min" in told and not secret else ""
    middle = f"{gettext('中位数')} {number(round(quantiles[2], 4))}" if isinstance(quantiles, list) and not secret else ""
    hidden = gettext("敏感项，不显示值") if secret else ""
    return [
        Cell(item.name, note=item.field), Cell(f"{100 * nulls / rows:.2f}%" if rows else ""), Cell(number(told.get("distinct", 0))),
        Cell(span, note=middle), Cell(hidden or _shares(told.get("values"), rows)),
        Cell(_shares(told.get("patterns"), int(str(told.get("sampled", 0))))), Cell("；".join(changed), tone="warn" if changed else ""),
    ]


def _shares(listed: object, rows: int) -> str:
    if not isinstance(listed, list) or not rows:
        return ""
    return "、".join(f"{value}（{100 * count / rows:.1f}%）" for value, count in listed[:SHOWN])
