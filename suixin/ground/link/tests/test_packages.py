"""Packages: any bytes come back, any changed bit is refused, whoever carries one may check it."""

import resource
import uuid
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suixin.ground.link import package_form
from suixin.ground.link.errors import PackageBroken, PackageDiskFull, PackageNotOurs, PackageRefused
from suixin.ground.link.package_form import About
from suixin.ground.link.packing import Part, Receiver, pack
from suixin.ground.link.unpacking import open_package, read_header, read_package, verify_package
from suixin.kit.sm import sm2_keypair, sm2_sign

pytestmark = pytest.mark.any_database
SENDER, RECEIVER, OTHER = sm2_keypair(), sm2_keypair(), sm2_keypair()
TO = Receiver(RECEIVER.public, "r:1")
ROUNDS = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def sign(message: bytes) -> tuple[str, str]:
    return "s:1", sm2_sign(SENDER.private, message).hex()


def key_of(sender: str, key_id: str) -> bytes:
    return SENDER.public


def about(number: int = 1) -> About:
    return About("city", "county", "rows", number, str(uuid.uuid4()), "2026-11-30T08:00:00+08:00", told={"version": 3})


def packed(folder: Path, contents: Sequence[bytes]) -> Path:
    folder.mkdir(exist_ok=True)
    parts = [Part(f"文件{place}.csv", folder / str(place), place) for place in range(len(contents))]
    for part, content in zip(parts, contents, strict=True):
        part.path.write_bytes(content)
    target = folder / f"{uuid.uuid4()}.sxp"
    pack(target, parts, about(), to=TO, sign=sign)
    return target


def opened(path: Path, *, private: bytes = RECEIVER.private, receiver: str = "county") -> list[bytes]:
    with read_package(path, private_key=lambda _: private, signing_key=key_of, receiver=receiver) as package:
        found = [b"".join(pieces) for _, pieces in package.files()]
        package.finish()
        return found


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package_form, "PIECE_BYTES", 7)


@ROUNDS
@given(st.lists(st.binary(max_size=40), max_size=4))
def test_any_files_come_back_as_they_were_packed(tmp_path: Path, contents: list[bytes]) -> None:
    path = packed(tmp_path / "in", contents)
    assert opened(path) == contents
    assert verify_package(path, signing_key=key_of) == read_header(path)


@ROUNDS
@given(st.data())
def test_any_changed_bit_is_refused_by_carrier_and_receiver(tmp_path: Path, data: st.DataObject) -> None:
    path = packed(tmp_path / "in", [b"abcdefghij", b"", b"xyz"])
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    with pytest.raises((PackageBroken, PackageNotOurs)):
        verify_package(path, signing_key=key_of)
    with pytest.raises((PackageBroken, PackageNotOurs)):
        opened(path)


@ROUNDS
@given(st.data())
def test_a_package_that_is_cut_anywhere_is_refused_and_leaves_nothing(tmp_path: Path, data: st.DataObject) -> None:
    path = packed(tmp_path / "in", [b"abcdefghij", b"xyz"])
    content = path.read_bytes()
    path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    with pytest.raises(PackageBroken):
        open_package(path, tmp_path / "out", private_key=lambda _: RECEIVER.private, signing_key=key_of)
    assert [one.name for one in tmp_path.iterdir()] == ["in"]


def test_the_sentence_names_the_piece_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    path = packed(tmp_path / "in", [b"a" * 7 + b"b" * 7 + b"c"])
    content = bytearray(path.read_bytes())
    place = content.rindex((7 + package_form.SEAL_BYTES).to_bytes(4, "big"))  # the frame of the second piece
    content[place + 20] ^= 1
    path.write_bytes(content)
    with pytest.raises(PackageBroken, match="第 2 块"):
        open_package(path, tmp_path / "out", private_key=lambda _: RECEIVER.private, signing_key=key_of)
    assert not (tmp_path / "out").exists()


def test_another_receiver_another_key_and_another_sender_are_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "in", [b"abc"])
    with pytest.raises(PackageNotOurs, match="给“county”"):
        opened(path, receiver="province")
    with pytest.raises(PackageNotOurs, match="私钥"):
        opened(path, private=OTHER.private)
    with pytest.raises(PackageNotOurs, match="公钥"):
        verify_package(path, signing_key=lambda *_: OTHER.public)


def test_an_opened_package_has_its_files_and_the_signed_manifest(tmp_path: Path) -> None:
    path, folder = packed(tmp_path / "in", [b"abc", b""]), tmp_path / "out"
    signed = open_package(path, folder, private_key=lambda _: RECEIVER.private, signing_key=key_of, receiver="county")
    assert {one.name for one in folder.iterdir()} == {"文件0.csv", "文件1.csv", "manifest.json", "manifest.sign"}
    assert (folder / "manifest.json").read_bytes() == signed.manifest.as_json()
    assert [(one.rows, one.size) for one in signed.manifest.files] == [(0, 3), (1, 0)]
    with pytest.raises(PackageRefused, match="已经有了"):
        open_package(path, folder, private_key=lambda _: RECEIVER.private, signing_key=key_of)


@pytest.mark.parametrize("name", ["../x", "a/b", ".x", "manifest.json", "", "a\nb", " a", "c:\\x", "长" * 100])
def test_names_that_would_leave_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "x").write_bytes(b"x")
    with pytest.raises(PackageRefused):
        pack(tmp_path / "p", [Part(name, tmp_path / "x")], about(), to=TO, sign=sign)
    assert not (tmp_path / "p").exists()


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"x" * 5000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))  # what a full disk does, by another number
    try:
        with pytest.raises(PackageDiskFull, match="什么也没有留下"):
            pack(tmp_path / "p", [Part("a", path)], about(), to=TO, sign=sign)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [one.name for one in tmp_path.iterdir()] == ["x"]
