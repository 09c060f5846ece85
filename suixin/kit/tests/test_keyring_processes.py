"""The keyring with several processes, with one that is killed, and with a provider that lives elsewhere."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from suixin.kit import keyring
from suixin.kit.keyring import Kind, State
from suixin.kit.sm import BrokenSeal

REPOSITORY = Path(__file__).resolve().parents[3]
ROUNDS = 12


def start(code: str, *words: str | Path, crash_at: str = "") -> "subprocess.Popen[str]":
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "SUIXIN_CRASH_AT": crash_at}
    command = [sys.executable, "-c", code, *map(str, words)]
    return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def line_of(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    return process.stdout.readline()


USER = """
import sys; from pathlib import Path; from suixin.kit import keyring
ring, sealed, bad = keyring.of(Path(sys.argv[1])), [], 0
for line in sys.stdin:
    if line == "stop\\n": break
    if line != "go\\n": sealed.append(bytes.fromhex(line))
    for _ in range(20):
        sealed.append(ring.seal("lake", b"x"))
    bad += any(ring.open("lake", one) != b"x" for one in sealed)
    print(sealed[-1].hex(), flush=True)
print(bad, len({keyring.ring.sealed_version(one) for one in sealed}))
"""


def test_processes_seal_and_open_while_another_rotates(tmp_path: Path) -> None:
    ring = keyring.Keyring(tmp_path / "keys")
    users = [start(USER, ring.folder) for _ in range(2)]
    for number in range(ROUNDS):
        assert ring.rotate("lake") == number + 1
        fresh = ring.seal("lake", b"x").hex()
        for user in users:
            print(fresh, file=user.stdin, flush=True)
        for user in users:
            assert ring.open("lake", bytes.fromhex(line_of(user))) == b"x"
    assert {user.communicate("stop\n")[0] for user in users} == {f"0 {ROUNDS}\n"}


def test_processes_that_start_at_once_make_one_key(tmp_path: Path) -> None:
    users = [start(USER, tmp_path / "keys") for _ in range(4)]
    for user in users:
        print("go", file=user.stdin, flush=True)
    sealed = [bytes.fromhex(line_of(user)) for user in users]
    for user in users:
        user.communicate("stop\n")
    ring = keyring.Keyring(tmp_path / "keys")
    assert [ring.open("lake", one) for one in sealed] == [b"x"] * 4
    assert [key.version for key in ring.versions("lake")] == [1]


@pytest.mark.parametrize(("point", "versions"), [("keyring.written", 1), ("keyring.replaced", 2)])
def test_process_killed_in_the_middle_of_a_rotation_loses_nothing(tmp_path: Path, point: str, versions: int) -> None:
    ring = keyring.Keyring(tmp_path / "keys")
    sealed = ring.seal("lake", b"x")
    rotate = "import sys; from pathlib import Path; from suixin.kit import keyring; keyring.of(Path(sys.argv[1])).rotate('lake')"
    victim = start(rotate, ring.folder, crash_at=point)
    victim.communicate()
    assert victim.returncode == -signal.SIGKILL
    assert ring.open("lake", sealed) == b"x"
    assert len(ring.versions("lake")) == versions
    assert ring.rotate("lake") == versions + 1
    assert not list(ring.folder.glob(".lake.json.*"))


MODULE = """
import sys; from pathlib import Path; from suixin.kit.keyring import SoftwareProvider
inside = SoftwareProvider(Path(sys.argv[1]))
for line in sys.stdin:
    name, *words = line.split()
    try:
        answer = getattr(inside, name)(*(bytes.fromhex(word[1:]) for word in words))
        print(*(part.hex() for part in (answer if isinstance(answer, tuple) else (answer or b"",))), flush=True)
    except Exception as error:
        print("!", type(error).__name__, flush=True)
"""


class Module:
    """A provider in another process, as a hardware module is: calls go over a pipe, private keys never do."""

    name = "module"

    def __init__(self, folder: Path) -> None:
        self.process = start(MODULE, folder)
        self.calls: list[str] = []

    def wrap(self, key: bytes, context: bytes) -> bytes:
        return self._call("wrap", key, context)[0]

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        return self._call("unwrap", wrapped, context)[0]

    def make_signing_key(self, context: bytes) -> tuple[bytes, bytes]:
        handle, public = self._call("make_signing_key", context)
        return handle, public

    def sign_digest(self, handle: bytes, context: bytes, digest: bytes) -> bytes:
        return self._call("sign_digest", handle, context, digest)[0]

    def forget(self, handle: bytes) -> None:
        self._call("forget", handle)

    def _call(self, name: str, *words: bytes) -> list[bytes]:
        self.calls.append(name)
        print(name, *(f"x{word.hex()}" for word in words), file=self.process.stdin, flush=True)
        answer = line_of(self.process).split()
        if answer[:1] == ["!"]:
            raise BrokenSeal("密码服务拒绝解封。")
        return [bytes.fromhex(part) for part in answer]


@pytest.fixture
def module(tmp_path: Path) -> Iterator[Module]:
    provider = Module(tmp_path / "inside")
    yield provider
    provider.process.communicate()


def test_provider_elsewhere_wraps_and_signs_and_no_private_key_comes_out(tmp_path: Path, module: Module) -> None:
    ring = keyring.Keyring(tmp_path / "keys", module)
    assert ring.open("lake", ring.seal("lake", b"x")) == b"x"
    signature = ring.sign("audit", b"anchor")
    assert ring.verify("audit", b"anchor", signature)
    assert module.calls == ["wrap", "unwrap", "make_signing_key", "sign_digest"]
    assert not (ring.folder / "master.key").exists()


def test_provider_elsewhere_rotates_and_destroys(tmp_path: Path, module: Module) -> None:
    ring = keyring.Keyring(tmp_path / "keys", module)
    first = ring.sign("audit", b"anchor")
    ring.rotate("audit")
    ring.retire("audit", Kind.SIGN, 1)
    ring.destroy("audit", Kind.SIGN, 1)
    assert module.calls[-1] == "forget"
    assert ring.verify("audit", b"anchor", first)
    assert ring.versions("audit")[0].state is State.DESTROYED


def test_keys_of_one_provider_are_no_others(tmp_path: Path, module: Module) -> None:
    keyring.Keyring(tmp_path / "keys", module).seal("lake", b"x")
    with pytest.raises(keyring.KeyUnreadable, match="module"):
        keyring.Keyring(tmp_path / "keys").seal("lake", b"x")
