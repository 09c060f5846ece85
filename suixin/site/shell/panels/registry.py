"""The registry of panels: what a module shows of one resource, to whom, where on the page.

Use      `register(Panel("grants", gettext_noop("授权"), 80, "panels/table.html", query, may_see=...))`; the template finds
         what `query` gives as `content`, and the whole as `seen`
Promise  a panel whose reader may not see it is absent and is not asked; names are distinct, since they are anchors
Bounded  each query reads a page of rows at most; what takes long is `is_slow`: it is fetched when it comes into view, or
         by the link that stands there
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from django.utils.translation import gettext

from suixin.data.catalog.contract import Contract
from suixin.data.catalog.models import Resource
from suixin.kit.actor import Actor

CONSOLE, PORTAL = "console", "portal"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen:
    """A resource as one reader looks at it in one request; `once` keeps what several panels need; `site` is our own address."""

    resource: Resource
    actor: Actor
    place: str = CONSOLE
    parameters: Mapping[str, str] = field(default_factory=dict)
    site: str = ""
    kept: dict[Hashable, object] = field(default_factory=dict)

    @property
    def is_public(self) -> bool:
        """Whether the page is everybody's, so that nothing of the inside may stand on it."""
        return self.place == PORTAL

    @property
    def contract(self) -> Contract:
        """The entry's contract, read once."""
        return self.once("contract", lambda: self.resource.contract)

    def once(self, key: Hashable, read: Callable[[], T]) -> T:
        """What `read` gives, asked at most once for that key in this request."""
        if key not in self.kept:
            self.kept[key] = read()
        found: T = self.kept[key]  # type: ignore[assignment]  # a key always stands for the same thing
        return found


def everybody(seen: Seen) -> bool:
    """Whoever may see the page sees the panel."""
    return True


@dataclass(frozen=True, slots=True)
class Panel:
    """One part of the page. `title` is marked with gettext_noop; `is_aside`: in the narrow column beside the others.

    `query` gives what the template shows; None leaves the panel out.
    """

    name: str
    title: str
    order: int
    template: str
    query: Callable[[Seen], object]
    may_see: Callable[[Seen], bool] = everybody
    places: frozenset[str] = frozenset({CONSOLE})
    is_aside: bool = False
    is_slow: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A panel with what it shows; a slow one that was not asked for has none yet."""

    name: str
    title: str
    template: str
    content: object
    is_aside: bool
    is_waiting: bool = False


@dataclass(frozen=True, slots=True)
class Composed:
    """The panels of a page in their order, `main` and `aside`."""

    seen: Seen
    main: list[Shown]
    aside: list[Shown]


_panels: dict[str, Panel] = {}


def register(panel: Panel) -> None:
    """Let pages show the panel; registering again replaces."""
    _panels[panel.name] = panel


def panels(place: str) -> list[Panel]:
    """Panels of that place in their order."""
    return sorted((one for one in _panels.values() if place in one.places), key=lambda one: (one.order, one.name))


def composed(seen: Seen, *, asked: str = "") -> Composed:
    """Every panel that the reader may see; `asked` names a slow one that shall be there at once."""
    shown = [one for panel in panels(seen.place) if (one := _shown(panel, seen, asked)) is not None]
    return Composed(seen, [one for one in shown if not one.is_aside], [one for one in shown if one.is_aside])


def alone(seen: Seen, name: str) -> Shown | None:
    """One panel by its name; None when there is none that the reader may see."""
    found = next((one for one in panels(seen.place) if one.name == name), None)
    return _shown(found, seen, name) if found is not None else None


def _shown(panel: Panel, seen: Seen, asked: str) -> Shown | None:
    if not panel.may_see(seen):
        return None
    if panel.is_slow and asked != panel.name:
        return Shown(panel.name, gettext(panel.title), panel.template, None, panel.is_aside, is_waiting=True)
    content = panel.query(seen)
    return None if content is None else Shown(panel.name, gettext(panel.title), panel.template, content, panel.is_aside)
