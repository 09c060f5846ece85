"""The last resort of the command line: an error that nobody foresaw, as a sentence; its traceback goes to a file."""

import errno
import os
import tempfile
import traceback
from contextlib import suppress
from pathlib import Path

EXIT = 70
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_TEXTS = ("disk is full", "no space left", "quota exceeded", "file too large", "disk i/o error")
_UNMADE_TEXTS = ("no such table", "no such column", "does not exist")


def told(error: Exception) -> str:
    """What happened and what to do, for the person at the terminal."""
    place = _kept(error)
    where = f"详情已写入 {place}。" if place else "详情无处可写。"
    return f"{_sentence(error)}{where}"


def _sentence(error: Exception) -> str:
    text = str(error).lower()
    if getattr(error, "errno", None) in _FULL or any(part in text for part in _FULL_TEXTS):
        return "磁盘空间不足或不能写入,本次没有完成;已完成的部分有效,请清理磁盘后重新运行。"
    if any(part in text for part in _UNMADE_TEXTS):
        return "数据库还没有建立,或版本较旧;请先运行 suixin migrate。"
    return f"程序出错,本次没有完成({type(error).__name__});已完成的部分有效,可以重新运行;若再出现,请把详情交给维护人员。"


def _kept(error: Exception) -> Path | None:
    """Where the traceback was written: SUIXIN_HOME/logs when there is that home, else the folder for temporary files, else nowhere."""
    text = "".join(traceback.format_exception(error))
    home = Path(os.environ.get("SUIXIN_HOME") or "var")
    for folder in (*([home / "logs"] if home.is_dir() else []), Path(tempfile.gettempdir())):
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / "suixin-error.log"
            with path.open("a", encoding="utf-8") as file:
                file.write(text + "\n")
            return path.resolve()
    return None
