"""Batches judged by several threads, judgements in the order of the rows, one reading for a table in key order.

Flow     reader thread -> bounded queue -> judge threads -> ordered judgements in the caller's thread
Keys     as long as keys strictly ascend none can repeat; at the first one that does not, the table is searched for
         repeats once, and whatever was judged without that knowledge and holds a repeat is judged again. Rows
         handed over before are fine: they ascended, so they are the first of their keys.
Small    a table of one batch needs no thread and no second reading
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice

import pyarrow as pa

from suixin.data.quality.judge import Judge, Judged
from suixin.data.quality.keys import KeyOrder, KeyPass, repeats_among
from suixin.data.quality.source import SourceBatch, SourceTable


class OrderedJudging:
    """The judgements of one table; afterwards `keys` and `is_sorted` tell what was found about its keys."""

    def __init__(self, judge: Judge, source: SourceTable, *, threads: int) -> None:
        self.keys: KeyPass | None = None
        self._judge, self._source, self._threads = judge, source, threads
        self._order = KeyOrder()
        self._is_small = False

    @property
    def is_sorted(self) -> bool:
        """Whether the table has a key and arrived in its strict order."""
        return bool(self._judge.contract.key) and self._order.is_sorted

    def judgements(self, batches: Iterator[SourceBatch]) -> Iterator[Judged]:
        """One per batch, in order; at most `threads` + 2 batches are alive at any time."""
        head = list(islice(batches, 2))
        self._is_small = len(head) < 2
        if self._is_small:
            yield from (self._settled(batch, self._judge.judge(batch)) for batch in head)
            return
        with ThreadPoolExecutor(max_workers=self._threads, thread_name_prefix="judge") as pool:
            yield from self._in_order(pool, chain(head, batches))

    def _in_order(self, pool: ThreadPoolExecutor, batches: Iterator[SourceBatch]) -> Iterator[Judged]:
        waiting: deque[tuple[SourceBatch, Future[Judged]]] = deque()
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="reader") as reader:
            coming = reader.submit(next, batches, None)
            while (batch := coming.result()) is not None:
                coming = reader.submit(next, batches, None)
                waiting.append((batch, pool.submit(self._judge.judge, batch)))
                while waiting and (len(waiting) > self._threads or waiting[0][1].done()):
                    yield self._next(waiting)
            while waiting:
                yield self._next(waiting)

    def _next(self, waiting: "deque[tuple[SourceBatch, Future[Judged]]]") -> Judged:
        batch, future = waiting.popleft()
        return self._settled(batch, future.result())

    def _settled(self, batch: SourceBatch, judged: Judged) -> Judged:
        """The judgement in the light of all that is known about keys."""
        if judged.keys is None:
            return judged
        if self.keys is None and not self._order.see(judged.keys):
            self.keys = self._searched(judged, judged.keys)
        if self.keys is None or judged.knows_repeats or self.keys.repeats_in(judged.numbers) is None:
            return judged
        return self._judge.judge(batch)

    def _searched(self, judged: Judged, keys: pa.Table) -> KeyPass:
        if not self._is_small:
            return self._judge.keys(self._source)
        found = repeats_among(keys, judged.numbers, rows_in=judged.rows)
        self._judge.learn(found)
        return found
