"""Rows that a whole reading of a log feed delivered and that were rejected: they are at the source, so what is held of them stays.

Keys     of the chunks of the reading that had rejected rows, read again from the archive and typed by the entry's key alone
Unread   a key that cannot be read may be of any row: then nothing is cleared away, and the run says so
"""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from suixin.data.catalog.contract import Contract
from suixin.data.collection import chunks
from suixin.data.collection.models import Feed, FeedChunk
from suixin.data.lake import removal, storage
from suixin.data.lake.removal import Keys
from suixin.data.quality import check


def unreadable_since(feed: Feed, first: int) -> int:
    """How many rows of chunks from that number on were rejected and have no key that can be read."""
    with storage.scratch() as folder:
        return sum(_keys(chunk, feed, folder)[1] for chunk in _chunks(feed, first))


def keys_since(feed: Feed, first: int, *, before: int, folder: Path) -> Keys | None:
    """Files of the keys of chunks with rejected rows, from the first number to before the second; None: no row was rejected."""
    found: list[Keys] = [_keys(chunk, feed, folder)[0] for chunk in _chunks(feed, first) if chunk.sequence < before]
    return tuple(path for keys in found for path in keys) if found else None


def _chunks(feed: Feed, first: int) -> list[FeedChunk]:
    return list(FeedChunk.objects.filter(feed=feed, sequence__gte=first, batch__rejected__gt=0).order_by("sequence"))


def _keys(chunk: FeedChunk, feed: Feed, folder: Path) -> tuple[Keys, int]:
    """Files of all keys of a chunk, and how many rows have none that can be read."""
    contract: Contract = feed.contract
    told = removal.KeyFile(contract, folder / f"told{chunk.sequence}.parquet")
    refused, unread = [], 0

    def refuse(keys: pa.Table, unreadable: int) -> None:
        nonlocal unread
        unread += unreadable
        if keys.num_rows:
            refused.append(keys)

    with chunks.opened(chunk, feed) as (table, _, _):
        check.check_batch(
            removal.key_contract(contract), table, on_accepted=told.add, on_rejected=lambda _: None, on_refused_keys=refuse,
            extra="ignore",
        )
    files = told.finish()
    if refused:
        path = folder / f"refused{chunk.sequence}.parquet"
        pq.write_table(pa.concat_tables(refused).select(list(contract.stored_key)), path)
        files += (path,)
    return files, unread
