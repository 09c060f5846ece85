"""File exchange: a package of the newest version, fetched and opened with the receiver's key."""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
from django.conf import settings

from suixin.data.access.models import Door
from suixin.data.doors.files import building
from suixin.data.doors.files.models import FileForm
from suixin.data.doors.files.ordering import OrderDraft, declare_order, register_key
from suixin.ground.link import keys
from suixin.ground.link.unpacking import open_package
from suixin.ground.people.models import Application
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import SuixinError
from suixin.kit.sm import sm2_keypair
from tests.proof.registry import door, named, no_rows
from tests.proof.scene import Left, Scene


@door("lean /packages/*/file", by=Door.FILE)
def package(scene: Scene) -> Iterator[Left]:
    """The package in either form, each file of it in the clear; what is sealed leaves as CSV only."""
    application = Application.objects.select_related("organisation").get(app_id=scene.app_id)
    pair = sm2_keypair()
    register_key(application, pair.public.hex(), actor=SYSTEM)
    for form in FileForm:
        try:
            order = declare_order(application, scene.resource, OrderDraft(form=form, purpose=scene.drawn.stated or ""), actor=SYSTEM)
            made = building.build_package(order, actor=SYSTEM)
        except SuixinError as error:
            yield Left(error.sentence)
            continue
        fetched = scene.get(f"/packages/{made.uuid}/file")
        yield fetched
        if fetched.status == 200 and isinstance(fetched.body, bytes):
            yield from _opened(fetched.body, pair.private, scene.grant.row_filter)
        order.packages.all().delete()
        order.delete()


def _opened(content: bytes, private: bytes, condition: str) -> Iterator[Left]:
    """Each file in the clear. The grant's own condition is told to its receiver, word for word; what it names is no cell."""
    folder = Path(settings.SUIXIN.home) / "incoming" / secrets.token_hex(4)
    folder.parent.mkdir(exist_ok=True)
    path = folder.with_suffix(".sxp")
    path.write_bytes(content)
    open_package(path, folder, private_key=lambda _: private, signing_key=lambda *_: keys.signing_key())
    for file in folder.iterdir():
        if file.suffix == ".parquet":
            yield Left(pq.read_table(file).to_pylist())
        elif file.suffix == ".json" and condition:
            yield Left(file.read_text("utf-8").replace(json.dumps(condition, ensure_ascii=False), '""'))
        else:
            yield Left(file.read_bytes())


no_rows("numbers, sizes and digests of packages, never rows", "lean /packages/", "lean /packages/*/receipt")
no_rows("salted digests of an answer, for who had the answer", "lean /receipts/*")
no_rows("set up by the operator: a key and an order, no row", "command package receiver", "command package order")
no_rows("run by the receiver on its own machine: opens what it was given, or checks it; prints names and counts",
        *named("command", "package verify|package open|package key", "|"))
