"""What can be found: kinds of objects, each registered by the module that owns them, with a way to enumerate them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from suixin.ground.search.errors import UnknownKind


@dataclass(frozen=True, slots=True)
class Entry:
    """One object as it is found and shown. `lineage` is the path of its organisation (people), `facets` hold code values.

    `items` are names of parts (信息项), keywords and codes; `is_public` says whether anybody may find it.
    """

    kind: str
    key: str
    title: str
    url: str = ""
    lineage: str = ""
    department: str = ""
    items: Sequence[str] = ()
    abstract: str = ""
    facets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    is_public: bool = False


def normal_value(value: str) -> str:
    """A facet's value on one line."""
    return " ".join(value.split())


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of objects. For rebuilding: `keys` of all that are to be found, and the `entries` of some keys as they stand now."""

    name: str
    title: str
    keys: Callable[[], Sequence[str]]
    entries: Callable[[Sequence[str]], Iterable[Entry]]


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Let objects of the kind be indexed; registering again replaces."""
    _kinds[kind.name] = kind


def kinds() -> list[Kind]:
    """All kinds, by name."""
    return [_kinds[name] for name in sorted(_kinds)]


def kind_by(name: str) -> Kind:
    """The kind of that name. Raises UnknownKind."""
    if name not in _kinds:
        raise UnknownKind(f"没有登记名为“{name}”的检索种类;可用 {'、'.join(sorted(_kinds)) or '(无)'}。")
    return _kinds[name]
