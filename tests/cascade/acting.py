"""What people and the worker do at one instance: a process in its home that reads `[what, given]` by lines, and answers by lines."""

import io
import json
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from suixin.site.cli import start_django

start_django()

from django.db import transaction  # noqa: E402  Django is set up first

from suixin.data.access import engine  # noqa: E402
from suixin.data.access.models import Door  # noqa: E402
from suixin.data.access.plans import open_plan  # noqa: E402
from suixin.data.access.tests import factories  # noqa: E402
from suixin.data.access.versions import pinned  # noqa: E402
from suixin.data.catalog import announcing, generations, versions  # noqa: E402
from suixin.data.catalog.contract import ItemSpec, ItemType  # noqa: E402
from suixin.data.catalog.models import Resource  # noqa: E402
from suixin.data.lake.errors import UnknownTable  # noqa: E402
from suixin.data.sharing.cascade import catalogue, landing, linking, rekeying, returning, running  # noqa: E402
from suixin.data.sharing.cascade.models import Flow, Incoming, Intake, Link, Outgoing, Reconciliation, RemoteEntry, Way  # noqa: E402
from suixin.ground.link.actions import approve_peer, register_peer  # noqa: E402
from suixin.ground.link.introductions import introduction_of  # noqa: E402
from suixin.ground.link.models import Role  # noqa: E402
from suixin.ground.people.models import Organisation  # noqa: E402
from suixin.ground.security.actions import rotate_key  # noqa: E402
from suixin.kit import clock  # noqa: E402
from suixin.kit.actor import SYSTEM  # noqa: E402

SPECS = (
    ItemSpec("code", "编码", ItemType.TEXT, length=20, is_key=True, nullable=False),
    ItemSpec("division_code", "区划代码", ItemType.TEXT, length=12, nullable=False),
    ItemSpec("name", "名称", ItemType.TEXT, length=50),
    ItemSpec("amount", "金额", ItemType.MONEY, length=12, scale=2),
    ItemSpec("day", "日期", ItemType.DATE),
)
SECOND = replace(SYSTEM, key="system-2")


def row(number: int, **changes: object) -> dict[str, object]:
    """The row of that number: six of ten in the city of 510900, two of them in its district 510903."""
    base = factories.record(number * 7 + 1)
    division = ["510903", "510904", "510921", "511000", "510100"][number % 5]
    return {"code": f"k{number:06d}", "division_code": division, "name": f"单位{number}", "amount": base["amount"],
            "day": base["day"], **changes}


def found(given: dict[str, Any]) -> dict[str, Any]:
    """The instance: who it is, its bureau and those of its peers, an entry, its introduction."""
    linking.set_platform(
        code=given["code"], name=given["name"], level=given["level"], division=given["division"], address=given["address"], actor=SYSTEM,
    )
    for name in ("510000", "510900", "510903"):
        Organisation.objects.get_or_create(uscc=f"11{name}XX0000027W"[:18], defaults={"name": f"数据局{name}", "slug": f"bureau-{name}"})
    resource = factories.make_resource("units", specs=SPECS, write_mode="upsert", share_type="conditional")
    with transaction.atomic():
        generations.advance()
        announcing.published(resource, versions.record(resource, actor=SYSTEM, reason="试验"))
    if given.get("rows"):
        factories.land(resource, [row(n) for n in range(given["rows"])], specs=SPECS)
    Path(given["introduction"]).write_bytes(linking.introduction(actor=SYSTEM))
    return {}


def join(given: dict[str, Any]) -> dict[str, Any]:
    """The peers of introductions: registered, approved by a second person, linked."""
    for one in given["peers"]:
        told = Path(one["introduction"]).read_bytes()
        peer = register_peer(told, Role(one["role"]), actor=SYSTEM, reason="试验")
        approve_peer(peer, fingerprint=introduction_of(told).fingerprint, actor=SECOND, reason="已电话核对")
        peer.refresh_from_db()
        bureau = Organisation.objects.get(slug=f"bureau-{one['division']}")
        terms = linking.Terms(
            bureau, one["level"], one["division"], way=Way(one.get("way", "http")), out_folder=one.get("out", ""),
            in_folder=one.get("into", ""),
        )
        link = linking.connect(peer, terms, actor=SYSTEM, reason="试验")
        if one["catalogue"]:
            catalogue.tell_catalogue(link, is_told=True, actor=SYSTEM)
    return {}


def offer(given: dict[str, Any]) -> dict[str, Any]:
    """Rows of our entry that return to the peer by its division."""
    flow = returning.offer_flow(
        Link.objects.get(peer__code=given["peer"]), Resource.objects.get(table="units"), divisions=given["divisions"],
        columns=[spec.field for spec in SPECS], basis="政务数据共享条例第二十四条", until=clock.now() + timedelta(days=90), actor=SYSTEM,
        is_receipted=given.get("is_receipted", False),
    )
    return {"flow": str(flow.uuid)}


def accept(given: dict[str, Any]) -> dict[str, Any]:
    """The flow that was told goes into our entry."""
    landing.accept_flow(Intake.objects.get(), Resource.objects.get(table="units"), actor=SYSTEM)
    return {}


def letter(given: dict[str, Any]) -> dict[str, Any]:
    """A part that a peer sent, written out as it came."""
    Path(given["file"]).write_bytes(landing.letter_of(Intake.objects.get(), given["part"], actor=SYSTEM))
    return {}


def change(given: dict[str, Any]) -> dict[str, Any]:
    """Rows of ours, changed; of another division they go from who has only its own."""
    rows = [row(n, **given["changes"]) for n in given["numbers"]]
    factories.land(Resource.objects.get(table="units"), rows, sm3=given["sm3"], specs=SPECS)
    return {}


def run(given: dict[str, Any]) -> dict[str, Any]:
    """A turn with every peer, as the worker makes it; the faults of it. `is_counted`: today is counted with them."""
    days = [clock.today()] if given.get("is_counted") else []
    return {"faults": [turn.fault for turn in running.run_due(actor=SYSTEM, is_every=True, days=days) if turn.fault]}


def listen(given: dict[str, Any]) -> dict[str, Any]:
    """The site at its port, in a thread of this process, for peers that nobody kills."""
    from suixin.site.wsgi import application

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    def bounded(environ: dict[str, Any], start_response: Any) -> Any:
        """As a server that ends a body where its length says."""
        environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
        return application(environ, start_response)

    threading.Thread(target=make_server("127.0.0.1", given["port"], bounded, handler_class=Quiet).serve_forever, daemon=True).start()
    return {}


def lose(given: dict[str, Any]) -> dict[str, Any]:
    """A letter that came is gone, as after a broken disk."""
    Incoming.objects.filter(sequence=given["sequence"]).delete()
    return {}


def rotate(given: dict[str, Any]) -> dict[str, Any]:
    """Our keys of exchange, changed."""
    return {"version": rotate_key("link", actor=SYSTEM, reason="试验")}


def accept_keys(given: dict[str, Any]) -> dict[str, Any]:
    """The keys that the peer announced, accepted."""
    link = Link.objects.select_related("peer", "application").get(peer__code=given["peer"])
    rekeying.accept_keys(link, fingerprint=link.peer.next_fingerprint, actor=SYSTEM, reason="已电话核对")
    return {}


def tell(given: dict[str, Any]) -> dict[str, Any]:
    """Everything that a test asks about."""
    return {
        "rows": sorted([str(cell) for cell in one] for one in _rows()),
        "links": {link.code: [link.sent, link.acknowledged, link.received, link.applied, link.sentence] for link in Link.objects.all()},
        "incoming": sorted(Incoming.objects.values_list("kind", flat=True)),
        "flows": [[flow.number, flow.landed, flow.accepted, flow.rejected, flow.sentence] for flow in Flow.objects.all()],
        "intakes": [[one.landed, one.rows, one.accepted, one.sentence] for one in Intake.objects.all()],
        "entries": [[one.link.code, one.title, one.state] for one in RemoteEntry.objects.all()],
        "keys": [[one.peer.signing_key_id, one.our_keys, len(one.peer.former_keys)] for one in Link.objects.select_related("peer")],
        "receipts": Outgoing.objects.exclude(receipt={}).count(),
        "reconciled": [[one.link.code, one.is_outward, one.state, one.missing] for one in Reconciliation.objects.order_by("pk")],
    }


def _rows() -> list[tuple[object, ...]]:
    plan = open_plan(SYSTEM, Resource.objects.get(table="units"), door=Door.COMPUTE)
    try:
        sql, parameters = plan.select_sql(pinned(plan.table))
    except UnknownTable:  # nothing came yet
        return []
    with engine.cursor() as cursor:
        return cursor.execute(sql, parameters).fetchall()


DOINGS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    one.__name__: one for one in (found, join, offer, accept, letter, change, run, listen, lose, rotate, accept_keys, tell)
}

if __name__ == "__main__":
    for line in sys.stdin:
        what, told = json.loads(line)
        print(json.dumps(DOINGS[what](told), ensure_ascii=False), flush=True)  # noqa: T201 the answer
