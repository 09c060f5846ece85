"""`suixin standards`: bring a large list of codes as a draft, for a person of the bureau to publish; list what is in force."""

import argparse
from pathlib import Path

from suixin.kit.errors import BadRequest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and with which set."""
    commands = parser.add_subparsers(dest="command", required=True)
    bring = commands.add_parser("bring", help="a list (XLSX, CSV, JSON) as the next version of a code set, handed on to be published")
    bring.add_argument("file", type=Path)
    bring.add_argument("--code", required=True, help="code of the set, e.g. GB/T 2260")
    bring.add_argument("--name", required=True, help="its name")
    bring.add_argument("--label", required=True, help="the version, e.g. 2024")
    bring.add_argument("--source", default="", help="number of the standard or document")
    bring.add_argument("--part", action="store_true", help="codes that the list does not name stay as they are")
    commands.add_parser("list", help="code sets in force, with versions")


def run(options: argparse.Namespace) -> None:
    """Do it and say what was done."""
    from suixin.ground.standards import queries

    if options.command == "list":
        for one in queries.code_sets():
            print(f"{one.reference}\t{one.name}\t{one.total}")
        return
    _bring(options)


def _bring(options: argparse.Namespace) -> None:
    from django.db import transaction

    from suixin.ground.standards import actions, held, sheets
    from suixin.ground.standards.models import Kind, Standard, Version
    from suixin.kit.actor import SYSTEM

    if not options.file.is_file():
        raise BadRequest(f"没有文件 {options.file}；请核对路径。")
    standard = Standard.objects.filter(kind=Kind.CODE_SET, code=options.code).first()
    before = held.current_rows(Version(standard=standard)) if standard and options.part else {}
    sheet = sheets.read(options.file.read_bytes(), options.file.name, known=before)
    if sheet.faults:
        told = "\n".join(f"{one.place} {one.sentence}" for one in sheet.faults[:20])
        raise BadRequest(f"{len(sheet.faults)} 处要改正，没有导入：\n{told}")
    with transaction.atomic():
        told_of = actions.Told(options.label, options.name, options.source)
        version = actions.begin_version(Kind.CODE_SET, options.code, told_of, actor=SYSTEM)
        found = actions.fill_codes(version, sheet.rows, actor=SYSTEM, is_whole=not options.part)
        actions.submit_version(version, actor=SYSTEM)
    counts = "、".join(f"{word} {len(found.of(kind)):,}" for kind, word in (("added", "新增"), ("renamed", "改名"), ("abolished", "废止")))
    print(f"已导入 {len(sheet.rows):,} 个代码（{counts}），已提交；请由有审核权限的人在工作台“标准”里发布 {version}。")
