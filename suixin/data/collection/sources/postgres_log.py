"""PostgreSQL's log: a logical slot with the built-in plugin `pgoutput`, looked into over plain SQL, moved on when we have it.

Slot      one for each feed, made by us; it makes the server keep its log until `settle` says that we have it
Look      `pg_logical_slot_peek_binary_changes` gives whole transactions in the order of commit and changes nothing
Place     {"at": [position of the log], "table": its number, "publication": its name}: the end of a commit record, or a boundary of
          records that we looked up to. Never a position inside a record: a transaction whose commit record begins before the
          place would be left out.
Needs     wal_level = logical, an account with REPLICATION and SELECT, a free slot, a publication of the table (which its owner
          makes: we only read), and old rows that tell their key (REPLICA IDENTITY)
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from suixin.data.collection.errors import LogLost, LogRefused, SourceFault, SourceSlow
from suixin.data.collection.sources.base import Place
from suixin.data.collection.sources.logs import Change, ChangeLog, Committed, Health, Watched, at
from suixin.data.collection.sources.postgres_events import Decoder

if TYPE_CHECKING:
    from suixin.data.collection.sources.databases import DatabaseConnector

FETCH_ROWS = 2000
_UNKNOWN = "42704"  # undefined object: the publication was not there when the change was made
OLDEST = 130_000  # wal_status of slots, and moving them on, are told since then
_SERVER = text(
    "SELECT current_setting('server_version_num')::int, current_setting('wal_level'), pg_is_in_recovery(), "
    "(SELECT rolreplication OR rolsuper FROM pg_roles WHERE rolname = current_user), "
    "current_setting('max_replication_slots')::int - (SELECT count(*) FROM pg_replication_slots)"
)
_TABLE = text(
    "SELECT c.oid, n.nspname, c.relkind, c.relreplident, has_table_privilege(c.oid, 'SELECT'), "
    "ARRAY(SELECT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey) "
    "WHERE i.indrelid = c.oid AND ((c.relreplident = 'd' AND i.indisprimary) OR (c.relreplident = 'i' AND i.indisreplident))) "
    "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relname = :name AND n.nspname = COALESCE(NULLIF(:schema, ''), current_schema())"
)
_PUBLICATIONS = text(
    "SELECT p.pubname, (SELECT count(*) FROM pg_publication_tables o WHERE o.pubname = p.pubname) AS tables, to_jsonb(t) AS told "
    "FROM pg_publication_tables t JOIN pg_publication p ON p.pubname = t.pubname "
    "WHERE t.schemaname = :schema AND t.tablename = :name AND p.pubinsert AND p.pubupdate AND p.pubdelete AND p.pubtruncate "
    "ORDER BY tables, p.pubname"
)
_SLOT = text(
    "SELECT wal_status, confirmed_flush_lsn - '0/0'::pg_lsn, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) "
    "FROM pg_replication_slots WHERE slot_name = :slot"
)
_PEEK = text(
    "SELECT data FROM pg_logical_slot_peek_binary_changes(:slot, CAST(:until AS pg_lsn), CAST(:most AS int), "
    "'proto_version', '1', 'publication_names', CAST(:publication AS text))"
)
_INSERTED = text("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
_FLUSHED = text("SELECT pg_current_wal_flush_lsn() - '0/0'::pg_lsn >= :goal")


class PostgresLog(ChangeLog):
    """The changes of one table."""

    def __init__(self, connector: "DatabaseConnector", watched: Watched) -> None:
        self._connector, self._watched = connector, watched
        self._schema = connector.settings.text("schema")
        self.slot = f"suixin_{watched.name}"

    def require(self) -> None:
        """Nothing, when the log may be read. Raises LogRefused with all that is missing."""
        with self._connector.connected() as connection:
            missing = [*self._missing_of_server(connection), *self._missing_of_table(connection)]
        if missing:
            raise LogRefused(f"还不能按日志采集表“{self._watched.table}”。请来源库的管理员:{' '.join(missing)}办好后再检查。")

    def begin(self) -> Place:
        """The slot, made anew, and its place."""
        self.drop()
        try:
            with self._connector.connected() as connection:
                made = text("SELECT lsn - '0/0'::pg_lsn FROM pg_create_logical_replication_slot(:slot, 'pgoutput')")
                found = connection.execute(_TABLE, {"name": self._watched.table, "schema": self._schema}).one()
                publication = self._covering(connection, str(found[1]))
                end = int(connection.execute(made, {"slot": self.slot}).scalar_one())
                return {"at": [end], "table": int(found[0]), "publication": publication}
        except SourceSlow as error:
            raise SourceSlow(
                "来源库里有长时间没有提交的事务,复制槽要等它结束才能建立,等过了时限;"
                "请来源库管理员查看 pg_stat_activity 后提交或结束它,再运行。"
            ) from error

    def now(self) -> Place:
        """The end of all records."""
        with self._connector.connected() as connection:
            return {"at": [int(connection.execute(_INSERTED).scalar_one())]}

    def changes(self, after: Place, *, most: int, until: Place | None = None) -> Iterator[Change | Committed]:
        """Whole transactions of the table, looked at and left in the slot."""
        try:
            yield from self._looked(after, most, until)
        except SourceFault as error:
            if getattr(getattr(error.__cause__, "orig", None), "sqlstate", "") != _UNKNOWN:
                raise
            raise LogLost(self._unpublished()) from error

    def _looked(self, after: Place, most: int, until: Place | None) -> Iterator[Change | Committed]:
        with self._connector.connected() as connection:
            [done] = at(after)
            goal = self._goal(connection, done)
            schema = self._require_same(connection, after)
            is_flushed = bool(connection.execute(_FLUSHED, {"goal": goal}).scalar_one())
            catch_up = until is not None and at(until)[0] > done
            bound = min(goal, at(until)[0]) if until is not None and catch_up else goal
            given = {
                "slot": self.slot, "until": lsn(bound), "most": None if catch_up else most,
                "publication": '"{}"'.format(str(after["publication"]).replace('"', '""')),
            }
            decoder, rows = Decoder(self._watched, schema, connection), 0
            streamed = connection.execution_options(stream_results=True, yield_per=FETCH_ROWS).execute(_PEEK, given)
            for (data,) in streamed:
                rows += 1
                for told in decoder.told(bytes(data), after=done):
                    if isinstance(told, Committed):
                        done = at(told.place)[0]
                        yield Committed({**after, "at": [done]})
                    else:
                        yield told
            if is_flushed and (catch_up or rows < most):  # everything before the bound was looked at
                yield Committed({**after, "at": [max(bound, done)]})

    def settle(self, place: Place) -> None:
        """The slot, moved on to the place when it is behind it."""
        [end] = at(place)
        with self._connector.connected() as connection:
            held = connection.execute(_SLOT, {"slot": self.slot}).first()
            if held is not None and held[0] != "lost" and int(held[1]) < end:
                moved = text("SELECT pg_replication_slot_advance(:slot, CAST(:end AS pg_lsn))")
                connection.execute(moved, {"slot": self.slot, "end": lsn(end)}).scalar_one()

    def health(self) -> Health:
        """What the slot keeps on the server's disk."""
        with self._connector.connected() as connection:
            held = connection.execute(_SLOT, {"slot": self.slot}).first()
        if held is None:
            return Health(None, f"来源库里没有为它保留日志的复制槽 {self.slot};请在采集任务页重新全量读取。", is_lost=True)
        if held[0] == "lost":
            return Health(None, f"复制槽 {self.slot} 已被来源库作废,其后的改动读不到了;请在采集任务页重新全量读取。", is_lost=True)
        kept = max(0, int(held[2] or 0))
        return Health(kept, f"复制槽 {self.slot} 让来源库保留日志 {megabytes(kept)}。")

    def drop(self) -> None:
        """The slot, removed where it is."""
        with self._connector.connected() as connection:
            gone = text("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = :slot")
            connection.execute(gone, {"slot": self.slot}).all()

    def _require_same(self, connection: Connection, place: Place) -> str:
        """The schema of the table, which is the one that was read (not another that took its name) and still published. Raises LogLost."""
        found = connection.execute(_TABLE, {"name": self._watched.table, "schema": self._schema}).first()
        if found is None or int(found[0]) != place.get("table"):
            raise LogLost(
                f"来源库里的表“{self._watched.table}”已不是原来那张(删除重建,或与别的表换了名),没有采集;请在采集任务页选“重新全量读取”。"
            )
        if place.get("publication") not in self._publications(connection, str(found[1])):
            raise LogLost(self._unpublished())
        return str(found[1])

    def _unpublished(self) -> str:
        return (
            f"来源库里发布表“{self._watched.table}”的 PUBLICATION 改过或重建过,其间的改动读不到了,没有采集;"
            "请在采集任务页选“重新全量读取”。"
        )

    def _goal(self, connection: Connection, done: int) -> int:
        held = connection.execute(_SLOT, {"slot": self.slot}).first()
        if held is None or held[0] == "lost":
            raise LogLost(
                f"来源库的复制槽 {self.slot} 不在或已作废,表“{self._watched.table}”在这之后的改动读不到了,没有采集;"
                "请在采集任务页选“重新全量读取”,平台会重建复制槽,读入全表并核对删除。"
            )
        goal = int(connection.execute(_INSERTED).scalar_one())
        if goal < done or int(held[1]) > done:
            raise LogLost(
                f"来源库的日志位置({lsn(goal)})与已读到的位置({lsn(done)})对不上,来源库可能恢复到了更早的状态,没有采集;"
                "请在采集任务页选“重新全量读取”。"
            )
        return goal

    def _missing_of_server(self, connection: Connection) -> Iterator[str]:
        version, level, is_standby, may, free = connection.execute(_SERVER).one()
        user = self._connector.address.user
        if version < OLDEST:
            yield "升级到 PostgreSQL 13 或更高版本;"
        if is_standby:
            yield "给出主库的地址(这是备库);"
        if level != "logical":
            yield f"执行 ALTER SYSTEM SET wal_level = 'logical'; 并重启 PostgreSQL(现在是 {level});"
        if not may:
            yield f'执行 ALTER ROLE "{user}" REPLICATION;'
        if free < 1 and connection.execute(_SLOT, {"slot": self.slot}).first() is None:
            yield "执行 ALTER SYSTEM SET max_replication_slots = 20; 并重启 PostgreSQL(复制槽已用完);"

    def _missing_of_table(self, connection: Connection) -> Iterator[str]:
        found = connection.execute(_TABLE, {"name": self._watched.table, "schema": self._schema}).first()
        name = f'"{self._watched.table}"' if found is None else f'"{found[1]}"."{self._watched.table}"'
        if found is None or found[2] != "r":
            yield f"给出一张普通表({name} 是视图、分区表,或不在;这样的表请改用增量列或全量读取);"
            return
        if not found[4]:
            yield f'执行 GRANT SELECT ON {name} TO "{self._connector.address.user}";'
        missing = [column for column in self._watched.key if column not in found[5]]
        if found[3] != "f" and missing:
            yield (
                f"执行 ALTER TABLE {name} REPLICA IDENTITY FULL;"
                f"(日志里的旧行没有目录主键对应的列 {'、'.join(missing)},删除和改主键就认不出是哪一行)"
            )
        if self._covering(connection, found[1]) is None:
            yield f"执行 CREATE PUBLICATION suixin_{self._watched.name} FOR TABLE {name};"

    def _covering(self, connection: Connection, schema: str) -> str | None:
        """The smallest publication that tells every change of all columns of the table."""
        return next(iter(self._publications(connection, schema)), None)

    def _publications(self, connection: Connection, schema: str) -> list[str]:
        found = []
        for name, _, told in connection.execute(_PUBLICATIONS, {"schema": schema, "name": self._watched.table}):
            columns = told.get("attnames")
            if not told.get("rowfilter") and (columns is None or set(self._watched.columns) <= set(columns)):
                found.append(str(name))
        return found


def lsn(number: int) -> str:
    """A position as PostgreSQL writes it."""
    return f"{number >> 32:X}/{number & 0xFFFFFFFF:X}"


def megabytes(size: int) -> str:
    """A size for people."""
    return f"{size / (1 << 20):,.1f} MB"
