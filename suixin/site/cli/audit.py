"""`suixin audit`: seal, verify and archive the audit log."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do with the log."""
    tasks = parser.add_subparsers(dest="task", required=True, metavar="TASK")
    tasks.add_parser("seal", help="number, chain and anchor what is on record and not sealed yet")
    accept = tasks.add_parser("accept-restore", help="state that the database was restored from an older backup, and go on")
    accept.add_argument("--basis", required=True, metavar="TEXT", help="why: the document or decision it rests on")
    archive = tasks.add_parser("archive", help="move old sealed records to archive files; empty archives whose time is over")
    archive.add_argument("--days", type=int, default=0, metavar="N", help="records older than this; default: SUIXIN_AUDIT_ONLINE_DAYS")
    verify = tasks.add_parser("verify", help="recompute everything and name the first broken link; 1 when there is one")
    verify.add_argument("--from", dest="first", type=int, default=1, metavar="N", help="only from number N on")
    verify.add_argument("--anchors", type=Path, metavar="DIR", help="another copy of the second place")
    verify.add_argument("--json", action="store_true", help="print one JSON object")


def run(options: argparse.Namespace) -> int:
    """Run the task; 1 when the log is not intact."""
    tasks = {"seal": _seal, "verify": _verify, "accept-restore": _accept, "archive": _archive}
    return tasks[options.task](options)


def _seal(options: argparse.Namespace) -> int:
    from suixin.ground.audit.sealing import seal_all

    print(f"没有待封存的记录;本次封存 {seal_all()} 条。")
    return 0


def _archive(options: argparse.Namespace) -> int:
    from suixin.ground.audit import archiving
    from suixin.kit.actor import SYSTEM

    for path in archiving.archive(actor=SYSTEM, days=options.days):
        print(f"已归档 {path}")
    for path in archiving.expire(actor=SYSTEM):
        print(f"已清理到期内容 {path}")
    return 0


def _accept(options: argparse.Namespace) -> int:
    from suixin.ground.audit.restoring import accept_restore
    from suixin.kit.actor import SYSTEM

    print(f"已签名声明;锚点文件夹比数据库新的锚点 {accept_restore(actor=SYSTEM, basis=options.basis)} 条。")
    return 0


def _verify(options: argparse.Namespace) -> int:
    import json
    from dataclasses import asdict

    from suixin.ground.audit.verifying import verify

    found = verify(first=options.first, place=options.anchors)
    if options.json:
        print(json.dumps({"is_intact": found.is_intact, **asdict(found)}, ensure_ascii=False))
        return 0 if found.is_intact else 1
    for note in found.notes:
        print("说明", note)
    for fault in found.faults:
        print("异常", fault.sentence)
    whole = "完整" if found.is_intact else f"不完整,首处:{found.faults[0].sentence}"
    print(
        f"审计链{whole}(核对记录 {found.records} 条,编号 {found.first} 到 {found.last};锚点 {found.anchors} 条;"
        f"封存文件 {found.files} 个;"
        f"待封存 {found.unsealed} 条)"
    )
    return 0 if found.is_intact else 1
