"""Doors by which rows go in bulk: Delta Sharing, a receiver's own database, messages to its address."""

import io
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from unittest.mock import patch
from urllib.parse import urlsplit

import orjson
import pyarrow.parquet as pq
from django.conf import settings

from suixin.data.access.models import Door
from suixin.data.doors.delta import recipients
from suixin.data.doors.subscriptions import delivering, subscribing
from suixin.data.doors.tables import declaring, running
from suixin.data.doors.tables.declaring import ExchangeDraft
from suixin.ground.people.models import Application
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import SuixinError
from tests.proof.registry import door, named, no_rows
from tests.proof.scene import FIELDS, Left, Scene

SHARES = "lean /delta-sharing/shares"
TABLES = f"{SHARES}/*/schemas/*/tables/*"


@door("lean /delta-sharing/files/*", f"{TABLES}/query", f"{TABLES}/changes", by=Door.SHARE,
      shows=tuple(name for name in FIELDS if name != "sealed"))  # a grant of sealed values is refused here
def delta_sharing(scene: Scene) -> Iterator[Left]:
    """Every table that the recipient is told of, its newest version and all its changes, file by file."""
    recipients.forget()
    _, text = recipients.make_token(Application.objects.get(app_id=scene.app_id), actor=SYSTEM)
    holder = {"Authorization": f"Bearer {text}"}
    nobody = replace(scene, asker="public")
    told = nobody.send("GET", "/delta-sharing/shares", headers=holder)
    yield told
    names = [one["name"] for one in orjson.loads(bytes(told.body)).get("items", [])] if isinstance(told.body, bytes) else []
    for share in names or ["proof-app"]:
        place = f"/delta-sharing/shares/{share}/schemas/data-bureau/tables/{scene.table}"
        answers = [nobody.send("GET", f"{place}/metadata", headers=holder), nobody.send("POST", f"{place}/query", b"{}", headers=holder)]
        answers.append(nobody.send("GET", f"{place}/changes?startingVersion=1", headers=holder))
        for answer in answers:
            yield from _read(nobody, answer)


def _read(scene: Scene, answer: Left) -> Iterator[Left]:
    yield answer
    if answer.status != 200 or not isinstance(answer.body, bytes):
        return
    for line in map(orjson.loads, answer.body.splitlines()):
        found = line.get("file") or line.get("cdf")
        if found:
            file = scene.send("GET", urlsplit(found["url"]).path)
            yield file
            if file.status == 200 and isinstance(file.body, bytes):
                rows = pq.read_table(io.BytesIO(file.body)).to_pylist()
                yield Left([{name: str(value) for name, value in row.items()} for row in rows])  # dates as one reads them


@door("push table exchange", by=Door.TABLE)
def table_exchange(scene: Scene) -> Iterator[Left]:
    """Everything that arrives in the receiver's database: the table, and what we keep there."""
    folder = settings.SUIXIN.home / "incoming"
    folder.mkdir(exist_ok=True)
    path, kept = folder / f"{secrets.token_hex(4)}.db", settings.SUIXIN
    settings.SUIXIN = replace(kept, source_folders=(str(folder),))
    application = Application.objects.select_related("organisation").get(app_id=scene.app_id)
    try:
        with closing(sqlite3.connect(path)) as database:
            database.execute("CREATE TABLE other (id INTEGER)")
            target = declaring.declare_target(application.organisation, slug="proof", name="试验", address=f"sqlite://{path}", actor=SYSTEM)
            exchange = declaring.declare_exchange(target, application, scene.resource, draft=ExchangeDraft("people"), actor=SYSTEM)
            run = running.run_exchange(exchange, actor=SYSTEM)
            yield Left([database.execute(f'SELECT * FROM "{name}"').fetchall() for name, in database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()])
            yield Left(run.sentence)
    except SuixinError as error:
        yield Left(error.sentence)
    finally:
        settings.SUIXIN = kept


@door("push webhook", by=Door.SUBSCRIPTION)
def subscription(scene: Scene) -> Iterator[Left]:
    """Every message of a subscription that is replayed from the beginning, taken before it is sent."""
    sent: list[Left] = []
    kept, settings.SUIXIN = settings.SUIXIN, replace(settings.SUIXIN, source_networks=("127.0.0.0/8",))
    application = Application.objects.select_related("organisation").get(app_id=scene.app_id)
    taken = patch.object(delivering, "send", lambda _, name, body, **told: sent.append(Left(body)))
    try:
        with taken:
            made, _ = subscribing.subscribe(application, scene.resource, "http://127.0.0.1:9/hook", actor=SYSTEM)
            subscribing.replay(made, 0, actor=SYSTEM)
            sent.append(Left(delivering.deliver(made, actor=SYSTEM)))
    except SuixinError as error:
        sent.append(Left(error.sentence))
    finally:
        settings.SUIXIN = kept
    yield from sent


no_rows("names of shares and tables, never rows", SHARES, f"{SHARES}/*", f"{SHARES}/*/schemas", f"{SHARES}/*/all-tables")
no_rows("names, columns and versions of tables", f"{SHARES}/*/schemas/*/tables", TABLES, f"{TABLES}/version", f"{TABLES}/metadata")
no_rows(
    "counts, states, names and sentences of exchanges",
    *named("page", "console-exchange console-exchange-minutes console-exchange-tables console-exchange-table-new console-exchange-table"
           " console-exchange-files console-exchange-file-new console-exchange-file"
           " console-exchange-receiver-new console-exchange-receiver console-exchange-subscriptions console-exchange-subscription-new"
           " console-exchange-subscription console-exchange-proxies console-exchange-proxy-new console-exchange-proxy"
           " console-exchange-recipients console-exchange-recipient console-exchange-receipts"),
)
no_rows("counts and salted digests of what was given", "page console-exchange-receipt")
no_rows("a token of a recipient", "command share-profile")
no_rows("counts and salted digests of what was given", *named("command", "receipt delivery", "|"))
