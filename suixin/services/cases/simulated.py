"""A payment provider that takes no money and fails at will: for demos and tests, where the setting `simulated_payment` asks for it.

Keeps     its own books (state/simulated-payments.sqlite of the home), beside ours, as a provider does
Wishes    of the payer, on its cashier's page: paid; refused; not now; paid and told twice; paid and told late, or paid and whoever asks
          is not answered (both until `release`)
Silent    what is told late nobody learns by asking either, as when a provider's systems are slow
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import Condition

from django.conf import settings

from suixin.kit import clock
from suixin.services.cases.errors import PaymentFailed, UnknownOrder
from suixin.services.cases.providers import Line, Paid, Provider
from suixin.services.cases.rules import fee_of_order

NAME = "simulated"
WISHES = {
    "pay": "付款成功", "refuse": "付款失败", "twice": "付款成功，通知来两次", "late": "付款成功，通知迟到",
    "hang": "付款成功，查询时不应答",
}
_SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    id TEXT PRIMARY KEY, cents INTEGER NOT NULL, state TEXT NOT NULL, is_silent INTEGER NOT NULL DEFAULT 0, day TEXT
);
CREATE TABLE IF NOT EXISTS refunds (id TEXT PRIMARY KEY, order_id TEXT NOT NULL, cents INTEGER NOT NULL, day TEXT NOT NULL);
"""
LOOK_SECONDS = 1.0
_SILENCE = {"late": 1, "hang": 2}
Notify = Callable[[str, str, Paid], object]


class Simulated(Provider):
    """The provider; `notify` is whom it tells by itself: (its name, order, what was paid)."""

    title = "模拟支付（不收钱）"

    def __init__(self, notify: Notify) -> None:
        self._notify = notify
        self._moved = Condition()

    def pay(self, order: str, cents: int, *, receipt: str) -> Paid:
        """Nothing yet: the payer acts on the cashier's page; what was paid, when it was."""
        del receipt
        with _books() as books:
            books.execute("INSERT OR IGNORE INTO orders (id, cents, state) VALUES (?, ?, 'open')", (order, cents))
            books.execute("UPDATE orders SET cents = ? WHERE id = ? AND state <> 'paid'", (cents, order))
        return self.find(order)

    def find(self, order: str) -> Paid:
        """What was paid, unless it is told late; no answer for as long as it hangs."""
        while self._hangs(order):
            with self._moved:
                self._moved.wait(LOOK_SECONDS)  # another process may release it
        row = self.order(order)
        return Paid(_reference(order), row[0]) if row is not None and row[1] == "paid" and not row[2] else Paid("")

    def page_of(self, order: str) -> str:
        """The cashier's page."""
        return f"/pay/simulated/{fee_of_order(order)}/"

    def refund(self, reference: str, cents: int, *, key: str) -> str:
        """The refund, once for its key."""
        order = reference.removeprefix("SIM-")
        row = self.order(order)
        if row is None or row[1] != "paid" or cents > row[0]:
            raise PaymentFailed("模拟渠道没有这笔付款，或退款多于付款；请核对流水号和金额。")
        with _books() as books:
            books.execute("INSERT OR IGNORE INTO refunds VALUES (?, ?, ?, ?)", (key, order, cents, str(clock.today())))
        return f"SIMR-{key}"

    def statement(self, day: date) -> Sequence[Line]:
        """Every payment and refund of the day, those told late too."""
        with _books() as books:
            paid = books.execute("SELECT id, cents FROM orders WHERE state = 'paid' AND day = ? ORDER BY id", (str(day),)).fetchall()
            back = books.execute("SELECT id, order_id, cents FROM refunds WHERE day = ? ORDER BY id", (str(day),)).fetchall()
        lines = [Line(order, _reference(order), cents) for order, cents in paid]
        return [*lines, *(Line(order, f"SIMR-{key}", cents, is_refund=True) for key, order, cents in back)]

    def order(self, order: str) -> tuple[int, str, bool] | None:
        """(cents, state, told late) of an order; None when it is not known."""
        with _books() as books:
            row = books.execute("SELECT cents, state, is_silent FROM orders WHERE id = ?", (order,)).fetchone()
        return None if row is None else (int(row[0]), str(row[1]), bool(row[2]))

    def _hangs(self, order: str) -> bool:
        with _books() as books:
            return books.execute("SELECT 1 FROM orders WHERE id = ? AND is_silent = ?", (order, _SILENCE["hang"])).fetchone() is not None

    def act(self, order: str, wish: str) -> None:
        """What the payer does on the cashier's page. Raises UnknownOrder; doing it twice pays once."""
        row = self.order(order)
        if row is None or wish not in (*WISHES, "release"):
            raise UnknownOrder("没有这个订单，或没有这样的操作；请从办件页重新进入支付。")
        if wish == "refuse":
            with _books() as books:
                books.execute("UPDATE orders SET state = 'refused' WHERE id = ? AND state <> 'paid'", (order,))
            return
        with _books() as books:
            if wish != "release":
                told = (_SILENCE.get(wish, 0), str(clock.today()), order)
                books.execute("UPDATE orders SET state = 'paid', is_silent = ?, day = ? WHERE id = ? AND state <> 'paid'", told)
            else:
                books.execute("UPDATE orders SET is_silent = 0 WHERE id = ?", (order,))
        if wish == "hang":
            return
        if wish == "release":
            with self._moved:
                self._moved.notify_all()
        paid = self.find(order)
        for _ in range(2 if wish == "twice" else 1):
            if paid.reference:
                self._notify(NAME, order, paid)


def _reference(order: str) -> str:
    return f"SIM-{order}"


@contextmanager
def _books() -> Iterator[sqlite3.Connection]:
    path = Path(settings.SUIXIN.home) / "state" / "simulated-payments.sqlite"
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=10)
    try:
        connection.executescript(_SCHEMA)
        with connection:
            yield connection
    finally:
        connection.close()
