"""The master key that seals secrets: a file that only the owner of the process reads."""

import os
from pathlib import Path

from django.conf import settings

from suixin.kit.errors import SuixinError
from suixin.kit.kept import kept
from suixin.kit.sm import KEY_BYTES


class BadMasterKey(SuixinError):
    """The key file is there but holds no key."""

    code = "key-500"


def master_key() -> bytes:
    """The 16 bytes of SUIXIN_HOME/keys/master.key, made (mode 0600) when there is none. Raises BadMasterKey."""
    path = Path(settings.SUIXIN.home) / "keys" / "master.key"
    key = bytes.fromhex(kept(path, lambda: os.urandom(KEY_BYTES).hex()))
    if len(key) != KEY_BYTES:
        raise BadMasterKey(f"主密钥文件 {path.name} 内容不完整;请从备份恢复,不要新建,否则已存的密钥都无法解封。")
    return key
