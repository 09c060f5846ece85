"""What is taken and what is refused, by content first and name second; Parquet and SQLite."""

import sqlite3

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suixin.data.collection.readers import UnknownFormat, UnreadableFile, open_file
from suixin.data.collection.readers.tests.reading import opened, rows_of, written
from suixin.kit.errors import SuixinError

DICOM = b"\0" * 128 + b"DICM" + b"\x02\0\0\0"


@pytest.mark.parametrize(("name", "content", "title"), [
    ("a.yaml", b"x: 1", "YAML"), ("README.md", b"# x", "Markdown"), ("a.dcm", DICOM, "DICOM"), ("a.csv", DICOM, "DICOM"),
    ("a.cap", b"<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'/>", "CAP"), ("a.gpx", b"<?xml version='1.0'?><gpx version='1'>", "GPX"),
    ("a.html", b"<html></html>", "HTML"), ("a.csv", b"<!DOCTYPE html><html>login</html>", "HTML"), ("a.atom", b"<feed >", "Atom"),
    ("a.xml", b"<?xml version='1.0'?><a/>", "XML"), ("a.pdf", b"%PDF-1.7", "PDF"), ("a.csv", b"%PDF-1.7\n\xff", "PDF"),
    ("a.rar", b"Rar!\x1a\x07", "RAR"), ("a.png", b"\x89PNG\r\n", "PNG"), ("a.docx", b"x", "Word"), ("a.tar", b"x", "tar"),
    ("a.qqq", b"x,y", "qqq"),
])  # fmt: skip
def test_other_formats_are_refused_by_name(tmp_path, name, content, title):
    with pytest.raises(UnknownFormat, match=title) as refusal:
        opened(tmp_path, name, content)
    assert "Parquet" in refusal.value.sentence


@pytest.mark.parametrize("name", ["a.xlsx", "a.parquet", "a.db", "a.zip", "a.csv.gz", "a.json"])
def test_wrong_content_under_a_listed_name_is_refused(tmp_path, name):
    with pytest.raises(UnreadableFile):
        opened(tmp_path, name, b"\x00\x01\x02nothing of the kind")


def test_missing_file_and_folder_are_refused(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(UnreadableFile):
            open_file(path)


def test_parquet_keeps_its_types(tmp_path):
    table = pa.table({"编号": pa.array([1, 2, None], pa.int32()), "名称": pa.array(["a", None, "c"], pa.large_string())})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=2)
    with open_file(tmp_path / "a.parquet") as file:
        (found,) = file.tables
        assert next(found.batches()).data.schema.types == [pa.int32(), pa.large_string()]
        assert rows_of(found) == [(1, "a"), (2, None), (None, "c")]


def test_damaged_parquet_is_refused(tmp_path):
    with pytest.raises(UnreadableFile):
        opened(tmp_path, "a.parquet", b"PAR1" + b"\0" * 100 + b"PAR1")


def test_sqlite_gives_each_table(tmp_path):
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute('CREATE TABLE "甲 表" ("编码" TEXT, n INT, x REAL, b BLOB)')
        connection.execute('INSERT INTO "甲 表" VALUES (?, ?, ?, ?)', ("007", 5, 1.5, "船山".encode("gbk")))
        connection.execute("CREATE TABLE t (a)")
    connection.close()
    with open_file(tmp_path / "a.db") as file:
        assert [table.name for table in file.tables] == ["甲 表", "t"]
        assert rows_of(file.tables[0]) == [("007", "5", "1.5", "船山")]


def test_sqlite_without_tables_is_refused(tmp_path):
    connection = sqlite3.connect(tmp_path / "a.db")
    connection.execute("CREATE TABLE t (a)")
    connection.execute("DROP TABLE t")
    connection.commit()
    connection.close()
    with pytest.raises(UnreadableFile, match="没有表"):
        open_file(tmp_path / "a.db")


NAMES = st.sampled_from([
    "a.csv", "a.tsv", "a.txt", "a.xls", "a.xlsx", "a.json", "a.ndjson", "a.geojson", "a.parquet", "a.db", "a.gz", "a.zst", "a.zip",
    "a.csv.gz", "a",
])
STARTS = st.sampled_from([
    b"", b"PK\x03\x04", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"PAR1", b"SQLite format 3\x00", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b'[{"a":', b'{"type":"FeatureCollection","features":', b"a,b\n1,", b"\xff\xfe", b"\xef\xbb\xbf", b"\xfe\xff",
])  # fmt: skip
TEXTS = st.binary(max_size=400) | st.text(st.sampled_from('a1,;\t"\n\r|{}[]:.年中\0 '), max_size=300).map(str.encode)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(name=NAMES, start=STARTS, content=TEXTS)
def test_random_bytes_end_in_tables_or_a_sentence(tmp_path, name, start, content):
    try:
        with open_file(written(tmp_path, name, start + content)) as file:
            for table in file.tables:
                rows_of(table)
    except SuixinError as refusal:
        sentence = refusal.sentence
    else:
        sentence = "读完了。"
    assert sentence.endswith("。")
