"""Three days: what the systems' own people do, what breaks, and the worker's rounds at two and at twenty o'clock.

Day 1   everything is new; one system drops in mid-stream; the worker is killed three times; two workers at once
Day 2   changes, late rows, deletions; a server is down; a password was changed; a column is renamed, others are added; in
        the evening they are mended and decided
Day 3   changes; a table is dropped and comes back; an API breaks between two pages; a second click on the form
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.collection_city.ledger import CHINA, Row, made
from tests.collection_city.shops import TableShop
from tests.collection_city.world import SEES_LATE, UNLIMITED, Line, World

FIRST = datetime(2026, 3, 2, 2, 1, tzinfo=CHINA)
ROWS, MANY = 90, 400
IN_MID_STREAM = {"postgres": 25_000, "mariadb": 14_000}  # bytes: behind the first chunk, before the last
OFFICE = "tests.collection_city.office"
Act = tuple[str, datetime, object]


@dataclass
class Told:
    """What each act answered, by its name in the story: rounds their sentences, `account` the numbers at the end."""

    answers: dict[str, Any] = field(default_factory=dict)


@dataclass
class Story:
    """The world, and the product's home beside it."""

    world: World
    told: Told = field(default_factory=Told)

    def live(self) -> Told:
        """All three days."""
        try:
            self._prepare()
            self._first_day()
            self._second_day()
            self._third_day()
        finally:
            self.office.communicate()
        return self.told

    def did(self, *acts: Act, crash: str = "", workers: int = 1) -> list[list[object]]:
        """What each act of the office answered, for each of the processes that did them at once; none of one that was killed."""
        office, answers = self.office, [str(self.world.folder / f"answer-{number}.json") for number in range(workers)]
        assert office.stdin is not None
        assert office.stdout is not None
        office.stdin.write(json.dumps({"acts": acts, "crash": crash, "answers": answers}, default=str) + "\n")
        office.stdin.flush()
        statuses = json.loads(office.stdout.readline() or "[]")
        wanted = -signal.SIGKILL if crash else 0
        assert statuses == [wanted] * workers, f"{acts} {crash}: {statuses} {self.errors.read_text('utf-8')[-3000:]}"
        return [json.loads(Path(one).read_text("utf-8")) for one in answers] if not crash else []

    @cached_property
    def office(self) -> "subprocess.Popen[str]":
        """The office, open until its input ends."""
        home = self.world.folder / "home"
        home.mkdir()
        env = {key: value for key, value in os.environ.items() if not key.startswith("SUIXIN_")}
        env |= {"SUIXIN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "suixin.site.settings"}
        with self.errors.open("w", encoding="utf-8") as errors:
            return subprocess.Popen(
                [sys.executable, "-m", OFFICE], env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
            )

    @property
    def errors(self) -> Path:
        """What the office's processes wrote to their standard error."""
        return self.world.folder / "errors.txt"

    def rounds(self, **names: Act) -> None:
        """Acts of which each that is a round is kept under its name."""
        for name, answer in zip(names, self.did(*names.values())[0], strict=True):
            self.told.answers[name] = answer

    def _prepare(self) -> None:
        for number, line in enumerate(self.world.lines):
            count = MANY if "shaky" in line.source else ROWS
            self.put(line, made(1, count, _morning(1), bad=(3, 77) if number % 3 == 0 else ()), _at(0))
        sources = [{"slug": slug, **told} for slug, told in self.world.sources.items()]
        entries = [
            {"entry": one.entry, "is_keyed": one.is_keyed, "source": one.source, "table": one.table, "options": one.options}
            for one in self.world.lines
        ]
        entries += [{"entry": name, "is_keyed": True} for name in self.world.forms]
        now = FIRST - timedelta(hours=1)
        filled = self.filled("form_visits", made(1, 12, _morning(1), bad=(5,)), now)
        self.rounds(prepared=("prepare", now, {"sources": sources, "entries": entries}), filled=filled)

    def _first_day(self) -> None:
        for hours, point in enumerate(("file_landed", "committed", "chunk_archived")):
            self.did(("round", _at(0, hours=hours), None), crash=point)  # dies there, without any clean-up
        self._limit(1)
        self.rounds(dropped=("round", _at(0, hours=4), None))
        self._limit(UNLIMITED)
        self.did(("round", _at(0, hours=18), None), workers=2)

    def _second_day(self) -> None:
        world, now = self.world, _at(1)
        for line in world.lines:
            self._changed(line, 2)
        self._limit(0)
        self._table("postgres_steady_cursor", lambda shop: shop.rename("full_name"))
        self._table("mariadb_steady_cursor", lambda shop: shop.run("ALTER TABLE {} ADD COLUMN remark VARCHAR(20)"))
        self.rounds(locked=("secret", now, {"source": "sftp", "password": "of yesterday"}), down=("round", now, None))
        self._limit(UNLIMITED)
        self.rounds(
            unlocked=("secret", _at(1, hours=8), {"source": "sftp", "password": "pass"}),
            decided=("decide", _at(1, hours=9), {"postgres_steady_cursor": {"name": "full_name"}}),
            corrected=self.filled("form_visits", [*made(5, 1, _morning(2)), *made(13, 4, _morning(2))], _at(1, hours=10)),
            mended=("round", _at(1, hours=18), None),
        )

    def _third_day(self) -> None:
        for line in self.world.lines:
            self._changed(line, 3)
        self._table("postgres_steady_whole", lambda shop: shop.run("ALTER TABLE {} RENAME TO away"))
        self.world.api.is_broken = True
        self.rounds(stocked=self.filled("form_stocks", made(1, 30, _morning(3)), _at(2)), broken=("round", _at(2), None))
        self._table("postgres_steady_whole", lambda shop: shop.run("ALTER TABLE away RENAME TO {}"))
        self.world.api.is_broken = False
        self.rounds(
            back=("round", _at(2, hours=18), None), calm=("round", _at(3), None), account=("account", _at(3, hours=1), None),
        )

    def put(self, line: Line, rows: list[Row], now: datetime) -> None:
        """Rows into the system and into the account."""
        line.shop.put(rows, now)
        line.ledger.put(rows)

    def filled(self, entry: str, rows: list[Row], now: datetime) -> Act:
        """The act by which a clerk types rows."""
        typed = [[str(row.id), row.name, str(row.amount), f"{row.changed:%Y-%m-%d %H:%M:%S}"] for row in rows]
        self.world.forms[entry].put(rows)
        return "fill", now, {"entry": entry, "rows": typed}

    def _changed(self, line: Line, day: int) -> None:
        """A day's work in one system: new rows, a wrong one among them; changed, late and deleted ones where the way sees them."""
        rows = made(1000 * day, 20, _morning(day), bad=(1000 * day + 4,))
        if line.way != "append":
            rows += made(20 + day, 9, _morning(day), word=f"改{day}-")
        if line.way in SEES_LATE:
            rows += made(5000 * day, 6, _morning(day) - timedelta(hours=30), word="迟")
        self.put(line, rows, _at(day - 1))
        if line.way not in ("files", "append"):
            line.shop.drop([60 + day])
            line.ledger.drop([60 + day], is_noticed=False)

    def _limit(self, share: int) -> None:
        """Connections to the shaky databases end in the middle of their rows (1), at once (0), or never (UNLIMITED)."""
        for kind, relay in self.world.relays.items():
            relay.most = share * IN_MID_STREAM[kind] if share <= 1 else share

    def _table(self, entry: str, act: Callable[[TableShop], object]) -> None:
        """What the keepers of that table do to it, where its server is there."""
        line = self.world.of(entry)
        if line is not None and isinstance(line.shop, TableShop):
            act(line.shop)


def _at(day: int, *, hours: int = 0) -> datetime:
    """So many hours after two o'clock, `day` days after the first."""
    return FIRST + timedelta(days=day, hours=hours)


def _morning(day: int) -> datetime:
    """Eight to one in the night before that day's round, as systems write it."""
    return (FIRST + timedelta(days=day - 1)).replace(tzinfo=None) - timedelta(hours=1)
