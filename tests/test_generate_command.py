"""`suixin generate` as a person calls it."""

import json
from pathlib import Path

import pytest

from suixin.data.catalog.errors import UnknownResource
from suixin.data.catalog.models import Resource
from suixin.data.catalog.tests.factories import published
from suixin.kit.errors import BadRequest
from suixin.site.cli import generate
from suixin.site.cli.generate import WHATS

pytestmark = pytest.mark.django_db


@pytest.fixture
def resource() -> Resource:
    return published("lamps")


def called(*words: str) -> int:
    from argparse import ArgumentParser

    parser = ArgumentParser()
    generate.add_arguments(parser)
    return generate.run(parser.parse_args(words))


@pytest.mark.parametrize("what", WHATS)
def test_each_artefact_is_written_to_a_file(resource: Resource, tmp_path: Path, what: str) -> None:
    assert called(resource.code, "--what", what, "--out", str(tmp_path / "out")) == 0
    assert (tmp_path / "out").stat().st_size > 100


def test_without_a_file_the_bytes_go_to_the_output(resource: Resource, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert called("lamps", "--what", "samples", "--format", "json", "--rows", "3") == 0
    assert len(json.loads(capsysbinary.readouterr().out)["data"]) == 3


def test_wrong_words_get_a_sentence(resource: Resource) -> None:
    with pytest.raises(BadRequest, match="可用 docx、pdf"):
        called("lamps", "--what", "dictionary", "--format", "odt")
    with pytest.raises(BadRequest, match="10000"):
        called("lamps", "--what", "samples", "--rows", "0")
    with pytest.raises(UnknownResource):
        called("nothing", "--what", "schema")
