"""What follows from an entry's contract: everything that it generates, and which of its items others hold too."""

from django.utils.translation import gettext_noop

from suixin.site.shell.panels.registry import Panel, Seen
from suixin.site.shell.queries import duplicates
from suixin.site.shell.queries.sheet_filling import may_fill


def generated(seen: Seen) -> dict[str, bool]:
    """Whether rows may be filled in; the rest is for whoever sees the page."""
    return {"may_fill": may_fill(seen.resource, seen.actor)}


def one_source(seen: Seen) -> duplicates.Panel:
    """What other departments hold of it, and the exemptions in force."""
    return duplicates.panel(seen.resource, actor=seen.actor)


PANELS = (
    Panel("generated", gettext_noop("由契约生成"), 8, "panels/generated.html", generated, is_aside=True),
    Panel("one-source", gettext_noop("一数一源"), 35, "panels/one_source.html", one_source, is_aside=True),
)
