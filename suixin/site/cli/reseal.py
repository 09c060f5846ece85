"""`suixin reseal`: tables brought under the newest key of the lake, or items of a table sealed for the first time."""

import argparse
import sys

from suixin.kit.errors import BadRequest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which tables; which items; or only the state of the keys."""
    parser.add_argument("tables", nargs="*", metavar="TABLE", help="tables (or resource codes)")
    parser.add_argument("--all", action="store_true", help="every table, and originals that belong to none")
    parser.add_argument("--rotate", action="store_true", help="make a new version of the key first")
    parser.add_argument("--seal", default="", metavar="FIELDS", help="items, by commas, to be sealed from now on in TABLE")
    parser.add_argument("--basis", default="", help="with --seal: the law or document that the decision rests on")


def run(options: argparse.Namespace) -> None:
    """Do it, table by table, and say which versions of the key are still needed."""
    from suixin.data.catalog.queries import resource_by
    from suixin.data.collection import sealing
    from suixin.ground.security import actions as security
    from suixin.kit.actor import SYSTEM
    from suixin.kit.keyring import Kind

    if options.seal and (len(options.tables) != 1 or not options.basis.strip()):
        raise BadRequest("--seal 一次只用于一张表,并须用 --basis 写明依据;例如:suixin reseal people --seal id_no --basis 某号文件。")
    if options.rotate:
        version = security.rotate_key("lake", actor=SYSTEM, reason=options.basis or "suixin reseal --rotate", kind=Kind.SEAL)
        print(f"已生成第 {version} 版密钥;新数据用它加密,旧数据照常可读。")
    resources = [resource_by(name) for name in options.tables]
    for resource in resources:
        if options.seal:
            _tell(sealing.seal_items(resource, options.seal.split(","), actor=SYSTEM, basis=options.basis, progress=_progress))
        else:
            _tell(sealing.reseal(resource, actor=SYSTEM, progress=_progress))
    for done in sealing.reseal_all(actor=SYSTEM, progress=_progress) if options.all else ():
        _tell(done)
    for use in sealing.versions_in_use(actor=SYSTEM):
        print(f"第 {use.version} 版密钥:{use.files} 个文件在用")
    print("没有列出的旧版本已无文件使用,可以停用;重新加密前的数据文件保留 6 小时供在读的查询,之后由清理任务删除。")


def _tell(done: object) -> None:
    from suixin.data.collection.sealing import Resealed

    if isinstance(done, Resealed) and not (done.is_nothing and not done.table):
        what = f"数据文件 {done.files} 个({done.rows:,} 行),拒收记录 {done.rejects} 个,原件 {done.originals} 个"
        print(f"{done.table or '其他原件'}:{'无须改动' if done.is_nothing else what}", flush=True)


def _progress(table: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{table} {done}/{total}", end="", file=sys.stderr, flush=True)
