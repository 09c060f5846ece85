"""The secrets of applications, sealed with the keyring of this installation.

Old form  until 0.1.0 a secret was sealed with the master key itself; such secrets open still
"""

from suixin.ground.security.keys import folder, ring
from suixin.kit import keyring
from suixin.kit.errors import SuixinError
from suixin.kit.keyring.providers import MASTER, read_master
from suixin.kit.sm import BrokenSeal, sm4_open

PURPOSE = "application"


class BadMasterKey(SuixinError):
    """Secrets are there, but not the key that they were sealed with."""

    code = "key-500"


def seal_secret(secret: bytes, app_id: str, *, has_others: bool) -> bytes:
    """An application's secret sealed for it. `has_others`: sealed secrets exist. Raises BadMasterKey."""
    if has_others and not (folder() / MASTER).exists() and ring().provider.name == keyring.SoftwareProvider.name:
        raise BadMasterKey(
            f"数据库里已有应用密钥,但主密钥文件 {folder() / MASTER} 不在了;请从备份恢复密钥文件夹,不要新建。"
        )
    return ring().seal(PURPOSE, secret, app_id.encode())


def open_secret(sealed: bytes, app_id: str) -> bytes:
    """The secret, sealed in today's form or in that of 0.1.0. Raises BrokenSeal and the keyring's errors."""
    try:
        return ring().open(PURPOSE, sealed, app_id.encode())
    except (BrokenSeal, keyring.KeyMissing) as error:
        try:
            return _open_old(sealed, app_id)
        except BrokenSeal:
            raise error from None


def _open_old(sealed: bytes, app_id: str) -> bytes:
    path = folder() / MASTER
    if not path.exists():
        raise BrokenSeal(f"没有主密钥文件 {path.name}")
    return sm4_open(read_master(path), sealed, app_id.encode())
