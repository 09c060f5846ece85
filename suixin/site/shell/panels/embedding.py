"""What the portal offers to who writes of an entry elsewhere: the code that embeds its card."""

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from suixin.site.shell.panels.registry import PORTAL, Panel, Seen
from suixin.site.shell.queries.card import snippet


@dataclass(frozen=True, slots=True)
class Embedded:
    """The code."""

    html: str


def embedded(seen: Seen) -> Embedded:
    """The code for this entry at the address by which the reader reached us."""
    return Embedded(snippet(seen.resource, seen.site))


PANELS = (
    Panel("card", gettext_noop("在别的网页里引用"), 50, "panels/card.html", embedded, places=frozenset({PORTAL}), is_aside=True),
)
