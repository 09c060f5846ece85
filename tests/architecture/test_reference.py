"""docs/reference.md is current, the README names real functions, the OpenAPI file is what we serve."""

import importlib
import json
import re
from collections import Counter

import pytest
from ninja import Schema

from suixin.ground.audit.models import Record
from suixin.kit.errors import SuixinError
from suixin.site.shell.queries.developers import EXAMPLE_SECRET, signing_example
from tests.architecture.house import ROOT
from tests.architecture.reference import FILE, reference


def test_reference_is_current():
    assert FILE.read_text("utf-8") == reference(), "run: .venv/bin/python -m tests.architecture.reference"


def test_readme_table_of_the_row_names_real_functions():
    rows = re.findall(r"^\|[^|]+\| `([a-z_/.]+)` \| `([a-z_]+)` \|", (ROOT / "README.md").read_text("utf-8"), re.M)
    assert len(rows) >= 7
    for module, verb in rows:
        assert callable(getattr(importlib.import_module(f"suixin.{module.replace('/', '.')}"), verb)), f"{module}.{verb}"


def test_example_of_the_gateway_is_what_the_page_of_developers_shows():
    told = (ROOT / "docs" / "gateway.md").read_text("utf-8")
    signed, headers = signing_example()
    assert signed in told
    assert headers.splitlines()[-1] in told
    assert EXAMPLE_SECRET.decode() in told


@pytest.mark.django_db
def test_openapi_file_is_current(client):
    file = ROOT / "docs" / "openapi.json"
    served = client.get("/api/v1/openapi.json").json()
    assert json.loads(file.read_text("utf-8")) == served, "run: .venv/bin/python -m tests.architecture.openapi"


def test_no_two_schemas_of_the_interface_share_a_name():
    """The interface's description knows schemas by name alone: the second would describe the first one's answers too."""
    importlib.import_module("suixin.site.urls")
    below: list[type[Schema]] = [Schema]
    found: Counter[str] = Counter()
    while below:
        one = below.pop()
        below += one.__subclasses__()
        found[one.__name__] += one.__module__.startswith("suixin.") and not one.__name__.endswith("Query")
    assert [name for name, times in found.items() if times > 1] == []


def test_every_error_code_fits_the_record_of_a_refusal():
    """SQLite takes any length, PostgreSQL refuses: a code that is too long would turn its sentence into a fault of ours."""
    room = Record._meta.get_field("code").max_length or 0
    below: list[type[SuixinError]] = [SuixinError]
    codes: set[str] = set()
    while below:
        one = below.pop()
        below += one.__subclasses__()
        codes.add(one.code)
    assert [code for code in codes if len(code) > room] == []
