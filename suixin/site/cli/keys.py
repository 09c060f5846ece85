"""`suixin keys`: what keys there are, new versions, and rows brought under them."""

import argparse

MOVES = {"retire": "retired", "bring-back": "old", "destroy": "destroyed"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do with which key."""
    tasks = parser.add_subparsers(dest="task", required=True, metavar="TASK")
    tasks.add_parser("list", help="purposes, versions, states and ages; never a key")
    rotate = tasks.add_parser("rotate", help="make a new version; what older ones sealed opens still")
    rotate.add_argument("purpose")
    rotate.add_argument("--kind", choices=["seal", "index", "sign"], help="only this kind; index keys change only when named")
    reseal = tasks.add_parser("reseal", help="rewrite rows under the current version, while everything runs; may be stopped and resumed")
    reseal.add_argument("purpose")
    for task, text in (
        ("retire", "let an old version open nothing any more"), ("bring-back", "let a retired version open again"),
        ("destroy", "remove a retired version for good"),
    ):
        move = tasks.add_parser(task, help=text)
        move.add_argument("purpose")
        move.add_argument("kind", choices=["seal", "index", "sign"])
        move.add_argument("version", type=int)
    for one in tasks.choices.values():
        one.add_argument("--reason", default="命令行操作", help="why; the audit keeps it")


def run(options: argparse.Namespace) -> None:
    """Run the task and print what was done."""
    from suixin.ground.security import actions
    from suixin.kit.actor import SYSTEM
    from suixin.kit.keyring import Kind

    match options.task:
        case "list":
            _list()
        case "reseal":
            _reseal(options.purpose)
        case "rotate":
            kind = Kind(options.kind) if options.kind else None
            version = actions.rotate_key(options.purpose, actor=SYSTEM, reason=options.reason, kind=kind)
            print(f"用途 {options.purpose} 现在使用第 {version} 版密钥;旧版本仍可解封。")
            print(f"要让已有数据也改用新版:suixin keys reseal {options.purpose}(湖中数据用 suixin reseal --all)。")
        case task:
            kind = Kind(options.kind)
            actions.move_key(options.purpose, kind, options.version, to=MOVES[task], actor=SYSTEM, reason=options.reason)
            print(f"用途 {options.purpose} 的第 {options.version} 版密钥({kind}):{MOVES[task]}。")


def _list() -> None:
    from suixin.ground.security.keys import ring

    print(f"密钥文件夹 {ring().folder},密码服务 {ring().provider.name}")
    for purpose in ring().purposes():
        for key in ring().versions(purpose):
            print(f"{purpose:<16} {key.kind:<6} 第 {key.version} 版  {key.state:<10} {key.created}")


def _reseal(purpose: str) -> None:
    from suixin.ground.security.resealing import reseal
    from suixin.kit.actor import SYSTEM

    total = 0
    for done in reseal(purpose, actor=SYSTEM):
        total += done.rows
        print(f"{done.table}:{done.rows} 行", flush=True)
    print(f"用途 {purpose}:共重新封装 {total} 行;其余已是当前版本。")
