"""A table whose every cell occurs nowhere else, those who ask for it, and what a grant shows by a second opinion.

The second opinion (`Drawn.shown`) is written by hand from the words of a grant: it uses neither plans nor expressions, only masks.
"""

import base64
import html
import io
import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote, unquote, unquote_to_bytes

from django.test import Client

from suixin.data.access import stamps
from suixin.data.access.actions import give_grant, index_keys
from suixin.data.access.datasets import give_dataset_grant
from suixin.data.access.models import Door, Grant, GrantState, SubjectKind
from suixin.data.access.tests.factories import BUREAU, HOSPITAL, land, make_resource
from suixin.data.access.values import text_of
from suixin.data.catalog.contract import ItemSpec, ItemType, Level
from suixin.data.catalog.models import Resource, ResourceGroup
from suixin.data.doors import callers
from suixin.data.doors.lean import application_or_none
from suixin.data.opening.models import Dataset, Distribution
from suixin.ground.people.applications import create_application
from suixin.ground.people.credentials import TokenScope
from suixin.ground.people.models import Account, Organisation, Post
from suixin.ground.people.tokens import make_token
from suixin.ground.security.masks import MASKS
from suixin.kit import clock, signing
from suixin.kit.actor import SYSTEM

TABLE, ROWS = "proof_list", 6
SPECS = (
    ItemSpec("code", "编码", ItemType.TEXT, length=20, is_key=True, nullable=False),
    ItemSpec("name", "姓名", ItemType.TEXT, length=50),
    ItemSpec("phone", "电话", ItemType.TEXT, length=20, mask="mobile"),
    ItemSpec("sealed", "密码号", ItemType.TEXT, length=20, is_sealed=True, level=Level.L3),
    ItemSpec("amount", "金额", ItemType.MONEY, length=12, scale=2),
    ItemSpec("day", "日期", ItemType.DATE),
    ItemSpec("at", "时间", ItemType.DATETIME),
    ItemSpec("score", "分数", ItemType.DOUBLE),
    ItemSpec("number", "数量", ItemType.INTEGER),
    ItemSpec("owner", "所属部门", ItemType.TEXT, length=20),
    ItemSpec("note", "备注", ItemType.MEMO),
)
FIELDS = tuple(spec.field for spec in SPECS)
ITEMS = {spec.field: spec for spec in SPECS}
APP, ACCOUNT, ELSEWHERE = "proof-app", "proof-clerk", "12510900MB1X000099"
ASKERS = ("application", "public", "token", "staff")
_TOKEN = re.compile(rb"[A-Za-z0-9_+/-]{24,}={0,2}")


def record(n: int) -> dict[str, object]:
    """The n-th row. `owner` alone is not a cell that gives a row away: half of the rows are the reader's organisation's."""
    return {
        "code": f"KX{n}W7QB", "name": f"张{chr(0x6B00 + 3 * n)}{chr(0x7C01 + 5 * n)}", "phone": f"1391746{n}38{n}",
        "sealed": f"ZV{n}83HJ{n}", "amount": Decimal(f"{7310137 + 41 * n}.25"), "day": date(1911 + n, 3, 7 + n),
        "at": datetime(1921 + n, 5, 11 + n, 4, 0, tzinfo=UTC), "score": 0.4137000701 + n / 1_000_000, "number": 83174003 + 7 * n,
        "owner": HOSPITAL if n % 2 else ELSEWHERE, "note": f"乙丙{n}丁戊{n}己",
    }


RECORDS = tuple(record(n) for n in range(ROWS))


def canaries(name: str, value: object) -> tuple[str, ...]:
    """Texts of which each gives the cell away, however a door writes it; none for what is no secret of one row."""
    if name == "owner":
        return ()
    if isinstance(value, datetime):
        return (f"{value:%Y-%m-%d}", f"{value:%Y/%m/%d}", f"{value:%Y%m%d}")
    if isinstance(value, date):
        return (value.isoformat(), f"{value:%Y/%m/%d}", f"{value:%Y%m%d}")
    if isinstance(value, Decimal):
        return (str(int(value)),)
    return (str(value),)


Passes = Callable[[Mapping[str, object]], bool]
FILTERS: tuple[tuple[str, Passes], ...] = (
    ("", lambda row: True),
    ("number > 83174017", lambda row: int(str(row["number"])) > 83174017),
    ("code IN ('KX1W7QB', 'KX4W7QB')", lambda row: row["code"] in ("KX1W7QB", "KX4W7QB")),
    ("金额 < 7310200 AND NOT (备注 LIKE '乙丙0%')", lambda row: Decimal(str(row["amount"])) < 7310200 and row["code"] != "KX0W7QB"),
    ("owner = reader_organisation", lambda row: row["owner"] == HOSPITAL),
    ("sealed = 'ZV283HJ2' OR day >= DATE '1915-01-01'", lambda row: row["sealed"] == "ZV283HJ2" or str(row["day"]) >= "1915-01-01"),
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """The words of one grant."""

    subject: str
    columns: tuple[str, ...]
    filter: int = 0
    masks: Mapping[str, str] = field(default_factory=dict)
    purposes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    stated: str = ""
    doors: tuple[Door, ...] = tuple(Door)
    state: str = "active"
    time: str = "now"
    is_dataset: bool = False
    is_receipted: bool = False

    def is_open(self, asker: str, by: Door | None) -> bool:
        """Whether it lets that asker read through that door at all."""
        subjects = {"application": ("application", "organisation"), "token": ("person", "organisation"),
                    "staff": ("person", "organisation"), "public": ()}[asker]
        return by in self.doors and self.state == "active" and self.time == "now" and self.subject in (*subjects, "public")

    def shown(self, row: Mapping[str, object], by: Door) -> dict[str, str | None]:
        """What it shows of the row through that door, as texts; nothing when its filter hides the row."""
        if not FILTERS[self.filter][1](row):
            return {}
        return {name: self._cell(name, row[name], by) for name in self.columns}

    def _cell(self, name: str, value: object, by: Door) -> str | None:
        """As its purpose's mask shows it; with none stated as whichever mask hides it, if any does."""
        text, base = text_of(value), self._said(self.masks, name, by, ITEMS[name].mask)
        every = {purpose: self._said(masks, name, by, base) for purpose, masks in self.purposes.items()}
        masks = {every.get(self.stated, base)} if self.stated and by is not Door.PAGE else {base, *every.values()}
        texts = [MASKS[mask].apply(text) if mask else text for mask in sorted(masks)]
        return next((one for one in texts if one != text), text)

    @staticmethod
    def _said(masks: Mapping[str, str], name: str, by: Door, otherwise: str) -> str:
        return masks.get(f"{name}@{by.value}", masks.get(name, otherwise))


@dataclass(frozen=True, slots=True)
class Left:
    """What left through a door, read whole and in the clear. `asked`: texts that the asker wrote itself, or knows of its grant."""

    body: object
    confirmed: frozenset[tuple[int, str]] = frozenset()
    asked: str = ""
    status: int = 200

    def text(self) -> str:
        """All of it as one text to be searched: escapes undone, opaque marks opened, digits without commas too."""
        raw = self.body if isinstance(self.body, bytes) else str(self.body).encode("utf-8", "replace")
        parts = [raw.decode("utf-8", "replace"), *_opened(raw)]
        text = "\n".join(parts)
        if "\\u" in text:
            text += re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), text)
        return "\n".join((text, html.unescape(text), text.replace(",", "")))


def _opened(raw: bytes) -> Iterator[str]:
    for found in _TOKEN.findall(raw[:2_000_000]):
        try:
            yield base64.b64decode(found + b"=" * (-len(found) % 4), altchars=b"-_").decode("utf-8", "replace")
        except ValueError:
            continue


@dataclass
class World:
    """The table, open on the portal as a dataset, and those who ask."""

    resource: Resource
    batch: int
    secret: bytes
    browser: Client
    token: str


def made() -> World:
    """The world, in the database and in the lake."""
    resource = make_resource(TABLE, specs=SPECS, write_mode="upsert", has_lookup=True, open_type="unconditional")
    land(resource, list(RECORDS), specs=SPECS)
    now = clock.now()
    dataset = Dataset.objects.create(
        slug="proof-list", title="试验", provider_name=resource.provider.name, published_at=now, updated_at=now, rows=ROWS,
    )
    Distribution.objects.create(dataset=dataset, resource=resource)
    hospital = Organisation.objects.create(uscc=HOSPITAL, name="市医院", slug="hospital", parent=Organisation.objects.get(uscc=BUREAU))
    _, secret = create_application(app_id=APP, organisation=hospital, name="医院系统", actor=SYSTEM)
    account = Account.objects.create(username=ACCOUNT, display_name="经办")
    Post.objects.create(account=account, organisation=hospital, role="clerk")
    browser = Client()
    browser.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    _, token = make_token(account, "测试", scope=TokenScope.READ, days=1)
    index_keys(resource, actor=SYSTEM)
    callers.forget()
    return World(resource, int(resource.batches.get().pk), secret.encode(), browser, token)


@dataclass
class Scene:
    """One grant, one asker: what a driver works with. Addresses name the table as `table`, the dataset as `slug`."""

    world: World
    drawn: Drawn
    grant: Grant
    asker: str
    table: str = TABLE
    slug: str = "proof-list"
    app_id: str = APP
    secret: bytes = b""
    organisation: str = HOSPITAL
    keys: tuple[str, ...] = tuple(str(row["code"]) for row in RECORDS)
    rows: tuple[Mapping[str, object], ...] = RECORDS
    fields: tuple[str, ...] = FIELDS

    @property
    def resource(self) -> Resource:
        """The table's entry."""
        return self.world.resource

    def get(self, path: str) -> Left:
        """The answer to GET, as the asker sends it."""
        return self.send("GET", path)

    def post(self, path: str, body: bytes, content_type: str = "application/json") -> Left:
        """The answer to POST."""
        return self.send("POST", path, body, content_type)

    def send(self, method: str, path: str, body: bytes = b"", content_type: str = "", headers: Mapping[str, str] | None = None) -> Left:
        """The answer to a request of the asker: signed, with a token, from a browser of staff, or of nobody."""
        sent = dict(headers or {}) | ({"X-Purpose": quote(self.drawn.stated)} if self.drawn.stated else {})
        if self.asker == "application":
            sent |= signing.sign(method, path, app_id=self.app_id, secret=self.world.secret, body=body)
        elif self.asker == "token":
            sent["Authorization"] = f"Bearer {self.world.token}"
        asked = unquote(path) + body.decode("utf-8", "replace")
        status, answer = self._lean(method, path, body, sent) or self._django(method, path, body, content_type, sent)
        return Left(answer, asked=asked, status=status)

    def _lean(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes] | None:
        place, _, query = path.partition("?")
        environ: dict[str, object] = {
            "REQUEST_METHOD": method, "PATH_INFO": unquote_to_bytes(place).decode("latin-1"), "QUERY_STRING": query,
            "REMOTE_ADDR": "127.0.0.1", "wsgi.input": io.BytesIO(body), "wsgi.url_scheme": "http", "CONTENT_LENGTH": str(len(body)),
        }
        environ |= {"HTTP_" + name.upper().replace("-", "_"): value for name, value in headers.items()}
        told: list[int] = []
        answer = application_or_none(environ, lambda status, *_: told.append(int(status.split()[0])))  # type: ignore[arg-type]  # a test's own server
        return None if answer is None else (told[0], b"".join(answer))

    def _django(self, method: str, path: str, body: bytes, content_type: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
        browser = self.world.browser if self.asker == "staff" else Client()
        cookies = deepcopy(browser.cookies)
        answer = browser.generic(method, path, body, content_type or "application/octet-stream", headers=dict(headers))
        browser.cookies = cookies
        streamed = getattr(answer, "streaming_content", None)
        return answer.status_code, b"".join(streamed) if streamed is not None else answer.content


def scene_of(world: World, drawn: Drawn, asker: str) -> Scene:
    """The scene in which that grant, and no other, is given. The caller undoes it."""
    key = {"application": APP, "organisation": HOSPITAL, "person": ACCOUNT, "public": ""}[drawn.subject]
    now = clock.now()
    begins, ends = {
        "now": (now - timedelta(days=1), now + timedelta(days=1)), "past": (now - timedelta(days=2), now - timedelta(days=1)),
        "future": (now + timedelta(days=1), None),
    }[drawn.time]
    can_receipt = Door.PAGE not in drawn.doors and drawn.subject != "public"
    terms: dict[str, Any] = {  # Any: of several kinds, checked by whoever takes them
        "subject_kind": SubjectKind(drawn.subject), "subject_key": key, "columns": drawn.columns, "row_filter": FILTERS[drawn.filter][0],
        "masks": drawn.masks, "doors": drawn.doors, "valid_from": begins, "valid_until": ends, "basis": "测试",
        "purposes": drawn.purposes, "is_receipted": drawn.is_receipted and can_receipt,
    }
    if drawn.is_dataset and drawn.subject != "public":
        group = ResourceGroup.objects.create(slug="proof-set", title="试验数据集")
        Resource.objects.filter(pk=world.resource.pk).update(group=group)
        grant = give_dataset_grant(group, actor=SYSTEM, **terms).grants.get()
    else:
        grant = give_grant(world.resource, actor=SYSTEM, **terms)
    if drawn.state != "active":
        Grant.objects.filter(pk=grant.pk).update(state=GrantState(drawn.state))
    stamps.forget()
    return Scene(world, drawn, grant, asker, secret=world.secret)
