"""What the SQL of an indicator may be. Source: design section 5 (listed subset, checked by parser)."""

import re

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from suixin.data.insight.errors import InvalidIndicator

_FUNCTIONS = (
    "sum count avg min max median quantile_cont stddev variance corr round floor ceil abs sign ln log exp power sqrt"
    " coalesce nullif greatest least if case cast try_cast date_trunc timestamp_trunc date_part extract year month day"
    " quarter week hour date_diff datediff date_add date_sub strftime time_to_str to_char lower upper trim length substring"
    " left right replace concat concat_ws string_agg group_concat row_number rank dense_rank lag lead first_value"
    " last_value ntile and or not like in between array_agg list filter"
)
FUNCTIONS = frozenset(_FUNCTIONS.split())
_TABLE_NAME = re.compile(r"[a-z][a-z0-9_]*")


def tables_of(sql: str) -> list[str]:
    """Names of the tables that one SELECT reads, sorted. Raises InvalidIndicator for anything else.

    One statement, a SELECT; plain table names without schema; functions of the list only, so no file is ever read.
    """
    tree = parsed(sql)
    _require_known_functions(tree)
    if any(not node.args.get("order") for node in tree.find_all(exp.Select) if node.args.get("limit")):
        raise InvalidIndicator("指标 SQL 使用 LIMIT 时必须有 ORDER BY,否则结果不可复算。")
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    return sorted({_table_name(table) for table in tree.find_all(exp.Table)} - own)


def columns_of(sql: str) -> set[str] | None:
    """Names of the columns that one SELECT names, of whatever table; None when it takes all of them (`*`).

    Raises InvalidIndicator.
    """
    tree = parsed(sql)
    if any(not isinstance(star.parent, exp.Count) for star in tree.find_all(exp.Star)):
        return None
    return {column.name for column in tree.find_all(exp.Column)}


def _table_name(table: exp.Table) -> str:
    is_plain = isinstance(table.this, exp.Identifier) and not table.db and not table.catalog
    if not is_plain or not _TABLE_NAME.fullmatch(table.name):
        raise InvalidIndicator(f"指标 SQL 只能读目录中的数据表,不能使用“{table.sql(dialect='duckdb')[:80]}”。")
    return table.name


def _require_known_functions(tree: exp.Select) -> None:
    for function in tree.find_all(exp.Func):
        name = function.name if isinstance(function, exp.Anonymous) else function.sql_name()
        if name.lower() not in FUNCTIONS:
            raise InvalidIndicator(
                f"指标 SQL 不能使用函数“{name.lower()[:60]}”;可用的函数见 docs/sql.md。", function=name
            )


def parsed(sql: str) -> exp.Select:
    """The tree of one SELECT. Raises InvalidIndicator."""
    try:
        statements = [statement for statement in sqlglot.parse(sql, dialect="duckdb") if statement is not None]
    except SqlglotError as error:
        raise InvalidIndicator(f"指标 SQL 不能解析:{str(error).splitlines()[0][:200]}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Select):
        raise InvalidIndicator("指标 SQL 应当是一条 SELECT 语句。")
    return statements[0]
