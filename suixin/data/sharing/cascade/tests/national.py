"""A platform of the 数据直达 style over real HTTP: signature and clock checked, entries, requests, rows by pages; its moods may be set."""

import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import new as hmac
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson

RID, SECRET = "rid-demo@510900", "demo-secret"  # made up, as in standards/data.md 6.4
NAMES = (
    "catalog_register", "catalog_change", "catalog_revoke", "catalog_query", "resource_apply", "apply_status", "objection_report",
    "objection_status",
)
TABLES = ("resource_register", "resource_change", "resource_revoke", "resource_query")
SERVICES, RESOURCES = (
    {name: {"path": f"/sysapi/{name.replace('_', '/')}", "sid": f"s_demo_{place:04}"} for place, name in enumerate(names, first)}
    for names, first in ((NAMES, 1), (TABLES, 101))
)
ROWS = {"path": "/sysapi/data/units", "sid": "s_demo_9999"}


@dataclass
class National:
    """What it holds and how it feels: `mood` of the next calls is well, slow, broken, html, refusing, skewed, or repeating."""

    address: str = ""
    mood: str = "well"
    ahead: float = 0.0
    most: int = 1000  # rows of a page, whatever is asked for
    total: int | None = None  # what it says there is, when that is not so
    refuses: set[str] = field(default_factory=set)
    registered: dict[str, dict[str, Any]] = field(default_factory=dict)
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    lists_ours: bool = False  # whether what was registered stands among its entries
    entries: list[dict[str, Any]] = field(default_factory=list)
    requests: dict[str, dict[str, Any]] = field(default_factory=dict)
    standing: dict[str, Any] = field(default_factory=lambda: {"status": "1"})
    rows: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def answer(self, path: str, headers: Any, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """HTTP status and the answer."""
        rid, sid, stamp = (headers[f"gjzwfwpt_{name}"] for name in ("rid", "sid", "rtime"))
        known = next((name for name, told in {**SERVICES, **RESOURCES, "rows": ROWS}.items() if told == {"path": path, "sid": sid}), "")
        expected = b64encode(hmac(SECRET.encode(), f"{sid}{rid}{stamp}".encode(), sha256).digest()).decode()
        if not known or headers["gjzwfwpt_sign"] != expected or any(name != name.lower() for name in body):
            return 200, {"code": "api-401", "message": "签名不符"}
        if self.mood == "broken":
            return 500, {"code": "500", "message": "内部错误"}
        if self.mood == "refusing" or abs(time.time() + self.ahead - int(stamp) / 1000) > 300:
            return 200, {"code": 300, "message": "失败"}
        self.calls.append(known)
        if body.get("cata_code") in self.refuses:
            return 200, {"code": "catalog-101", "message": "目录名称重复"}
        return 200, {"code": 200, "message": "成功", "data": getattr(self, f"_{known}")(body)}

    def _catalog_register(self, body: dict[str, Any]) -> dict[str, Any]:
        """Registered; again, the same."""
        self.registered[body["cata_code"]] = body
        return {"up_cata_id": f"up-{body['cata_code']}"}

    _catalog_change = _catalog_register

    def _catalog_revoke(self, body: dict[str, Any]) -> dict[str, Any]:
        """Gone."""
        self.registered.pop(body["up_cata_id"].removeprefix("up-"))
        return {}

    def _catalog_query(self, body: dict[str, Any]) -> dict[str, Any]:
        """A page of entries."""
        ours = [{"update_time": 7, **one} for one in self.registered.values()] if self.lists_ours else []
        return self._page([one for one in (*self.entries, *ours) if one.get("update_time", 0) >= body["update_time_start"]], body)

    def _resource_register(self, body: dict[str, Any]) -> dict[str, Any]:
        """The table of an entry that is here."""
        assert body["up_cata_id"] == f"up-{body['cata_code']}"
        assert body["cata_code"] in self.registered
        self.resources[body["res_code"]] = body
        return {"up_resource_id": f"res-{body['res_code']}"}

    _resource_change = _resource_register

    def _resource_revoke(self, body: dict[str, Any]) -> dict[str, Any]:
        """Gone, while its entry is still here."""
        assert body["res_code"] in self.registered
        self.resources.pop(body["up_resource_id"].removeprefix("res-"))
        return {}

    def _resource_query(self, body: dict[str, Any]) -> dict[str, Any]:
        """A page of tables."""
        return self._page(list(self.resources.values()), body)

    def _resource_apply(self, body: dict[str, Any]) -> dict[str, Any]:
        """A request taken; again, the same."""
        self.requests[body["apply_no"]] = body
        return {"up_apply_id": f"apply-{body['apply_no']}"}

    def _apply_status(self, body: dict[str, Any]) -> dict[str, Any]:
        """Where it stands."""
        assert body["up_apply_id"] == f"apply-{body['apply_no']}"
        return self.standing

    def _objection_report(self, body: dict[str, Any]) -> dict[str, Any]:
        """An objection taken."""
        return {"up_objection_id": f"objection-{body['row_key']}"}

    def _objection_status(self, body: dict[str, Any]) -> dict[str, Any]:
        """What came of it."""
        return {"status": "2", "opinion": f"已更正 {body['up_objection_id']}"}

    def _rows(self, body: dict[str, Any]) -> dict[str, Any]:
        """A page of rows."""
        return self._page(self.rows, body)

    def _page(self, found: list[dict[str, Any]], body: dict[str, Any]) -> dict[str, Any]:
        page = 1 if self.mood == "repeating" else body["page_no"]
        size = min(body["page_size"], self.most)
        return {"total": len(found) if self.total is None else self.total, "list": found[(page - 1) * size : page * size]}


@contextmanager
def national() -> Iterator[National]:
    """One that listens on the loopback."""
    held = National()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if held.mood == "slow":
                time.sleep(1.5)
            status, said = held.answer(self.path, self.headers, body)
            content = b"<html>login</html>" if held.mood == "html" else orjson.dumps(said)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string((timestamp or time.time()) + held.ahead)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Who called may have gone: that is tried."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        held.address = f"http://127.0.0.1:{server.server_port}"
        yield held
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
