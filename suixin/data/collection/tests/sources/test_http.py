"""JSON APIs: four ways of paging, every way of signing, politeness, and no way to where we do not go."""

import base64
import json
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from suixin.data.access.versions import row_count
from suixin.data.catalog.tests import factories
from suixin.data.collection import declaring
from suixin.data.collection.declaring import SourceDraft
from suixin.data.collection.errors import AddressRefused, ColumnsChanged, LoginRefused, SourceFault
from suixin.data.collection.models import Drift, Feed, Source
from suixin.data.collection.sources import web
from suixin.data.collection.sources.base import Kind
from suixin.data.collection.tests.sources.servers import feed_of, ran
from suixin.data.collection.tests.sources.stubs import rows, served, told
from suixin.kit import signing
from suixin.kit.actor import SYSTEM
from suixin.kit.sm import hmac_sm3_hex

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Pauses between attempts are only noted."""
    waited: list[float] = []
    monkeypatch.setattr(web, "pause", waited.append)
    return waited


def api(address: str, *, secret: str = "", hosts: tuple[str, ...] = (), **options: object) -> Source:
    draft = SourceDraft(
        "接口", "api-people", Kind.HTTP, factories.bureau(), address, {"paths": "/people", "rows": "data.items", **options},
        {"secret": secret} if secret else {}, hosts,
    )
    return declaring.declare_source(draft, actor=SYSTEM)


def page(number: int, size: int = 50, total: int = 120) -> list[dict[str, object]]:
    return rows(1, total)[number * size : (number + 1) * size]


def by_page(path, parameters, headers):
    return told({"data": {"items": page(int(parameters.get("page", "1")) - 1)}})


def by_offset(path, parameters, headers):
    return told({"data": {"items": rows(1, 120)[int(parameters["offset"]) :][:50]}})


def by_cursor(path, parameters, headers):
    number = int(parameters.get("after", "0"))
    return told({"data": {"items": page(number)}, "next": str(number + 1) if number < 2 else None})


def by_link(path, parameters, headers):
    number = int(parameters.get("n", "0"))
    return told({"data": {"items": page(number)}}, **({"Link": f'</people?n={number + 1}>; rel="next"'} if number < 2 else {}))


@pytest.mark.parametrize(
    ("handler", "options"),
    [
        (by_page, {"paging": "page", "page_parameter": "page", "size_parameter": "size", "size": 50}),
        (by_offset, {"paging": "offset", "page_parameter": "offset"}),
        (by_cursor, {"paging": "cursor", "page_parameter": "after", "next": "next"}),
        (by_link, {"paging": "link"}),
    ],
)
def test_every_page_lands_once(handler, options) -> None:
    with served(handler) as (address, _):
        run = ran(feed_of(api(address, **options), table="/people", chunk_rows=50))
    assert (run.rows_in, run.chunks, row_count("people_list")) == (120, 3, 120)


@pytest.mark.parametrize("auth", ["basic", "bearer", "header", "hmac-sm3"])
def test_credentials_are_shown_as_declared(auth: str) -> None:
    def handler(path, parameters, headers):
        basic = "Basic " + base64.b64encode(b"user:key").decode()
        shown = {"basic": ("authorization", basic), "bearer": ("authorization", "Bearer key"), "header": ("user", "key")}
        if auth == "hmac-sm3":
            text = signing.string_to_sign("GET", "/people", "", body=b"", caller=("user", headers["x-timestamp"], headers["x-nonce"]))
            is_good = headers["x-signature"] == hmac_sm3_hex(b"key", text)
        else:
            is_good = headers.get(shown[auth][0]) == shown[auth][1]
        return told({"data": {"items": rows(1, 3)}}) if is_good else (401, {}, b"")

    with served(handler) as (address, _):
        source = api(address, auth=auth, user="user", secret="key")
        assert declaring.check_source(source, actor=SYSTEM).is_well
        source.secrets = json.dumps({"secret": "other"})
        with pytest.raises(LoginRefused, match="不认可认证信息"):
            feed_of(source, table="/people")


def test_busy_server_is_asked_again_when_it_says(hurried: list[float]) -> None:
    answers = iter([(503, {"Retry-After": "7"}, b""), (429, {}, b"")])

    def handler(path, parameters, headers):
        return next(answers, told({"data": {"items": rows(1, 3)}}))

    with served(handler) as (address, _):
        feed = feed_of(api(address), table="/people")
        assert (ran(feed).rows_in, hurried) == (3, [7.0, 4.0])


def test_server_that_stays_broken_is_a_sentence() -> None:
    with served(lambda *_: (500, {}, b"")) as (address, seen):
        with pytest.raises(SourceFault, match="返回 500"):
            feed_of(api(address), table="/people")
        assert len(seen) == web.ATTEMPTS


@pytest.mark.parametrize("target", ["http://169.254.169.254/latest", "http://localhost:1/", "file:///etc/passwd", "http://other.example/"])
def test_redirect_to_another_host_is_not_followed(target: str) -> None:
    with served(lambda *_: (302, {"Location": target}, b"")) as (address, _), pytest.raises(AddressRefused, match="没有跟过去"):
        feed_of(api(address), table="/people")


def test_redirect_to_a_declared_host_goes_without_credentials() -> None:
    got: list[dict[str, str]] = []

    def target(path, parameters, headers):
        got.append(headers)
        return told({"data": {"items": rows(1, 3)}})

    with served(target) as (elsewhere, _):
        moved = elsewhere.replace("127.0.0.1", "localhost") + "/people"
        with served(lambda *_: (307, {"Location": moved}, b"")) as (address, _):
            source = api(address, hosts=("localhost",), auth="bearer", secret="key")
            assert ran(feed_of(source, table="/people")).rows_in == 3
    assert all("authorization" not in headers for headers in got)


def test_loopback_is_not_called_where_the_installation_does_not_allow_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, source_networks=()))
    with served(by_page) as (address, seen), pytest.raises(AddressRefused, match="SUIXIN_SOURCE_NETWORKS"):
        feed_of(api(address), table="/people")
    assert seen == []


def test_answer_over_the_limit_is_cut_off() -> None:
    with served(lambda *_: (200, {}, b"[" + b" " * (2 << 20) + b"]")) as (address, _), pytest.raises(SourceFault, match="超过 1 MB"):
        feed_of(api(address, megabytes=1), table="/people")


def test_field_that_appears_on_a_later_page_holds_the_feed_and_is_not_dropped_unseen() -> None:
    def handler(path, parameters, headers):
        number = int(parameters.get("page", "1")) - 1
        more = {"extra": "x"} if number == 1 else {}
        return told({"data": {"items": [{**row, **more} for row in page(number)]}})

    with served(handler) as (address, _):
        feed = feed_of(api(address, paging="page", page_parameter="page"), table="/people", chunk_rows=50)
        with pytest.raises(ColumnsChanged, match="新增列 extra"):
            ran(feed)
        assert (row_count("people_list"), Drift.objects.get().changes["added"]) == (50, ["extra"])
        Feed.objects.filter(pk=feed.pk).update(drift_policy="evolve")
        assert (ran(Feed.objects.get(pk=feed.pk)).rows_in, row_count("people_list")) == (70, 120)


def test_only_what_changed_is_asked_for() -> None:
    def handler(path, parameters, headers):
        since = parameters.get("since", "")
        return told({"data": {"items": [row for row in rows(1, 40) if str(row["changed"]) >= since]}})

    with served(handler) as (address, seen):
        feed = feed_of(api(address, since_parameter="since"), table="/people", cursor="changed")
        assert (ran(feed).rows_in, ran(Feed.objects.get(pk=feed.pk)).rows_in) == (40, 1)
        assert "since=2026-01-01" in urlsplit(seen[-1]).query


def test_answer_that_is_no_list_says_where_to_look() -> None:
    with served(lambda *_: told({"data": {"items": {"a": 1}}})) as (address, _), pytest.raises(SourceFault, match="行所在位置"):
        feed_of(api(address), table="/people")
