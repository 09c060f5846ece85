"""One run of a table exchange: what changed since the last one, or everything; exactly once, whatever is killed when.

Changes   one transaction of the receiver: rows that are gone, rows that came or changed, the new position
Whole     pieces, each with its place in one transaction, so that a run that was killed goes on behind the last piece; into the table
          itself while it is empty, else into a staging table that replaces its rows in one last transaction
Then      rows of the source = rows of the receiver + rows that it refused, or the exchange is held for a person
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa
from django.db import transaction
from sqlalchemy import Connection, Table, delete, func, insert, inspect, select, text, update

from suixin.data.access import opened
from suixin.data.access.errors import VersionGone
from suixin.data.access.granted import changing
from suixin.data.access.granted.evidence import Evidence, rows_of
from suixin.data.access.models import Door
from suixin.data.access.plans import Plan, open_plan
from suixin.data.access.query import RowsQuery
from suixin.data.access.rows import count_rows
from suixin.data.access.versions import pinned
from suixin.data.doors.errors import ExchangeHeld, ExchangeOvertaken
from suixin.data.doors.evidence import note_delivery
from suixin.data.doors.models import ExchangeRun, ExchangeState, RunState, TableExchange
from suixin.data.doors.tables.receivers import POSITIONS, REFUSED, Position, Receiver, is_keyed_by
from suixin.data.doors.tables.writing import Writer
from suixin.ground.audit import actions as audit
from suixin.ground.people.queries import application_actor
from suixin.ground.security import policy
from suixin.kit import clock, crash
from suixin.kit.actor import Actor
from suixin.kit.errors import NotAllowed, NotFound, SuixinError

PIECE_ROWS = 20_000
Tell = Callable[[int, str], None]


def run_exchange(
    exchange: TableExchange, *, actor: Actor, tell: Tell = lambda percent, sentence: None, is_anew: bool = False
) -> ExchangeRun:
    """The run, done. `is_anew`: everything again. Raises NotAllowed, ExchangeHeld, ReceiverFault; the run keeps their sentence."""
    policy.require(actor, "sharing.exchange", exchange.application)
    _require_ready(exchange)
    ExchangeRun.objects.filter(exchange=exchange, state=RunState.RUNNING).update(
        state=RunState.FAILED, sentence="运行中断,由下一次运行接着做。", ended_at=clock.now()
    )
    run = ExchangeRun.objects.create(exchange=exchange, started_at=clock.now())
    try:
        plan = plan_for(exchange)
        with Receiver(exchange.target) as receiver:
            _Work(exchange, run, plan, receiver, tell).go(is_anew=is_anew)
    except SuixinError as error:
        _settle(exchange, run, RunState.FAILED, sentence=error.sentence)
        if isinstance(error, ExchangeHeld | NotAllowed | NotFound):
            _hold(exchange, error.sentence)
        raise
    _settle(exchange, run, RunState.DONE, sentence=_told(run))
    note_delivery(plan, action="incremental" if not run.is_full else "full", rows=run.written, version=run.last_version)
    versions = [run.first_version, run.last_version]
    counts = {"written": run.written, "deleted": run.deleted, "refused": run.refused}
    audit.record(actor, "sharing.exchanged", exchange, detail={"run": run.pk, "versions": versions, **counts})
    return run


def plan_for(exchange: TableExchange) -> Plan:
    """What the receiver is shown, its columns in the mapping's order. Raises ExchangeHeld and what `open_plan` does."""
    plan = open_plan(application_actor(exchange.application), exchange.resource, door=Door.TABLE)
    gone = [name for name in exchange.mapping if name not in plan.fields]
    if gone:
        raise ExchangeHeld(
            f"提供方的“{plan.contract.title}”里没有信息项 {'、'.join(gone)} 了(改了名,或授权里去掉了),没有写入任何数据;"
            "请与提供方核对,在交换页重新对应列后再启用。"
        )
    missing = [name for name in plan.contract.key if name not in exchange.mapping and is_keyed_by(plan)]
    if missing:
        raise ExchangeHeld(f"主键列 {'、'.join(missing)} 没有对应到接收表的列;请在交换页补上。")
    return plan.narrowed(list(exchange.mapping))


@dataclass
class _Work:
    """One run under way."""

    exchange: TableExchange
    run: ExchangeRun
    plan: Plan
    receiver: Receiver
    tell: Tell

    def go(self, *, is_anew: bool) -> None:
        self.receiver.prepare()
        with self.receiver.transaction() as connection:
            table = self._table(connection)
            position = self._position(connection)
        newest = pinned(self.plan.table).version
        goes_on = not is_anew and position.shape == self.plan.fingerprint
        if goes_on and position.loading is None and position.version == newest:
            self.run.first_version = self.run.last_version = newest
            self._reconcile(table, newest)
        elif not (goes_on and position.loading is None and position.version >= 0 and self._changes(table, position, newest)):
            self._whole(table, position if goes_on else replace(position, loading=None), newest)

    def _table(self, connection: Connection) -> Table:
        """The receiver's table, made when it is not there. Raises ExchangeHeld: it lacks a column."""
        found = self.receiver.table(self.exchange.table, connection)
        if found is None:
            return self.receiver.made(self.exchange.table, self.plan, self.exchange.mapping, connection=connection)
        missing = [column for column in self.exchange.mapping.values() if column not in found.c]
        if missing:
            raise ExchangeHeld(f"接收表“{self.exchange.table}”没有列 {'、'.join(missing)};请在接收库补上,或在交换页改列对应后再启用。")
        keyed = {self.exchange.mapping[name] for name in self._key()}
        unique = [{one.name for one in found.primary_key}] + [set(one["column_names"]) for one in _unique(connection, found)]
        if keyed and keyed not in unique:
            named = "、".join(sorted(keyed))
            raise ExchangeHeld(f"接收表“{self.exchange.table}”的列 {named} 上没有主键或唯一约束,不能按主键更新;请在接收库补上。")
        return found

    def _key(self) -> tuple[str, ...]:
        return self.plan.contract.key if is_keyed_by(self.plan) else ()

    def _writer(self, table: Table) -> Writer:
        return Writer(self.receiver, str(self.exchange.uuid), table, self.exchange.mapping, self.plan.fields, self._key())

    # what changed

    def _changes(self, table: Table, position: Position, newest: int) -> bool:
        """Whether what changed could be written; else everything has to be."""
        evidence = Evidence(self.plan, first=position.version, last=newest)
        writer = self._writer(table)
        try:
            with changing.changes(self.plan, position.version, newest) as found, self.receiver.transaction() as connection:
                self._move(connection, position, Position(newest, position.shape))
                for rows in _streamed(found.cursor, found.gone_sql(), evidence):
                    if not writer.key:
                        raise _Whole
                    self.run.deleted += writer.delete(connection, rows)
                    evidence.add_deleted(rows.num_rows)
                for rows in _streamed(found.cursor, found.written_sql(), evidence):
                    writer.write(connection, rows, first=evidence.given + (newest << 40), is_change=bool(writer.key))
                    evidence.add(rows)
                    crash.point("exchange_change")
                    self.tell(50, f"已写入变化 {evidence.given:,} 行。")
        except (VersionGone, _Whole):
            self.run.deleted = 0
            return False
        self._keep(writer, evidence, first=position.version, last=newest)
        self._reconcile(table, newest)
        return True

    # everything

    def _whole(self, table: Table, position: Position, newest: int) -> None:
        self.run.is_full = True
        if position.loading is None or not self._is_there(position.loading):
            position = self._begin(table, position, newest)
        version = position.loading or 0
        evidence, total = Evidence(self.plan, last=version), pinned(self.plan.table, version).rows or 1
        goal = self._staging() if position.staged else table
        writer, done = self._writer(goal), 0
        with closing(_pieces(self.plan, version)) as pieces:
            for rows in pieces:
                evidence.add(rows)
                done += rows.num_rows
                if done <= position.place:
                    continue
                with self.receiver.transaction() as connection:
                    moved = replace(position, place=done)
                    self._move(connection, position, moved)
                    writer.write(connection, rows, first=done - rows.num_rows, is_change=False)
                    crash.point("exchange_piece")
                position = moved
                self.tell(min(98, 100 * done // total), f"已写入 {done:,} 行。")
        self._end(table, goal, position)
        self._keep(writer, evidence, first=None, last=version)
        self._reconcile(table, version)

    def _is_there(self, version: int) -> bool:
        return all(Path(file.path).exists() for file in pinned(self.plan.table, version).files)

    def _begin(self, table: Table, position: Position, newest: int) -> Position:
        """The place before the first piece: what an earlier attempt left is cleared."""
        with self.receiver.transaction() as connection:
            is_staged = connection.execute(select(table).limit(1)).first() is not None
        if is_staged:
            self._make_staging(table)
        begun = Position(position.version, self.plan.fingerprint, newest, 0, is_staged)
        with self.receiver.transaction() as connection:
            held = self.receiver.own(POSITIONS)
            connection.execute(delete(held).where(held.c.exchange == str(self.exchange.uuid)))
            connection.execute(insert(held).values(exchange=str(self.exchange.uuid), **_values_of(begun)))
            refused = self.receiver.own(REFUSED)
            connection.execute(delete(refused).where(refused.c.exchange == str(self.exchange.uuid)))
        return begun

    def _end(self, table: Table, goal: Table, position: Position) -> None:
        """Rows of the staging table in place of those of before, and the position that says so."""
        with self.receiver.transaction() as connection:
            self._move(connection, position, Position(position.loading or 0, position.shape))
            if position.staged:
                columns = list(self.exchange.mapping.values())
                connection.execute(delete(table))
                connection.execute(insert(table).from_select(columns, select(*(goal.c[name] for name in columns))))
        if position.staged:
            with self.receiver.transaction() as connection:
                goal.drop(connection, checkfirst=True)

    def _staging(self) -> Table:
        with self.receiver.transaction() as connection:
            found = self.receiver.table(f"{self.exchange.table}__suixin", connection)
        if found is None:
            raise ExchangeHeld(f"接收库里的中间表“{self.exchange.table}__suixin”不见了;请在交换页选择“整表重来”。")
        return found

    def _make_staging(self, table: Table) -> None:
        name = f"{self.exchange.table}__suixin"
        quote = self.receiver.engine.dialect.identifier_preparer.quote
        with self.receiver.transaction() as connection:
            found = self.receiver.table(name, connection)
            if found is not None:
                found.drop(connection)
            if self.receiver.kind == "sqlite":
                table.to_metadata(table.metadata, name=name).create(connection)
                return
            prefix = f"{quote(self.receiver.schema)}." if self.receiver.schema else ""
            like = "(LIKE {} INCLUDING ALL)" if self.receiver.kind == "postgresql" else "LIKE {}"
            connection.execute(text(f"CREATE TABLE {prefix}{quote(name)} " + like.format(f"{prefix}{quote(table.name)}")))

    # place, counts, evidence

    def _position(self, connection: Connection) -> Position:
        held = self.receiver.own(POSITIONS)
        row = connection.execute(select(held).where(held.c.exchange == str(self.exchange.uuid))).first()
        if row is None:
            return Position()
        told = row._mapping
        return Position(told["version"], told["shape"], told["loading"], told["place"], bool(told["staged"]))

    def _move(self, connection: Connection, before: Position, after: Position) -> None:
        """The position moved in this transaction; whoever else moved it meanwhile wins. Raises ExchangeOvertaken."""
        held = self.receiver.own(POSITIONS)
        loading = held.c.loading.is_(None) if before.loading is None else held.c.loading == before.loading
        where = (held.c.exchange == str(self.exchange.uuid), held.c.version == before.version, held.c.place == before.place, loading)
        if connection.execute(update(held).where(*where).values(**_values_of(after))).rowcount != 1:
            raise ExchangeOvertaken("这项交换正由另一次运行写入;本次没有写入,请稍后再看结果。")

    def _keep(self, writer: Writer, evidence: Evidence, *, first: int | None, last: int) -> None:
        self.run.written += writer.written
        self.run.reasons = dict(writer.reasons)
        self.run.first_version, self.run.last_version = first, last
        self.run.receipt = evidence.finish().decode()

    def _reconcile(self, table: Table, version: int) -> None:
        """Counts of both sides. Raises ExchangeHeld when they do not agree."""
        run, refused = self.run, self.receiver.own(REFUSED)
        run.source = count_rows(self.plan, RowsQuery(), pinned(self.plan.table, version))
        with self.receiver.transaction() as connection:
            run.there = connection.execute(select(func.count()).select_from(table)).scalar_one()
            wanted = select(func.count()).select_from(refused).where(refused.c.exchange == str(self.exchange.uuid))
            run.refused = connection.execute(wanted).scalar_one()
        if run.source != run.there + run.refused:
            raise ExchangeHeld(
                f"两边行数对不上:应有 {run.source:,} 行,接收表有 {run.there:,} 行,被拒绝 {run.refused:,} 行。"
                "接收表可能被别的程序增删过;请核对后在交换页选择“整表重来”。"
            )


class _Whole(Exception):
    """Rows went that the receiver cannot tell apart: everything has to be written anew."""


def _streamed(cursor: duckdb.DuckDBPyConnection, sql: str, evidence: Evidence) -> Iterator[pa.Table]:
    try:
        for batch in cursor.execute(sql).to_arrow_reader(PIECE_ROWS):
            if batch.num_rows:
                yield pa.Table.from_batches([batch]).cast(evidence.schema)
    except duckdb.InvalidInputException as error:
        opened.raise_fault(error)
        raise


def _pieces(plan: Plan, version: int) -> Generator[pa.Table, None, None]:
    """Rows in their lasting order in pieces of exactly PIECE_ROWS but the last, so that a place means the same in every run."""
    waiting: list[pa.Table] = []
    count = 0
    for rows in rows_of(plan, version):
        waiting.append(rows)
        count += rows.num_rows
        if count >= PIECE_ROWS:
            joined = pa.concat_tables(waiting)
            for start in range(0, count - count % PIECE_ROWS, PIECE_ROWS):
                yield joined.slice(start, PIECE_ROWS)
            rest = joined.slice(count - count % PIECE_ROWS)
            waiting, count = ([rest] if rest.num_rows else []), rest.num_rows
    if count:
        yield pa.concat_tables(waiting)


def _values_of(position: Position) -> dict[str, object]:
    return {
        "version": position.version, "shape": position.shape, "loading": position.loading, "place": position.place,
        "staged": int(position.staged),
    }


def _unique(connection: Connection, table: Table):  # type: ignore[no-untyped-def]  # noqa: ANN202 SQLAlchemy's own dictionaries
    looked = inspect(connection)
    found = list(looked.get_unique_constraints(table.name, schema=table.schema))
    return found + [one for one in looked.get_indexes(table.name, schema=table.schema) if one.get("unique")]


def _require_ready(exchange: TableExchange) -> None:
    if exchange.state != ExchangeState.ENABLED:
        raise ExchangeHeld(f"这项交换现在是“{ExchangeState(exchange.state).label}”,没有运行;{exchange.sentence or '启用后再运行。'}")
    if not exchange.target.is_active:
        raise ExchangeHeld(f"接收库“{exchange.target}”已停用，没有运行；在接收库页启用后再运行。")


@transaction.atomic
def _settle(exchange: TableExchange, run: ExchangeRun, state: RunState, *, sentence: str) -> None:
    run.state, run.sentence, run.ended_at = state, sentence[:600], clock.now()
    run.save()
    exchange.sentence = sentence[:600]
    exchange.save(update_fields=["sentence"])


def _hold(exchange: TableExchange, sentence: str) -> None:
    exchange.state, exchange.sentence = ExchangeState.HELD, sentence[:600]
    exchange.save(update_fields=["state", "sentence"])


def _told(run: ExchangeRun) -> str:
    if run.first_version == run.last_version:
        return f"没有新的变化;接收表 {run.there:,} 行。"
    how = f"{'全量' if run.is_full else '增量'}写入 {run.written:,} 行,删除 {run.deleted:,} 行"
    reasons = ";".join(f"{reason} {rows:,} 行" for reason, rows in run.reasons.items())
    refused = f",拒绝 {run.refused:,} 行({reasons or '以前的'})" if run.refused else ""
    return f"{how}{refused};提供 {run.source:,} 行 = 接收 {run.there:,} + 拒绝 {run.refused:,}。"


