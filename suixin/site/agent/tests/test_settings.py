"""agent.toml: what is wrong in it is named; secrets that others can read are refused; TLS is verified."""

import http.server
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from suixin.site.agent.base import Base, told_skew
from suixin.site.agent.errors import BaseAway, SettingsWrong
from suixin.site.agent.settings import load, secret_of
from suixin.site.agent.tests.conftest import CURSOR, TOML
from suixin.site.cli import main


def written(home: Path, *, top: str = "", people: str = CURSOR, base: str = "https://base.test") -> Path:
    path = home / "agent.toml"
    path.write_text(TOML.format(home=home, top=top, people=people).replace("https://base.test", base), "utf-8")
    return path


@pytest.mark.parametrize(
    ("top", "people", "words"),
    [
        ("colour = 1", CURSOR, "“colour”:不认识的键"), ("", 'cursor = "id"\nmood = 1', "“stream.people.mood”:不认识的键"),
        ("", "", "要写 cursor"), ("", 'mode = "full"\ncursor = "id"', "为 full 时不能写"),
        ("", 'cursor = "id"\noverlap = 5', "只用于 mode"),
        ("", 'cursor = "id"\nfolder = "out"', "只写一个"),
        ("spool_megabytes = 0", CURSOR, "spool_megabytes"), ("home = \"/\"", CURSOR, "home"),
        ("= 1", CURSOR, "不是 UTF-8 的 TOML"),
    ],
)
def test_wrong_settings_are_told_with_their_key(tmp_path: Path, top: str, people: str, words: str) -> None:
    with pytest.raises(SettingsWrong) as caught:
        load(written(tmp_path, top=top, people=people))
    assert words in caught.value.sentence


def test_plain_http_is_refused_unless_it_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(SettingsWrong, match="明文"):
        load(written(tmp_path, base="http://base.test"))
    assert load(written(tmp_path, base="http://base.test", top="plain_http = true")).base == "http://base.test"


def test_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    settings = load(written(tmp_path))
    (tmp_path / "secret").write_text("word\n", "utf-8")
    (tmp_path / "secret").chmod(0o644)
    with pytest.raises(SettingsWrong, match="chmod 600"):
        secret_of(settings, "secret")
    (tmp_path / "secret").chmod(0o600)
    assert secret_of(settings, "secret") == "word"


def test_clocks_that_differ_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert [bool(told_skew(one)) for one in (0, 59, 61, -200)] == [False, False, True, True]
    assert "慢 200 秒" in told_skew(-200)


def test_init_writes_settings_that_load_and_touches_nothing_that_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["agent", "init", str(tmp_path / "front")]) == 0
    assert list(load(tmp_path / "front" / "agent.toml").stream) == ["population", "reports"]
    assert (tmp_path / "front" / "secret").stat().st_mode & 0o777 == 0o600
    assert main(["agent", "init", str(tmp_path / "front")]) == 2
    assert "没有改动" in capsys.readouterr().err


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """A server whose certificate is its own authority; it answers nothing that is ours."""
    key, certificate = tmp_path / "key.pem", tmp_path / "ca.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
         "-out", certificate, "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"],
        check=True, capture_output=True,
    )  # fmt: skip
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port, certificate
    server.shutdown()
    server.server_close()
    thread.join()


def test_certificate_of_an_unknown_authority_is_refused_and_a_private_one_is_an_option(tmp_path: Path, tls: tuple[int, Path]) -> None:
    port, certificate = tls
    (tmp_path / "secret").write_text("word", "utf-8")
    (tmp_path / "secret").chmod(0o600)
    told = []
    for top in ("", f'ca_file = "{certificate}"'):
        base = Base(load(written(tmp_path, base=f"https://127.0.0.1:{port}", top=top)))
        with pytest.raises(BaseAway) as caught:
            base._post(f"https://127.0.0.1:{port}/x", b"")
        told.append(caught.value.sentence)
        base.close()
    assert ["不被信任" in told[0], "答复 501" in told[1]] == [True, True]
