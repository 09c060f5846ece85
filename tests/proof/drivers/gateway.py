"""The gateway's other interfaces: lookups of many, verification, rows, statistics, a department's own interface."""

from collections.abc import Iterator
from dataclasses import replace
from unittest.mock import patch
from urllib.parse import quote, urlencode

import orjson
from django.conf import settings
from django.urls import reverse

from suixin.data.access.models import Door
from suixin.data.access.values import text_of
from suixin.data.collection.models import Source
from suixin.data.doors.proxies import calling
from suixin.data.doors.proxies.models import Proxy, ProxyState
from suixin.kit import clock
from tests.proof.drivers.lean import NUMERIC
from tests.proof.registry import door, no_rows
from tests.proof.scene import Left, Scene

_FORM = "application/x-www-form-urlencoded"
no_rows("public keys of the platform", "lean /gateway/keys")
no_rows("a temporary secret for the application that asks", "lean /sysapi/auth/refreshappsecret")
no_rows("from where an application may call and how it signs", "page console-application-reach")


@door("push lookup of many", by=Door.GATEWAY, examples=6)
def lookup_many(scene: Scene) -> Iterator[Left]:
    """Every row by its key in one body, all columns, then each alone."""
    address = f"/gateway/{scene.table}/lookup"
    yield _posted(scene, address, {"keys": list(scene.keys)})
    for name in scene.fields:
        yield _posted(scene, address, {"keys": list(scene.keys), "columns": [name]})


@door("lean /gateway/*/verify", by=Door.VERIFY)
def verify(scene: Scene) -> Iterator[Left]:
    """Each cell alone by its true value, one by one and all rows at once: what is confirmed has left."""
    address = f"/gateway/{scene.table}/verify"
    for name in scene.fields[1:]:
        rows = [{"code": row["code"], name: text_of(row[name])} for row in scene.rows]
        many = _posted(scene, address, {"items": [name], "rows": rows})
        yield replace(many, confirmed=frozenset((number, name) for number in _confirmed(many)))
        one = scene.get(f"{address}?code={scene.keys[0]}&{name}={quote(str(rows[0][name]))}")
        yield replace(one, confirmed=frozenset({(0, name)} if "一致" in one.text() and "不一致" not in one.text() else ()))


def _confirmed(left: Left) -> list[int]:
    told = orjson.loads(left.body).get("data") or [] if isinstance(left.body, bytes) else []
    return [number for number, one in enumerate(told) if one["code"] == "200" and "一致" in one["data"].values()]


@door("lean /gateway/*/rows", by=Door.ROWS, examples=6)
def rows(scene: Scene) -> Iterator[Left]:
    """All rows, each column alone, sorted, grouped, by value; asked by address and by body."""
    address = f"/gateway/{scene.table}/rows"
    yield scene.get(address)
    for name in scene.fields:
        yield _posted(scene, address, {"columns": name, f"{name}__sort": "desc"})
        yield scene.get(f"{address}?{name}__groupby&page_size=50")
    yield _posted(scene, address, {"phone__contains": str(scene.rows[2]["phone"])})


@door("lean /gateway/*/aggregate", by=Door.AGGREGATE)
def aggregate(scene: Scene) -> Iterator[Left]:
    """Least and greatest of each column, over all and by groups, as installed and with groups of one row shown."""
    for least in (settings.SUIXIN.small_group, 1):
        with patch.object(settings, "SUIXIN", replace(settings.SUIXIN, small_group=least)):
            for name in scene.fields:
                yield scene.get(f"/gateway/{scene.table}/aggregate?{name}__max&{name}__min")
                yield scene.get(f"/gateway/{scene.table}/aggregate?{name}__groupby&{name}__count")
            for name in NUMERIC:
                asked = {"owner__groupby": None, f"{name}__sum": None, f"{name}__max": None}
                yield _posted(scene, f"/gateway/{scene.table}/aggregate", asked)


@door("lean /gateway/*/proxy", by=Door.PROXY)
def proxy(scene: Scene) -> Iterator[Left]:
    """The department's interface gives everything to everybody; what leaves is judged."""
    provider, now = scene.world.resource.provider, clock.now()
    source = Source.objects.create(
        slug="theirs", name="他们的接口", kind="http", organisation=provider, address="https://x.example", created_at=now,
    )
    Proxy.objects.create(
        resource=scene.world.resource, source=source, path="/all", parameters={"code": "id"}, rows="data", state=ProxyState.ACTIVE,
        per_second=1000, asked_key="one", asked_at=now, decided_key="other", decided_at=now,
    )
    calling.forget()
    everything = [{name: text_of(value) for name, value in row.items()} | {"extra": "KX0W7QB"} for row in scene.rows]
    with patch.object(calling, "_got", lambda *_: (200, orjson.dumps({"data": everything}))):
        address = f"/gateway/{scene.table}/proxy"
        yield scene.get(f"{address}?code=any")
        for name in scene.fields:
            yield _posted(scene, address, {"code": "any", "columns": [name]})


def _posted(scene: Scene, address: str, content: object) -> Left:
    return scene.send("POST", address, orjson.dumps(content), content_type="application/json")


@door("page console-resource-calls", by=Door.GATEWAY, asked_by=("staff",), examples=4)
def tried_lookup(scene: Scene) -> Iterator[Left]:
    """The page of samples, and every row looked up on it."""
    address = reverse("console-resource-calls", args=[scene.table])
    yield scene.get(address)
    for key in scene.keys:
        yield scene.post(address, urlencode({"key_code": key, "item": "", "claimed": ""}).encode(), _FORM)


@door("page console-resource-calls", by=Door.VERIFY, asked_by=("staff",), examples=4)
def tried_verify(scene: Scene) -> Iterator[Left]:
    """Each cell of a row verified on the page."""
    address, row = reverse("console-resource-calls", args=[scene.table]), scene.rows[0]
    for name in scene.fields[1:]:
        form = {"key_code": scene.keys[0], "item": name, "claimed": str(text_of(row[name]))}
        left = scene.post(address, urlencode(form).encode(), _FORM)
        is_same = "<b>一致</b>" in left.text()
        yield replace(left, confirmed=frozenset({(0, name)} if is_same else ()), asked="\n".join(form.values()))
