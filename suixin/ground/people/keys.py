"""The master key that seals secrets: a file that only the owner of the process reads."""

import os
from pathlib import Path

from django.conf import settings

from suixin.kit.errors import SuixinError
from suixin.kit.sm import KEY_BYTES


class BadMasterKey(SuixinError):
    """The key file is there but holds no key."""

    code = "key-500"


def master_key() -> bytes:
    """The 16 bytes of SUIXIN_HOME/keys/master.key, made (mode 0600) when there is none. Raises BadMasterKey."""
    path = Path(settings.SUIXIN.home) / "keys" / "master.key"
    if not path.exists():
        _create(path)
    key = bytes.fromhex(path.read_text("ascii").strip())
    if len(key) != KEY_BYTES:
        raise BadMasterKey(f"主密钥文件 {path.name} 内容不完整;请从备份恢复,不要新建,否则已存的密钥都无法解封。")
    return key


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    scratch = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(os.urandom(KEY_BYTES).hex())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(scratch, path)  # fails when another process was first; then its key counts
    except FileExistsError:
        pass
    finally:
        scratch.unlink()
