"""The city's systems and the thirty feeds over them. What a machine lacks falls away, and is named."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from suixin.data.collection.tests.sources import servers
from suixin.data.collection.tests.sources.relay import Dropping, dropping
from suixin.data.collection.tests.sources.servers import Server
from suixin.data.collection.tests.sources.sftp import sftp_server
from suixin.data.collection.tests.sources.stubs import served
from tests.collection_city.ledger import Ledger
from tests.collection_city.shops import Api, FileShop, PathShop, Shop, TableShop

UNLIMITED = 1 << 40
# ways of a table's feed: what is declared, whether late and changed rows reach it, whether the entry has a key
WAYS: dict[str, dict[str, object]] = {
    "whole": {}, "cursor": {"cursor": "changed"}, "overlap": {"cursor": "changed", "overlap": 3 * 86_400}, "append": {"cursor": "id"},
}
SEES_LATE = frozenset({"whole", "overlap", "files"})


@dataclass
class Line:
    """One feed: its entry, its source by name, what it reads there, in which way, and the account that the test keeps of it."""

    entry: str
    source: str
    table: str
    way: str
    shop: Shop
    options: dict[str, object] = field(default_factory=dict)
    ledger: Ledger = field(default_factory=Ledger)

    @property
    def is_keyed(self) -> bool:
        """Whether rows of one key replace each other."""
        return self.way != "append"


@dataclass
class World:
    """`absent` names servers that do not answer here, each with its sentence."""

    folder: Path
    sources: dict[str, dict[str, object]] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    forms: dict[str, Ledger] = field(default_factory=lambda: {"form_visits": Ledger(), "form_stocks": Ledger()})
    relays: dict[str, Dropping] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    api: Api = field(default_factory=Api)

    def of(self, entry: str) -> Line | None:
        """The feed into that entry; None when its server is absent."""
        return next((line for line in self.lines if line.entry == entry), None)


@contextmanager
def opened(folder: Path) -> Iterator[World]:
    """The city on its first morning, every system running."""
    world = World(folder)
    with ExitStack() as stack:
        _files(world, stack)
        _interfaces(world, stack)
        _databases(world, stack)
        yield world


def _databases(world: World, stack: ExitStack) -> None:
    for kind, ways in (("postgres", ("whole", "cursor", "overlap", "append")), ("mariadb", ("whole", "cursor", "overlap"))):
        try:
            server = stack.enter_context(getattr(servers, kind)())
        except pytest.skip.Exception as absent:
            world.absent[kind] = f"{absent.msg}; the city's feeds from it fall away"
            continue
        port = int(server.address.rpartition(":")[2].partition("/")[0])
        relay = world.relays[kind] = stack.enter_context(dropping(port, most=UNLIMITED))
        for steady, address in (("steady", server.address), ("shaky", server.address.replace(f":{port}/", f":{relay.port}/"))):
            world.sources[f"{kind}-{steady}"] = {"kind": "database", "address": address}
            for way in ways:
                _table(world, server, f"{kind}-{steady}", f"{kind}_{steady}_{way}", way)


def _table(world: World, server: Server, source: str, name: str, way: str) -> None:
    moment = "TIMESTAMPTZ" if name == "postgres_steady_whole" else ""  # an instant with its zone among those without
    policy = {"drift_policy": "evolve"} if name == "mariadb_steady_cursor" else {}
    options = {**WAYS[way], "chunk_rows": 150 if "shaky" in source else 100, **policy}
    world.lines.append(Line(name, source, name, way, TableShop(server, name, moment=moment), options))


def _interfaces(world: World, stack: ExitStack) -> None:
    address, _ = stack.enter_context(served(world.api))
    paging = {"paging": "page", "page_parameter": "page", "size_parameter": "size", "size": Api.PAGE}
    shared = {"rows": "data.items", "auth": "bearer", **paging}
    for source, since, names in (("api-whole", "", ("shops", "permits", "parks")), ("api-since", "since", ("visits", "meters"))):
        paths = [f"/{source}/{name}" for name in names]
        options = {**shared, "paths": "\n".join(paths), **({"since_parameter": since} if since else {})}
        world.sources[source] = {"kind": "http", "address": address, "options": options, "secrets": {"secret": "city-key"}}
        for path, name in zip(paths, names, strict=True):
            more = {"cursor": "changed"} if since else {"drift_policy": "evolve"}
            way = "since" if since else "whole"
            world.lines.append(Line(f"api_{name}", source, path, way, PathShop(world.api, path), {"chunk_rows": 100, **more}))


def _files(world: World, stack: ExitStack) -> None:
    remote, local = world.folder / "remote", world.folder / "incoming"
    for folder in (remote, local):
        folder.mkdir()
    port, host_key = stack.enter_context(sftp_server(remote))
    world.sources["sftp"] = {
        "kind": "sftp", "address": f"sftp://clerk@127.0.0.1:{port}/", "options": {"host_key": host_key}, "secrets": {"password": "pass"},
    }
    given = (
        ("sftp", remote, "bridges:csv lamps:json wells:xlsx trees:csv stops:json"),
        ("folder-a", local / "a", "homes:csv pipes:xlsx signs:json"), ("folder-b", local / "b", "boats:csv fairs:json wards:csv"),
    )
    for source, root, names in given:
        if source != "sftp":
            world.sources[source] = {"kind": "folder", "address": str(root)}
        for name, form in (pair.split(":") for pair in names.split()):
            line = Line(f"{source.replace('-', '_')}_{name}", source, f"{name}_*.{form}", "files", FileShop(root, name, form))
            world.lines.append(line)
