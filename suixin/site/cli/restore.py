"""`suixin restore`: an installation from a backup, proven before it is put in place."""

import argparse
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from suixin.site.cli.backup import add_passphrase, passphrase_of

if TYPE_CHECKING:
    from suixin.site.backup.manifest import Manifest
    from suixin.site.backup.restoring import Place


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """From where, and whether something may be put aside."""
    parser.add_argument("source", type=Path, metavar="SOURCE", help="a file *.tar.zst, a backup's folder, or a folder of backups")
    parser.add_argument("--replace", action="store_true", help="put what is there aside (renamed, never deleted)")
    add_passphrase(parser)


def run(options: argparse.Namespace) -> None:
    """Restore into SUIXIN_HOME, SUIXIN_LAKE and SUIXIN_DATABASE_URL."""
    from suixin.kit import clock
    from suixin.site.backup import restoring
    from suixin.site.config import config

    place = restoring.place_of(config)
    restoring.require_room(place, may_replace=options.replace)
    stamp = f"{clock.now().astimezone(UTC):%Y%m%dT%H%M%SZ}"
    try:
        read = restoring.unpack(place, options.source, passphrase_of(options))
        _tell("备份", f"{len(read.manifest.files)} 个文件,SM3 全部相符;{read.proven}")
        _fill(place, read.manifest, may_replace=options.replace, stamp=stamp)
    except BaseException:
        restoring.clear(place)
        raise
    for kept in restoring.put_in_place(place, stamp):
        _tell("原有内容", f"保留在 {kept}")
    _tell("完成", f"{config.home};启动服务时会重建索引与缓存")
    if not read.manifest.has_keys:
        _tell("注意", "备份不含密钥:应用密钥、加密的信息项、第二因素打不开,须重新发放;审计链无法验证")


def _fill(place: "Place", made: "Manifest", *, may_replace: bool, stamp: str) -> None:
    from suixin.site.backup import restoring
    from suixin.site.cli import start_django

    restoring.use(place.staged)
    start_django()
    for subject, told in restoring.fill(place, made, may_replace=may_replace, stamp=stamp):
        _tell(subject, told)


def _tell(subject: str, told: str) -> None:
    print(f"{subject:<28} {told}", flush=True)
