"""A kept report as a paper: the same figures give the same pages, with SM3 and queries at the end."""

import orjson

from suixin.data.catalog.generators.papers import Paper, Part
from suixin.data.quality.models import MonthlyReport


def paper_of(kept: MonthlyReport) -> Paper:
    """The paper of a kept report."""
    held = orjson.loads(kept.figures)
    rows = [[one["label"], shown(one["value"], one["unit"]), one["how"]] for one in held["figures"]]
    parts = [Part(lines=[f"数据摘要 SM3：{kept.sm3}"]), Part("总体情况", ("指标", "数值", "口径"), rows, (0.25, 0.2, 0.55))]
    for table in held["tables"]:
        lines = [table["how"] + "。"] if table["rows"] else [f"{table['how']}。本月没有。"]
        share = 1 / len(table["head"])
        parts.append(Part(table["title"], table["head"], table["rows"], [share] * len(table["head"]) if table["rows"] else (), lines))
    traces = [[one.get("label") or one["title"], one["sql"]] for one in (*held["figures"], *held["tables"])]
    parts.append(Part("附：各数字的查询", ("数字", "查询与参数"), traces, (0.2, 0.8)))
    return Paper(f"{kept.month[:4]} 年 {int(kept.month[5:])} 月数据治理报告", parts)


def shown(value: object, unit: str) -> str:
    """A figure with its unit; a dash where nothing was to be counted."""
    if value is None:
        return "—"
    return f"{value:,}{unit}" if isinstance(value, int) else f"{value}{unit}"
