"""Files on an SFTP server; its host key is pinned, nothing is trusted on first use.

asyncssh runs in an event loop of its own per call batch, in this thread; nobody else sees it.
"""

import asyncio
import stat as modes
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote, urlsplit

from suixin.data.collection.errors import DriverMissing, LoginRefused, SourceFault, SourceSlow, TableGone, WrongSource
from suixin.data.collection.sources import addresses
from suixin.data.collection.sources.base import FileConnector, Option, RemoteFile, Settings
from suixin.data.collection.sources.patterns import fits
from suixin.kit import clock

if TYPE_CHECKING:
    import asyncssh

T = TypeVar("T")
CHUNK = 1 << 18
MOST_FILES = 100_000
DEEPEST = 16


class SftpConnector(FileConnector):
    """One folder of an SFTP server."""

    ADDRESS = "sftp://用户@主机:22/文件夹"
    OPTIONS = (
        Option(
            "host_key", "服务器公钥", "long", is_required=True,
            hint="ssh-keyscan 得到的一行,例如 ssh-ed25519 AAAA…;与来源单位核对后填写。服务器公钥变了会拒绝连接。",
        ),
        Option("password", "密码", is_secret=True, hint="用密码登录时填写;加密保存,不再显示。"),
        Option("private_key", "登录私钥", "long", is_secret=True, hint="用密钥登录时填写,OpenSSH 格式;加密保存,不再显示。"),
        Option("settle", "静置秒数", "integer", "10", most=86_400, hint="刚改动过的文件可能还在传,静置这么久后才收。"),
        Option("seconds", "时限(秒)", "integer", "60", least=1, most=3600, hint="多久没有动静就中断。"),
        Option("gigabytes", "单个文件上限(GB)", "integer", "20", least=1, most=1000),
    )

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        if find_spec("asyncssh") is None:
            raise DriverMissing("SFTP 需要的软件包没有安装;请平台运维执行 pip install suixin[sftp],重启后再试。")
        try:
            parts = urlsplit(settings.address.strip())
            self.port = parts.port or 22
        except ValueError as error:
            raise WrongSource("SFTP 地址读不懂;应形如 sftp://用户@主机:22/文件夹。") from error
        if parts.scheme != "sftp" or not parts.hostname or not parts.username or parts.password:
            raise WrongSource("SFTP 地址应形如 sftp://用户@主机:22/文件夹,不要写密码。")
        self.host, self.user, self.folder = parts.hostname, unquote(parts.username), unquote(parts.path) or "."
        self.seconds = settings.whole("seconds", 60)

    def check(self) -> str:
        """Whether the server lets us in and the folder is there."""
        count = len(self._ran(self._listed("**")))
        return f"SFTP 连接正常,服务器公钥相符,文件夹里现有文件 {count} 个。"

    def files(self, pattern: str) -> Iterator[RemoteFile]:
        """Regular files below the folder; links are not followed."""
        yield from self._ran(self._listed(pattern))

    def fetch(self, file: RemoteFile, target: Path) -> None:
        """The file's bytes, and a look whether it changed meanwhile."""
        self._ran(self._fetched(file, target))

    async def _listed(self, pattern: str) -> list[RemoteFile]:
        found: list[RemoteFile] = []
        async with self._session() as session:
            await self._walk(session, PurePosixPath(self.folder), "", pattern, found)
        return found

    async def _walk(
        self, session: "asyncssh.SFTPClient", folder: PurePosixPath, below: str, pattern: str, found: list[RemoteFile]
    ) -> None:
        async with asyncio.timeout(self.seconds):
            entries = sorted(await session.readdir(str(folder)), key=lambda entry: str(entry.filename))
        for entry in entries:
            name, attributes = str(entry.filename), entry.attrs
            if name in (".", "..") or "/" in name or attributes.permissions is None:
                continue
            path = f"{below}{name}"
            if modes.S_ISDIR(attributes.permissions) and path.count("/") < DEEPEST:
                await self._walk(session, folder / name, f"{path}/", pattern, found)
            elif modes.S_ISREG(attributes.permissions) and fits(path, pattern) and self._has_settled(attributes.mtime or 0):
                changed = datetime.fromtimestamp(attributes.mtime or 0, clock.CHINA)
                found.append(RemoteFile(path, attributes.size or 0, f"{attributes.size}:{attributes.mtime}", changed))
            if len(found) > MOST_FILES:
                raise SourceFault(f"SFTP 文件夹里超过 {MOST_FILES} 个文件;请来源单位分文件夹存放,或清理收过的文件。")

    def _has_settled(self, changed_at: int) -> bool:
        return clock.now().timestamp() - changed_at >= self.settings.whole("settle", 10)

    async def _fetched(self, file: RemoteFile, target: Path) -> None:
        most = self.settings.whole("gigabytes", 20) << 30
        path = str(PurePosixPath(self.folder) / file.path)
        async with self._session() as session:
            size = 0
            async with session.open(path, "rb") as source:
                with target.open("wb") as sink:
                    while chunk := await asyncio.wait_for(source.read(CHUNK), self.seconds):
                        size += len(chunk)
                        if size > most:
                            raise SourceFault(f"文件“{file.path}”超过 {most >> 30} GB 的上限;请来源单位拆分。")
                        sink.write(chunk)  # type: ignore[arg-type]  # opened as bytes; the stub says text
            after = await session.stat(path)
        if f"{after.size}:{after.mtime}" != file.stamp or size != file.size:
            raise SourceFault(f"文件“{file.path}”正在被改动,没有收;下次运行时再收。")

    @asynccontextmanager
    async def _session(self) -> "AsyncIterator[asyncssh.SFTPClient]":
        import asyncssh

        keys = self._keys()
        async with asyncio.timeout(self.seconds):
            connection = await asyncssh.connect(
                addresses.pinned(self.host, self.port), self.port, username=self.user, known_hosts=(keys, [], []),
                client_keys=self._private(), password=self.settings.secrets.get("password") or None, agent_path=None,
                config=None, login_timeout=self.seconds, keepalive_interval=15, preferred_auth="publickey,password",
            )
        async with connection, connection.start_sftp_client() as session:
            yield session

    def _keys(self) -> "list[asyncssh.SSHKey]":
        import asyncssh

        lines = [line for line in self.settings.text("host_key").splitlines() if line.strip() and not line.startswith("#")]
        try:  # with or without the host's name in front, as ssh-keyscan writes it
            return [asyncssh.import_public_key(_key_of(line)) for line in lines]
        except asyncssh.KeyImportError as error:
            raise WrongSource("“服务器公钥”读不懂;请填写 ssh-keyscan 得到的一行,例如 ssh-ed25519 AAAA…。") from error

    def _private(self) -> "list[asyncssh.SSHKey]":
        import asyncssh

        text = self.settings.secrets.get("private_key", "")
        try:
            return [asyncssh.import_private_key(text.strip() + "\n")] if text.strip() else []
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
            raise WrongSource("“登录私钥”读不懂,或带有口令;请填写没有口令的 OpenSSH 私钥。") from error

    def _ran(self, work: Coroutine[object, object, T]) -> T:
        """What the coroutine answers; its errors as sentences."""
        import asyncssh

        try:
            return asyncio.run(work)
        except TimeoutError as error:
            raise SourceSlow(f"SFTP 服务器 {self.host} 超过 {self.seconds} 秒没有动静,已中断;请检查网络,稍后再运行。") from error
        except asyncssh.HostKeyNotVerifiable as error:
            raise LoginRefused(
                f"SFTP 服务器 {self.host} 的公钥与登记的不符,没有连接;可能换了服务器,也可能有人冒充。请与来源单位核对后,在来源页改填。"
            ) from error
        except asyncssh.PermissionDenied as error:
            raise LoginRefused(f"SFTP 服务器 {self.host} 拒绝了账号“{self.user}”的登录;请核对密码或密钥,在来源页重新填写。") from error
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath) as error:
            raise TableGone(f"SFTP 服务器上没有要读的文件夹或文件(“{self.folder}”之下);请与来源单位核对。") from error
        except asyncssh.SFTPPermissionDenied as error:
            raise LoginRefused(f"账号“{self.user}”没有读取“{self.folder}”的权限;请来源单位授权后再运行。") from error
        except (asyncssh.Error, OSError) as error:
            told = f"连不上 SFTP 服务器 {self.host}:{self.port},或传到一半断开({type(error).__name__})"
            raise SourceFault(f"{told};请检查网络,再次运行会重新收这个文件。") from error


def _key_of(line: str) -> str:
    """Algorithm and key of a line, with or without the host's name in front and a remark behind."""
    words = line.split()
    start = next((n for n, word in enumerate(words) if word.startswith(("ssh-", "ecdsa-", "sk-"))), 0)
    return " ".join(words[start : start + 2])
