"""Objects of an S3-compatible store (MinIO, Ceph, OSS, OBS, COS in their S3 form): ListObjectsV2 and GetObject.

No SDK: these bring their own connections, which would go past the door of `web.py`; two signed GETs are all we need.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree as ET

import httpx

from suixin.data.collection.errors import SourceFault, WrongSource
from suixin.data.collection.sources.base import FileConnector, Option, RemoteFile, Settings
from suixin.data.collection.sources.patterns import fits
from suixin.data.collection.sources.s3_signing import path_of, signed_headers
from suixin.data.collection.sources.web import Web
from suixin.kit import clock

MOST_FILES = 100_000
PAGE = 1000


class S3Connector(FileConnector):
    """One bucket, or what lies under a prefix of it."""

    ADDRESS = "https://主机/桶/前缀"
    OPTIONS = (
        Option("key", "访问标识(Access Key)", is_required=True),
        Option("secret", "访问密钥(Secret Key)", is_secret=True, hint="只读权限即可;加密保存,不再显示。"),
        Option("region", "区域", default="us-east-1", hint="自建存储一般为 us-east-1。"),
        Option("seconds", "时限(秒)", "integer", "60", least=1, most=3600),
        Option("gigabytes", "单个文件上限(GB)", "integer", "20", least=1, most=1000),
    )

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        parts = urlsplit(settings.address.strip())
        bucket, _, self.prefix = parts.path.strip("/").partition("/")
        if not bucket:
            raise WrongSource("对象存储地址应写明桶,形如 https://主机/桶 或 https://主机/桶/前缀。")
        self.bucket, self.base = bucket, f"{parts.scheme}://{parts.netloc}"
        self._web = Web(
            self.base, settings.allowed_hosts, sign=self._sign, seconds=settings.whole("seconds", 60),
            most_bytes=settings.whole("gigabytes", 20) << 30,
        )

    def close(self) -> None:
        """End all connections."""
        self._web.close()

    def check(self) -> str:
        """Whether the store lists the bucket for us."""
        found, token = self._page("")
        return f"对象存储连接正常,桶“{self.bucket}”里{'超过' if token else '现有'}对象 {len(found)} 个。"

    def files(self, pattern: str) -> Iterator[RemoteFile]:
        """Objects under the prefix; the stamp is the store's own tag."""
        token, count = "", 0
        while True:
            found, token = self._page(token)
            for file in found:
                count += 1
                if count > MOST_FILES:
                    raise SourceFault(f"桶“{self.bucket}”里超过 {MOST_FILES} 个对象;请在地址里写明前缀。")
                if fits(file.path, pattern):
                    yield file
            if not token:
                return

    def fetch(self, file: RemoteFile, target: Path) -> None:
        """The object's bytes."""
        url = self.base + path_of(self.bucket, self._under(file.path))
        with self._web.streaming(url) as (chunks, headers), target.open("wb") as sink:
            for chunk in chunks:
                sink.write(chunk)
        if target.stat().st_size != file.size or headers.get("ETag", "").strip('"') not in ("", file.stamp):
            raise SourceFault(f"对象“{file.path}”正在被改动或没有传完,没有收;下次运行时再收。")

    def _under(self, path: str) -> str:
        return f"{self.prefix}/{path}" if self.prefix else path

    def _page(self, token: str) -> tuple[list[RemoteFile], str]:
        query = {"list-type": "2", "max-keys": str(PAGE)}
        query |= {"prefix": f"{self.prefix}/"} if self.prefix else {}
        query |= {"continuation-token": token} if token else {}
        encoded = "&".join(f"{name}={quote(value, safe='-._~')}" for name, value in sorted(query.items()))
        body, _ = self._web.get(f"{self.base}{path_of(self.bucket)}?{encoded}")
        if b"<!DOCTYPE" in body[:2048] or b"<!ENTITY" in body:  # an answer of a store never declares any
            raise SourceFault("对象存储的答复不是列表;请核对地址是否是 S3 兼容接口。")
        try:
            root = ET.fromstring(body)  # noqa: S314  # no document type, so no entity to expand
        except ET.ParseError as error:
            raise SourceFault("对象存储的答复读不懂;请核对地址是否是 S3 兼容接口。") from error
        space = root.tag.partition("}")[0] + "}" if root.tag.startswith("{") else ""
        found = [one for entry in root.iter(f"{space}Contents") if (one := self._file(entry, space)) is not None]
        is_cut = root.findtext(f"{space}IsTruncated") == "true"
        return found, (root.findtext(f"{space}NextContinuationToken") or "") if is_cut else ""

    def _file(self, entry: ET.Element, space: str) -> RemoteFile | None:
        key = entry.findtext(f"{space}Key") or ""
        path = key.removeprefix(f"{self.prefix}/") if self.prefix else key
        if not path or path.endswith("/") or ".." in path.split("/"):
            return None
        changed: datetime | None = None
        with suppress(ValueError):
            changed = datetime.fromisoformat(entry.findtext(f"{space}LastModified") or "")
        size, tag = int(entry.findtext(f"{space}Size") or 0), (entry.findtext(f"{space}ETag") or "").strip('"')
        return RemoteFile(path, size, tag or f"{size}:{changed}", changed)

    def _sign(self, request: httpx.Request) -> None:
        host = request.headers["Host"]
        headers = signed_headers(
            str(request.url), key=self.settings.text("key"), secret=self.settings.secrets.get("secret", ""),
            region=self.settings.text("region", "us-east-1"), now=clock.now(), host=host,
        )
        request.headers.update(headers)
