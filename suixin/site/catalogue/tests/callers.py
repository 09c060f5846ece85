"""Programs that call the catalogue: of a clerk, a head, an officer, of somebody elsewhere, of nobody."""

from typing import Any  # bodies are JSON, answers are those of Django's test client

import orjson
from django.test import Client

from suixin.data.catalog.tests import offices
from suixin.ground.people import tokens
from suixin.ground.people.credentials import TokenScope
from suixin.ground.people.models import Account

ENTRIES = "/api/v1/catalogue/entries"
COMPLETE = {
    "abstract": "城区公园", "share_type": "unconditional", "secrecy_assessment": "保密评〔2026〕1号", "privacy_assessment": "不涉及",
}


def program(name: str, scope: TokenScope = TokenScope.CATALOG) -> Client:
    """A program with a token of that account."""
    text = tokens.make_token(Account.objects.get(username=name), f"{name}的脚本", scope=scope, days=1)[1]
    return Client(headers={"authorization": f"Bearer {text}"})


def told(office: offices.Office, **more: Any) -> dict[str, Any]:
    """A good entry of the department."""
    items = [
        {"name": "公园编号", "field": "number", "type": "C", "length": 20, "is_key": True},
        {"name": "面积", "field": "area", "type": "N", "length": 10, "scale": 2},
    ]
    return {"title": "公园名录", "provider": office.city.department.uscc, "category": "307001", "items": items, **COMPLETE, **more}


def send(client: Client, method: str, path: str, body: object = None, *, tag: str = "", key: str = "") -> Any:
    """A call with a JSON body, a tag that was seen, a key."""
    headers = {name: value for name, value in (("if-match", tag), ("idempotency-key", key)) if value}
    return client.generic(method, path, _plain(body), content_type="application/json", headers=headers)


def _plain(body: object) -> bytes:
    return body if isinstance(body, bytes) else orjson.dumps({} if body is None else body)
