"""No command makes a home but those that are meant to, and what lies in one is its owner's alone."""

import subprocess
import sys

import pytest

from suixin.site.cli import homes

CLI = [sys.executable, "-m", "suixin.site.cli"]


def run(home, *words: str, before: str = "", after: str = "") -> subprocess.CompletedProcess[str]:
    line = f"{before} {' '.join(CLI)} {' '.join(words)} {after}"
    environment = {"SUIXIN_HOME": str(home), "PATH": "/usr/bin:/bin"}
    return subprocess.run(["bash", "-c", line], env=environment, cwd=home.parent, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("words", ["check", "call --app one http://127.0.0.1:1/gateway/one/lookup", "worker", "backup b --without-keys"])
def test_command_leaves_no_home_where_there_was_none(tmp_path, words: str) -> None:
    ended = run(tmp_path / "mistyped", *words.split())
    assert ended.returncode == 2
    assert "mistyped" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_call_with_a_secret_that_was_given_needs_no_home(tmp_path) -> None:
    ended = run(tmp_path / "none", "call", "--app", "one", "--curl", "http://127.0.0.1:1/x", before="SUIXIN_APP_SECRET=given")
    assert ended.returncode == 0
    assert "X-Signature" in ended.stdout
    assert list(tmp_path.iterdir()) == []


def test_new_home_and_its_database_are_their_owners_alone(tmp_path) -> None:
    home = tmp_path / "home"
    assert run(home, "migrate", "--quiet", before="umask 022;").returncode == 0
    assert home.stat().st_mode & 0o777 == 0o700
    assert (home / "suixin.sqlite").stat().st_mode & 0o777 == 0o600
    closed = run(home, "check", after="| true; echo ${PIPESTATUS[0]}")
    assert closed.stdout.strip() == "141"
    assert closed.stderr == ""


def test_command_to_copy_names_a_home_that_is_not_the_default(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SUIXIN_HOME", "var")
    assert homes.prefix() == ""
    monkeypatch.setenv("SUIXIN_HOME", str(tmp_path / "a home"))
    assert homes.prefix() == f"SUIXIN_HOME='{tmp_path}/a home' "
