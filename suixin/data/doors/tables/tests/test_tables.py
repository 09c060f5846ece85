"""Table exchange with real receivers: whole and what changed, deletions, refusals, kills, faults, drift; counts always agree."""

import pickle
import signal
import subprocess
import sys
from decimal import Decimal

import orjson
import pytest
from django.conf import settings

from suixin.data.access import actions, stamps
from suixin.data.access.models import SubjectKind
from suixin.data.access.receipt_checks import verify_exchange
from suixin.data.access.receipts import known_keys
from suixin.data.access.tests.factories import filled, grant, land, record
from suixin.data.doors.errors import ExchangeHeld, ReceiverFault, WrongExchange
from suixin.data.doors.models import ExchangeRun, ExchangeState
from suixin.data.doors.tables import declaring, running
from suixin.data.doors.tables.declaring import ExchangeDraft
from suixin.data.doors.tests.client import make_caller
from suixin.data.doors.tests.servers import environment_of
from suixin.ground.people.models import Application
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db
SHOWN = ["code", "name", "amount", "day", "at", "score", "active", "number"]


def exchange_into(server, count=300, *, limits=None, table="people", mapping=None):
    """A resource of so many rows, granted, exchanged into a table of the server."""
    make_caller()
    application = Application.objects.get(app_id="hospital")
    resource = filled(count, write_mode="upsert")
    values = {"columns": SHOWN, **(limits or {})}
    grant(resource, subject_kind=SubjectKind.APPLICATION, subject_key="hospital", **values)
    target = declaring.declare_target(application.organisation, slug="front", name="前置库", address=server.address, actor=SYSTEM)
    return declaring.declare_exchange(target, application, resource, draft=ExchangeDraft(table, mapping or {}), actor=SYSTEM)


def run(exchange, **values):
    """One run and what it counted."""
    done = running.run_exchange(exchange, actor=SYSTEM, **values)
    assert done.source == (done.there or 0) + done.refused
    return done


def test_everything_then_what_changed_then_nothing(receiver):
    exchange = exchange_into(receiver, limits={"row_filter": "number < 8"})
    first = run(exchange)
    assert (first.is_full, first.written, first.there) == (True, first.source, first.source)
    rows = [record(3) | {"amount": Decimal("99.00")}, record(4) | {"number": 9}, record(5), record(901)]
    land(exchange.resource, rows, sm3="two")
    second = run(exchange)
    assert (second.is_full, second.written, second.deleted) == (False, 2, 1)
    assert [(code, Decimal(str(amount))) for code, amount in receiver.run(
        "SELECT code, amount FROM people WHERE code IN ('k000003', 'k000004', 'k000901') ORDER BY code"
    )] == [("k000003", Decimal("99.00")), ("k000901", Decimal("225.25"))]
    third = run(exchange)
    assert (third.written, third.sentence) == (0, f"没有新的变化;接收表 {second.there:,} 行。")


def test_values_arrive_as_they_are_shown(receiver):
    exchange = exchange_into(receiver, 9)
    run(exchange)
    ((code, name, amount, day, at, score, active),) = receiver.run(
        "SELECT code, name, amount, day, at, score, active FROM people WHERE number = 5"
    )
    assert (code, name, Decimal(str(amount)), float(score), bool(active)) == ("k000005", "张*", Decimal("1.25"), 0.625, False)
    assert (str(day)[:10], str(at)[:10]) == ("2024-01-06", "2024-01-01")
    assert receiver.run("SELECT count(*) FROM people WHERE name IS NULL AND amount IS NULL")[0][0] == 2


def test_table_that_exists_is_replaced_whole_in_one_step(receiver):
    receiver.run("CREATE TABLE people (code VARCHAR(20) PRIMARY KEY, sum NUMERIC(12,2), own_note VARCHAR(20))")
    receiver.run("INSERT INTO people (code, own_note) VALUES ('old', 'x')")
    exchange = exchange_into(receiver, 50, mapping={"code": "code", "amount": "sum"})
    done = run(exchange)
    assert (done.written, done.there) == (50, 50)
    assert receiver.run("SELECT count(*) FROM people WHERE code = 'old'") == [(0,)]
    again = run(exchange, is_anew=True)
    assert (again.is_full, again.written, again.there) == (True, 50, 50)


def test_rows_that_the_receiver_refuses_are_counted_by_reason_and_taken_when_they_fit(receiver):
    receiver.run("CREATE TABLE people (code VARCHAR(20) PRIMARY KEY, number INTEGER NOT NULL)")
    exchange = exchange_into(receiver, 30, mapping={"code": "code", "number": "number"})
    done = run(exchange)
    assert (done.written, done.refused, list(done.reasons.values())) == (25, 5, [5])
    assert "不许为空" in next(iter(done.reasons))
    land(exchange.resource, [record(7) | {"number": 1}, record(3) | {"number": None}], sm3="two")
    after = run(exchange)
    assert (after.written, after.refused, after.there) == (1, 5, 25)  # one fits now, one does no longer
    assert receiver.run("SELECT code FROM people WHERE code IN ('k000003', 'k000007')") == [("k000007",)]


@pytest.mark.parametrize(("point", "is_changed"), [("exchange_piece", False), ("exchange_change", True)])
def test_killed_run_goes_on_where_it_stopped(receiver, monkeypatch, point, is_changed):
    monkeypatch.setattr(running, "PIECE_ROWS", 40)
    exchange = exchange_into(receiver)
    if is_changed:
        run(exchange)
        land(exchange.resource, [record(n) | {"number": 5} for n in range(100)], sm3="two")
    _killed(exchange, point)
    if point == "exchange_piece":
        assert 0 < receiver.run("SELECT count(*) FROM people")[0][0] < 300
    done = run(exchange)
    assert done.there == 300
    assert receiver.run("SELECT count(DISTINCT code) FROM people") == [(300,)]
    envelope = ExchangeRun.objects.get(pk=done.pk).receipt.encode()
    assert verify_exchange(envelope, trusted=list(known_keys())).is_intact
    assert orjson.loads(envelope)["receipt"]["rows"]["given"] == (91 if is_changed else 300)  # nine were 5 already


def _killed(exchange, point):
    """A process that does the same run and is killed in its second piece, between write and commit."""
    plan, target = running.plan_for(exchange), exchange.target
    file = settings.SUIXIN.home / "run.pickle"
    file.write_bytes(pickle.dumps((exchange, target, plan, settings.SUIXIN.source_folders)))
    environment = environment_of(settings.SUIXIN.home) | {"DJANGO_SETTINGS_MODULE": "suixin.site.settings"}
    command = [sys.executable, "-m", "suixin.data.doors.tables.tests.killing", str(file), point]
    died = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr


def test_receiver_that_fails_half_way_keeps_nothing_of_it_and_the_next_run_does(postgres, monkeypatch):
    exchange = exchange_into(postgres)
    run(exchange)
    land(exchange.resource, [record(n) | {"number": 5} for n in range(100)], sm3="two")
    postgres.run("CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'disk'; END $$")
    postgres.run("CREATE TRIGGER t BEFORE UPDATE ON people FOR EACH ROW WHEN (NEW.code = 'k000050') EXECUTE FUNCTION fail()")
    with pytest.raises(ReceiverFault, match="全部撤回"):
        run(exchange)
    assert ExchangeRun.objects.filter(exchange=exchange).latest("pk").state == "failed"
    postgres.run("DROP TRIGGER t ON people")
    assert run(exchange).written > 80


def test_column_that_the_supplier_took_away_holds_the_exchange_with_a_sentence(postgres):
    exchange = exchange_into(postgres, 20)
    run(exchange)
    exchange.resource.items.filter(field="amount").update(field="sum_total", name="总额")
    exchange.resource.refresh_from_db()
    stamps.forget()
    with pytest.raises(ExchangeHeld, match="没有信息项 amount 了"):
        run(exchange)
    exchange.refresh_from_db()
    assert exchange.state == ExchangeState.HELD
    with pytest.raises(ExchangeHeld, match="待处理"):
        run(exchange)


def test_receiver_whose_rows_somebody_else_changed_is_told(postgres):
    exchange = exchange_into(postgres, 20)
    run(exchange)
    postgres.run("DELETE FROM people WHERE code = 'k000003'")
    with pytest.raises(ExchangeHeld, match="两边行数对不上"):
        run(exchange)
    assert run(declaring.switch_exchange(exchange, is_paused=False, actor=SYSTEM), is_anew=True).there == 20


def test_paused_exchange_and_revoked_grant_write_nothing(postgres):
    exchange = exchange_into(postgres, 20)
    declaring.switch_exchange(exchange, is_paused=True, actor=SYSTEM)
    with pytest.raises(ExchangeHeld, match="已暂停"):
        run(exchange)
    declaring.switch_exchange(exchange, is_paused=False, actor=SYSTEM)
    for one in exchange.resource.grants.all():
        actions.revoke_grant(one, actor=SYSTEM, reason="试验")
    with pytest.raises(Exception, match="没有读取"):
        run(exchange)
    assert exchange.state == ExchangeState.HELD


@pytest.mark.parametrize(("table", "mapping", "word"), [
    ("suixin_exchange", {}, "不合规"), ("a b", {}, "不合规"), ("people", {"nonsense": "x"}, "没有列"),
    ("people", {"code": "x", "name": "x"}, "重复"),
])
def test_exchange_that_makes_no_sense_is_refused(postgres, table, mapping, word):
    with pytest.raises(WrongExchange, match=word):
        exchange_into(postgres, 3, table=table, mapping=mapping)
