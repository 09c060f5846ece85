"""The public interface of a real server, as an outside client meets it."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.slow


def test_openapi_holds_against_schemathesis(live: str, tmp_path: Path) -> None:
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        f"{live}/api/v1/openapi.json",
        "--checks",
        "all",
        "--max-examples",
        "30",
        "--seed",
        "510900",
        "--generation-codec",
        "utf-8",  # half a surrogate pair is no text
        "--generation-allow-x00",
        "false",  # no database takes it as text, so the site refuses it everywhere
        "--generation-database",
        "none",
        "--no-color",
    ]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False)
    assert ran.returncode == 0, ran.stdout[-6000:]


def test_every_listed_download_opens(live: str) -> None:
    with httpx.Client(base_url=live, timeout=60) as client:
        for line in client.get("/api/v1/datasets", params={"page_size": 100}).json()["data"]:
            dataset = client.get(f"/api/v1/datasets/{line['slug']}").json()
            for download in dataset["downloads"]:
                answer = client.get(download["url"])
                assert answer.status_code == 200, (download, answer.text[:300])
                assert download["size"] in (None, len(answer.content)), download


def test_total_of_rows_equals_what_the_catalogue_says(live: str) -> None:
    with httpx.Client(base_url=live, timeout=60) as client:
        for line in client.get("/api/v1/datasets", params={"page_size": 100}).json()["data"]:
            page = client.get(f"/api/v1/datasets/{line['slug']}/rows", params={"page_size": 1}).json()
            assert page["meta"]["total"] == client.get(f"/api/v1/datasets/{line['slug']}").json()["tables"][0]["rows"]


def test_no_open_dataset_holds_a_sensitive_item(live: str) -> None:
    with httpx.Client(base_url=live, timeout=60) as client:
        for line in client.get("/api/v1/datasets", params={"page_size": 100}).json()["data"]:
            items = client.get(f"/api/v1/datasets/{line['slug']}").json()["items"]
            assert all(item["level"] == 1 for item in items), line


def test_demo_json_adds_up(demo_home: Path) -> None:
    told = json.loads((demo_home / "demo.json").read_text())
    assert all(told[name] for name in ("files", "resources", "datasets"))
    for file in told["files"]:
        assert set(file) >= {
            "path",
            "resource",
            "status",
            "rows_in",
            "accepted",
            "rejected",
            "version",
            "seconds",
            "message",
        }
        if file["status"] == "landed":
            assert file["rows_in"] == file["accepted"] + file["rejected"]


def test_second_demo_doubles_nothing(demo_home: Path, live: str) -> None:
    from tests.whole.conftest import run_suixin

    before = httpx.get(f"{live}/api/v1/datasets", params={"page_size": 100}).json()
    ran = run_suixin(demo_home, "demo", "--no-serve")
    assert ran.returncode == 0, ran.stderr[-2000:]
    after = httpx.get(f"{live}/api/v1/datasets", params={"page_size": 100}).json()
    assert [(d["slug"], d["rows"]) for d in before["data"]] == [(d["slug"], d["rows"]) for d in after["data"]]
    files = json.loads((demo_home / "demo.json").read_text())["files"]
    assert {file["status"] for file in files} <= {"known", "refused"}
    printed = next(line for line in ran.stdout.splitlines() if "suixin call" in line)
    words = shlex.split(printed.replace("http://127.0.0.1:8000", live))
    called = run_suixin(demo_home, *words[words.index("call") :])
    assert (called.returncode, json.loads(called.stdout)["code"]) == (0, "200"), called.stdout + called.stderr
