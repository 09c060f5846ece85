"""JSON over HTTP: rows under a path of the answer, page after page, by one of four ways of paging.

page, offset   a number that grows until a page has no rows (or fewer than asked for)
cursor         a token in the answer that asks for the next page
link           the address of the next page, in the Link header or in the answer
Incremental    a parameter of the address gets the greatest value of the cursor column that landed
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from urllib.parse import urljoin

import httpx
import pyarrow as pa

from suixin.data.collection.errors import ColumnsChanged, SourceFault, TableGone
from suixin.data.collection.sources import places
from suixin.data.collection.sources.base import Column, Option, Piece, Place, Reading, RowConnector, Settings, TableName
from suixin.data.collection.sources.cells import batch_of
from suixin.data.collection.sources.web import Signer, Web
from suixin.kit import clock, signing

MOST_PAGES = 1_000_000
MOST_COLUMNS = 1000
_PAGING = (("none", "不分页"), ("page", "页码"), ("offset", "偏移量"), ("cursor", "翻页标记"), ("link", "下一页地址"))
_AUTH = (
    ("none", "不需要"), ("basic", "账号和密码"), ("bearer", "令牌(Bearer)"), ("header", "自定义请求头"),
    ("hmac-sm3", "HMAC-SM3 签名(本平台接口规范)"), ("hmac-sha256", "HMAC-SHA256 签名"),
)


class HttpConnector(RowConnector):
    """One JSON API of another system."""

    ADDRESS = "https://主机/api"
    OPTIONS = (
        Option("paths", "数据路径", "long", is_required=True, hint="每行一个,接在地址后面,例如 /persons;每个路径是一张表。"),
        Option("rows", "行所在位置", hint="答复里数组的路径,例如 data.items;留空表示答复本身就是数组。"),
        Option("paging", "分页方式", "choice", "none", _PAGING),
        Option("page_parameter", "页码、偏移量或翻页标记的参数名", hint="例如 page、offset、cursor。"),
        Option("first_page", "第一页的页码", "integer", "1", most=10**9),
        Option("size_parameter", "每页条数的参数名", hint="例如 page_size;留空则不传。"),
        Option("size", "每页条数", "integer", "500", least=1, most=100_000),
        Option("next", "下一页标记或地址的位置", hint="答复里的路径,例如 links.next;留空用 Link 请求头。"),
        Option("since_parameter", "增量参数名", hint="例如 updated_since;采集任务设了增量列时,带上已入库的最大值。"),
        Option("auth", "认证方式", "choice", "none", _AUTH),
        Option("user", "账号、应用标识或请求头名"),
        Option("secret", "密码、令牌或密钥", is_secret=True, hint="加密保存,不再显示。"),
        Option("seconds", "等待答复的时限(秒)", "integer", "60", least=1, most=600),
        Option("megabytes", "一页的大小上限(MB)", "integer", "64", least=1, most=1024),
    )

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._web = Web(
            settings.address, settings.allowed_hosts, headers={"Accept": "application/json", **self._headers()}, sign=self._signer(),
            seconds=settings.whole("seconds", 60), most_bytes=settings.whole("megabytes", 64) << 20,
        )

    def close(self) -> None:
        """End all connections."""
        self._web.close()

    def check(self) -> str:
        """Whether every path answers with rows."""
        found = [(path, len(self.columns(path))) for path in self._paths()]
        told = "、".join(f"{path}({columns} 列)" for path, columns in found[:5])
        return f"接口连接正常,可读 {len(found)} 个路径:{told}。"

    def tables(self) -> list[TableName]:
        """The declared paths."""
        return [TableName(path) for path in self._paths()]

    def columns(self, table: str) -> tuple[Column, ...]:
        """Fields of the first page's rows, in their order of appearance."""
        rows, _ = self._page(table, self._first_url(table, Reading(table, ())))
        names = list(dict.fromkeys(name for row in rows for name in row))
        if not names:
            raise TableGone(f"接口路径“{table}”的第一页没有行,看不出有哪些列;请核对“行所在位置”,或等来源有数据后再试。")
        if len(names) > MOST_COLUMNS:
            raise SourceFault(f"接口路径“{table}”的行超过 {MOST_COLUMNS} 个字段;请来源单位精简。")
        return tuple(Column(name, "text", "json") for name in names)

    def read(self, reading: Reading) -> Iterator[Piece]:
        """Page after page, from the page after the last one that landed."""
        after = reading.after or {}
        url: str | None = str(after["next"]) if "next" in after else self._first_url(reading.table, reading)
        greatest = after.get("cursor")
        number = int(str(after.get("number", 0)))
        seen: set[str] = set()
        while url and number < MOST_PAGES and not after.get("is_over"):
            if url in seen:
                raise SourceFault("接口的下一页又回到了读过的页;请核对“下一页标记或地址的位置”,或请来源单位检查接口。")
            seen.add(url)
            rows, answer = self._page(reading.table, url)
            number += 1
            following = self._next_url(url, rows, answer)
            if reading.cursor:
                greatest = _greatest(greatest, rows, reading.cursor)
            place: Place = {"next": following or "", "is_over": following is None, "number": number}
            place |= {places.ORDER: [greatest]} if greatest is not None else {}
            place |= {"cursor": greatest} if greatest is not None else {}
            if rows:
                yield Piece(_batch(reading, rows), place)
            url = following

    def _paths(self) -> list[str]:
        return [line.strip() for line in self.settings.text("paths").splitlines() if line.strip()]

    def _first_url(self, path: str, reading: Reading) -> str:
        if path not in self._paths():
            raise TableGone(f"来源没有登记路径“{path[:100]}”;请在来源的“数据路径”里补上。")
        url = httpx.URL(self.settings.address.rstrip("/") + "/" + path.lstrip("/"))
        added: dict[str, str] = {}
        paging, parameter = self.settings.text("paging", "none"), self.settings.text("page_parameter")
        if paging == "page" and parameter:
            added[parameter] = str(self.settings.whole("first_page", 1))
        if paging == "offset" and parameter:
            added[parameter] = "0"
        if paging != "none" and (size := self.settings.text("size_parameter")):
            added[size] = str(self._size)
        since = self.settings.text("since_parameter")
        if since and reading.not_before is not None:
            added[since] = str(places.value_of(reading.not_before))
        return str(url.copy_merge_params(added)) if added else str(url)

    @property
    def _size(self) -> int:
        return self.settings.whole("size", 500)

    def _page(self, path: str, url: str) -> tuple[list[dict[str, object]], "Answer"]:
        body, headers = self._web.get(url)
        try:
            answer = json.loads(body)
        except ValueError as error:
            raise SourceFault(f"接口路径“{path}”的答复不是 JSON;请核对地址,或请来源单位检查接口。") from error
        found = _at(answer, self.settings.text("rows"))
        if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
            where = self.settings.text("rows") or "答复本身"
            raise SourceFault(f"接口路径“{path}”的“{where}”不是由对象组成的数组;请在来源里改正“行所在位置”。")
        return found, Answer(answer, headers)

    def _next_url(self, url: str, rows: list[dict[str, object]], answer: "Answer") -> str | None:
        paging, parameter, here = self.settings.text("paging", "none"), self.settings.text("page_parameter"), httpx.URL(url)
        match paging:
            case "page" | "offset" if parameter:
                if not rows or (self.settings.text("size_parameter") and len(rows) < self._size):
                    return None
                step = len(rows) if paging == "offset" else 1
                return str(here.copy_set_param(parameter, int(here.params.get(parameter, "0")) + step))
            case "cursor" if parameter:
                token = _at(answer.body, self.settings.text("next"))
                return str(here.copy_set_param(parameter, str(token))) if token not in (None, "") else None
            case "link":
                linked = answer.headers.get("Link", "")
                found = _at(answer.body, self.settings.text("next")) if self.settings.text("next") else _linked(linked)
                return urljoin(url, str(found)) if found else None
        return None

    @property
    def credentials(self) -> tuple[dict[str, str], Signer | None]:
        """Headers that say who we are, and what signs a request, for another caller of the same interface."""
        return self._headers(), self._signer()

    def _headers(self) -> dict[str, str]:
        secret, user = self.settings.secrets.get("secret", ""), self.settings.text("user")
        match self.settings.text("auth", "none"):
            case "basic":
                return {"Authorization": "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()}
            case "bearer":
                return {"Authorization": f"Bearer {secret}"}
            case "header" if user:
                return {user: secret}
        return {}

    def _signer(self) -> Signer | None:
        secret, user = self.settings.secrets.get("secret", "").encode(), self.settings.text("user")

        def by_sm3(request: httpx.Request) -> None:
            request.headers.update(signing.sign(request.method, str(request.url), app_id=user, secret=secret, body=request.content))

        def by_sha256(request: httpx.Request) -> None:
            stamp = str(int(clock.now().timestamp()))
            line = "\n".join((request.method, request.url.raw_path.decode("ascii"), stamp)).encode()
            digest = hmac.new(secret, line, hashlib.sha256).hexdigest()
            request.headers.update({"X-App-Id": user, "X-Timestamp": stamp, "X-Signature": digest})

        return {"hmac-sm3": by_sm3, "hmac-sha256": by_sha256}.get(self.settings.text("auth", "none"))


class Answer:
    """One page as it came."""

    def __init__(self, body: object, headers: httpx.Headers) -> None:
        self.body, self.headers = body, headers


def _batch(reading: Reading, rows: list[dict[str, object]]) -> pa.RecordBatch:
    """The rows as text. Raises ColumnsChanged for fields that the feed does not know: nothing is dropped unseen."""
    names = dict.fromkeys(name for row in rows for name in row)
    unknown = [name for name in names if name not in reading.known]
    if unknown:
        raise ColumnsChanged(f"接口路径“{reading.table}”的行里出现了没有登记的字段 {'、'.join(unknown[:5])}。", columns=unknown)
    return batch_of(reading.columns, [[row.get(name) for name in reading.columns] for row in rows])


def _at(answer: object, path: str) -> object:
    """What lies at a dotted path; None when there is nothing."""
    for step in path.split(".") if path else ():
        answer = answer.get(step) if isinstance(answer, Mapping) else None
    return answer


def _linked(header: str) -> str:
    """The address of rel="next" of a Link header; "" when there is none."""
    for part in header.split(","):
        address, _, relation = part.partition(";")
        if 'rel="next"' in relation.replace(" ", "") or "rel=next" in relation.replace(" ", ""):
            return address.strip().strip("<>")
    return ""


def _greatest(known: object, rows: list[dict[str, object]], column: str) -> object:
    """The greatest value of the cursor column so far; values of one column are of one type, numbers or text."""
    values = [value for row in rows if isinstance(value := row.get(column), int | float | str) and not isinstance(value, bool)]
    values += [known] if isinstance(known, int | float | str) else []
    are_numbers = all(isinstance(value, int | float) for value in values)
    return max(values, key=(lambda v: v) if are_numbers else str, default=None)
