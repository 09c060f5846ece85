"""The loop: a heartbeat when one is due, what waits is sent, streams that are due are read; then the same again.

Off line  reading goes on into the spool until it is full; a stream is only read once the base has said that it takes it
"""

import platform
import threading
from collections.abc import Callable

import suixin
from suixin.data.collection.sources.base import Column
from suixin.data.collection.sources.heartbeats import ColumnTold, Heartbeat, StreamTold
from suixin.kit import clock, crash
from suixin.kit.errors import SuixinError
from suixin.site.agent.base import Base, told_skew
from suixin.site.agent.errors import BaseAway, BaseRefused, OutOfStep, SpoolFull, StreamFault
from suixin.site.agent.folders import FolderStream
from suixin.site.agent.settings import Settings
from suixin.site.agent.spool import Spool
from suixin.site.agent.tables import TableStream

Reader = TableStream | FolderStream
PATIENCE_MS = 5_000
UNSIGNED = 401  # a wrong clock or secret is ours to mend and says nothing of what the base takes


class Agent:
    """One front machine at work; the spool is held by the caller."""

    def __init__(self, settings: Settings, spool: Spool, base: Base, *, tell: Callable[[str], None]) -> None:
        self.settings, self.spool, self.base, self.tell = settings, spool, base, tell
        self.readers: dict[str, Reader] = {name: reader_of(name, settings, spool) for name in settings.stream}
        self.columns: dict[str, tuple[Column, ...]] = {}
        self.stop = threading.Event()
        self.full: dict[str, str] = {}  # streams that found no room, with the sentence
        self._rewound: set[str] = set()
        self._next_beat = self._next_try = 0
        self._said: dict[str, str] = {}

    def run(self) -> None:
        """Work until `stop` is set."""
        while not self.stop.is_set():
            self.turn()
            self.stop.wait(1.0)

    def turn(self, *, is_due: bool = False) -> bool:
        """One turn; whether everything that was read has been handed over. `is_due`: whatever the clock says."""
        now = _now()
        if is_due or now >= self._next_beat:
            self._next_beat = now + self.settings.heartbeat_seconds * 1000
            self.beat()
        sent = self.send()
        for name in self.readers:
            state = self.spool.state(name)
            is_time = state.read_ms is None or now >= state.read_ms + self.settings.stream[name].every * 1000
            if state.is_taken and (is_due or is_time):
                self.read(name)
        return self.send() and sent

    def beat(self) -> bool:
        """Whether the base was heard; each stream stands where the base wants it then."""
        try:
            answer = self.base.beat(self.told())
        except (BaseAway, BaseRefused) as error:
            self._say("base", error.sentence)
            self.spool.note("contact", error.sentence)
            self._next_try = _now() + PATIENCE_MS
            if isinstance(error, BaseRefused) and error.fields.get("status") != UNSIGNED:
                for name in self.readers:
                    self.spool.refuse(name, error.sentence)
            return False
        self._say("base", "底座已连上。")
        self.spool.note("contact", "底座已连上。")
        self.spool.note("heard_ms", str(_now()))
        told = " ".join(one for one in (answer.sentence, told_skew((_now() - answer.time_ms) // 1000)) if one)
        self.spool.note("warning", told)
        self._say("warning", told)
        self._next_try = 0
        for name, one in answer.streams.items():
            if name in self.readers and self.spool.step_with(name, one):
                self._rewound.add(name)
                self._say(f"step {name}", f"数据流“{name}”:底座要从第 {one.next} 块续传,退回到那里重读。", is_new=True)
            self._say(f"takes {name}", f"数据流“{name}”:{one.sentence or '底座接收。'}")
        return True

    def send(self) -> bool:
        """Whether nothing waits any more; in order within each stream, the oldest first."""
        if _now() < self._next_try:
            return not self.spool.filled().chunks
        for name in self.readers:
            while (held := self.spool.first(name)) is not None:
                try:
                    self.base.send(held)
                except OutOfStep:
                    if not self.beat() or self.spool.first(name) == held:
                        return False
                    continue
                except BaseAway as error:
                    self._say("base", error.sentence)
                    self.spool.note("contact", error.sentence)
                    self._next_try = _now() + PATIENCE_MS
                    return False
                except BaseRefused as error:
                    self._say(f"takes {name}", f"数据流“{name}”:{error.sentence}")
                    break
                crash.point("agent_sent")
                self.spool.acknowledge(held)
        return not self.spool.filled().chunks

    def read(self, name: str) -> None:
        """What is new of the stream into the spool, and on to the base as it comes."""
        reader, state = self.readers[name], self.spool.state(name)
        place = state.place
        self._rewound.discard(name)
        try:
            if reader.is_repeated and not state.may_repeat:
                raise StreamFault("底座的目录是逐批追加,全量重读或重叠会使行重复,没有读;请改用增量列,不设重叠。")
            if self.spool.filled().bytes >= self.spool.limit:
                raise SpoolFull(f"待发数据到了上限 {self.spool.limit >> 20} MB,已暂停读取;连上底座后接着读,不会丢数据。")
            for parcel in reader.parcels(place):
                self.columns[name] = parcel.columns
                self.spool.append(name, parcel)
                place = parcel.place
                self.send()
                if name in self._rewound or self.stop.is_set():  # what would follow here is not what follows there
                    return
        except SpoolFull as error:
            self.full[name] = error.sentence
            self._say("spool", error.sentence)
            return
        except SuixinError as error:
            self._say(f"read {name}", f"数据流“{name}”:{error.sentence}")
            self.spool.over(name, fault=error.sentence)
            return
        self.full.pop(name, None)
        self._say(f"read {name}", "")
        self.spool.over(name, place=reader.after(place))

    def told(self) -> Heartbeat:
        """What the base is told."""
        filled = self.spool.filled()
        return Heartbeat(
            version=suixin.__version__, host=platform.node()[:120], time_ms=_now(), spool_chunks=filled.chunks, spool_bytes=filled.bytes,
            spool_limit=self.spool.limit, oldest_ms=filled.oldest_ms, sentence=next(iter(self.full.values()), "")[:600],
            streams=[self._stream(name, reader) for name, reader in self.readers.items()],
        )

    def _stream(self, name: str, reader: Reader) -> StreamTold:
        state = self.spool.state(name)
        fault = state.fault
        if name not in self.columns:
            try:
                self.columns[name] = reader.columns()
            except SuixinError as error:
                fault = error.sentence
        columns = [ColumnTold.model_validate(one.as_dict()) for one in self.columns.get(name, ())]
        return StreamTold(
            name=name, what=reader.what[:300], columns=columns, is_repeated=reader.is_repeated, read_ms=state.read_ms,
            sentence=fault[:600], has_forgotten=not state.is_met,
        )

    def _say(self, what: str, sentence: str, *, is_new: bool = False) -> None:
        """Told once, until it is something else."""
        if sentence and (is_new or self._said.get(what) != sentence):
            self.tell(sentence)
        self._said[what] = sentence


def reader_of(name: str, settings: Settings, spool: Spool) -> Reader:
    """What reads the stream."""
    return FolderStream(name, settings, spool) if settings.stream[name].folder else TableStream(name, settings)


def _now() -> int:
    return int(clock.now().timestamp() * 1000)
