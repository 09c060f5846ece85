"""Packages over HTTP: who an application is for, its list, the bytes in parts, its receipt.

Fetched   with a signature or a personal token of somebody who may set up the application's exchanges; every part asks anew whether the
          grant holds, a running one breaks off within a second of its end (`doors/streams.py`)
Counted   the first request and each that begins at the first byte is a use of the grant with its rows; further parts are not. Each is
          a line of the log
"""

import re
from collections.abc import Iterator
from pathlib import Path

from suixin.data.access.models import Door
from suixin.data.access.plans import Plan, cached_plan
from suixin.data.access.predicates import delivered
from suixin.data.access.values import dumps
from suixin.data.doors import callers
from suixin.data.doors.conditional import is_known, wanted_range
from suixin.data.doors.errors import SignatureRefused, UnknownAddress
from suixin.data.doors.exchange import Answer, Exchange, Request, json_answer
from suixin.data.doors.files import places
from suixin.data.doors.files.errors import PackageGone, UnknownPackage
from suixin.data.doors.files.models import Package, PackageState
from suixin.data.doors.files.receiving import MOST_BYTES, acknowledge_package
from suixin.data.doors.serving import READING, Handler, serve
from suixin.ground.people.queries import application_actor
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import ActorKind

PREFIX = "/packages/"
_UUID = r"([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})"
LIST = re.compile(r"/packages/")
FILE, RECEIPT = re.compile(r"/packages/([^/]{36})/file"), re.compile(r"/packages/([^/]{36})/receipt")
PATTERNS = (LIST, FILE, RECEIPT)
MOST_LISTED = 500
_PIECE = 1 << 18
_TYPE = "application/vnd.suixin.package"


def answer(request: Request) -> Answer:
    """The answer to any address below PREFIX."""
    if match := FILE.fullmatch(request.path):
        return _serve(request, "package", fetch, match[1])
    if match := RECEIPT.fullmatch(request.path):
        return _serve(request, "receipt", receive, match[1], "POST")
    return _serve(request, "list", listed if LIST.fullmatch(request.path) else _nowhere)


def listed(exchange: Exchange) -> Answer:
    """The caller's packages, newest first: those to be fetched, with what became of the others."""
    _admit(exchange)
    if exchange.actor.kind is not ActorKind.APPLICATION:
        raise SignatureRefused("数据包清单由应用签名后取得;人员请在工作台“文件交换”查看。")
    found = Package.objects.filter(order__application__app_id=exchange.actor.key).exclude(state=PackageState.BUILDING)
    rows = [_told(one) for one in found.select_related("order__resource")[:MOST_LISTED]]
    exchange.rows = 0
    return json_answer(dumps({"code": "200", "packages": rows, "trace_id": exchange.trace_id}), headers=(("Cache-Control", "no-cache"),))


def fetch(exchange: Exchange) -> Answer:
    """The package or a part of it. Raises UnknownPackage, PackageGone, what `open_plan` does."""
    _admit(exchange)
    package = package_for(exchange)
    plan = _plan(package)
    exchange.plan, exchange.resource = plan, plan.contract.code
    path = places.path_of(package)
    if package.state != PackageState.OFFERED or not path.exists():
        raise PackageGone(f"这个数据包{package.get_state_display()},没有文件可下载;{package.sentence or '请在文件交换页重新生成。'}")
    if str(package.grant) != plan.grant or package.shape != plan.fingerprint:
        raise PackageGone("授权的内容已改变,这个数据包不再提供;请在文件交换页重新生成。")
    made = file_answer(path, f'"{package.sm3[:32]}"', exchange.request, name=f"{package.uuid}.sxp")
    is_more = made.status == 304 or (package.fetched_at is not None and exchange.request.header("Range").strip()[:8] != "bytes=0-")
    exchange.uses, exchange.rows = (0, 0) if is_more and made.status != 200 else (1, package.rows)
    if made.status in (200, 206) and exchange.request.method == "GET":
        exchange.delivered = delivered(plan, package.version)
        Package.objects.filter(pk=package.pk).update(fetched_at=clock.now())
    return made


def receive(exchange: Exchange) -> Answer:
    """What the receiver signed about a package that arrived. Raises UnknownPackage, WrongReceipt, PackageGone."""
    exchange.request.most_bytes = MOST_BYTES
    _admit(exchange)
    package = package_for(exchange)
    exchange.resource, exchange.rows = package.order.resource.code, 0
    held = acknowledge_package(package, exchange.request.body(), actor=exchange.actor)
    told = {"code": "200", "message": "已签收", "acknowledged_at": held.acknowledged_at, "trace_id": exchange.trace_id}
    return json_answer(dumps(told))


def package_for(exchange: Exchange) -> Package:
    """The package that the address names, if it is the caller's. Raises UnknownPackage."""
    found = (
        Package.objects.select_related("order__application__organisation", "order__resource__provider", "key")
        .filter(uuid=exchange.resource).first() if re.fullmatch(_UUID, exchange.resource) else None
    )
    if found is None or not _is_theirs(exchange, found):
        raise UnknownPackage("没有这个数据包,或不是给您的;请从数据包清单取得编号。")
    return found


def file_answer(path: Path, tag: str, request: Request, *, name: str) -> Answer:
    """The answer to a request for that file, whole or in a part."""
    size = path.stat().st_size
    headers = [
        ("Content-Type", _TYPE), ("ETag", tag), ("Accept-Ranges", "bytes"), ("Cache-Control", "no-cache"),
        ("Content-Disposition", f'attachment; filename="{name}"'),
    ]
    if is_known(request, tag):
        return Answer(304, [], headers, 0, "304")
    part = wanted_range(request, tag, size)
    if part is False:
        return Answer(416, [], [*headers, ("Content-Range", f"bytes */{size}")], 0, "416")
    first, last = part if isinstance(part, tuple) else (0, size - 1)
    if isinstance(part, tuple):
        headers.append(("Content-Range", f"bytes {first}-{last}/{size}"))
    return Answer(206 if isinstance(part, tuple) else 200, _pieces(path, first, last - first + 1), headers, last - first + 1)


def _serve(request: Request, action: str, handle: Handler, resource: str = "", method: str = "") -> Answer:
    exchange = Exchange(request, Door.FILE.value, action, resource=resource, asked=resource)
    return serve(exchange, handle, methods=(method,) if method else READING)


def _admit(exchange: Exchange) -> None:
    callers.admit(exchange)
    if exchange.actor.kind not in (ActorKind.APPLICATION, ActorKind.STAFF):
        raise SignatureRefused("数据包只给接收的应用:请签名,或带有权人员的访问令牌。")


def _is_theirs(exchange: Exchange, package: Package) -> bool:
    application = package.order.application
    if exchange.actor.kind is ActorKind.APPLICATION:
        return exchange.actor.key == application.app_id
    return policy.may(exchange.actor, "sharing.exchange", application)


def _plan(package: Package) -> Plan:
    order = package.order
    reader = application_actor(order.application)
    return cached_plan(reader, order.resource.table, door=Door.FILE, columns=None, find=lambda: order.resource, purpose=order.purpose)


def _told(package: Package) -> dict[str, object]:
    resource = package.order.resource
    told: dict[str, object] = {
        "id": str(package.uuid), "resource": resource.code, "table": resource.table, "title": resource.title, "version": package.version,
        "state": package.state, "rows": package.rows, "size": package.size, "sm3": package.sm3, "key": package.key_id,
        "built_at": package.built_at, "expires_at": package.expires_at, "acknowledged_at": package.acknowledged_at,
    }
    return told | ({"file": f"{PREFIX}{package.uuid}/file", "receipt": f"{PREFIX}{package.uuid}/receipt"}
                   if package.state == PackageState.OFFERED else {})


def _pieces(path: Path, first: int, length: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(first)
        while length > 0 and (piece := file.read(min(_PIECE, length))):
            length -= len(piece)
            yield piece


def _nowhere(exchange: Exchange) -> Answer:
    _admit(exchange)
    raise UnknownAddress("数据包没有这个地址;请从 /packages/ 的清单取得。")
