"""Secrets kept in files."""

from pathlib import Path

from suixin.kit.kept import kept


def test_secret_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "one.key"
    assert [kept(path, lambda: "first"), kept(path, lambda: "second")] == ["first", "first"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["one.key"]


def test_secret_of_the_process_that_was_first_counts(tmp_path: Path) -> None:
    path = tmp_path / "one.key"

    def overtaken() -> str:
        kept(path, lambda: "theirs")
        return "ours"

    assert kept(path, overtaken) == "theirs"
