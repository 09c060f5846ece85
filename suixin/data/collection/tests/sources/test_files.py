"""Files of a folder, an SFTP server and an S3 store: each taken once, again only when it changed."""

import os
from datetime import UTC, datetime
from pathlib import Path

import asyncssh
import pytest

from suixin.data.access.versions import row_count
from suixin.data.catalog.tests import factories
from suixin.data.collection import declaring
from suixin.data.collection.declaring import FeedDraft, SourceDraft
from suixin.data.collection.errors import LoginRefused, WrongSource
from suixin.data.collection.models import Feed, FeedFile, Source
from suixin.data.collection.sources import patterns
from suixin.data.collection.sources.base import Kind
from suixin.data.collection.sources.s3_signing import signed_headers
from suixin.data.collection.tests.sources.servers import ran
from suixin.data.collection.tests.sources.sftp import sftp_server
from suixin.data.collection.tests.sources.stubs import Store, served
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)


def text(*codes: str) -> bytes:
    return ("代码,名称,数量,日期\n" + "".join(f"{code},甲,1.5,2022-03-01\n" for code in codes)).encode()


def feed_from(
    kind: Kind, address: str, *, table: str = "*.csv", secrets: dict[str, str] | None = None, is_whole: bool = False, **options: object
) -> Feed:
    draft = SourceDraft("文件来源", f"files-{kind}", kind, factories.bureau(), address, options, secrets or {})
    source = declaring.declare_source(draft, actor=SYSTEM)
    target = factories.published()
    return declaring.declare_source_feed(source, target, FeedDraft(table, schedule="", is_whole=is_whole), columns=(), actor=SYSTEM)


def put(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (1_760_000_000 + len(content), 1_760_000_000 + len(content)))
    return path


def test_folder_is_taken_file_by_file_once_and_again_when_one_changed(reach: Path) -> None:
    put(reach, "dept/a.csv", text("A1", "A2"))
    put(reach, "dept/deep/b.csv", text("B1"))
    put(reach, "dept/readme.txt", b"nothing")
    feed = feed_from(Kind.FOLDER, str(reach / "dept"))
    assert (ran(feed).rows_in, row_count("some_table")) == (3, 3)
    assert ran(feed).sentence == "没有新的或改动过的文件。"
    put(reach, "dept/a.csv", text("A1", "A2", "A3"))
    assert (ran(feed).rows_in, row_count("some_table"), FeedFile.objects.count()) == (3, 4, 2)


def test_file_that_cannot_be_read_is_told_and_does_not_stop_the_others(reach: Path) -> None:
    put(reach, "dept/a.csv", "甲,乙\n1,2\n".encode())
    put(reach, "dept/b.csv", text("B1"))
    run = ran(feed_from(Kind.FOLDER, str(reach / "dept")))
    assert (run.state, run.rows_in, "有 1 处没有收:a.csv" in run.sentence) == ("done", 1, True)


def test_link_out_of_the_folder_is_passed_over(reach: Path, tmp_path: Path) -> None:
    put(reach, "dept/b.csv", text("B1"))
    outside = put(tmp_path, "secret/s.csv", text("S1"))
    (reach / "dept" / "s.csv").symlink_to(outside)
    assert ran(feed_from(Kind.FOLDER, str(reach / "dept"))).rows_in == 1


def test_folder_outside_is_refused(tmp_path: Path, reach: Path) -> None:
    source = feed_from(Kind.FOLDER, str(reach / ".." / "lake")).source
    assert isinstance(source, Source)
    assert "来源文件夹" in declaring.check_source(source, actor=SYSTEM).health


def test_sftp_with_its_key_pinned(tmp_path: Path) -> None:
    folder = tmp_path / "remote"
    put(folder, "in/a.csv", text("A1", "A2"))
    with sftp_server(folder) as (port, host_key):
        feed = feed_from(Kind.SFTP, f"sftp://clerk@127.0.0.1:{port}/in", secrets={"password": "pass"}, host_key=host_key)
        assert isinstance(feed.source, Source)
        assert declaring.check_source(feed.source, actor=SYSTEM).is_well
        assert (ran(feed).rows_in, row_count("some_table")) == (2, 2)
        put(folder, "in/b.csv", text("B1"))
        assert (ran(feed).rows_in, row_count("some_table")) == (1, 3)


@pytest.mark.parametrize(("change", "words"), [("key", "公钥与登记的不符"), ("password", "拒绝了账号“clerk”的登录")])
def test_sftp_server_of_another_key_or_password_is_not_trusted(tmp_path: Path, change: str, words: str) -> None:
    with sftp_server(tmp_path) as (port, host_key):
        other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
        feed = feed_from(
            Kind.SFTP, f"sftp://clerk@127.0.0.1:{port}/", secrets={"password": "wrong" if change == "password" else "pass"},
            host_key=other if change == "key" else host_key,
        )
        with pytest.raises(LoginRefused, match=words):
            ran(feed)


def test_store_is_listed_to_its_end_and_read_signed() -> None:
    store = Store({f"in/{name}.csv": text(name.upper()) for name in ("a1", "b 2", "c三", "d", "e")} | {"out/x.csv": text("X")})
    with served(store) as (address, _):
        feed = feed_from(Kind.S3, f"{address}/bucket/in", secrets={"secret": Store.SECRET}, key=Store.KEY)
        assert (ran(feed).rows_in, row_count("some_table")) == (5, 5)
        store.objects["in/a1.csv"] = text("A1", "A9")
        assert (ran(feed).rows_in, row_count("some_table")) == (2, 6)


def test_store_that_refuses_our_key_is_a_sentence() -> None:
    with served(Store({})) as (address, _):
        feed = feed_from(Kind.S3, f"{address}/bucket", secrets={"secret": "wrong"}, key=Store.KEY)
        with pytest.raises(LoginRefused, match="不认可认证信息"):
            ran(feed)


@pytest.mark.parametrize(
    ("url", "more", "signature"),
    [  # the examples of the S3 API reference, "Authenticating Requests: Using the Authorization Header"
        ("/test.txt", {"range": "bytes=0-9"}, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
        ("/?max-keys=2&prefix=J", {}, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ],
)
def test_signature_is_that_of_the_published_examples(url: str, more: dict[str, str], signature: str) -> None:
    headers = signed_headers(
        f"https://examplebucket.s3.amazonaws.com{url}", key="AKIAIOSFODNN7EXAMPLE",
        secret="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", region="us-east-1", now=datetime(2013, 5, 24, tzinfo=UTC),
        host="examplebucket.s3.amazonaws.com", more=more,
    )
    assert headers["Authorization"].endswith(signature)


@pytest.mark.parametrize(
    ("path", "pattern", "fits"),
    [
        ("a.csv", "*.csv", True), ("x/y/a.csv", "*.csv", True), ("x/a.csv", "x/*.csv", True), ("x/y/a.csv", "x/*.csv", False),
        ("x/y/a.csv", "x/**/*.csv", True), ("x/a.csv", "x/**/*.csv", True), ("a.txt", "*.csv", False), ("x/y", "**", True),
    ],
)
def test_pattern_fits_paths(path: str, pattern: str, fits: bool) -> None:
    assert patterns.fits(path, pattern) is fits


def test_pattern_that_leads_upwards_is_refused() -> None:
    with pytest.raises(WrongSource):
        patterns.checked("../*.csv")
