"""What a department receives with: curl as its application's page prints it, the official Delta Sharing client, its own PostgreSQL."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any  # answers are JSON

import httpx

from suixin.data.collection.tests.sources.servers import Server
from suixin.data.doors.delta.tests.test_client import client, told
from tests.whole.register import TABLE


@dataclass(frozen=True)
class Curl:
    """The lines that the page of the application prints, with its secret."""

    app_id: str
    printed: str
    secret: str
    address: str

    def lookup(self, key: str) -> tuple[int, dict[str, Any]]:
        """(status, answer) of one signed call."""
        text = self.printed.replace("https://HOST", self.address).replace("TABLE", TABLE).replace("KEY=VALUE", f"resident_id={key}")
        script = text.replace("\ncurl ", "\ncurl -s -w '\\n%{http_code}' ")
        assert script != text, text
        done = subprocess.run(["bash", "-c", script], env={**os.environ, "SECRET": self.secret}, capture_output=True, text=True, check=True)
        body, _, status = done.stdout.rpartition("\n")
        return int(status), json.loads(body)


@dataclass(frozen=True)
class Delta:
    """A profile file, and the table that it leads to."""

    profile: Path
    table: str

    def read(self) -> dict[str, Any]:
        """Version and rows, or what stopped the official client."""
        answer: dict[str, Any] = told(client(self.profile, "rows", self.table))
        return answer

    def file(self) -> str:
        """The address of a file of the table, as the protocol gives it out."""
        held = json.loads(self.profile.read_text("utf-8"))
        share, schema, name = self.table.split(".")
        asked = httpx.post(
            f"{held['endpoint']}/shares/{share}/schemas/{schema}/tables/{name}/query", json={},
            headers={"Authorization": f"Bearer {held['bearerToken']}"}, timeout=60,
        )
        return next(str(json.loads(line)["file"]["url"]) for line in asked.text.splitlines() if '"file"' in line)


def received(server: Server, key: str) -> list[tuple[object, ...]]:
    """What the department's own database holds about that key: name and months."""
    return server.run(f"SELECT name, months FROM {TABLE} WHERE resident_id = :key", key=key)
