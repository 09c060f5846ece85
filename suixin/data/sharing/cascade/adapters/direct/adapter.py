"""The national style as a `LinkAdapter`: one process at a time speaks with the platform; its answers are letters of its deputy here."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date

import orjson
from django.db.models import Q

from suixin.data.sharing.cascade.adapters.base import Arrived, Told
from suixin.data.sharing.cascade.adapters.direct import asking, counting, deputy, reporting
from suixin.data.sharing.cascade.adapters.direct.calling import LEASE, Caller
from suixin.data.sharing.cascade.envelopes import WORD, Envelope
from suixin.data.sharing.cascade.errors import PeerFault, PeerRefused
from suixin.data.sharing.cascade.models import DirectAccount, Link
from suixin.kit import clock


class DirectAdapter:
    """One platform of the national style."""

    is_answered = True

    def __init__(self, link: Link, ours: str) -> None:
        self._link, self._ours = link, ours
        self._faults: list[str] = []

    @property
    def fault(self) -> str:
        """What could not be read or reported while all else was."""
        return self._faults[0] if self._faults else ""

    def send(self, letters: Sequence[Told], word: Envelope) -> Told:
        """What it has of ours, once each thing was reported; days that the word asks for are counted. Raises PeerFault."""
        last = self._link.acknowledged
        with self._speaking() as (account, caller):
            for one in letters:
                said = orjson.loads(one["envelope"])
                reporting.expand(self._link, account, said)
                last = max(last, int(said["sequence"]))
            reporting.report_waiting(self._link, account, caller, faults=self._faults)
            for day in word.content["asks"]:
                self._count(date.fromisoformat(day), account, caller)
        told = {"received": last, "applied": last, "wanted": [], "at_ms": int(clock.now().timestamp() * 1000), "asks": [], "counts": {}}
        return deputy.letter(self._link, WORD, told, ours=self._ours, sequence=0)

    def _count(self, day: date, account: DirectAccount, caller: Caller) -> None:
        try:
            counting.count(self._link, account, caller, day=day)
        except (PeerFault, PeerRefused) as error:
            self._faults.append(error.sentence)

    def fetch(self) -> Iterator[Arrived]:
        """What it has for us, each as a letter with the next number; what cannot be read is a `fault`. Raises PeerFault."""
        with self._speaking() as (account, caller):
            for one in asking.letters(self._link, account, caller, faults=self._faults):
                number = Link.objects.values_list("received", flat=True).get(pk=self._link.pk) + 1
                made = deputy.letter(
                    self._link, one.kind.value, one.content, ours=self._ours, sequence=number, about=one.about, rows=one.rows)
                yield Arrived([made], one.keep)

    def acknowledge(self, word: Envelope) -> None:
        """Nothing: it keeps no count of ours."""

    def check(self) -> str:
        """Whether what was issued is there, and what waits. Raises PeerFault."""
        account = self._account()
        waiting = self._link.reports.filter(state="waiting").count()
        refused = self._link.reports.filter(state="refused").count()
        return f"已填 {len(account.services)} 个接口，待报 {waiting} 项，被退回 {refused} 项。"

    def _account(self) -> DirectAccount:
        account = DirectAccount.objects.filter(link=self._link).first()
        if account is None:
            raise PeerFault(f"平台“{self._link}”的接入信息（rid、密钥、接口）还没有填；请在它的页面填写。")
        return account

    @contextmanager
    def _speaking(self) -> Iterator[tuple[DirectAccount, Caller]]:
        """Alone with it: letters are numbered here, and nothing is reported twice. Raises PeerFault: another process speaks."""
        account = self._account()
        now = clock.now()
        free = Q(busy_until=None) | Q(busy_until__lt=now)
        if not DirectAccount.objects.filter(free, pk=account.pk).update(busy_until=now + LEASE):
            raise PeerFault(f"另一个进程正在与平台“{self._link}”交换；稍后自动再办。")
        try:
            with closing(Caller(self._link, account)) as caller:
                yield account, caller
        finally:
            DirectAccount.objects.filter(pk=account.pk).update(busy_until=None)
