"""`suixin package`: check and open packages of file exchange, off line: only the file, the receiver's private key, the sender's public one.

`receiver`, `order` and `key` work in this installation: whom packages are for, of what, and what they are signed with.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from suixin.kit.errors import BadRequest, NotFound

if TYPE_CHECKING:
    from suixin.ground.people.models import Application


class NoKeyFile(NotFound):
    """A key or package that was named cannot be read."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do with packages."""
    tasks = parser.add_subparsers(dest="task", required=True, metavar="TASK")
    verify = tasks.add_parser("verify", help="check every byte of a package against its sender's signature; nothing is opened")
    opening = tasks.add_parser("open", help="open a package into a new folder")
    for task in (verify, opening):
        task.add_argument("file", type=Path, help="the package (.sxp)")
        task.add_argument("--sender", type=Path, required=True, metavar="PEM", help="public key of the sender, got on another way")
    opening.add_argument("--key", type=Path, required=True, metavar="PEM", help="private SM2 key that the package was made for")
    opening.add_argument("--output", "-o", type=Path, metavar="FOLDER", help="new folder; default: name of the package")
    opening.add_argument("--receipt", type=Path, metavar="PATH", help="write a signed receipt for the sender, to be posted to it")
    receiver = tasks.add_parser("receiver", help="register the public key that an application's packages are made for")
    receiver.add_argument("application", help="the application that receives")
    receiver.add_argument("--key", type=Path, required=True, metavar="PEM", help="its public SM2 key")
    order = tasks.add_parser("order", help="make a package of every version of a table for an application")
    order.add_argument("application", help="the application that receives; its key must be registered, its grant name the door file")
    order.add_argument("table", help="table name or code of the resource")
    order.add_argument("--form", choices=("csv", "parquet"), default="csv", help="the file that rows are written into")
    order.add_argument("--purpose", default="", help="purpose of the grant whose masks hold; default: the strictest")
    order.add_argument("--days", type=int, default=15, help="days that each package is kept for the receiver")
    order.add_argument("--once", action="store_true", help="only of the version that is there now")
    tasks.add_parser("key", help="print the public key that packages of this installation are signed with")


def run(options: argparse.Namespace) -> int:
    """Run the task; a package that does not hold is an error with a sentence."""
    tasks: dict[str, Callable[[argparse.Namespace], int]] = {
        "verify": _verify, "open": _open, "key": _key, "receiver": _receiver, "order": _order,
    }
    return tasks[options.task](options)


def _verify(options: argparse.Namespace) -> int:
    from suixin.ground.link.unpacking import verify_package

    public = _public(options.sender)
    header = verify_package(_there(options.file), signing_key=lambda *_: public)
    print(f"数据包完整:{header.sender} → {header.receiver},第 {header.number} 号,{header.created},{header.pieces} 块")
    return 0


def _open(options: argparse.Namespace) -> int:
    from suixin.ground.link.acknowledging import acknowledge
    from suixin.ground.link.unpacking import open_package
    from suixin.kit import clock
    from suixin.kit.sm import private_from_pem, sm2_sign

    public, private = _public(options.sender), private_from_pem(_text(options.key))
    folder = options.output or options.file.with_suffix("")
    signed = open_package(_there(options.file), folder, private_key=lambda _: private, signing_key=lambda *_: public)
    print(f"已打开到 {folder}(清单 manifest.json 及其签名 manifest.sign 在内):")
    for entry in signed.manifest.files:
        print(f"  {entry.name}  {entry.size:,} 字节" + (f"  {entry.rows:,} 行" if entry.rows is not None else ""))
    if options.receipt:
        made = acknowledge(
            options.file, signed, received_at=clock.now().isoformat(timespec="seconds"),
            sign=lambda message: ("receiver", sm2_sign(private, message).hex()),
        )
        options.receipt.write_bytes(made)
        print(f"签收回执已写入 {options.receipt};请 POST 到 /packages/{signed.manifest.about.id}/receipt")
    return 0


def _receiver(options: argparse.Namespace) -> int:
    _start()
    from suixin.data.doors.files.ordering import register_key
    from suixin.kit.actor import SYSTEM

    key = register_key(_application(options.application), _text(options.key), actor=SYSTEM)
    print(f"已登记 {key.application} 的接收公钥,指纹 {key.fingerprint};请与接收方核对。")
    return 0


def _order(options: argparse.Namespace) -> int:
    _start()
    from suixin.data.doors.files.models import FileForm
    from suixin.data.doors.files.ordering import OrderDraft, declare_order
    from suixin.data.doors.resolving import resource_of_name
    from suixin.kit.actor import SYSTEM

    draft = OrderDraft(FileForm(options.form), options.purpose, is_automatic=not options.once, days=options.days)
    order = declare_order(_application(options.application), resource_of_name(options.table), draft, actor=SYSTEM)
    print(f"已设置文件交换 {order};数据包由作业进程生成,接收方在 /packages/ 取得清单。")
    return 0


def _application(app_id: str) -> "Application":
    from suixin.ground.people.models import Application

    found = Application.objects.select_related("organisation").filter(app_id=app_id).first()
    if found is None:
        raise NotFound(f"没有标识为“{app_id[:64]}”的应用;请在应用页核对。")
    return found


def _start() -> None:
    from suixin.site.cli import homes, start_django

    homes.require()
    start_django()


def _key(_: argparse.Namespace) -> int:
    _start()
    from suixin.ground.link import keys
    from suixin.kit.sm import public_to_pem

    print(public_to_pem(keys.signing_key()).strip())
    return 0


def _public(path: Path) -> bytes:
    from suixin.kit.sm import BadKey, public_from_pem, sm2_public

    text = _text(path)
    try:
        return sm2_public(public_from_pem(text) if text.startswith("-----") else text)
    except (BadKey, ValueError) as error:
        raise BadRequest(f"{path} 不是 SM2 公钥:应为 PEM,或 130 位十六进制数。") from error


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NoKeyFile(f"读不出密钥文件 {path}:{error};请核对路径与权限。") from error


def _there(path: Path) -> Path:
    if not path.is_file():
        raise NoKeyFile(f"没有数据包文件 {path};请核对路径。")
    return path
