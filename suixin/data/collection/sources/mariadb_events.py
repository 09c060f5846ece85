"""Events of MariaDB's binary log as changes of one table, cut into transactions; what no row tells of is told as LogLost."""

import re
from collections.abc import Iterator, Mapping
from typing import Any  # events of a library without types

from suixin.data.collection.errors import LogLost
from suixin.data.collection.sources.base import Place
from suixin.data.collection.sources.logs import Change, Committed, Op, Watched, at
from suixin.data.collection.sources.mariadb_cells import cells_by_name

_STANDALONE = 1  # flag of a MariaDB group that is one event without an end of its own
_COMPRESSED = range(165, 172)
_EMPTIES = re.compile(r"TRUNCATE\s", re.IGNORECASE)
_REPLACES = re.compile(
    r"^\s*(DROP|RENAME|CREATE\s+OR\s+REPLACE)\s+TABLE\b|^\s*ALTER\s.*\b(RENAME\s+(?!COLUMN|INDEX|KEY)|EXCHANGE\s+PARTITION|"
    r"DROP\s+PARTITION|TRUNCATE\s+PARTITION|DISCARD|IMPORT\s+TABLESPACE)|^\s*XA\b|^\s*LOAD\b",
    re.IGNORECASE | re.DOTALL,
)


class Reading:
    """Events as changes of one table, cut into transactions."""

    def __init__(self, watched: Watched, schema: str, after: Place) -> None:
        self._watched, self._schema = watched, schema
        held = after.get("gtid")
        self._last, self._gtid = at(after), list(map(str, held)) if isinstance(held, list) else []
        self._is_open = False

    def told(self, event: Any, file: str, position: int) -> Iterator[Change | Committed]:  # noqa: ANN401 as above
        """What an event says."""
        match type(event).__name__:
            case "MariadbGtidEvent":
                self._is_open, self._gtid = not event.flags & _STANDALONE, [str(event.gtid)]
            case "XidEvent":
                yield self._committed(file, position)
            case "QueryEvent":
                yield from self._statement(_bare(event.query), _text(event.schema), file, position)
            case "WriteRowsEvent":
                for row in event.rows:
                    yield self._kept(cells_by_name(event.columns, row["values"], row["none_sources"]))
            case "DeleteRowsEvent":
                for row in event.rows:
                    yield Change(Op.GONE, self._watched.key_of(cells_by_name(event.columns, row["values"], row["none_sources"])))
            case "UpdateRowsEvent":
                for row in event.rows:
                    old = cells_by_name(event.columns, row["before_values"], row["before_none_sources"])
                    new = cells_by_name(event.columns, row["after_values"], row["after_none_sources"])
                    if self._watched.key_of(old) != self._watched.key_of(new):
                        yield Change(Op.GONE, self._watched.key_of(old))
                    yield self._kept(new)
            case "NotImplementedEvent" if event.event_type in _COMPRESSED:
                raise LogLost(
                    "来源库的日志里有压缩的事件,读不了;请来源库的管理员执行 SET GLOBAL log_bin_compress = OFF; "
                    "然后在采集任务页选“重新全量读取”。"
                )

    def _kept(self, row: Mapping[str, str | None]) -> Change:
        is_whole = all(name in row for name in self._watched.columns)
        return Change(Op.KEPT if is_whole else Op.PARTIAL, self._watched.cells_of(row))

    def _statement(self, statement: str, schema: str, file: str, position: int) -> Iterator[Change | Committed]:
        words = statement.upper().split(None, 2)
        if words[:1] in (["COMMIT"], ["ROLLBACK"]) and words[1:2] != ["TO"]:
            yield self._committed(file, position)
            return
        if words[:1] in (["BEGIN"], ["SAVEPOINT"], ["RELEASE"], ["ROLLBACK"]):
            return
        if self._is_ours(statement, schema):
            if _EMPTIES.match(statement):
                yield Change(Op.EMPTIED)
            elif self._is_open or _REPLACES.search(statement):
                raise LogLost(
                    f"来源库对表“{self._watched.table}”执行了日志说不清行的语句({statement[:40]}…),没有采集这之后的改动;"
                    "请在采集任务页选“重新全量读取”。"
                )
        if not self._is_open:
            yield self._committed(file, position)

    def _is_ours(self, statement: str, schema: str) -> bool:
        """Whether the statement names the table: of its own schema, or unqualified while that one is in use."""
        name, own = re.escape(self._watched.table), re.escape(self._schema)
        if re.search(rf"(?<![\w$`.])`?{own}`?\s*\.\s*`?{name}`?(?![\w$])", statement, re.IGNORECASE):
            return True
        return schema == self._schema and re.search(rf"(?<![\w$.])(?<!\.`)`?{name}`?(?![\w$])", statement, re.IGNORECASE) is not None

    def _committed(self, file: str, position: int) -> Committed:
        place = place_of(file, position, self._gtid)
        if at(place) < self._last:  # positions have 32 bits: a file that grew beyond them would be read at a wrong place
            raise LogLost("来源库的一个二进制日志文件超过 4 GB,位置说不清了;请在采集任务页选“重新全量读取”。")
        self._last, self._is_open = at(place), False
        return Committed(place)


def place_of(file: str, position: int, gtids: list[str]) -> Place:
    """The place of a position in a file of the log."""
    number = re.search(r"(\d+)$", file)
    return {"at": [int(number.group(1)) if number else 0, position], "file": file, "gtid": gtids}


def _bare(statement: object) -> str:
    """A statement without the remarks around it."""
    return re.sub(r"/\*.*?\*/|^\s*(--|#)[^\n]*\n", " ", _text(statement), flags=re.DOTALL).strip()


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
