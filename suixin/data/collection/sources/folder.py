"""A folder on this machine (or mounted on it), below the folders that the installation gives to sources."""

import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from suixin.data.collection.errors import SourceFault, TableGone
from suixin.data.collection.sources.base import FileConnector, Option, RemoteFile
from suixin.data.collection.sources.dialects import local_path
from suixin.data.collection.sources.patterns import fits
from suixin.kit import clock

MOST_FILES = 100_000


class FolderConnector(FileConnector):
    """Files of a folder and the folders below it."""

    ADDRESS = "/data/incoming/部门"
    OPTIONS = (
        Option("settle", "静置秒数", "integer", "10", most=86_400, hint="刚改动过的文件可能还在写,静置这么久后才收。"),
    )

    def check(self) -> str:
        """Whether the folder is there and how many files it holds."""
        count = sum(1 for _ in self.files("**"))
        return f"文件夹可读,现有文件 {count} 个。"

    def files(self, pattern: str) -> Iterator[RemoteFile]:
        """Regular files; links that lead out of the folder are passed over."""
        root = self._root()
        for count, path in enumerate(_walk(root)):
            if count >= MOST_FILES:
                raise SourceFault(f"文件夹里超过 {MOST_FILES} 个文件;请来源单位分文件夹存放,或清理收过的文件。")
            relative = path.relative_to(root).as_posix()
            if fits(relative, pattern) and root in path.resolve().parents:
                try:
                    stat = path.stat()
                except OSError:  # gone since it was listed
                    continue
                if clock.now().timestamp() - stat.st_mtime >= self.settings.whole("settle", 10):
                    changed = datetime.fromtimestamp(stat.st_mtime, clock.CHINA)
                    yield RemoteFile(relative, stat.st_size, f"{stat.st_size}:{stat.st_mtime_ns}", changed)

    def fetch(self, file: RemoteFile, target: Path) -> None:
        """A copy; the original stays where it is."""
        path = local_path(str(self._root() / file.path))
        try:
            shutil.copyfile(path, target)
            stat = path.stat()
        except OSError as error:
            raise TableGone(f"文件“{file.path}”读不到({error.strerror});可能已被移走或没有读取权限。") from error
        if f"{stat.st_size}:{stat.st_mtime_ns}" != file.stamp:
            raise SourceFault(f"文件“{file.path}”正在被改动,没有收;下次运行时再收。")

    def _root(self) -> Path:
        root = local_path(self.settings.address)
        if not root.is_dir():
            raise SourceFault(f"文件夹“{self.settings.address[:200]}”不在了或没有挂载;请平台运维检查。")
        return root


def _walk(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root, followlinks=False):
        folders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_file():
                yield path
