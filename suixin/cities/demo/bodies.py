"""部门单位清单 as an SQLite file, and files that cannot be read, for showing how they are refused."""

import sqlite3
from pathlib import Path

from suixin.cities.demo import invented
from suixin.cities.demo.making import Making

_CREATE = (
    "CREATE TABLE 部门单位 (统一社会信用代码 TEXT, 机构名称 TEXT, 简称 TEXT, 单位标识 TEXT, 机构类型 TEXT, 上级单位 TEXT,"
    " 行政区划代码 TEXT, 公开电话 TEXT)"
)
_INSERT = "INSERT INTO 部门单位 VALUES (?, ?, ?, ?, ?, ?, ?, ?)"


def write_bodies(making: Making) -> list[Path]:
    """One SQLite file with one table of every organisation; the telephone numbers are invented."""
    path = making.directory / "部门单位清单.sqlite"
    path.unlink(missing_ok=True)
    names = {o.slug: o.name for o in making.city.organisations}
    rows = [
        (
            o.uscc, o.name, o.short_name, o.slug, o.kind, names.get(o.parent), o.division_code,
            f"0825-0{making.random.randrange(10**6):06d}",
        )
        for o in making.city.organisations
    ]
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(_CREATE)
        connection.executemany(_INSERT, rows)
    connection.close()
    return [path]


def write_bad(making: Making) -> list[Path]:
    """A workbook cut in half, an empty CSV, and bytes that are nothing, in a folder of their own."""
    folder = making.directory / "坏文件示例"
    folder.mkdir(parents=True, exist_ok=True)
    whole = (making.directory / "居民参保信息(模拟数据).xlsx").read_bytes()
    contents = {
        "截断的工作簿.xlsx": whole[: len(whole) // 2], "空文件.csv": b"", "不明内容.csv": making.random.randbytes(4096),
        "说明.txt": f"{invented.MARK}:本文件夹的文件故意损坏,用于演示拒收。\n".encode(),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in contents]
