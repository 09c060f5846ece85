"""Bad files, each as (name, content), with what must become of them.

Every case ends in a landed batch with exactly these counts, or in a refusal whose sentence holds these words.
"""

import gzip
import io
import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import openpyxl

MIB = 1024 * 1024
HEAD = "编号,名称,数量\n"


@dataclass(frozen=True, slots=True)
class Case:
    """One bad file. `counts` are (rows in, accepted, rejected) of each landed table; `refusals` words of each refusal."""

    name: str
    make: Callable[[], bytes]
    counts: tuple[tuple[int, int, int], ...] = ()
    refusals: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name


def zipped(members: dict[str, bytes]) -> bytes:
    """A zip of these members, names as given."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def table(rows: int = 20) -> bytes:
    """A good table of three columns."""
    return (HEAD + "".join(f"B{n:04d},单位{n},{n}\n" for n in range(1, rows + 1))).encode()


def _noise() -> bytes:
    return random.Random(510900).randbytes(64 * 1024)


def _wide() -> bytes:
    names = ",".join(f"指标{n}" for n in range(300))
    return "\n".join([names, *(",".join(str(row * n % 97) for n in range(300)) for row in range(1, 13))]).encode()


def _large_cell() -> bytes:
    return f"编号,说明\nB1,短\nB2,{'遂' * (5 * MIB // 3)}\nB3,也短\n".encode()


def _mixed() -> bytes:
    lines = [f"B{n:04d},遂宁市船山区第{n}号,{n}\n".encode() for n in range(1, 61)]
    for n in (20, 40):
        lines[n] = f"B{n + 1:04d},遂宁市安居区,{n}\n".encode("gb18030")
    return HEAD.encode() + b"".join(lines)


def _ragged() -> bytes:
    good = "".join(f"B{n:04d},单位{n},{n}\n" for n in range(1, 31))
    return f"{HEAD}{good}B0031,缺列\nB0032,多列,1,2,3\nB0033,好的,33\n".encode()


def _deep_json() -> bytes:
    return b"[" * 200_000 + b"]" * 200_000


def _formulas() -> bytes:
    cells = ("=cmd|' /C calc'!A0", "+1+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", "正常")
    return ("编号,=cmd|备注,数量\n" + "".join(f'B{n},"{cell}",{n}\n' for n, cell in enumerate(cells))).encode()


def _stacked() -> bytes:
    """Title, unit, two rows of header, a foot note and a signature, as departments print their yearly tables."""
    above = "2023年各区县床位,,,,\n,,,,（单位：张）\n区县,床位数,,人员,\n,编制,实有,医师,护士\n"
    below = ",,,,\n注：不含村卫生室。,,,,\n制表人：某某,,审核：某某,,\n"
    return (above + "".join(f"区{n},{n}00,{n}50,１{n},{n}\n" for n in range(1, 6)) + below).encode("gb18030")


def _half_empty_book() -> bytes:
    """A workbook with a table, two sheets that nobody used and one remark."""
    buffer, book = io.BytesIO(), openpyxl.Workbook()
    for row in (["编号", "名称"], ["B1", "甲"], ["B2", "乙"]):
        book.worksheets[0].append(row)
    for name in ("Sheet2", "Sheet3"):
        book.create_sheet(name)
    book.create_sheet("说明").append(["本表由交通运输局填报，每月5日前更新。"])
    book.save(buffer)
    return buffer.getvalue()


def _far_cell() -> bytes:
    """A few kilobytes that ask a reader to make room for seventeen thousand million cells."""
    buffer, book = io.BytesIO(), openpyxl.Workbook()
    book.worksheets[0]["A1"] = "编号"
    book.worksheets[0]["XFD1048576"] = "远"
    book.save(buffer)
    return buffer.getvalue()


CASES = (
    Case("空文件.csv", lambda: b"", refusals=("空的",)),
    Case("只有空白.csv", lambda: b"\n\n  \n", refusals=("无法读取",)),
    Case("只有表头.csv", lambda: HEAD.encode(), counts=((0, 0, 0),)),
    Case("乱码.csv", _noise, refusals=("无法读取",)),
    Case("图片.csv", lambda: b"\x89PNG\r\n\x1a\n" + _noise(), refusals=("PNG",)),
    Case("半截.csv.gz", lambda: gzip.compress(table(500))[:-40], refusals=("不完整",)),
    Case("炸弹.csv.gz", lambda: gzip.compress(bytes(48 * MIB)), refusals=("压缩炸弹",)),
    Case("炸弹.zip", lambda: zipped({"a.csv": bytes(48 * MIB)}), refusals=("压缩炸弹",)),
    Case("半截.zip", lambda: zipped({"a.csv": table(500)})[:-30], refusals=("不完整",)),
    Case("三百列.csv", _wide, counts=((12, 12, 0),)),
    Case("大单元格.csv", _large_cell, counts=((3, 3, 0),)),
    Case("重名和空表头.csv", lambda: b"name,name,,\xe5\x80\xbc,\nA,B,C,1,x\nD,E,F,2,y\n", counts=((2, 2, 0),)),
    Case("混合编码.csv", _mixed, counts=((60, 58, 2),)),
    Case("两层表头.csv", _stacked, counts=((5, 5, 0),)),
    Case("空工作表.xlsx", _half_empty_book, counts=((2, 2, 0),)),
    Case("远单元格.xlsx", _far_cell, refusals=("撑得过大",)),
    Case("参差.csv", _ragged, counts=((33, 31, 2),)),
    Case("公式.csv", _formulas, counts=((5, 5, 0),)),
    Case("越界.zip", lambda: zipped({"../../越界.csv": table(), "/etc/越界.csv": table()}), refusals=("安全风险",)),
    Case("半越界.zip", lambda: zipped({"../x.csv": table(), "好.csv": table()}), counts=((20, 20, 0),), refusals=("安全风险",)),
    Case("深.json", _deep_json, refusals=("无法读取",)),
    Case("半截.json", lambda: b'[{"a": 1}, {"a": 2', refusals=("无法读取",)),
    Case("假表格.xlsx", lambda: zipped({"xl/workbook.xml": b"<nonsense"}), refusals=("无法读取",)),
    Case("假库.db", lambda: b"SQLite format 3\x00" + _noise(), refusals=("无法读取",)),
    Case("假列存.parquet", lambda: b"PAR1" + _noise() + b"PAR1", refusals=("无法读取",)),
    Case("零字节.csv", lambda: table().replace("单位3".encode(), b"a\x00b"), counts=((20, 20, 0),)),
)
