"""What opening shows of a resource: whether it is open, its dataset with downloads, the button that takes it off the portal."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_noop

from suixin.data.opening.models import Dataset, Distribution
from suixin.ground.security import policy
from suixin.site.shell.panels.registry import CONSOLE, PORTAL, Panel, Seen
from suixin.site.shell.queries.catalogue import OpenStanding, dataset_href, standing_of
from suixin.site.shell.queries.downloads import Download, downloads_of


@dataclass(frozen=True, slots=True)
class Opened:
    """The dataset that shows the resource; None when there is none. `href` is empty while it is off the portal."""

    dataset: Dataset | None
    href: str
    downloads: Sequence[Download]
    may_withdraw: bool
    reasons: Sequence[str]


def standing(seen: Seen) -> OpenStanding:
    """Whether everybody may read the data, and what to say where not."""
    return standing_of(seen.resource, seen.contract)


def opened(seen: Seen) -> Opened:
    """The dataset of the resource."""
    resource = seen.resource
    distribution: Distribution | None = getattr(resource, "distribution", None)
    if distribution is None:
        return Opened(None, "", [], may_withdraw=False, reasons=standing(seen).reasons)
    dataset, href = distribution.dataset, dataset_href(resource)
    may_withdraw = not seen.is_public and bool(href) and (
        policy.may(seen.actor, "opening.publish", resource) and policy.may(seen.actor, "access.revoked_grant", resource)
    )
    return Opened(dataset, href, downloads_of(dataset.slug, resource) if href else [], may_withdraw, reasons=())


def is_open(seen: Seen) -> bool:
    """Whether there is something to download; on the portal the standing says it otherwise."""
    return not seen.is_public or bool(dataset_href(seen.resource))


PANELS = (
    Panel("standing", gettext_noop("是否开放"), 1, "panels/standing.html", standing, places=frozenset({PORTAL})),
    Panel("datasets", gettext_noop("开放数据集与下载"), 90, "panels/datasets.html", opened, is_open, places=frozenset({CONSOLE, PORTAL})),
)
