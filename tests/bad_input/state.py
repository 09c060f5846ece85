"""What is at rest after a collection: nothing half-written, and a checksum of what was kept."""

import duckdb
from django.conf import settings

from suixin.data.lake import storage
from suixin.data.lake.models import Batch, BatchState
from suixin.data.lake.rejects import read_rejects
from suixin.data.lake.repair import Repaired, repair
from suixin.data.lake.snapshots import snapshot


def require_tidy() -> None:
    """Every batch is whole, every file belongs to one, and a repair finds nothing to do."""
    root = storage.root()
    assert root == settings.SUIXIN.lake
    assert not [path.name for path in (root / "tmp").glob("*")], "scratch of the lake"
    assert repair() == Repaired()
    landed = Batch.objects.landed()
    assert landed.count() == Batch.objects.count()
    for batch in landed.select_related("resource"):
        assert batch.state == BatchState.LANDED
        assert batch.rows_in == batch.accepted + batch.rejected
        assert len(read_rejects(batch.resource.table, batch.pk)) == min(batch.rejected, 100)
        assert (root / batch.archive_path).is_file()


def content_of(table: str, *columns: str) -> tuple[int, str]:
    """Rows of the newest version and a checksum of these columns, whatever their order."""
    named = ", ".join(storage.quoted(column) for column in columns)
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT count(*), CAST(sum(hash({named})) AS VARCHAR) FROM read_parquet($1)", [list(snapshot(table).paths)]
        ).fetchone()
    assert found is not None
    return int(found[0]), str(found[1])
