"""A base that keeps what it gets as the real one does, without a network: it can be away, lose an answer, forget."""

from dataclasses import dataclass, field

from suixin.data.collection.sources.heartbeats import Answer, Heartbeat, StreamAnswer
from suixin.data.collection.sources.parcels import Parcel, unpacked
from suixin.kit import clock
from suixin.site.agent.errors import BaseAway, BaseRefused, OutOfStep
from suixin.site.agent.spool import Held


@dataclass
class StubBase:
    """Chunks by stream, in order."""

    got: dict[str, list[Held]] = field(default_factory=dict)
    told: Heartbeat | None = None
    is_away: bool = False
    is_taken: bool = True
    may_repeat: bool = True
    answers_lost: int = 0
    refuses: int = 0

    def close(self) -> None:
        """Nothing is open."""

    def beat(self, told: Heartbeat) -> Answer:
        """As `collection.agents.hear` answers."""
        self._require_there()
        if self.refuses:
            raise BaseRefused("协议已到期", status=self.refuses)
        self.told = told
        return Answer(time_ms=int(clock.now().timestamp() * 1000), streams={one.name: self._stand(one.name) for one in told.streams})

    def send(self, held: Held) -> None:
        """As `collection.agents.receive` takes it."""
        self._require_there()
        chunks = self.got.setdefault(held.stream, [])
        if held.sequence <= len(chunks) and chunks[held.sequence - 1].sm3 == held.sm3:
            return
        if held.sequence != len(chunks) + 1:
            raise OutOfStep("序号不对")
        chunks.append(held)
        if self.answers_lost:
            self.answers_lost -= 1
            raise BaseAway("答复丢了")

    def parcels(self, stream: str) -> list[Parcel]:
        """What came, unpacked."""
        return [unpacked(held.body) for held in self.got.get(stream, [])]

    def rows(self, stream: str, column: str) -> list[str | None]:
        """Every value of the column that came, in order, doubled ones too."""
        return [row[at] for one in self.parcels(stream) for at in [[c.name for c in one.columns].index(column)] for row in one.rows]

    def _stand(self, name: str) -> StreamAnswer:
        parcels = self.parcels(name)
        files = {one.file: one.stamp for one in parcels if one.file and one.is_last}
        place = dict(parcels[-1].place) if parcels else {}
        return StreamAnswer(is_taken=self.is_taken, next=len(parcels) + 1, place=place, may_repeat=self.may_repeat, files=files)

    def _require_there(self) -> None:
        if self.is_away:
            raise BaseAway("连不上")
