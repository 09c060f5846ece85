"""Where letters may go: addresses judged as those of sources are, folders below those that the installation names."""

from pathlib import Path
from urllib.parse import urlsplit

from suixin.data.collection.sources import addresses
from suixin.data.collection.sources.dialects import local_path
from suixin.data.sharing.cascade.errors import WrongLink


def require_address(url: str) -> str:
    """The address, if letters can go there. Raises WrongLink, AddressRefused, SourceFault."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.password or parts.query or parts.fragment:
        raise WrongLink("平台地址应以 https:// 或 http:// 开头，写明主机，不带账号、参数和“#”。")
    addresses.pinned(parts.hostname, parts.port or {"https": 443}.get(parts.scheme, 80))
    return url


def require_folder(path: str) -> Path:
    """The folder, if it is there and below those that sources may use. Raises WrongLink, AddressRefused."""
    found = local_path(path)
    if not found.is_dir():
        raise WrongLink(f"目录“{path[:200]}”不在了或没有挂载；请平台运维建好并给本系统的账号读写权限。")
    return found
