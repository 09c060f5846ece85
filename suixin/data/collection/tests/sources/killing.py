"""A run of a feed that dies: `python -m suixin.data.collection.tests.sources.killing ACT` in a home of its own.

    prepare ADDRESS CURSOR   database, entry, source and feed by that cursor; "-" reads everything, "whole" as the whole state,
                             "log" by the log
    run                      the feed once; prints its sentence as JSON
    rows                     numbers and names in the lake
    count                    rows, distinct keys and their sum in the lake, and the sums of the runs
"""

import json
import sys
from dataclasses import replace

import django

django.setup()  # models may be imported next

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from suixin.data.catalog.tests import factories  # noqa: E402
from suixin.data.collection import feeding  # noqa: E402
from suixin.data.collection.declaring import SourceDraft, declare_source  # noqa: E402
from suixin.data.collection.models import Feed, FeedChunk, FeedRun  # noqa: E402
from suixin.data.collection.sources.base import Kind  # noqa: E402
from suixin.data.collection.tests.sources.servers import feed_of, lake_rows  # noqa: E402
from suixin.data.lake.repair import repair  # noqa: E402
from suixin.kit.actor import SYSTEM  # noqa: E402


def main(words: list[str]) -> object:
    """What the act answers."""
    settings.SUIXIN = replace(settings.SUIXIN, source_networks=("127.0.0.0/8",))
    match words:
        case ["prepare", address, "log"]:
            call_command("migrate", verbosity=0)
            source = declare_source(SourceDraft("人口库", "people", Kind.DATABASE, factories.bureau(), address), actor=SYSTEM)
            return str(feed_of(source, reads_log=True, chunk_rows=100))
        case ["prepare", address, cursor]:
            call_command("migrate", verbosity=0)
            source = declare_source(SourceDraft("人口库", "people", Kind.DATABASE, factories.bureau(), address), actor=SYSTEM)
            is_whole = cursor == "whole"
            return str(feed_of(source, cursor="" if is_whole or cursor == "-" else cursor, chunk_rows=300, is_whole=is_whole))
        case ["run"]:
            repair()
            feed = Feed.objects.select_related("source__organisation", "resource__provider").get()
            run = feeding.start_run(feed, actor=SYSTEM, in_background=False)
            return feeding.work(run, actor=SYSTEM).sentence
        case ["rows"]:
            return lake_rows("id", "name")
        case ["count"]:
            keys = [row[0] for row in lake_rows("id")]
            runs = [run.rows_in for run in FeedRun.objects.all()]
            return [len(keys), len(set(keys)), sum(keys), sum(runs), FeedChunk.objects.filter(state="archived").count()]  # type: ignore[arg-type]  # whole numbers
    raise SystemExit(2)


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1:])))  # noqa: T201 the result
