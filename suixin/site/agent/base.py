"""Signed calls of the base: heartbeat and chunk; what the network or the base says becomes a sentence."""

import json
import ssl
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
from pydantic import ValidationError

from suixin.data.collection.sources.heartbeats import Answer, Heartbeat
from suixin.kit import clock, signing
from suixin.site.agent.errors import BaseAway, BaseRefused, OutOfStep, SettingsWrong
from suixin.site.agent.settings import Settings, secret_of
from suixin.site.agent.spool import Held

SECONDS = 60.0
SKEW_SECONDS = 60


class Base:
    """The base, called as this machine's application. TLS is always verified; a private authority by `ca_file`."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._secret = settings, secret_of(settings, settings.secret_file).encode()
        self._root = f"{settings.base.rstrip('/')}/api/v1/agent/{settings.source}"
        self._client = httpx.Client(verify=_trust(settings), timeout=SECONDS, follow_redirects=False)

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def beat(self, told: Heartbeat) -> Answer:
        """What the base answers. Raises BaseAway, BaseRefused."""
        try:
            return Answer.model_validate(self._post(self._root, told.model_dump_json().encode()))
        except ValidationError as error:
            raise BaseRefused("底座的答复读不懂,可能两边版本差得太多;请把前置机程序升级到底座的版本。") from error

    def send(self, held: Held) -> None:
        """Nothing, when the base has exactly this chunk. Raises BaseAway, BaseRefused, OutOfStep."""
        answer = self._post(f"{self._root}/{held.stream}/{held.sequence}?sm3={held.sm3}", held.body)
        if (answer.get("sequence"), answer.get("sm3")) != (held.sequence, held.sm3):
            raise BaseAway("底座的答复与发出的数据块不符,当作没有收到;稍后重发。")

    def _post(self, url: str, body: bytes) -> dict[str, object]:
        headers = signing.sign("POST", url, app_id=self._settings.application, secret=self._secret, body=body)
        try:
            answer = self._client.post(url, content=body, headers={**headers, "Content-Type": "application/octet-stream"})
        except httpx.TransportError as error:
            raise BaseAway(self._away(error)) from error
        content = _content(answer)
        if answer.status_code == httpx.codes.OK and isinstance(data := content.get("data"), dict):
            return data
        code, said = str(content.get("code", "")), str(content.get("message", ""))[:400]
        if answer.status_code in (429, *range(500, 600)) or not code:
            said = said or "答复不是底座的格式;请核对 base 地址和中间的代理。"
            raise BaseAway(f"底座答复 {answer.status_code},暂时收不了:{said}稍后重试。")
        if code == "agent-409":
            raise OutOfStep(said)
        raise BaseRefused(f"底座没有接受:{said}{_skew(answer)}", status=answer.status_code)

    def _away(self, error: httpx.TransportError) -> str:
        root, words = self._settings.base, str(error)
        if "CERTIFICATE_VERIFY_FAILED" in words:
            return f"{root} 的证书不被信任({words[-80:]});私有证书请在 ca_file 写明签发它的 CA 证书,不要关闭校验。"
        what = "答复超时" if isinstance(error, httpx.TimeoutException) else "连不上"
        return f"{root} {what}({type(error).__name__});数据留在本机,恢复后接着传。"


def _content(answer: httpx.Response) -> dict[str, object]:
    try:
        content = json.loads(answer.content)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _skew(answer: httpx.Response) -> str:
    """How far our clock is from the base's, when it is far and the answer says so."""
    try:
        theirs = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (KeyError, ValueError):
        return ""
    return told_skew(int(clock.now().timestamp() - theirs))


def told_skew(seconds: int) -> str:
    """A sentence when the clocks differ by a minute or more."""
    if abs(seconds) < SKEW_SECONDS:
        return ""
    return f"本机时钟比底座{'快' if seconds > 0 else '慢'} {abs(seconds)} 秒,差到 300 秒底座会拒收;请给本机校时(chrony 或 NTP)。"


def _trust(settings: Settings) -> ssl.SSLContext:
    if not settings.ca_file:
        return ssl.create_default_context()
    path: Path = settings.path(settings.ca_file)
    try:
        return ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError) as error:
        raise SettingsWrong(f"读不出 CA 证书文件 {path};请核对 ca_file,应为 PEM 格式。") from error
