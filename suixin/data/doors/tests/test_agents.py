"""A front machine's chunks: signed, in order, once, landed by the feed, asked for again; no agent here, only its wire."""

import io
import json
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import orjson
import pytest
import zstandard
from django.conf import settings

from suixin.data.access.tests.factories import make_resource
from suixin.data.access.versions import row_count
from suixin.data.catalog.models import Resource
from suixin.data.collection import declaring, drifting, feeding, inbox
from suixin.data.collection.declaring import FeedDraft, SourceDraft
from suixin.data.collection.destruction import waiting
from suixin.data.collection.errors import ColumnsChanged, SourceFault, WrongSource
from suixin.data.collection.models import Drift, Feed, FeedRun, FrontChunk, FrontMachine, FrontStream, Source
from suixin.data.collection.opening import connector_of
from suixin.data.collection.sources import parcels
from suixin.data.collection.sources.base import Column, Kind
from suixin.data.collection.sources.parcels import MOST_BYTES, Parcel, packed
from suixin.data.collection.tests.endings import ending_of
from suixin.data.collection.tests.sources.servers import lake_rows
from suixin.data.doors.lean import application_or_none
from suixin.data.doors.tests.client import Caller, make_caller
from suixin.kit import clock, signing
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import SuixinError
from suixin.kit.sm import sm3_hex

pytestmark = pytest.mark.django_db
URL = "/api/v1/agent/hospital-front"
COLUMNS = (Column("code", "text", "VARCHAR(20)", is_key=True), Column("name", "text", "VARCHAR(80)"))

HEAD = b'{"columns":[{"name":"a","family":"","native":"","is_key":false}],"place":{},"rows":%d}\n'


def post(caller: Caller, url: str, body: bytes, *, signed: bytes | None = None, method: str = "POST"):
    headers = signing.sign(method, url, app_id=caller.app_id, secret=caller.secret, body=body if signed is None else signed)
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": url.partition("?")[0], "QUERY_STRING": url.partition("?")[2], "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)),
    }
    environ |= {"HTTP_" + name.upper().replace("-", "_"): value for name, value in headers.items()}
    told: list[int] = []
    body_out = application_or_none(environ, lambda status, sent, *_: told.append(int(status.split()[0])))  # type: ignore[arg-type]  # a test's own
    assert body_out is not None
    return told[0], orjson.loads(b"".join(body_out))


def beat(caller: Caller, **changes: object):
    stream = {"name": "visits", "what": "visits", "columns": [one.as_dict() for one in COLUMNS], **changes.pop("stream", {})}  # type: ignore[dict-item]  # a test's own
    told = {"version": "0.3.0", "host": "front-1", "time_ms": int(clock.now().timestamp() * 1000), "streams": [stream], **changes}
    return post(caller, URL, json.dumps(told).encode())


def parcel_of(*codes: str, columns: tuple[Column, ...] = COLUMNS) -> bytes:
    rows = [[code, *(["某"] * (len(columns) - 1))] for code in codes]
    return packed(Parcel(columns, rows, {"order": [codes[-1]]}))


def send(caller: Caller, sequence: int, body: bytes, *, stream: str = "visits", sm3: str = ""):
    return post(caller, f"{URL}/{quote(stream)}/{sequence}?sm3={sm3 or sm3_hex(body)}", body)


@pytest.fixture
def caller() -> Caller:
    found: Caller = make_caller()
    entry = make_resource("visits", write_mode="upsert")
    draft = SourceDraft("医院前置机", "hospital-front", Kind.AGENT, entry.provider, options={"application": found.app_id})
    source = declaring.declare_source(draft, actor=SYSTEM)
    beat(found)
    mapping = {"code": "code", "name": "name"}
    declaring.declare_source_feed(source, entry, FeedDraft("visits", mapping, schedule=""), columns=COLUMNS, actor=SYSTEM)
    return found


def landed() -> str:
    feed = Feed.objects.get()
    open_run = feed.runs.filter(state="waiting").first()
    run = open_run or feeding.start_run(feed, actor=SYSTEM, in_background=False)
    return feeding.work(run, actor=SYSTEM).sentence


def test_chunks_land_in_order_and_once(caller: Caller) -> None:
    assert send(caller, 1, parcel_of("A1", "A2"))[1]["data"]["is_new"] is True
    assert send(caller, 2, parcel_of("A3"))[0] == 200
    assert "来源 3 行" in landed()
    assert (row_count("visits"), FrontChunk.objects.filter(landed_at=None).count(), landed()) == (3, 0, "来源没有新的行。")
    assert not FrontChunk.objects.exclude(inbox="").exists()


def test_key_that_comes_again_before_it_landed_is_the_later_row(caller: Caller) -> None:
    for number, name in enumerate(("旧", "新", "最新"), 1):
        send(caller, number, packed(Parcel(COLUMNS, [["A1", name], [f"B{number}", "他"]], {"order": [number]})))
    assert "来源 6 行,接收 6 行,拒收 0 行,共 3 块" in landed()
    assert lake_rows("code", "name", table="visits") == [("A1", "最新"), ("B1", "他"), ("B2", "他"), ("B3", "他")]


def test_lost_answer_is_given_again_and_the_chunk_counts_once(caller: Caller) -> None:
    body = parcel_of("A1")
    send(caller, 1, body)
    landed()
    status, again = send(caller, 1, body)
    assert (status, again["data"]["is_new"], again["data"]["sm3"]) == (200, False, sm3_hex(body))
    assert (FrontChunk.objects.count(), landed()) == (1, "来源没有新的行。")


def test_gap_and_other_bytes_under_a_number_are_refused_with_the_number_wanted(caller: Caller) -> None:
    send(caller, 1, parcel_of("A1"))
    status, told = send(caller, 3, parcel_of("A3"))
    assert (status, told["code"], "应从第 2 块" in told["message"]) == (409, "agent-409", True)
    assert send(caller, 1, parcel_of("B1"))[0] == 409
    answer = beat(caller)[1]["data"]["streams"]["visits"]
    assert (answer["next"], answer["place"], answer["is_taken"]) == (2, {"order": ["A1"]}, True)


def test_chunk_whose_file_is_gone_is_asked_for_again_and_those_behind_it(caller: Caller) -> None:
    send(caller, 1, parcel_of("A1"))
    landed()
    send(caller, 2, parcel_of("A2"))
    send(caller, 3, parcel_of("A3"))
    held = inbox.file_of(FrontChunk.objects.get(sequence=2).inbox)
    assert held is not None
    held.unlink()
    with pytest.raises(SourceFault, match="重发"):
        landed()
    assert beat(caller)[1]["data"]["streams"]["visits"]["next"] == 2
    send(caller, 2, parcel_of("A2", "A3"))
    assert ("来源 2 行" in landed(), row_count("visits")) == (True, 3)


def test_changed_columns_wait_for_a_person_and_what_came_before_has_landed(caller: Caller) -> None:
    send(caller, 1, parcel_of("A1"))
    send(caller, 2, parcel_of("A2", columns=(*COLUMNS, Column("extra"))))
    assert "来源 1 行" in landed()
    with pytest.raises(ColumnsChanged, match="extra"):
        landed()
    drifting.take_drift(Drift.objects.get(), renames={}, actor=SYSTEM, reason="新增列")
    assert ("来源 1 行" in landed(), row_count("visits")) == (True, 2)


def test_columns_kept_out_are_read_again_by_the_agent(caller: Caller) -> None:
    send(caller, 1, parcel_of("A1"))
    send(caller, 2, parcel_of("A2", columns=(COLUMNS[0],)))
    landed()
    with pytest.raises(ColumnsChanged):
        landed()
    feed = drifting.keep_drift_out(Drift.objects.get(), actor=SYSTEM, reason="请恢复")
    assert beat(caller)[1]["data"]["streams"]["visits"]["is_taken"] is False
    declaring.switch_feed(feed, is_paused=False, actor=SYSTEM)
    assert beat(caller)[1]["data"]["streams"]["visits"]["next"] == 2
    send(caller, 2, parcel_of("A2"))
    assert ("来源 1 行" in landed(), row_count("visits")) == (True, 2)


def test_heartbeat_starts_the_landing_of_what_waits(caller: Caller) -> None:
    send(caller, 1, parcel_of("A1"))
    feeding.work(Feed.objects.get().runs.get(state="waiting"), actor=SYSTEM)
    assert (row_count("visits"), Feed.objects.get().runs.count()) == (1, 1)
    beat(caller)
    assert Feed.objects.get().runs.count() == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"nothing", "Zstandard"), (zstandard.compress(b"{}"), "第一行"), (zstandard.compress(b"\xff" * 90_000_000), "解压后超过"),
        (zstandard.compress(HEAD % 2 + b'["x"]'), "实有 1 行"),
        (zstandard.compress(HEAD % 1 + b"[1]"), "第 1 行应有"),
        (zstandard.compress(b'{"columns":[],"place":{},"rows":0,"more":1}'), "不认识的"),
        (zstandard.compress(HEAD % 1 + b"[" * 9000), "不是 JSON"),
    ],
)  # fmt: skip
def test_body_that_is_no_parcel_is_a_sentence_and_leaves_nothing(caller: Caller, body: bytes, words: str) -> None:
    status, told = send(caller, 1, body)
    assert (status, words in told["message"], FrontChunk.objects.exists()) == (400, True, False)
    assert not list((Path(settings.SUIXIN.lake) / "inbox").glob("*/*"))


def test_damaged_unsigned_foreign_and_too_large_chunks_are_refused(caller: Caller) -> None:
    body = parcel_of("A1")
    assert send(caller, 1, body, sm3="0" * 64)[1]["code"] == "agent-400"
    assert post(caller, f"{URL}/visits/1?sm3={sm3_hex(body)}", body, signed=b"other")[0] == 401
    assert send(make_caller("another"), 1, body)[0] == 403
    assert send(caller, 1, b"x" * (MOST_BYTES + 1))[0] == 413
    assert (send(caller, 1, body, stream="nothing")[0], post(caller, URL, b"", method="GET")[0]) == (404, 405)
    assert post(caller, f"{URL}/visits/1?sm3={sm3_hex(body)}&x=1", body)[0] == 400
    assert not FrontChunk.objects.exists()


@pytest.mark.parametrize("changes", [{"more": 1}, {"time_ms": -1}, {"version": "x" * 41}, {"stream": {"name": "坏 名"}}])
def test_heartbeat_with_unknown_keys_or_wrong_values_is_refused(caller: Caller, changes: dict[str, object]) -> None:
    status, told = beat(caller, **changes)
    assert (status, "心跳里的" in told["message"]) == (400, True)


def test_after_the_agreement_nothing_is_taken_and_before_its_end_it_is_told(caller: Caller) -> None:
    Source.objects.update(expires_on=clock.today() + timedelta(days=7), purpose="就诊统计")
    assert "还有 7 天" in beat(caller)[1]["data"]["sentence"]
    Source.objects.update(expires_on=clock.today() - timedelta(days=1))
    told = [beat(caller), send(caller, 1, parcel_of("A1"))]
    assert [(status, "到期" in answer["message"]) for status, answer in told] == [(409, True), (409, True)]
    assert not FrontChunk.objects.exists()


def test_silence_a_wrong_clock_and_troubles_are_told_as_faults_of_the_source(caller: Caller) -> None:
    beat(caller)
    source = Source.objects.get()
    with connector_of(source) as connector:
        assert "正常" in connector.check()
        beat(caller, time_ms=int(clock.now().timestamp() * 1000) + 120_000)
        with pytest.raises(SourceFault, match=r"快 1[12]"):
            connector.check()
        beat(caller, sentence="待发数据已到上限,暂停读取。")
        with pytest.raises(SourceFault, match="已到上限"):
            connector.check()
        FrontMachine.objects.update(heard_at=clock.now() - timedelta(minutes=40))
        with pytest.raises(SourceFault, match="40 分钟没有心跳"):
            connector.check()


def test_stream_that_is_read_anew_each_time_goes_into_no_appending_entry(caller: Caller) -> None:
    beat(caller, stream={"name": "logs", "is_repeated": True})
    entry = make_resource("logs", write_mode="append")
    with pytest.raises(WrongSource, match="全量重读"):
        declaring.declare_source_feed(Source.objects.get(), entry, FeedDraft("logs", {"code": "code"}), columns=COLUMNS, actor=SYSTEM)
    with pytest.raises(WrongSource, match="已有采集任务"):
        declaring.declare_source_feed(Source.objects.get(), entry, FeedDraft("visits", {"code": "code"}), columns=COLUMNS, actor=SYSTEM)


def test_machine_that_forgot_everything_is_told_which_files_were_taken(caller: Caller) -> None:
    body = packed(Parcel(COLUMNS, [["A1", None]], {"file": "a.csv"}, "a.csv", "10:1"))
    send(caller, 1, body)
    answer = beat(caller, stream={"name": "visits", "has_forgotten": True})[1]["data"]["streams"]["visits"]
    assert (answer["files"], answer["next"]) == ({"a.csv": "10:1"}, 2)
    assert FrontStream.objects.get().place == '{"file": "a.csv"}'


def test_chunk_that_waits_is_sealed_and_stays_when_the_inbox_is_cleaned(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    send(caller, 1, packed(Parcel(COLUMNS, [["A1", "张三丰"]], {})))
    monkeypatch.setattr(inbox, "SPARED_SECONDS", -1.0)
    inbox.forget_settled()
    held = inbox.file_of(FrontChunk.objects.get().inbox)
    assert held is not None
    assert b"\xb5\x2f\xfd" not in held.read_bytes()[:64]
    assert "来源 1 行" in landed()


def test_heartbeat_that_was_overtaken_is_answered_and_changes_nothing(caller: Caller) -> None:
    now = int(clock.now().timestamp() * 1000)
    beat(caller, time_ms=now, sentence="新")
    late = beat(caller, time_ms=now - 9_000, sentence="旧", stream={"name": "old"})
    assert (late[0], late[1]["data"]["streams"]["old"]["next"]) == (200, 1)
    assert (FrontMachine.objects.get().sentence, list(FrontStream.objects.values_list("name", flat=True))) == ("新", ["visits"])
    beat(caller, time_ms=now - 600_000, sentence="时钟拨回")
    assert FrontMachine.objects.get().sentence == "时钟拨回"


def test_names_of_streams_do_not_pile_up(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("suixin.data.collection.agents.MOST_STREAMS", 2)
    send(caller, 1, parcel_of("A1"))
    for name in ("one", "two", "three"):
        assert beat(caller, stream={"name": name})[0] == 200
    assert FrontStream.objects.count() == 2
    FrontStream.objects.update(received=1)
    status, told = beat(caller, stream={"name": "four"})
    assert (status, "超过 2 个" in told["message"], FrontStream.objects.count()) == (400, True, 2)


def test_chunk_out_of_order_is_refused_before_it_is_unpacked_or_kept(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("suixin.data.collection.agents.parcels.unpacked", None)
    assert [send(caller, number, parcel_of("A3"))[0] for number in (2, 3)] == [409, 409]
    assert not list((Path(settings.SUIXIN.lake) / "inbox").glob("*"))


def test_destruction_waits_for_chunks_of_its_own_stream_only(caller: Caller) -> None:
    entry, other = Resource.objects.get(table="visits"), make_resource("others", write_mode="upsert")
    beat(caller, stream={"name": "more"})
    source = Source.objects.get()
    declaring.declare_source_feed(source, other, FeedDraft("more", {"code": "code"}, schedule=""), columns=COLUMNS, actor=SYSTEM)
    send(caller, 1, parcel_of("A1"), stream="more")
    FeedRun.objects.all().delete()
    waiting.require_quiet(ending_of(entry, "code", "A00001"))
    with pytest.raises(SuixinError, match="还有采集任务"):
        waiting.require_quiet(ending_of(other, "code", "A00001"))


def test_sealed_places_name_a_destroyed_value_no_more(caller: Caller) -> None:
    send(caller, 1, packed(Parcel(COLUMNS, [["510900A1", None]], {"order": [7, "510900A1"]})))
    landed()
    assert waiting.forget_places(ending_of(Resource.objects.get(), "code", "510900A1")) >= 2
    held = [FrontStream.objects.get().place, FrontChunk.objects.get().place]
    assert ["510900A1" in place for place in held] == [False, False]
    assert json.loads(held[0])["order"][0] == 7


def test_rows_and_cells_are_counted_before_they_are_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcels, "_row", None)
    with pytest.raises(parcels.BadParcel, match="最多 100,000 行"):
        parcels.unpacked(zstandard.compress(HEAD % 0 + b"\n" * 300_000))
    wide = packed(Parcel(tuple(Column(f"c{n}") for n in range(1000)), [[]] * 5001))
    with pytest.raises(parcels.BadParcel, match="超过 5,000,000 格"):
        parcels.unpacked(wide)
