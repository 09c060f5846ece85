"""`suixin bench NAME`: what we do, measured beside its limit or a peer in the same run.

collect    file to lake, typed and checked, beside DuckDB + delta-rs writing the same CSV untyped
rows       pages, filters, totals, groups over HTTP, beside Datasette on the same rows
lookup     granted, signed, masked, logged lookups, beside a bare ASGI + SQLite server
download   CSV stream, beside DuckDB's COPY
Each prints a table and, as its last line, one JSON object (`report.py`).
"""
