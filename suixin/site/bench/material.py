"""The rows that benches run on: nine columns of a made-up enterprise register, and its contract with eight rules."""

from dataclasses import replace
from pathlib import Path

import duckdb

from suixin.data.catalog.contract import Contract, ItemSpec, ItemType, Level, Rule, WriteMode

TABLE = "bench_enterprises"
ITEMS = (
    ItemSpec("record_no", "登记编号", ItemType.TEXT, 12, is_key=True, nullable=False),
    ItemSpec("credit_code", "主体标识", ItemType.TEXT, 18, nullable=False),
    ItemSpec("name", "名称", ItemType.TEXT, 60, nullable=False),
    ItemSpec("division", "所在区县", ItemType.TEXT, 6, is_indexed=True),
    ItemSpec("industry", "行业代码", ItemType.TEXT, 4),
    ItemSpec("founded", "成立日期", ItemType.DATE),
    ItemSpec("capital", "注册资本", ItemType.NUMBER, 14, 2, unit="万元"),
    ItemSpec("staff", "从业人数", ItemType.INTEGER, 8),
    ItemSpec("changed_at", "更新时间", ItemType.DATETIME),
)
RULES = (
    Rule("R1", "length(record_no) = 12", "登记编号应为 12 位"),
    Rule("R2", "length(credit_code) = 18", "主体标识应为 18 位"),
    Rule("R3", "capital >= 0", "注册资本不应为负"),
    Rule("R4", "staff >= 0 AND staff <= 1000000", "从业人数应在 0 到 100 万之间"),
    Rule("R5", "founded >= DATE '1949-10-01'", "成立日期过早", "consistency"),
    Rule("R6", "division LIKE '5109%'", "所在区县应属遂宁市"),
    Rule("R7", "length(industry) = 4", "行业代码应为 4 位", "conformity"),
    Rule("R8", "capital IS NULL OR staff IS NULL OR capital + staff < 100000000", "资本与人数不合常理", "consistency"),
)
CONTRACT = Contract("", TABLE, "基准测试企业", ITEMS, RULES, WriteMode.UPSERT)
SEALED = CONTRACT.with_items(
    tuple(replace(item, is_sealed=True, level=Level.L4) if item.field in ("credit_code", "name") else item for item in ITEMS)
)


def write_csv(path: Path, rows: int, *, first: int = 0) -> None:
    """A CSV of `rows` rows in key order, about 130 bytes each, the same for the same number; made once."""
    _write(path, _select(f"range({int(first)}, {int(first + rows)})"))


def write_changes(path: Path, rows: int, count: int) -> None:
    """A CSV of `count` rows spread over the first `rows` keys, each with another number of staff; made once."""
    step = max(1, rows // count)
    _write(path, f'SELECT * REPLACE (\'7\' AS "从业人数") FROM ({_select(f"range(0, {int(rows)}, {step})")})')  # noqa: S608 as in `_select`


def write_wrong(path: Path, rows: int) -> None:
    """The same CSV with every row wrong twice: its date is none, and a rule of the row is broken; made once."""
    wrong = 'SELECT * REPLACE (\'不详\' AS "成立日期", \'-\' || "注册资本" AS "注册资本")'
    _write(path, f"{wrong} FROM ({_select(f'range(0, {int(rows)})')})")


def _write(path: Path, query: str) -> None:
    if path.exists():
        return
    draft = path.with_suffix(".draft")
    duckdb.execute("SET threads = 2")
    duckdb.execute(f"COPY ({query}) TO '{draft}' (HEADER, DELIMITER ',')")
    draft.rename(path)


def _select(numbers: str) -> str:
    return f"""
        SELECT printf('%012d', i) AS "登记编号",
               printf('91510900MA%08d', hash(i) % 100000000) AS "主体标识",
               '遂宁市' || ['船山','安居','蓬溪','大英','射洪'][1 + i % 5] || '第' || (hash(i + 7) % 1000000) || '号有限责任公司' AS "名称",
               ['510903','510904','510921','510923','510981'][1 + i % 5] AS "所在区县",
               printf('%04d', hash(i + 3) % 9700) AS "行业代码",
               strftime(DATE '1980-01-01' + (hash(i + 1) % 16000)::INTEGER, '%Y-%m-%d') AS "成立日期",
               printf('%.2f', (hash(i + 2) % 100000000) / 100.0) AS "注册资本",
               (hash(i + 5) % 3000)::VARCHAR AS "从业人数",
               strftime(TIMESTAMP '2020-01-01' + INTERVAL (hash(i + 9) % 150000000) SECOND, '%Y-%m-%d %H:%M:%S') AS "更新时间"
        FROM {numbers} t(i)
    """  # noqa: S608 the numbers are ints
