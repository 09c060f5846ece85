"""`suixin generate`: what an entry's contract generates, into a file or to the output."""

import argparse
import sys
from pathlib import Path

from suixin.kit.errors import BadRequest

WHATS = {
    "template": "template.xlsx", "schema": "schema.json", "ddl": "postgres.sql", "openapi": "openapi.json",
    "dictionary": "dictionary.docx", "samples": "samples.csv",
}
FORMATS = {"ddl": ("postgres", "mysql", "sqlite"), "dictionary": ("docx", "pdf"), "samples": ("csv", "json", "xlsx")}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which entry, what of it, where to."""
    parser.add_argument("code", metavar="CODE", help="code or table name of the entry")
    parser.add_argument("--what", choices=list(WHATS), required=True, help="what to generate")
    parser.add_argument("--format", default="", help="ddl: postgres, mysql, sqlite; dictionary: docx, pdf; samples: csv, json, xlsx")
    parser.add_argument("--rows", type=int, default=20, help="samples: how many rows, at most 10,000")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write there instead of to the output")


def run(options: argparse.Namespace) -> int:
    """Generate it; the output stays bytes."""
    content = _content(options)
    if options.out is None:
        if sys.stdout.isatty() and b"\0" in content[:4096]:
            raise BadRequest("这是二进制文件，不能打印在终端上；请用 --out FILE 写入文件。")
        sys.stdout.buffer.write(content)
        return 0
    try:
        options.out.write_bytes(content)
    except OSError as error:
        raise BadRequest(f"写不了 {options.out}（{error.strerror}）；请换一个位置。") from error
    print(f"已写入 {options.out}。")
    return 0


def _content(options: argparse.Namespace) -> bytes:
    from suixin.data.catalog.generators import sample_files
    from suixin.data.catalog.queries import resource_by
    from suixin.site import generated

    name = _name(options.what, options.format)
    resource = resource_by(options.code)
    if options.what != "samples":
        return generated.generated(resource, generated.artefact(name))
    if not 0 < options.rows <= 10_000:
        raise BadRequest("--rows 应为 1 到 10000。")
    make = {"csv": sample_files.csv_of, "json": sample_files.json_of, "xlsx": sample_files.xlsx_of}[name.rpartition(".")[2]]
    return make(resource.contract, options.rows)


def _name(what: str, form: str) -> str:
    """The name of the artefact. Raises BadRequest."""
    allowed = FORMATS.get(what, ())
    if form and form not in allowed:
        told = f"可用 {'、'.join(allowed)}" if allowed else "它只有一种格式"
        raise BadRequest(f"{what} 没有格式“{form[:20]}”；{told}。")
    stem, _, ending = WHATS[what].rpartition(".")
    if what == "ddl":
        return f"{form or stem}.{ending}"
    return f"{stem}.{form or ending}"


