"""Jobs of `bench feeds`, each in a process and a home of its own.

python -m suixin.site.bench.feeds_job prepare ADDRESS   the register, a source of that database, a feed that brings its whole table
python -m suixin.site.bench.feeds_job run               the feed once; prints its sentence, then bytes of table and change data
"""

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit


def prepare(address: str) -> None:
    """Source and feed declared."""
    from suixin.data.catalog.models import Resource
    from suixin.data.collection import declaring
    from suixin.data.collection.declaring import FeedDraft, SourceDraft
    from suixin.data.collection.opening import connector_of
    from suixin.data.collection.sources.base import Kind, RowConnector
    from suixin.ground.people.models import Organisation
    from suixin.kit.actor import SYSTEM
    from suixin.site.bench import home, material
    from suixin.site.bench.feeds import TABLE

    home.prepare(has_lookup=False)
    parts = urlsplit(address)
    secrets = {"password": parts.password} if parts.password else {}
    plain = parts._replace(netloc=f"{parts.username or 'postgres'}@{parts.hostname}:{parts.port or 5432}").geturl()
    bureau, options = Organisation.objects.get(slug="bench"), {"seconds": 86_400}
    source = declaring.declare_source(SourceDraft("基准测试库", "bench-db", Kind.DATABASE, bureau, plain, options, secrets), actor=SYSTEM)
    resource = Resource.objects.get(table=material.TABLE)
    with connector_of(source) as connector:
        assert isinstance(connector, RowConnector)  # noqa: S101 for the type checker: databases give rows
        columns = connector.columns(TABLE)
    draft = FeedDraft(TABLE, declaring.suggested_mapping(columns, resource), schedule="", is_whole=True)
    declaring.declare_source_feed(source, resource, draft, columns=columns, actor=SYSTEM)


def run() -> None:
    """The feed once."""
    from deltalake import DeltaTable
    from django.conf import settings

    from suixin.data.collection import feeding
    from suixin.data.collection.models import Feed
    from suixin.kit.actor import SYSTEM
    from suixin.site.bench import material

    feed = Feed.objects.exclude(source=None).select_related("source__organisation", "resource__provider").get()
    done = feeding.work(feeding.start_run(feed, actor=SYSTEM, in_background=False), actor=SYSTEM)
    print(done.sentence)
    folder = Path(settings.SUIXIN.lake) / "std" / material.TABLE
    table = sum(Path(path.removeprefix("file://")).stat().st_size for path in DeltaTable(folder).file_uris())
    told = sum(path.stat().st_size for path in (folder / "_change_data").rglob("*.parquet"))
    print(f'{{"table": {table}, "told": {told}}}')


def main(words: list[str]) -> None:
    """Run one of the jobs in this process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suixin.site.settings")
    import django

    django.setup()
    match words:
        case ["prepare", address]:
            prepare(address)
        case ["run"]:
            run()
        case _:
            sys.exit(f"unknown job {words}")


if __name__ == "__main__":
    main(sys.argv[1:])
