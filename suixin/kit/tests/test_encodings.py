"""Encodings are told from the whole file, and any of them reads as the same UTF-8."""

from pathlib import Path

import pytest

from suixin.kit.encodings import UndecodableText, detect, open_utf8

SIMPLIFIED = "序号,企业名称,住所\n1,遂宁市船山区锂电材料有限公司,四川省遂宁市河东新区\n2,射洪市沱牌镇卫生院,é\n"
TRADITIONAL = "編號,景點名稱,地址\n1,國立故宮博物院,臺北市士林區至善路二段\n2,開放時間,每日上午九時\n"
SPANISH = "código,descripción\n1,Administración pública\n2,Año de ejecución\n"


@pytest.mark.parametrize(
    ("text", "written", "found"),
    [
        (SIMPLIFIED, "utf-8", "utf-8"),
        (SIMPLIFIED, "utf-8-sig", "utf-8-sig"),
        (SIMPLIFIED, "gb18030", "gb18030"),
        (SIMPLIFIED, "utf-16", "utf-16"),
        (SIMPLIFIED, "utf-16-le", "utf-16-le"),
        (SIMPLIFIED, "utf-16-be", "utf-16-be"),
        (TRADITIONAL, "big5", "big5hkscs"),
        (SPANISH, "iso-8859-1", "iso-8859-1"),
        ("a,b\n", "ascii", "ascii"),
        (SPANISH + "“precio”,5 €\n", "cp1252", "cp1252"),
        ("", "ascii", "ascii"),
        (SIMPLIFIED, "utf-32", "utf-32"),
    ],
)
def test_encoding_is_recognised_and_read_as_utf8(tmp_path: Path, text: str, written: str, found: str) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode(written))
    assert detect(path) == found
    with open_utf8(path, found) as stream:
        assert stream.read().decode("utf-8").removeprefix("\ufeff") == text


def test_last_byte_of_a_large_file_counts(tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    path.write_bytes(b"a,b,c\n" * 600_000 + "遂宁市数据局,日期\n".encode("gb18030"))
    assert detect(path) == "gb18030"


def test_characters_cut_by_chunks_stay_whole(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    text = "x" + "遂宁市" * 900_000
    path.write_bytes(text.encode("gb18030"))
    with open_utf8(path, detect(path)) as stream:
        assert stream.read().decode() == text


def test_utf8_with_one_broken_character_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    good = (SIMPLIFIED * 50).encode()
    path.write_bytes(good + b"\xff\n" + good)
    with pytest.raises(UndecodableText) as caught:
        detect(path)
    assert caught.value.fields == {"encoding": "utf-8", "offset": len(good)}
    assert detect(path, is_strict=False) == "utf-8"
    with open_utf8(path, "utf-8", errors="replace") as stream:
        assert stream.read().decode().count("\ufffd") == 1


def test_lines_of_gbk_in_a_utf8_file_do_not_turn_it_into_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "mixed.csv"
    good = SIMPLIFIED.encode() * 10
    path.write_bytes(good + "3,遂宁市安居区,未知\n".encode("gb18030") * 5 + good)
    assert detect(path, is_strict=False) == "utf-8"


def test_reading_in_the_wrong_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wrong.csv"
    path.write_bytes(b"\xff\xff")
    with pytest.raises(UndecodableText), open_utf8(path, "gb18030") as stream:
        stream.read()
