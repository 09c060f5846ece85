"""网间通道: packages through a folder that is carried across, one way; what goes back goes through the folder of the other way.

Out      `<number>-<id>.sxp`, a package (`ground.link`) of letters in order, signed by us and enciphered for the peer; written beside and
         renamed, so that whoever carries it never carries half of one. The name never comes twice
In       packages of the peer; each is removed when its letters are kept, put aside as `*.refused` with the reason when it is not the
         peer's; a broken one stays for an hour, as one that is still being copied would be
Again    letters that the peer has not told of are packed again after a while (`running`); twice or out of order is harmless
"""

import os
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import orjson

from suixin.data.sharing.cascade.adapters.addresses import require_folder
from suixin.data.sharing.cascade.adapters.base import Arrived, Told
from suixin.data.sharing.cascade.envelopes import MOST_BYTES, Envelope
from suixin.data.sharing.cascade.errors import PeerFault
from suixin.data.sharing.cascade.models import Link
from suixin.ground.link import keys
from suixin.ground.link.errors import PackageBroken
from suixin.ground.link.package_form import About
from suixin.ground.link.packing import Part, pack
from suixin.ground.link.queries import receiver_of, signing_key_of
from suixin.ground.link.unpacking import read_package
from suixin.kit import clock
from suixin.kit.errors import SuixinError

KIND, SUFFIX, NAME = "cascade", ".sxp", "letters.ndjson"
_UNFINISHED = timedelta(hours=1)


class FolderAdapter:
    """One peer behind a gap: two folders, both carried by somebody else."""

    is_answered, fault = False, ""

    def __init__(self, link: Link, ours: str) -> None:
        self._link, self._ours = link, ours
        self._out, self._in = require_folder(link.out_folder), require_folder(link.in_folder)

    def send(self, letters: Sequence[Told], word: Envelope) -> None:
        """A package of them, if there are any; the peer's word comes by the other folder. Raises PeerFault."""
        if letters:
            self._write([word.as_dict(), *letters], number=int(orjson.loads(letters[-1]["envelope"])["sequence"]))

    def fetch(self) -> Iterator[Arrived]:
        """Packages of the peer, by name."""
        for path in sorted(self._in.glob(f"*{SUFFIX}")):
            letters = self._opened(path)
            if letters is not None:
                yield Arrived(letters, lambda path=path: path.unlink(missing_ok=True))  # type: ignore[misc]  # bound now, not later

    def acknowledge(self, word: Envelope) -> None:
        """A package with our word alone; an earlier one that was not carried yet is replaced."""
        for path in self._out.glob(f"000000000000-*{SUFFIX}"):
            path.unlink(missing_ok=True)
        self._write([word.as_dict()], number=0)

    def check(self) -> str:
        """Whether both folders can be used, and what lies in them. Raises PeerFault."""
        if not os.access(self._out, os.W_OK) or not os.access(self._in, os.R_OK | os.W_OK):
            raise PeerFault(f"目录 {self._out} 或 {self._in} 没有读写权限；请平台运维检查。")
        waiting, came = (sum(1 for _ in folder.glob(f"*{SUFFIX}")) for folder in (self._out, self._in))
        return f"两个目录可用，待摆渡 {waiting} 包，待收 {came} 包。"

    def _write(self, letters: Sequence[Told], *, number: int) -> None:
        about = About(
            sender=self._ours, receiver=self._link.code, kind=KIND, number=number, id=str(uuid4()), created=clock.now().isoformat(),
            told={},
        )
        try:
            with TemporaryDirectory(dir=self._out, prefix=".making-") as folder:
                path = Path(folder, NAME)
                path.write_bytes(b"".join(orjson.dumps(one) + b"\n" for one in letters))
                target = self._out / f"{number:012d}-{about.id}{SUFFIX}"
                pack(target, [Part(NAME, path, rows=len(letters))], about, to=receiver_of(self._link.peer), sign=self._sign)
        except OSError as error:
            raise PeerFault(f"发送目录 {self._out} 写不了（{error.strerror}）；请平台运维检查空间和权限。") from error

    def _sign(self, message: bytes) -> tuple[str, str]:
        return keys.sign(message, self._link.our_key)

    def _opened(self, path: Path) -> list[object] | None:
        """The letters of a package; None when it is not whole yet, or was put aside."""
        try:
            with read_package(path, private_key=keys.private_key, signing_key=signing_key_of, receiver=self._ours) as package:
                body = b"".join(piece for _, pieces in package.files() for piece in self._bounded(pieces))
                package.finish()
                if package.header.sender != self._link.code:
                    return None
            return [orjson.loads(line) for line in body.splitlines()]
        except FileNotFoundError:  # another process took it
            return None
        except PackageBroken as error:
            if clock.now().timestamp() - path.stat().st_mtime > _UNFINISHED.total_seconds():
                self._put_aside(path, error.sentence)
            return None
        except (SuixinError, ValueError) as error:
            self._put_aside(path, error.sentence if isinstance(error, SuixinError) else "包里不是级联信件。")
            return None
        except OSError as error:
            raise PeerFault(f"接收目录 {self._in} 读不了（{error.strerror}）；请平台运维检查。") from error

    @staticmethod
    def _bounded(pieces: Iterator[bytes]) -> Iterator[bytes]:
        size = 0
        for piece in pieces:
            size += len(piece)
            if size > 4 * MOST_BYTES:
                raise PeerFault("摆渡来的包过大，没有收；请对端升级。")
            yield piece

    @staticmethod
    def _put_aside(path: Path, sentence: str) -> None:
        path.rename(path.with_suffix(".refused"))
        path.with_suffix(".reason").write_text(f"{sentence}\n", "utf-8")
