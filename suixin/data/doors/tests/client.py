"""A caller of the lean doors without a server, and an application that signs."""

import io
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

import orjson

from suixin.data.access import stamps
from suixin.data.access.models import SubjectKind
from suixin.data.access.tests.factories import BUREAU, filled, grant
from suixin.data.doors import callers
from suixin.data.doors.lean import application_or_none
from suixin.ground.people.applications import create_application
from suixin.ground.people.models import Organisation
from suixin.kit import signing
from suixin.kit.actor import SYSTEM


@dataclass
class Got:
    """An answer read whole."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        """The body as JSON."""
        return orjson.loads(self.body)


def get(url, *, method="GET", headers=None, body=b"", **environment):
    """The answer of the doors to `url`; `environment` goes into that of WSGI."""
    path, _, query = url.partition("?")
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": unquote_to_bytes(path).decode("latin-1"), "QUERY_STRING": query,
        "REMOTE_ADDR": "127.0.0.1", "wsgi.input": io.BytesIO(body), "wsgi.url_scheme": "http",
        "CONTENT_LENGTH": str(len(body)),
    }
    environ |= {"HTTP_" + name.upper().replace("-", "_"): value for name, value in (headers or {}).items()}
    environ |= environment
    told = []

    def start_response(status, sent, *_):
        told.append((int(status.split()[0]), dict(sent)))
        return lambda _: None

    body = application_or_none(environ, start_response)
    return None if body is None else Got(*told[0], b"".join(body))


@dataclass
class Caller:
    """An application with its secret."""

    app_id: str
    secret: bytes

    def get(self, url, **changes):
        """The answer to a signed call; `changes` replace headers after signing."""
        headers = signing.sign("GET", url, app_id=self.app_id, secret=self.secret)
        return get(url, headers=headers | {name.replace("_", "-"): value for name, value in changes.items()})

    def post(self, url, content, **changes):
        """The answer to a signed POST of `content` as JSON, or of bytes as they are."""
        body = content if isinstance(content, bytes) else orjson.dumps(content)
        headers = signing.sign("POST", url, app_id=self.app_id, secret=self.secret, body=body)
        return get(url, method="POST", headers=headers | {name.replace("_", "-"): value for name, value in changes.items()}, body=body)


def make_caller(app_id="hospital"):
    """An application of the bureau."""
    organisation, _ = Organisation.objects.get_or_create(uscc=BUREAU, defaults={"name": "市数据局", "slug": "data-bureau"})
    application, secret = create_application(app_id=app_id, organisation=organisation, name="医院系统", actor=SYSTEM)
    callers.forget()
    return Caller(application.app_id, secret.encode())


def shared(**values):
    """A caller and a resource granted to it."""
    caller, resource = make_caller(), filled(30, has_lookup=True)
    values.setdefault("columns", ["code", "name", "amount", "at"])
    grant(resource, subject_kind=SubjectKind.APPLICATION, subject_key=caller.app_id, **values)
    stamps.forget()
    return caller, resource
