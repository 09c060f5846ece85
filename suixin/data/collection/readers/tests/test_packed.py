"""gzip, zstd, zip: unpacked within limits, refused with a sentence."""

import gzip
import io
import zipfile

import openpyxl
import pyarrow as pa
import pytest

from suixin.data.collection.readers import UnreadableFile, open_file
from suixin.data.collection.readers.tests.reading import counted, opened, rows_of, written

TEXT = "编号,名称\n1,船山\n2,安居\n".encode()


def zipped(members: dict[str, bytes], *, flags: int = 0) -> bytes:
    """A zip of these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def zstd(content: bytes) -> bytes:
    """The content compressed with zstd."""
    return pa.Codec("zstd").compress(content, asbytes=True)


@pytest.mark.parametrize(("name", "content"), [("a.csv.gz", gzip.compress(TEXT, mtime=0)), ("a.csv.zst", zstd(TEXT))])
def test_compressed_file_is_its_content(tmp_path, name, content):
    with opened(tmp_path, name, content) as file:
        assert (file.tables[0].name, counted(file.tables[0])) == ("a", 2)


def test_zip_gives_a_table_per_member_and_a_refusal_per_other(tmp_path):
    content = zipped({"一.csv": TEXT, "sub/2.json": b'[{"a": 1}]', "readme.md": b"# x", "__MACOSX/._a.csv": b"x"})
    with opened(tmp_path, "a.zip", content) as file:
        assert [table.name for table in file.tables] == ["一", "sub/2"]
        assert [(refusal.path_in_file, refusal.format) for refusal in file.refusals] == [("readme.md", "Markdown 文档")]


@pytest.mark.parametrize("name", ["../evil.csv", "/etc/x.csv", "a/../../b.csv", "C:\\x.csv", "..\\x.csv"])
def test_member_that_leaves_the_folder_is_refused(tmp_path, name):
    with opened(tmp_path, "a.zip", zipped({name: TEXT, "ok.csv": TEXT})) as file:
        assert [table.name for table in file.tables] == ["ok"]
        assert "安全风险" in file.refusals[0].sentence


def test_member_names_in_gbk_are_read(tmp_path):
    content = zipped({"XXXX.csv": TEXT}).replace(b"XXXX", "遂宁".encode("gbk"))
    with opened(tmp_path, "a.zip", content) as file:
        assert file.tables[0].name == "遂宁"


@pytest.mark.parametrize(("name", "content"), [
    ("a.csv.gz", gzip.compress(TEXT * 500, mtime=0)[:-20]), ("a.csv.gz", gzip.compress(TEXT, mtime=0)[:12]),
    ("a.csv.zst", zstd(TEXT * 500)[:-5]),
    ("a.zip", zipped({"a.csv": TEXT * 99})[:-30]),
])  # fmt: skip
def test_archive_cut_short_is_refused(tmp_path, name, content):
    with pytest.raises(UnreadableFile, match="不完整"):
        opened(tmp_path, name, content)


@pytest.mark.parametrize(("name", "content"), [
    ("a.csv.gz", gzip.compress(b"1,2\n" * 10_000_000, mtime=0)), ("a.zip", zipped({"a.csv": b"1,2\n" * 10_000_000})),
])  # fmt: skip
def test_bomb_is_defused(tmp_path, name, content):
    with pytest.raises(UnreadableFile, match="压缩炸弹"):
        opened(tmp_path, name, content)


def test_archives_in_archives_have_a_floor(tmp_path):
    content = zipped({"a.csv": TEXT})
    with opened(tmp_path, "a.zip", zipped({"b.zip": content})) as file:
        assert counted(file.tables[0]) == 2
    with pytest.raises(UnreadableFile, match="2 层"):
        opened(tmp_path, "a.zip", zipped({"c.zip": zipped({"b.zip": content})}))


def test_encrypted_member_is_refused(tmp_path):
    content = bytearray(zipped({"a.csv": TEXT}))
    content[6] |= 1
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(UnreadableFile, match="加密"):
        opened(tmp_path, "a.zip", bytes(content))


def test_scratch_space_goes_with_close(tmp_path):
    file = open_file(written(tmp_path, "a.csv.gz", gzip.compress(TEXT, mtime=0)))
    folder = file.scratch._folder
    assert folder is not None
    assert rows_of(file.tables[0])
    file.close()
    assert not folder.exists()


def test_date_of_a_member_is_its_own(tmp_path):
    with opened(tmp_path, "a.zip", zipped({"d_20200101.csv": TEXT, "e.csv": TEXT})) as file:
        assert [table.constants for table in file.tables] == [{"数据日期": "2020-01-01"}, {}]


def test_workbooks_and_odd_encodings_inside_a_zip_are_read(tmp_path):
    workbook = openpyxl.Workbook()
    for row in (["编号", "名称"], [1, "船山"]):
        workbook["Sheet"].append(row)
    workbook.save(tmp_path / "x.xlsx")
    gbk = ("编号,名称\n" + "1,遂宁市船山区人民政府\n" * 20).encode("gbk")
    with opened(tmp_path, "a.zip", zipped({"x.xlsx": (tmp_path / "x.xlsx").read_bytes(), "y.csv": gbk})) as file:
        assert [(table.name, table.format, counted(table)) for table in file.tables] == [("x", "xlsx", 1), ("y", "csv", 20)]
