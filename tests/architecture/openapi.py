"""Writes docs/openapi.json as the site serves it: `python -m tests.architecture.openapi`."""

import json

from suixin.site.cli import start_django
from tests.architecture.house import ROOT


def write() -> None:
    """Put the served description into docs/openapi.json."""
    from django.test import Client

    served = Client(headers={"host": "127.0.0.1"}).get("/api/v1/openapi.json").json()
    (ROOT / "docs" / "openapi.json").write_text(json.dumps(served, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    start_django()
    write()
