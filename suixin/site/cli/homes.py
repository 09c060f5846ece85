"""The home that a command works in: only some commands may make one, the others refuse one that is not there.

A mistyped or forgotten SUIXIN_HOME would else leave half a home behind, with keys of its own.
"""

import os
import shlex
from pathlib import Path

from suixin.kit.errors import SuixinError

FOUNDING = {"demo", "migrate", "manage", "restore", "bench", "shots"}
JOINING = {"serve", "worker"}  # of a further node, whose database a server keeps
# prove a copy, sign with a key given, check a receipt: these ask where they need one; a front machine has none
WITHOUT = {"backup", "call", "receipt", "package", "agent"}
DEFAULT = "./var"


class NoHome(SuixinError):
    """There is no installation at SUIXIN_HOME."""

    code = "home-404"


def require_for(command: str) -> None:
    """Nothing when the command may work here. Raises NoHome."""
    if command in FOUNDING | WITHOUT:
        return
    if command in JOINING:
        from suixin.site.config import config

        if config.database_file is None:
            return
    require()


def require() -> None:
    """Nothing when the home is there. Raises NoHome."""
    home = _home()
    if not home.is_dir():
        raise NoHome(f"文件夹 {home} 不存在，这里没有安装；请把环境变量 SUIXIN_HOME 设为已有的安装，或先运行 suixin migrate。")


def prefix() -> str:
    """What a copied command line must begin with to reach this home; "" when it is the default one."""
    home = _home()
    return "" if home == Path(DEFAULT).resolve() else f"SUIXIN_HOME={shlex.quote(str(home))} "


def _home() -> Path:
    return Path(os.environ.get("SUIXIN_HOME") or DEFAULT).expanduser().resolve()
