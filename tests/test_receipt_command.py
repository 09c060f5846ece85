"""`suixin receipt`, as a supplier types it who holds a receipt, and somebody to whom a row is to be proven."""

import json

import pyarrow.csv as pc_csv
import pytest

from suixin.data.lake.models import Batch
from suixin.data.lake.tests import factories
from suixin.data.lake.tests.conftest import lake  # noqa: F401 the folder of the lake
from suixin.site.cli import main

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(tmp_path, monkeypatch, lake):  # noqa: F811 the fixture above
    """A folder with the receipt of a landed batch and its rows."""
    rows = factories.rows(1, 5000)
    factories.land(factories.make_resource(), rows, sm3="one")
    pc_csv.write_csv(rows, tmp_path / "rows.csv")
    monkeypatch.setenv("SUIXIN_HOME", str(tmp_path))
    assert main(["receipt", "export", str(Batch.objects.get().pk), "-o", str(tmp_path / "receipt.json")]) == 0
    return tmp_path


def _fingerprint(folder):
    return json.loads((folder / "receipt.json").read_bytes())["receipt"]["fingerprint"]


def test_a_receipt_and_its_rows_are_verified(folder, capsys):
    words = ["receipt", "verify", str(folder / "receipt.json"), "--rows", str(folder / "rows.csv"), "--fingerprint", _fingerprint(folder)]
    assert main(words) == 0
    assert "核验通过" in capsys.readouterr().out
    (folder / "rows.csv").write_text((folder / "rows.csv").read_text("utf-8").replace("k000004500", "k000009500"), "utf-8")
    assert main(words) == 1
    assert "第 2 块" in capsys.readouterr().out


def test_the_key_as_pem_is_enough(folder, capsys):
    assert main(["receipt", "key"]) == 0
    pem, _, told = capsys.readouterr().out.partition("指纹 ")
    assert _fingerprint(folder) == told.strip()
    (folder / "key.pem").write_text(pem, "utf-8")
    assert main(["receipt", "verify", str(folder / "receipt.json"), "--key", str(folder / "key.pem"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["is_intact"] is True


def test_without_a_trusted_key_it_does_not_pass(folder, capsys, monkeypatch):
    monkeypatch.setenv("SUIXIN_HOME", str(folder / "nowhere"))
    assert main(["receipt", "verify", str(folder / "receipt.json")]) == 1
    assert "没有指明可信的公钥" in capsys.readouterr().out


@pytest.mark.parametrize("source", [[], ["--rows", "rows.csv"]])
def test_a_row_is_proven_from_the_lake_and_from_a_file(folder, capsys, monkeypatch, source):
    monkeypatch.chdir(folder)
    words = ["receipt", "prove", "receipt.json", "--row", "k000004500", "--items", "编码", "金额", *source, "-o", "proof.json"]
    assert main(words) == 0
    capsys.readouterr()
    assert main(["receipt", "verify", "proof.json", "--fingerprint", _fingerprint(folder)]) == 0
    told = capsys.readouterr().out
    assert "金额: 1.25" in told
    assert "名称" not in told


@pytest.mark.parametrize(("words", "sentence"), [
    (["verify", "missing.json"], "读不出来"),
    (["verify", "rows.csv", "--key", "rows.csv"], "不是 SM2 公钥"),
    (["prove", "rows.csv", "--row", "1", "--rows", "rows.csv", "-o", "p"], "不是规范的回执文件"),
    (["prove", "receipt.json", "--row", "nobody", "--rows", "rows.csv", "-o", "p"], "没有主键为"),
    (["export", "9999", "-o", "p"], "没有批次 9999"),
])
def test_bad_input_is_a_sentence(folder, capsys, monkeypatch, words, sentence):
    monkeypatch.chdir(folder)
    assert main(["receipt", *words]) == 2
    assert sentence in capsys.readouterr().err
    assert not (folder / "p").exists()
