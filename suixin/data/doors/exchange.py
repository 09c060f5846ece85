"""One request and its answer, as every door here sees them; WSGI and Django adapt to it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import BinaryIO
from urllib.parse import parse_qsl, unquote

from suixin.data.access.plans import Plan
from suixin.data.access.predicates import Delivered
from suixin.data.access.spending import Nonce
from suixin.data.doors.errors import TooLarge
from suixin.ground.people.queries import SigningKey
from suixin.kit import origin
from suixin.kit.actor import PUBLIC, Actor
from suixin.kit.errors import BadRequest

MAX_QUERY_CHARACTERS = 8192
MAX_PARAMETERS = 200
MAX_BODY_BYTES = 1 << 20
PURPOSE = "purpose"
JSON = "application/json; charset=utf-8"


@lru_cache(maxsize=256)
def _variable(header: str) -> str:
    return "HTTP_" + header.upper().replace("-", "_")


@dataclass(slots=True)
class Request:
    """What came in. `path` is decoded; header names are looked up as written in HTTP."""

    method: str
    path: str
    query: str
    environ: Mapping[str, object]
    parsed: list[tuple[str, str]] | None = None
    held: bytes | None = None
    most_bytes: int = MAX_BODY_BYTES

    def header(self, name: str) -> str:
        """The header's value, or ""."""
        return str(self.environ.get(_variable(name), ""))

    def parameters(self) -> list[tuple[str, str]]:
        """Decoded parameters in order. Raises BadRequest: too long, too many, not UTF-8."""
        if self.parsed is None:
            self.parsed = self._parse()
        return self.parsed

    def _parse(self) -> list[tuple[str, str]]:
        if len(self.query) > MAX_QUERY_CHARACTERS:
            raise BadRequest(f"查询串过长，最多 {MAX_QUERY_CHARACTERS} 个字符；请减少条件，或分几次查询。")
        try:
            return parse_qsl(self.query, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS)
        except UnicodeDecodeError as error:
            raise BadRequest("查询串不是 UTF-8 编码；请按 UTF-8 做百分号编码。") from error
        except ValueError as error:
            raise BadRequest(f"参数过多，最多 {MAX_PARAMETERS} 个；请减少条件。") from error

    def body(self) -> bytes:
        """The body, at most `most_bytes`; read once. Raises TooLarge beyond, BadRequest when it is cut short."""
        if self.held is None:
            self.held = self._body()
        return self.held

    def _body(self) -> bytes:
        length = str(self.environ.get("CONTENT_LENGTH") or "0")
        if not length.isdecimal() or int(length) > self.most_bytes:
            raise TooLarge(f"请求体过大或长度不明，最多 {self.most_bytes >> 20} MB；请分几次调用。")
        stream = self.environ.get("wsgi.input")
        body = self._read(stream, int(length)) if int(length) and stream is not None else b""
        if len(body) < int(length):
            raise BadRequest("请求体没有收全；请重新发送。")
        return body

    @staticmethod
    def _read(stream: object, length: int) -> bytes:
        reader: BinaryIO = stream  # type: ignore[assignment]  # PEP 3333 says so
        return reader.read(length)


def request_of(environ: Mapping[str, object]) -> Request:
    """The request of a WSGI environment. Raises BadRequest when the path is not UTF-8 or holds a zero byte."""
    try:
        path = str(environ.get("PATH_INFO", "")).encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError) as error:
        raise BadRequest("地址不是 UTF-8 编码；请检查地址。") from error
    if "\0" in path:
        raise BadRequest("地址里有零字节；请检查地址。")
    return Request(str(environ.get("REQUEST_METHOD", "GET")), path, str(environ.get("QUERY_STRING", "")), environ)


@dataclass(slots=True)
class Answer:
    """What goes out. `body` may be a stream; `length` None means unknown."""

    status: int
    body: Iterable[bytes]
    headers: list[tuple[str, str]] = field(default_factory=list)
    length: int | None = None
    code: str = "200"
    fault: str = ""


def json_answer(
    body: bytes, *, status: int = 200, code: str = "200", headers: Iterable[tuple[str, str]] = (),
) -> Answer:
    """An answer of JSON bytes."""
    return Answer(status, [body], [("Content-Type", JSON), *headers], len(body), code)


@dataclass(slots=True)
class Exchange:
    """A request on its way: what the log will say of it is collected here."""

    request: Request
    door: str
    action: str
    trace_id: str = field(default_factory=lambda: (origin.current().trace_id or origin.fresh().trace_id))
    actor: Actor = PUBLIC
    resource: str = ""
    plan: Plan | None = None
    rows: int | None = None
    nonce: Nonce | None = None
    subjects: tuple[str, ...] = ()
    delivered: Delivered | None = None
    uses: int = 1
    signed_with: SigningKey | None = None
    asked: str = ""  # what the address names; `resource` becomes its code
    session: bytes = b""  # the key that request and answer are enciphered with; empty: they are not

    @property
    def is_gateway(self) -> bool:
        """Whether the answer has the gateway's envelope."""
        return self.request.path.startswith("/gateway/")

    @property
    def purpose(self) -> str:
        """The purpose that the caller states: header X-Purpose (UTF-8, percent-encoded), else parameter `purpose`."""
        if stated := self.request.header("X-Purpose"):
            return unquote(stated, errors="replace")
        return next((value for name, value in self.request.parameters() if name == PURPOSE), "")

    def parameters(self) -> list[tuple[str, str]]:
        """What the address asks for, without the purpose."""
        return [one for one in self.request.parameters() if one[0] != PURPOSE]
