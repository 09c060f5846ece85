"""`suixin feed`: list feeds of sources, run one here and now with its progress."""

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from suixin.data.collection.models import Feed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do with which."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    acts.add_parser("list", help="every feed of a source, with when it runs next")
    run_ = acts.add_parser("run", help="run a feed now; killed, the next run goes on where it stopped")
    run_.add_argument("feed", help="identifier (uuid) of the feed, or the table of its entry")
    run_.add_argument("--dry", action="store_true", help="read and judge the first rows, keep nothing")
    run_.add_argument("--from", dest="first", default="", metavar="VALUE", help="read again from this value of the cursor (inclusive)")
    run_.add_argument("--to", dest="last", default="", metavar="VALUE", help="and up to this one (exclusive)")


def run(options: argparse.Namespace) -> int:
    """The run's own sentence last."""
    from suixin.data.collection import feeding
    from suixin.data.collection.models import Feed, FeedRun, RunKind
    from suixin.kit.actor import SYSTEM
    from suixin.site.wiring import mend

    if options.act == "list":
        for feed in Feed.objects.exclude(source=None).select_related("source", "resource"):
            due = f"{feed.next_at:%Y-%m-%d %H:%M}" if feed.next_at else "只手动运行"
            print(f"{feed.uuid}  {feed.source}  {feed}  {'已暂停' if feed.is_paused else due}")
        return 0

    def tell(now: FeedRun) -> None:
        left = feeding.remaining(now)
        share = f"{min(99, 100 * now.seen // now.expected)} %" if now.expected else ""
        rest = f"还要约 {left.total_seconds():.0f} 秒" if left is not None else ""
        speed = feeding.rate(now)
        told = [f"已处理 {now.seen:,} 行", share, f"每秒 {speed:,} 行" if speed else "", rest]
        print("  ".join(one for one in told if one), file=sys.stderr, flush=True)

    if sentence := mend():
        print(sentence)
    has_range = options.first or options.last
    kind = RunKind.DRY if options.dry else RunKind.BACKFILL if has_range else RunKind.ORDINARY
    started = feeding.start_run(_feed(options.feed), actor=SYSTEM, kind=kind, range_=(options.first, options.last), in_background=False)
    print(feeding.work(started, actor=SYSTEM, tell=tell).sentence)
    return 0


def _feed(word: str) -> "Feed":
    from uuid import UUID

    from django.db.models import Q

    from suixin.data.collection.models import Feed
    from suixin.kit.errors import BadRequest, NotFound

    try:
        by = Q(uuid=UUID(word))
    except ValueError:
        by = Q(resource__table=word) | Q(resource__code=word)
    found = list(Feed.objects.exclude(source=None).filter(by).select_related("source__organisation", "resource__provider")[:2])
    if not found:
        raise NotFound(f"没有采集任务“{word}”;用 suixin feed list 查看。")
    if len(found) > 1:
        raise BadRequest(f"目录“{word}”有几个采集任务;请写采集任务的标识,用 suixin feed list 查看。")
    return found[0]
