"""Backups that were cut, changed or made to do harm are refused by name, and nothing is written."""

import functools
import io
import json
import re
import shutil
import sqlite3
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from suixin.kit import keyring
from suixin.kit.errors import SuixinError
from suixin.kit.sm import sm3_hex
from suixin.site.backup import manifest
from suixin.site.backup.passphrase import derive
from suixin.site.backup.sources import read_backup
from tests.backup.conftest import PASSPHRASE, ran

Members = list[tuple[tarfile.TarInfo, bytes]]
derived_once = functools.cache(derive)


def members_of(archive: Path) -> Members:
    """What is in the archive."""
    with zstandard.open(archive, "rb") as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
        return [(info, file.read()) for info in tar if (file := tar.extractfile(info))]


def written(members: Members, target: Path) -> Path:
    """An archive of these members."""
    with zstandard.open(target, "wb") as stream, tarfile.open(fileobj=stream, mode="w|") as tar:
        for info, data in members:
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data) if info.isreg() else None)
    return target


def require_refused(source: Path, folder: Path, sentence: str, *, passphrase: str = PASSPHRASE) -> None:
    """Reading it to prove it, and reading it to lay it out, both say the sentence; nothing is written beside."""
    for into in (None, folder / "into"):
        with pytest.raises(SuixinError, match=re.escape(sentence)):
            read_backup(source, passphrase, into=into)
    assert {path.name for path in folder.iterdir()} <= {"into"}
    assert not Path("/tmp/suixin-outside").exists()


@pytest.fixture(autouse=True)
def _derived_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The keys of a passphrase and salt are the same each time: these tests read one backup again and again."""
    monkeypatch.setattr(manifest, "derive", derived_once)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder where nothing but `into` may appear."""
    (tmp_path / "place").mkdir()
    return tmp_path / "place"


def renamed(name: str) -> Callable[[Members], None]:
    """The first file has another name."""

    def change(members: Members) -> None:
        members[0][0].name = name

    return change


def linked(members: Members) -> None:
    """The first file is a link out of the backup."""
    members[0][0].type, members[0][0].linkname = tarfile.SYMTYPE, "/etc/passwd"
    members[0] = (members[0][0], b"")


def flipped(members: Members) -> None:
    """One bit of a data file differs."""
    number = next(n for n, (info, _) in enumerate(members) if info.name.endswith(".parquet"))
    info, data = members[number]
    members[number] = (info, data[:100] + bytes([data[100] ^ 1]) + data[101:])


def dropped(members: Members) -> None:
    """A table is not there."""
    del members[next(n for n, (info, _) in enumerate(members) if info.name.startswith("database/lake.batch"))]


def added(members: Members) -> None:
    """A file that the manifest does not name."""
    members.insert(0, (tarfile.TarInfo("home/extra"), b"x"))


def rewritten(members: Members) -> None:
    """The manifest says something else."""
    number = next(n for n, (info, _) in enumerate(members) if info.name == "manifest.json")
    facts = json.loads(members[number][1])
    facts["tables"]["lake.batch"] += 1
    members[number] = (members[number][0], json.dumps(facts).encode())


def unsigned(members: Members) -> None:
    """The end is missing."""
    del members[-1]


CASES = {
    "../outside": (renamed("home/../../outside"), "不该有的路径"),
    "absolute": (renamed("/tmp/suixin-outside"), "不该有的路径"),
    "backslash": (renamed("home\\outside"), "不该有的路径"),
    "elsewhere": (renamed("other/outside"), "不该有的路径"),
    "keys": (renamed("home/keys/master.key"), "不该有的路径"),
    "link": (linked, "不是普通文件"),
    "flipped": (flipped, ".parquet 与清单不符"),
    "dropped": (dropped, "缺少文件 database/lake.batch"),
    "added": (added, "清单之外的文件 home/extra"),
    "rewritten": (rewritten, "manifest.json 与签名文件不符"),
    "unsigned": (unsigned, "缺少 manifest.sig"),
}


@pytest.mark.parametrize("case", CASES)
def test_changed_archive_is_refused_by_name(case: str, kept: Path, tmp_path: Path, place: Path) -> None:
    members = members_of(kept)
    change, sentence = CASES[case]
    change(members)
    require_refused(written(members, tmp_path / "bad.tar.zst"), place, sentence)


def test_command_refuses_a_hostile_archive_and_leaves_nothing(kept: Path, tmp_path: Path, place: Path) -> None:
    members = members_of(kept)
    flipped(members)
    source = written(members, tmp_path / "bad.tar.zst")
    done = ran(place / "home", "restore", str(source), check=False)
    assert (done.returncode, "与清单不符" in done.stderr) == (2, True), done.stderr
    assert ran(place / "home", "backup", str(source), "--verify", check=False).returncode == 2
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_truncated_archive_is_refused(share: float, kept: Path, tmp_path: Path, place: Path) -> None:
    data = kept.read_bytes()
    (tmp_path / "cut.tar.zst").write_bytes(data[: int(len(data) * share)])
    require_refused(tmp_path / "cut.tar.zst", place, "备份")


def test_wrong_passphrase_is_named(kept: Path, place: Path) -> None:
    require_refused(kept, place, "备份口令不对", passphrase="a wrong passphrase")


def test_signature_cannot_be_made_anew_without_the_passphrase(kept: Path, tmp_path: Path, place: Path) -> None:
    members = members_of(kept)
    rewritten(members)
    signature = json.loads(members[-1][1]) | {"sm3": sm3_hex(members[-2][1])}
    members[-1] = (members[-1][0], json.dumps(signature).encode())
    require_refused(written(members, tmp_path / "forged.tar.zst"), place, "SM2 签名不符")


def test_proof_by_the_passphrase_cannot_be_stripped(kept: Path, tmp_path: Path, place: Path) -> None:
    members = [(info, data) for info, data in members_of(kept) if info.name != "keys.sealed"]
    facts = json.loads(members[-2][1]) | {"has_keys": False}
    facts["files"] = [one for one in facts["files"] if one["path"] != "keys.sealed"]
    text = json.dumps(facts).encode()
    members[-2:] = [(members[-2][0], text), (members[-1][0], manifest.sign(text, None, keyring.of(tmp_path / "strange")))]
    stripped = written(members, tmp_path / "stripped.tar.zst")
    require_refused(stripped, place, "不是用口令做的")
    assert read_backup(stripped, "").derived is None


def test_backup_of_a_newer_release_is_refused(grown: Path, tmp_path: Path) -> None:
    home = shutil.copytree(grown, tmp_path / "newer")
    ran(home, "backup", str(tmp_path / "b"))
    with sqlite3.connect(home / "suixin.sqlite") as connection:
        connection.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('lake', '9999_future', '2030-01-01')")
    done = ran(home, "backup", str(tmp_path / "c"), check=False)
    assert (done.returncode, "更新的版本" in done.stderr) == (2, True)
    assert not list(tmp_path.glob("c/suixin-*"))


def test_backup_by_a_newer_release_is_not_restored(kept: Path, tmp_path: Path, place: Path) -> None:
    members = members_of(kept)
    facts = json.loads(members[-2][1])
    facts["migrations"].append(["lake", "9999_future"])
    facts["version"] = "9.9.9"
    text = json.dumps(facts).encode()
    salt = bytes.fromhex(json.loads(members[-1][1])["derivation"]["salt"])
    signature = manifest.sign(text, derive(PASSPHRASE, salt=salt), keyring.of(tmp_path / "keys"))
    members[-2:] = [(members[-2][0], text), (members[-1][0], signature)]
    done = ran(place / "home", "restore", str(written(members, tmp_path / "newer.tar.zst")), check=False)
    assert (done.returncode, "来自更新的版本 9.9.9(例如迁移 lake.9999_future)" in done.stderr) == (2, True), done.stderr
    assert list(place.iterdir()) == []
