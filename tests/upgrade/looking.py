"""What an installation holds, in the words of the release that reads it: `python -m tests.upgrade.looking`.

Prints one JSON object: a signed lookup with the secret that `expected.json` of the home names, whether the old
password signs in, a download, rows and checksums of the lake, batches, the first audit records.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suixin.site.settings")
import django

django.setup()

import duckdb  # noqa: E402  after setup
from django.conf import settings  # noqa: E402  after setup
from django.test import Client  # noqa: E402  after setup

from suixin.data.access import engine  # noqa: E402  after setup
from suixin.data.lake import storage  # noqa: E402  after setup
from suixin.data.lake.models import Batch  # noqa: E402  after setup
from suixin.data.lake.rejects import read_rejects  # noqa: E402  after setup
from suixin.data.lake.snapshots import snapshot  # noqa: E402  after setup
from suixin.data.opening.models import Distribution  # noqa: E402  after setup
from suixin.ground.audit.models import Record  # noqa: E402  after setup
from suixin.ground.people.models import Account  # noqa: E402  after setup
from suixin.kit import signing  # noqa: E402  after setup
from suixin.site.wsgi import application  # noqa: E402  after setup


def main() -> None:
    """Everything looked at, once."""
    settings.ALLOWED_HOSTS.append("testserver")
    expected = json.loads((Path(settings.SUIXIN.home) / "expected.json").read_text("utf-8"))
    batches = Batch.objects.order_by("pk")
    found = {
        "data": looked_up(expected["address"], expected["secret"]),
        "signed_in": is_password_of("clerk", expected["password"]),
        "download": downloaded(),
        "tables": {table: content(table, held["columns"]) for table, held in expected["tables"].items()},
        "batches": list(batches.values(*expected["batches"][0])),
        "rejects": [len(read_rejects(batch.resource.table, batch.pk)) for batch in batches.select_related("resource")],
        "audit": list(Record.objects.order_by("pk").values_list("pk", "action", "object_key")[: len(expected["audit"])]),
    }
    engine.close_all()
    json.dump(found, sys.stdout)


def looked_up(address: str, secret: str) -> object:
    """The data of one signed call through the door."""
    path, _, query = address.partition("?")
    headers = signing.sign("GET", address, app_id="upgrade-app", secret=secret.encode())
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "REMOTE_ADDR": "127.0.0.1"}
    environ |= {"HTTP_" + name.upper().replace("-", "_"): value for name, value in headers.items()}
    answer = json.loads(b"".join(application(environ, _hear)))
    return answer.get("data", answer)


def _hear(status: str, headers: list[tuple[str, str]], failure: object = None) -> Callable[[bytes], object]:
    return len


def is_password_of(username: str, password: str) -> bool:
    """Whether the account of the old release still has its password (a second factor may be asked besides)."""
    return Account.objects.get(username=username).check_password(password)


def downloaded() -> int:
    """Lines of the open table's CSV, its header included."""
    [shown] = Distribution.objects.select_related("dataset", "resource")
    page = Client().get(f"/dataset/{shown.dataset.slug}")
    assert page.status_code == 200, page.status_code
    address = f"/dataset/{shown.dataset.slug}/resource/{shown.resource.pk}/download/"
    links = [word for word in page.content.decode().split('"') if word.startswith("/dataset/") and word.endswith(".csv")]
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": links[0] if links else address, "QUERY_STRING": "", "REMOTE_ADDR": "127.0.0.1"}
    body = b"".join(application(environ, _hear))
    return len(body.splitlines())


def content(table: str, columns: list[str]) -> dict[str, object]:
    """Version, rows and a checksum of the newest version."""
    held = snapshot(table)
    named = ", ".join(storage.quoted(column) for column in columns)
    with duckdb.connect() as connection:
        row = connection.execute(
            f"SELECT count(*), CAST(sum(hash({named})) AS VARCHAR) FROM read_parquet($1)", [held.paths]
        ).fetchone()
    assert row is not None
    return {"version": held.version, "rows": row[0], "checksum": row[1], "columns": columns}


if __name__ == "__main__":
    main()
