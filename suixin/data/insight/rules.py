"""What the SQL of an indicator may be. Source: design section 5 (listed subset, checked by parser)."""

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from suixin.data.insight.errors import InvalidIndicator


def tables_of(sql: str) -> list[str]:
    """Names of the tables that one SELECT reads, sorted. Raises InvalidIndicator for anything else.

    One statement, a SELECT; plain table names without schema; no table functions, so no file is ever read.
    """
    tree = _parsed(sql)
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    found = set()
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier) or table.db or table.catalog:
            raise InvalidIndicator(f"指标 SQL 只能读目录中的数据表,不能使用“{table.sql(dialect='duckdb')}”。")
        if table.name not in own:
            found.add(table.name)
    if tree.find(exp.Limit) and not tree.find(exp.Order):
        raise InvalidIndicator("指标 SQL 使用 LIMIT 时必须有 ORDER BY,否则结果不可复算。")
    return sorted(found)


def _parsed(sql: str) -> exp.Select:
    try:
        statements = [s for s in sqlglot.parse(sql, dialect="duckdb") if s is not None]
    except SqlglotError as error:
        raise InvalidIndicator(f"指标 SQL 不能解析:{str(error).splitlines()[0]}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Select):
        raise InvalidIndicator("指标 SQL 应当是一条 SELECT 语句。")
    return statements[0]
