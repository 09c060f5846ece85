"""What collection and the lake show of a resource: how data reach it, its newest batches and runs."""

from dataclasses import dataclass

from django.utils.translation import gettext, gettext_noop

from suixin.data.collection.models import Feed, Run
from suixin.data.lake.models import Batch
from suixin.ground.security import policy
from suixin.site.shell.components import Table
from suixin.site.shell.panels.registry import Panel, Seen
from suixin.site.shell.queries.console import runs_table
from suixin.site.shell.queries.tables import batches_table

BATCHES, RUNS = 50, 10


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What came: versions of the table, the files that became them; `runs` for who takes files."""

    how: str
    batches: Table
    runs: Table | None


def newest_batches(seen: Seen) -> list[Batch]:
    """The newest batches that landed, read once for all panels."""
    found = Batch.objects.landed().filter(resource=seen.resource).select_related("resource").order_by("-id")
    return seen.once("batches", lambda: list(found[:BATCHES]))


def feed_patterns(seen: Seen) -> list[str]:
    """Names of the files that reach the resource, as agreed."""
    return seen.once("feed", lambda: list(Feed.objects.filter(resource=seen.resource).values_list("patterns", flat=True).first() or []))


def arrivals(seen: Seen) -> Arrivals:
    """How data come, and what came."""
    patterns = feed_patterns(seen)
    how = gettext("还没有约定来源文件，按文件内容识别。")
    if patterns:
        how = gettext("约定的来源文件：%(names)s") % {"names": "、".join(patterns)}
    runs = None
    if policy.may(seen.actor, "collection.run", seen.resource):
        runs = runs_table(Run.objects.filter(resource=seen.resource).select_related("resource")[:RUNS])
    with_links = policy.may(seen.actor, "quality.view", seen.resource)
    return Arrivals(how, batches_table(newest_batches(seen), with_links=with_links), runs)


PANELS = (Panel("batches", gettext_noop("版本与批次"), 20, "panels/batches.html", arrivals),)
