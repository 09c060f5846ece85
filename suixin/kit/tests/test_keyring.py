"""The keyring in one process: sealing, indexing, signing, states of versions, lost and broken files."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suixin.kit import keyring
from suixin.kit.keyring import Kind, Signature, State
from suixin.kit.sm import BrokenSeal


@pytest.fixture
def ring(tmp_path: Path) -> keyring.Keyring:
    return keyring.Keyring(tmp_path / "keys")


def test_what_is_sealed_opens_only_for_its_purpose_and_context(ring: keyring.Keyring) -> None:
    sealed = ring.seal("lake", "遂宁".encode(), b"row 1")
    assert ring.open("lake", sealed, b"row 1").decode() == "遂宁"
    ring.seal("other", b"x")
    for purpose, changed, aad in (
        ("other", sealed, b"row 1"), ("lake", sealed, b"row 2"), ("lake", sealed[:-1], b"row 1"), ("lake", b"", b""),
        ("lake", b"\x02" + sealed[1:], b"row 1"),
    ):
        with pytest.raises(BrokenSeal):
            ring.open(purpose, changed, aad)


@settings(max_examples=50, deadline=None)
@given(plaintext=st.binary(max_size=400), aad=st.binary(max_size=40))
def test_every_text_comes_back(tmp_path_factory: pytest.TempPathFactory, plaintext: bytes, aad: bytes) -> None:
    ring = keyring.of(tmp_path_factory.getbasetemp() / "property-keys")
    assert ring.open("any", ring.seal("any", plaintext, aad), aad) == plaintext


def test_files_are_private_and_hold_no_key_in_the_clear(ring: keyring.Keyring) -> None:
    ring.seal("lake", b"x")
    ring.sign("audit", b"x")
    files = [path for path in ring.folder.iterdir() if path.suffix != ".lock"]
    assert {path.name for path in files} == {"lake.json", "audit.json", "master.key", ".lock"}
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert ring.folder.stat().st_mode & 0o777 == 0o700
    assert ring.purposes() == ["audit", "lake"]


def test_rotation_seals_anew_and_opens_the_old(ring: keyring.Keyring) -> None:
    old = ring.seal("lake", b"old")
    assert ring.rotate("lake") == 2
    new = ring.seal("lake", b"new")
    assert (ring.open("lake", old), ring.open("lake", new)) == (b"old", b"new")
    assert (old[1:3], new[1:3]) == (b"\0\1", b"\0\2")
    assert [(key.version, key.state) for key in ring.versions("lake")] == [(1, State.OLD), (2, State.CURRENT)]


def test_retired_version_opens_nothing_until_it_is_brought_back(ring: keyring.Keyring) -> None:
    old = ring.seal("lake", b"old")
    ring.rotate("lake")
    ring.retire("lake", Kind.SEAL, 1)
    with pytest.raises(keyring.KeyStateRefused, match="已停用"):
        ring.open("lake", old)
    ring.bring_back("lake", Kind.SEAL, 1)
    assert ring.open("lake", old) == b"old"


def test_destroyed_version_is_gone_for_good_and_its_number_never_comes_again(ring: keyring.Keyring) -> None:
    old = ring.seal("lake", b"old")
    ring.rotate("lake")
    ring.retire("lake", Kind.SEAL, 1)
    ring.destroy("lake", Kind.SEAL, 1)
    with pytest.raises(keyring.KeyStateRefused, match="已销毁"):
        ring.open("lake", old)
    assert [key.handle != "" for key in ring.versions("lake")] == [False, True]
    assert ring.rotate("lake") == 3


@pytest.mark.parametrize("step", ["retire", "bring_back", "destroy"])
def test_current_version_is_neither_retired_nor_destroyed(ring: keyring.Keyring, step: str) -> None:
    ring.seal("lake", b"x")
    with pytest.raises(keyring.KeyStateRefused, match="正在使用"):
        getattr(ring, step)("lake", Kind.SEAL, 1)
    with pytest.raises(keyring.KeyMissing):
        getattr(ring, step)("lake", Kind.SEAL, 7)


def test_blind_index_is_the_same_for_the_same_text_and_survives_a_rotation(ring: keyring.Keyring) -> None:
    index = ring.blind_index("lake", " 11010519491231002X ")
    assert len(index) == 32
    assert ring.blind_index("lake", "11010519491231002x") == index
    assert ring.blind_index("other", "11010519491231002x") != index
    ring.rotate("lake")
    assert ring.blind_index("lake", "11010519491231002x") == index
    ring.rotate("lake", Kind.INDEX)
    assert ring.blind_indexes("lake", "11010519491231002x") == (ring.blind_index("lake", "11010519491231002x"), index)


def test_signature_verifies_with_the_version_that_made_it(ring: keyring.Keyring) -> None:
    first = ring.sign("audit", b"anchor")
    ring.rotate("audit")
    second = ring.sign("audit", b"anchor")
    assert (first.key_id, second.key_id) == ("audit:1", "audit:2")
    assert ring.verify("audit", b"anchor", first)
    assert ring.verify("audit", b"anchor", second)
    assert not ring.verify("audit", b"other", first)
    assert not ring.verify("audit", b"anchor", Signature("audit:2", first.value))
    assert not ring.verify("audit", b"anchor", Signature("audit:1", "no hex"))


@pytest.mark.parametrize("key_id", ["audit:9", "lake:1", "audit", "audit:x", "audit:-1"])
def test_signature_by_no_key_of_ours_is_a_sentence(ring: keyring.Keyring, key_id: str) -> None:
    made = ring.sign("audit", b"anchor")
    with pytest.raises(keyring.KeyMissing):
        ring.verify("audit", b"anchor", Signature(key_id, made.value))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 2}', '{"format": 1, "purpose": "lake", "provider": "x", "keys": [{}]}'])
def test_broken_key_file_is_a_sentence_and_stays_as_it_is(ring: keyring.Keyring, text: str) -> None:
    ring.seal("lake", b"x")
    path = ring.folder / "lake.json"
    path.write_text(text)
    for step in (lambda: ring.seal("lake", b"x"), lambda: ring.rotate("lake"), lambda: ring.versions("lake")):
        with pytest.raises(keyring.KeyUnreadable, match=r"lake\.json"):
            step()
    assert path.read_text() == text


def test_lost_key_file_is_a_sentence_for_every_purpose(ring: keyring.Keyring) -> None:
    ring.seal("lake", b"x")
    (ring.folder / "lake.json").unlink()
    for purpose in ("lake", "new"):
        with pytest.raises(keyring.KeyMissing, match=r"lake\.json"):
            ring.seal(purpose, b"x")
    assert not list(ring.folder.glob("*.json"))


def test_lost_folder_is_noticed(ring: keyring.Keyring) -> None:
    sealed = ring.seal("lake", b"x")
    ring.folder.rename(ring.folder.with_name("away"))
    with pytest.raises(keyring.KeyMissing, match="从备份恢复"):
        keyring.Keyring(ring.folder).seal("lake", b"x")
    with pytest.raises(keyring.KeyMissing):
        ring.open("lake", sealed)


@pytest.mark.parametrize("spoil", ["lost", "other", "short", "binary"])
def test_master_key_that_is_not_the_one_is_a_sentence(ring: keyring.Keyring, spoil: str) -> None:
    sealed = ring.seal("lake", b"x")
    master = ring.folder / "master.key"
    content = {"other": b"00" * 16, "short": b"00", "binary": b"\xff\xfe"}
    master.unlink() if spoil == "lost" else master.write_bytes(content[spoil])
    other_process = keyring.Keyring(ring.folder)
    for step in (lambda: other_process.open("lake", sealed), lambda: other_process.seal("lake", b"x")):
        with pytest.raises((keyring.KeyMissing, keyring.KeyUnreadable), match="备份"):
            step()
    assert master.exists() is (spoil != "lost")


def test_file_wrapped_by_another_provider_is_named(ring: keyring.Keyring) -> None:
    ring.seal("lake", b"x")
    path = ring.folder / "lake.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"provider": "hsm"}))
    with pytest.raises(keyring.KeyUnreadable, match="hsm"):
        ring.seal("lake", b"x")


@pytest.mark.parametrize("purpose", ["", "../etc", "Lake", "a/b", "a" * 41])
def test_purpose_is_a_plain_name(ring: keyring.Keyring, purpose: str) -> None:
    with pytest.raises(ValueError, match="name of a purpose"):
        ring.seal(purpose, b"x")
