"""MariaDB's binary log, read as a replica would read it, through `mysql-replication` (Apache 2.0, on PyMySQL).

Place     {"at": [file, position], "file": its name, "gtid": [...]}: always between two transactions. The server is asked what its
          global transaction ids were there; when it does not know, or says another thing, the place is of another log: LogLost
Start     the place that belongs to a consistent snapshot (`binlog_snapshot_*`): what was committed before it every later reading sees
Needs     log_bin, binlog_format = ROW, binlog_row_image = FULL, binlog_row_metadata = FULL (names of columns in the log itself, so that a
          change of columns in between is told rightly), no compressed events; REPLICATION SLAVE and BINLOG MONITOR; no
          foreign key that deletes or changes rows by itself, which the log does not tell
Told      what rows cannot be told of stops the feed (LogLost): statements in place of rows, tables dropped, renamed, exchanged
"""

import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any  # Any: events of a library without types

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from suixin.data.collection.errors import LogLost, LogRefused, SourceFault
from suixin.data.collection.sources import addresses
from suixin.data.collection.sources.base import Place
from suixin.data.collection.sources.dialects import CONNECT_SECONDS
from suixin.data.collection.sources.logs import Change, ChangeLog, Committed, Health, Watched, at
from suixin.data.collection.sources.mariadb_events import Reading, place_of

if TYPE_CHECKING:
    from suixin.data.collection.sources.databases import DatabaseConnector

_WANTED = {"log_bin": "ON", "binlog_format": "ROW", "binlog_row_image": "FULL", "binlog_row_metadata": "FULL", "log_bin_compress": "OFF"}
_ADVICE = {
    "log_bin": "在配置文件的 [mariadbd] 里写 log_bin 和 server_id 并重启(二进制日志没有打开);",
    "binlog_format": "执行 SET GLOBAL binlog_format = 'ROW'; 并写进配置文件;",
    "binlog_row_image": "执行 SET GLOBAL binlog_row_image = 'FULL'; 并写进配置文件;",
    "binlog_row_metadata": "执行 SET GLOBAL binlog_row_metadata = 'FULL'; 并写进配置文件(MariaDB 10.5 起才有);",
    "log_bin_compress": "执行 SET GLOBAL log_bin_compress = OFF; 并写进配置文件;",
}
_SERVER = text(
    "SELECT LOWER(variable_name), UPPER(variable_value) FROM information_schema.global_variables WHERE variable_name IN "
    "('log_bin', 'binlog_format', 'binlog_row_image', 'binlog_row_metadata', 'log_bin_compress', 'version')"
)
_CASCADES = text(
    "SELECT constraint_name FROM information_schema.referential_constraints WHERE constraint_schema = :schema AND table_name = :name "
    "AND (delete_rule IN ('CASCADE', 'SET NULL') OR update_rule IN ('CASCADE', 'SET NULL'))"
)
_BASE_TABLE = text(
    "SELECT 1 FROM information_schema.tables WHERE table_schema = :schema AND table_name = :name AND table_type = 'BASE TABLE'"
)
_GTID = text("SELECT BINLOG_GTID_POS(:file, :position)")
_GRANTS = ("REPLICATION SLAVE", "REPLICATION REPLICA", "ALL PRIVILEGES ON *.*")


class MariadbLog(ChangeLog):
    """The changes of one table."""

    def __init__(self, connector: "DatabaseConnector", watched: Watched) -> None:
        self._connector, self._watched = connector, watched
        self._schema = connector.settings.text("schema") or connector.address.database

    def require(self) -> None:
        """Nothing, when the log may be read. Raises LogRefused with all that is missing."""
        with self._connector.connected() as connection:
            missing = [*self._missing_of_server(connection), *self._missing_of_table(connection)]
        if missing:
            raise LogRefused(f"还不能按日志采集表“{self._watched.table}”。请来源库的管理员:{' '.join(missing)}办好后再检查。")

    def begin(self) -> Place:
        """The place of a consistent snapshot."""
        with self._connector.connected() as connection:
            connection.execute(text("START TRANSACTION WITH CONSISTENT SNAPSHOT"))
            told = dict(tuple(row) for row in connection.execute(text("SHOW STATUS LIKE 'binlog_snapshot_%'")))
            file, position = str(told["Binlog_snapshot_file"]), int(told["Binlog_snapshot_position"])
            return place_of(file, position, self._gtids(connection, file, position))

    def now(self) -> Place:
        """The end of the log."""
        with self._connector.connected() as connection:
            file, position = connection.execute(text("SHOW MASTER STATUS")).one()[:2]
            return place_of(str(file), int(position), [])

    def changes(self, after: Place, *, most: int, until: Place | None = None) -> Iterator[Change | Committed]:
        """Whole transactions, to the end that the log had when this began."""
        with self._connector.connected() as connection:
            self._require_known(connection, after)
        goal, count = at(self.now()), 0
        reading = Reading(self._watched, self._schema, after)
        stream = self._stream(after)
        try:
            while (event := stream.fetchone()) is not None:
                for told in reading.told(event, str(stream.log_file), int(stream.log_pos)):
                    yield told
                    count += isinstance(told, Change)
                    if isinstance(told, Committed):
                        is_enough = count >= most and (until is None or at(told.place) >= at(until))
                        if is_enough or at(told.place) >= goal:
                            return
        except Exception as error:
            raise self._fault_of(error) from error
        finally:
            stream.close()

    def health(self) -> Health:
        """Whether the place is still there is told by the next run; a server keeps its log by its own rule, not for us."""
        with self._connector.connected() as connection:
            days = connection.execute(text("SELECT @@expire_logs_days")).scalar_one()
        if not float(days):
            return Health(None, "来源库没有设二进制日志的保留天数。")
        return Health(None, f"来源库保留二进制日志 {float(days):g} 天,采集停得比这久就要重新全量读取。")

    def _require_known(self, connection: Connection, place: Place) -> None:
        file, [_, position], held = str(place["file"]), at(place), place.get("gtid")
        now = self._gtids(connection, file, position) if file in self._files(connection) else None
        if now is None or (isinstance(held, list) and not set(held) <= set(now)):
            raise LogLost(
                f"来源库的二进制日志里没有上次读到的位置({file}:{position}),可能已被清理,或换了库;表“{self._watched.table}”在这之后的改动读不到了,"
                "没有采集;请在采集任务页选“重新全量读取”,平台会读入全表并核对删除。"
            )

    def _gtids(self, connection: Connection, file: str, position: int) -> list[str]:
        told = connection.execute(_GTID, {"file": file, "position": position}).scalar_one_or_none()
        if told is None:
            raise LogLost(f"来源库的二进制日志里没有位置 {file}:{position};请在采集任务页选“重新全量读取”。")
        return [one for one in str(told).split(",") if one]

    def _files(self, connection: Connection) -> set[str]:
        return {str(row[0]) for row in connection.execute(text("SHOW BINARY LOGS"))}

    def _missing_of_server(self, connection: Connection) -> Iterator[str]:
        held = dict(tuple(row) for row in connection.execute(_SERVER))
        if "MARIADB" not in str(held.get("version", "")):
            yield "改用增量列或全量读取(按日志采集只在 MariaDB 上验证过,这里是 MySQL 或兼容的库);"
            return
        for name, wanted in _WANTED.items():
            if str(held.get(name, "")) != wanted:
                yield _ADVICE[name]
        grants = " ".join(str(row[0]) for row in connection.execute(text("SHOW GRANTS FOR CURRENT_USER")))
        try:
            status = connection.execute(text("SHOW MASTER STATUS")).first()
            may_see = True
        except DBAPIError:
            status, may_see = None, False
        if not may_see or not any(one in grants for one in _GRANTS):
            yield f"执行 GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO '{self._connector.address.user}'@'%';"
        if status is not None and any(status[2:4]):
            yield "去掉 binlog_do_db 和 binlog_ignore_db 的设置并重启(有的库不记日志);"

    def _missing_of_table(self, connection: Connection) -> Iterator[str]:
        named = {"schema": self._schema, "name": self._watched.table}
        if connection.execute(_BASE_TABLE, named).first() is None:
            yield f"给出一张普通表({self._watched.table} 是视图或不在;视图请改用增量列或全量读取);"
        if (found := connection.execute(_CASCADES, named).first()) is not None:
            yield f"去掉外键 {found[0]} 的级联(级联的删改不写进日志),或改用全量读取;"

    def _stream(self, after: Place) -> Any:  # noqa: ANN401 the library has no types
        from pymysqlreplication import BinLogStreamReader
        from pymysqlreplication.event import MariadbGtidEvent, NotImplementedEvent, QueryEvent, XidEvent
        from pymysqlreplication.row_event import DeleteRowsEvent, UpdateRowsEvent, WriteRowsEvent

        address, connector = self._connector.address, self._connector
        seconds = connector.settings.whole("seconds", 300)
        given = {
            "host": addresses.pinned(address.host, address.port), "port": address.port, "user": address.user,
            "password": connector.settings.secrets.get("password", ""), "charset": "utf8mb4", "connect_timeout": CONNECT_SECONDS,
            "read_timeout": seconds, "write_timeout": seconds,
        }
        return BinLogStreamReader(
            given, server_id=(1 << 31) | zlib.crc32(self._watched.name.encode()) >> 1, log_file=str(after["file"]), log_pos=at(after)[1],
            resume_stream=True, blocking=False, only_tables=[self._watched.table], only_schemas=[self._schema],
            only_events=[
                MariadbGtidEvent, QueryEvent, XidEvent, NotImplementedEvent, WriteRowsEvent, UpdateRowsEvent, DeleteRowsEvent,
            ],
            filter_non_implemented_events=False, freeze_schema=True, enable_logging=False, pymysql_wrapper=_Twice(),
        )

    def _fault_of(self, error: Exception) -> Exception:
        from pymysql.err import MySQLError

        if isinstance(error, MySQLError):
            place = f"MariaDB 库“{self._connector.address.database}”"
            if error.args and error.args[0] == 1236:
                return LogLost(f"{place}的二进制日志里没有上次读到的位置,可能已被清理;没有采集,请在采集任务页选“重新全量读取”。")
            code = error.args[0] if error.args else ""
            return SourceFault(f"{place}的日志在读取途中断开或出错({code});已入库的部分保留,再次运行会接着读。")
        if isinstance(error, UnicodeDecodeError | NotImplementedError):
            return SourceFault(f"表“{self._watched.table}”的日志里有读不懂的值({type(error).__name__});请改用增量列或全量读取。")
        return error


class _Twice:
    """Connects twice, for the log and beside it, and not again: the library would go on in the middle of a transaction."""

    def __init__(self) -> None:
        self._left = 2

    def __call__(self, **given: object) -> object:
        import pymysql

        self._left -= 1
        if self._left < 0:
            raise SourceFault("来源库的日志在读取途中断开;已入库的部分保留,再次运行会接着读。")
        if "db" in given:  # the library's word for it is going out of use
            given["database"] = given.pop("db")
        made: object = pymysql.connect(**given)
        return made
