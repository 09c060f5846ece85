"""Types by content."""

import io
import random

import pytest

from suixin.ground.files.names import kept_name
from suixin.ground.files.sniffing import type_of
from suixin.ground.files.tests.factories import JPEG, PDF, PNG, zipped


class Careful(io.BytesIO):
    """Fails when somebody reads without a limit."""

    def read(self, size: int | None = -1, /) -> bytes:
        """At most a mebibyte."""
        assert size is not None
        assert 0 <= size <= 1 << 20
        return super().read(size)


@pytest.mark.parametrize(("content", "word"), [
    (PNG, "png"), (JPEG, "jpeg"), (PDF, "pdf"), (b"a,b\n1,2\n", "text"), ("名称,数量\n".encode("gb18030"), "text"),
    (zipped("[Content_Types].xml", "word/document.xml"), "docx"), (zipped("[Content_Types].xml", "xl/workbook.xml"), "xlsx"),
    (zipped("OFD.xml"), "ofd"), (zipped("a.txt"), "zip"), (b"PK\x03\x04" + b"\0" * 500, "zip"),
    (b"\x7fELF\x02\x01\x01\0\0", ""), (b"MZ\x90\0\x03\0", ""), (b"<!DOCTYPE html><script>", ""), (b"  <svg onload=x>", ""),
    (b"", ""),
])
def test_file_is_what_its_bytes_show(content: bytes, word: str) -> None:
    assert type_of(io.BytesIO(content)).word == word


def test_zip_bomb_is_named_and_not_opened() -> None:
    bomb = zipped("[Content_Types].xml", "word/document.xml", content=bytes(40 << 20))
    assert len(bomb) < 200_000
    assert type_of(Careful(bomb)).word == "docx"


def test_damaged_zips_are_told_apart_without_a_fault() -> None:
    whole, chance = zipped("[Content_Types].xml", "xl/workbook.xml"), random.Random(7)
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(3):
            damaged[chance.randrange(4, len(damaged))] = chance.randrange(256)
        assert type_of(io.BytesIO(bytes(damaged[: chance.randrange(4, len(damaged) + 1)]))).word in {"xlsx", "docx", "pptx", "ofd", "zip"}


@pytest.mark.parametrize(("given", "name"), [
    ("../../etc/passwd", "passwd"), ("C:\\用户\\照片.png", "照片.png"), ("a\0b\r\n.png", "ab.png"), ("..", "附件"),
    ("", "附件"), (None, "附件"),
    ("发票\u202egnp.exe", "发票gnp.exe"), (".htaccess", "htaccess"), ("名" * 300 + ".pdf", "名" * 108 + ".pdf"),
])
def test_name_is_one_short_readable_component(given: str | None, name: str) -> None:
    assert kept_name(given) == name
