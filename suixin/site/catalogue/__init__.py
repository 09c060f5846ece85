"""The JSON door to the catalogue beside its search: entries read and written by programs, the change feed.

reading.py     entries, items, versions, differences, impact, code sets: the public sees what `/catalogue` shows
writing.py     proposals and withdrawals by token: the same actions as the pages, a tag asked for, a key honoured
changes.py     changes of entries in force, likewise
listing.py     many entries at once, judged as a sheet is
documents.py   an entry, a version, a change as JSON; what of it is for everybody
conditions.py  tags (ETag, If-Match), keys (Idempotency-Key), who calls
code_sets.py   code sets in every version, for everybody
feed.py        what became of entries, in an order that nobody can miss
"""

from suixin.site.catalogue import changes, code_sets, feed, listing, reading, writing  # noqa: F401 their addresses are put on the router
from suixin.site.catalogue.router import router as entries

__all__ = ["entries"]
