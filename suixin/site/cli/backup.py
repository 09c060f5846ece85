"""`suixin backup`: database, lake, files and keys of one instant, while the system runs."""

import argparse
import os
from pathlib import Path

from suixin.kit.errors import SuixinError

VARIABLE = "SUIXIN_BACKUP_PASSPHRASE"


class NoPassphrase(SuixinError):
    """Keys can neither be sealed nor opened without a passphrase."""

    code = "backup-400"
    http_status = 400


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to, and under which passphrase."""
    parser.add_argument("target", type=Path, metavar="TARGET", help="a folder that holds backups, or a file *.tar.zst")
    parser.add_argument("--verify", action="store_true", help="read an existing backup and prove every byte of it")
    parser.add_argument("--without-keys", action="store_true", help="leave out the keys; secrets cannot be opened then")
    add_passphrase(parser)


def add_passphrase(parser: argparse.ArgumentParser) -> None:
    """Where the passphrase is read from."""
    parser.add_argument("--passphrase-file", type=Path, metavar="FILE", help=f"first line: the passphrase (else {VARIABLE})")


def run(options: argparse.Namespace) -> None:
    """Make a backup, or prove one."""
    passphrase = passphrase_of(options)
    if options.verify:
        _verify(options.target, passphrase)
        return
    if not passphrase and not options.without_keys:
        raise NoPassphrase(
            f"没有备份口令:请设环境变量 {VARIABLE},或用 --passphrase-file 指定文件。若确实不备份密钥,加 --without-keys;"
            "恢复后将无法解开应用密钥、加密的信息项和第二因素,审计链和以往的签名也无法验证。"
        )
    from suixin.site.cli import homes, start_django

    homes.require()
    start_django()
    from suixin.site.backup.making import make
    from suixin.site.config import config

    made = make(config, options.target.resolve(), None if options.without_keys else passphrase)
    rows, versions = sum(made.tables.values()), made.versions.get("lake", {})
    print(f"备份完成:{len(made.files)} 个文件,{made.size / 1e6:,.1f} MB;数据库 {rows:,} 行,数据湖 {len(versions)} 张表。")
    print("密钥已用口令加密;口令不在备份里,请另行保管。" if made.has_keys else "未含密钥:恢复后加密的内容打不开。")


def passphrase_of(options: argparse.Namespace) -> str:
    """The passphrase that was given, or "". Raises NoPassphrase when its file cannot be read."""
    if options.passphrase_file is None:
        return os.environ.get(VARIABLE, "")
    try:
        return str(options.passphrase_file.read_text("utf-8")).partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NoPassphrase(f"口令文件 {options.passphrase_file} 读不了:{error}。") from error


def _verify(target: Path, passphrase: str) -> None:
    from suixin.site.backup.sources import located, read_backup

    read = read_backup(target, passphrase)
    made = read.manifest
    print(f"备份 {located(target).name} 完好:{len(made.files)} 个文件,{made.size / 1e6:,.1f} MB,SM3 全部相符;{read.proven}。")
    print(f"版本 {made.version},时间 {made.made_at},数据库 {sum(made.tables.values()):,} 行,{'含' if made.has_keys else '不含'}密钥。")
