"""Attachments kept, told apart, given up; the scanner; cleaning."""

import os
import socketserver
import sys
import threading
from collections.abc import Collection, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from suixin.ground.files import actions, cleaning, scanning, store, taking
from suixin.ground.files.errors import FileRefused, ScannerSilent, UnknownAttachment
from suixin.ground.files.limits import Upload
from suixin.ground.files.models import Attachment
from suixin.ground.files.queries import attachment_of
from suixin.ground.files.readers import register_owner
from suixin.ground.files.tests.factories import EICAR, PDF, PNG, upload
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.sm import sm3_hex
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of its own."""
    monkeypatch.setattr(store, "folder", lambda: tmp_path / "files")
    return tmp_path / "files"


def handed_in(one: Upload, *, actor: Actor, types: Collection[str] = (), max_bytes: int = 0, **owner: str) -> Attachment:
    """The upload, taken and kept."""
    return actions.keep(taking.take(one, types=types, max_bytes=max_bytes), actor=actor, **owner)


def scanner(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(scanning, "setting", lambda: text)


def test_attachment_is_kept_by_content_and_equal_bytes_lie_once(home: Path) -> None:
    first = handed_in(upload(), actor=cast.clerk)
    second = handed_in(upload(name="同一张.png"), actor=cast.clerk)
    assert (first.sm3, first.size, first.media_type) == (sm3_hex(PNG), len(PNG), "image/png")
    assert first.uuid != second.uuid
    assert [path.name for path in home.rglob("*") if path.is_file()] == [first.sm3]
    with store.opened(first.sm3) as file:
        assert file.read() == PNG


@pytest.mark.parametrize(("content", "name", "told"), [
    (b"", "空.png", "空文件"), (b"\x7fELF\x01" + b"\0" * 9, "照片.png", "不是可以接收的类型"),
    (PDF, "照片.png", "只收PNG 图片"),
    (PNG + bytes(3 << 20), "大.png", "超过 2 MB"),
])
def test_wrong_file_is_refused_with_a_sentence_and_leaves_nothing(home: Path, content: bytes, name: str, told: str) -> None:
    with pytest.raises(FileRefused, match=told):
        handed_in(upload(content, name), actor=cast.clerk, types=["png"], max_bytes=2 << 20)
    assert not Attachment.objects.exists()
    assert not [path for path in home.rglob("*") if path.is_file()]


def test_two_gigabytes_are_read_no_further_than_the_limit_and_leave_nothing(home: Path) -> None:
    read = []

    def pieces() -> Iterator[bytes]:
        for number in range(2 << 14):  # of 64 kB each
            read.append(number)
            yield bytes(1 << 16)

    with pytest.raises(FileRefused, match="超过 1 MB"):
        store.put(pieces(), limit=1 << 20)
    assert (len(read), list(store.stored())) == (17, [])


def test_attachment_is_read_by_whom_its_owner_s_module_lets() -> None:
    register_owner("test.thing", lambda actor, key: key == "7" and actor is cast.auditor)
    loose = handed_in(upload(), actor=cast.clerk)
    owned = handed_in(upload(), actor=cast.clerk, owner_kind="test.thing", owner_key="7")
    nobody_s = handed_in(upload(), actor=cast.clerk, owner_kind="test.unknown", owner_key="7")
    assert attachment_of(loose.uuid, actor=cast.clerk) == loose
    assert attachment_of(owned.uuid, actor=cast.auditor) == owned
    for one, actor in ((loose, cast.outsider), (owned, cast.clerk), (nobody_s, cast.clerk)):
        with pytest.raises(UnknownAttachment):
            attachment_of(one.uuid, actor=actor)


def test_only_one_s_own_attachments_are_claimed() -> None:
    mine, other = handed_in(upload(), actor=cast.clerk), handed_in(upload(), actor=cast.outsider)
    assert actions.claim([mine.uuid, other.uuid], owner_kind="k", owner_key="1", actor=cast.clerk) == 1
    assert actions.release(owner_kind="k", owner_key="1", actor=cast.clerk) == 1
    assert list(Attachment.objects.all()) == [other]


def test_cleaning_takes_what_nobody_claimed_and_spares_shared_and_fresh_bytes(home: Path) -> None:
    old = handed_in(upload(PDF, "a.pdf"), actor=cast.clerk)
    kept = handed_in(upload(), actor=cast.clerk, owner_kind="k", owner_key="1")
    handed_in(upload(), actor=cast.clerk)  # the bytes of `kept`, unclaimed
    (home / "half.part").write_bytes(b"x")
    Attachment.objects.update(kept_at=clock.now() - timedelta(2))
    for path in store.stored():
        os.utime(path, (1, 1))
    handed_in(upload(b"a,b\n", "new.csv"), actor=cast.clerk)
    assert cleaning.forget_orphans() == (2, 2)
    assert not store.path_of(old.sm3).exists()
    assert store.path_of(kept.sm3).exists()
    assert cleaning.forget_orphans() == (0, 0)


def test_bytes_handed_in_again_while_they_are_cleaned_stay() -> None:
    one = handed_in(upload(), actor=cast.clerk)
    path = store.path_of(one.sm3)
    assert store.remove_if_old(path, path.stat().st_mtime) is False
    assert path.read_bytes() == PNG


class FakeClamd(socketserver.StreamRequestHandler):
    """Speaks INSTREAM and PING; finds EICAR."""

    def handle(self) -> None:
        command, byte = b"", b"-"
        while byte not in (b"\0", b""):
            byte = self.rfile.read(1)
            command += byte
        if command == b"zPING\0":
            self.wfile.write(b"PONG\0")
            return
        content = b""
        while size := int.from_bytes(self.rfile.read(4), "big"):
            content += self.rfile.read(size)
        self.wfile.write(b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0")


@pytest.fixture(params=["unix", "tcp"])
def clamd(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A scanner behind a socket."""
    place = str(tmp_path / "clamd")
    if request.param == "tcp":
        server = socketserver.TCPServer(("127.0.0.1", 0), FakeClamd)
        place = f"127.0.0.1:{server.server_address[1]}"
    else:
        server = socketserver.UnixStreamServer(place, FakeClamd)
    scanner(monkeypatch, f"clamd:{place}")
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield
    server.shutdown()
    server.server_close()


def test_what_clamd_finds_is_not_kept(clamd: None) -> None:
    assert scanning.standing() == (True, "查毒程序可用。")
    assert handed_in(upload(), actor=cast.clerk).pk
    with pytest.raises(FileRefused, match="安全检查"):
        handed_in(upload(EICAR, "说明.txt"), actor=cast.clerk)
    assert Attachment.objects.count() == 1


def test_what_a_scanner_process_finds_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "scan.py"
    program.write_text("import sys\nsys.exit('EICAR' in open(sys.argv[1], 'rb').read().decode('latin-1'))\n")
    scanner(monkeypatch, f"command:{sys.executable} {program}")
    assert handed_in(upload(), actor=cast.clerk).pk
    with pytest.raises(FileRefused, match="安全检查"):
        handed_in(upload(EICAR, "说明.txt"), actor=cast.clerk)


@pytest.mark.parametrize("setting", ["clamd:/nowhere/clamd.sock", "clamd:127.0.0.1:1", "command:/nowhere/scan"])
def test_scanner_that_does_not_answer_keeps_nothing(monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    scanner(monkeypatch, setting)
    assert scanning.standing()[0] is False
    with pytest.raises(ScannerSilent, match="稍后再传"):
        handed_in(upload(), actor=cast.clerk)
    assert not Attachment.objects.exists()


def test_no_scanner_is_said() -> None:
    assert settings.SUIXIN.file_scanner == ""
    assert "没有配置" in scanning.standing()[1]
