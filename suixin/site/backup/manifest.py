"""What a backup says of itself, and how it proves that nobody changed it.

manifest.json   facts and one entry per file; manifest.sig   SM3 of those bytes, HMAC-SM3 under the passphrase,
SM2 signature of the installation. Whoever has the passphrase proves the manifest by it alone; without, by the SM2 key.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import PurePosixPath

from suixin.kit.keyring import Keyring
from suixin.kit.sm import BadKey, sm2_verify, sm3_hex
from suixin.site.backup.errors import BrokenBackup, WrongPassphrase
from suixin.site.backup.passphrase import Derived, derive, mac

FORMAT = 1
PURPOSE = "backup"  # of the signing key
MANIFEST, SIGNATURE, KEYS = "manifest.json", "manifest.sig", "keys.sealed"
PARTS = frozenset({"database", "lake", "home", KEYS})


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the backup."""

    path: str
    size: int
    sm3: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Facts of one backup. `tables`: rows by table; `versions`: pinned version by holding and name."""

    version: str
    made_at: str
    vendor: str
    migrations: list[list[str]]
    tables: dict[str, int]
    counters: dict[str, int]
    versions: dict[str, dict[str, int]]
    has_keys: bool
    files: list[Entry] = field(default_factory=list)

    def to_bytes(self) -> bytes:
        """The manifest's text."""
        return json.dumps({"format": FORMAT, "product": "suixin", **asdict(self)}, ensure_ascii=False, indent=1).encode()

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(entry.size for entry in self.files)


def read(text: bytes) -> Manifest:
    """The manifest in those bytes. Raises BrokenBackup."""
    try:
        facts = json.loads(text)
        if facts.pop("product") != "suixin" or facts.pop("format") != FORMAT:
            raise BrokenBackup("这份备份的格式不是本版本能读的;请用做备份的版本恢复后再升级。")
        files = [Entry(checked(one["path"]), int(one["size"]), str(one["sm3"])) for one in facts.pop("files")]
        return Manifest(files=files, **facts)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BrokenBackup("备份清单 manifest.json 读不懂;备份已损坏或不是遂心的备份。") from error


def checked(path: str) -> str:
    """`path` when it is a plain name inside a backup. Raises BrokenBackup."""
    pure = PurePosixPath(path)
    is_ours = pure.parts[:1] != ("home",) or pure.parts[1:2] not in (("keys",), ("tmp",))  # sealed, and scratch: never as files
    plain = is_ours and pure.as_posix() == path and not pure.is_absolute() and ".." not in pure.parts and "\\" not in path
    if not plain or any(ord(letter) < 32 for letter in path) or not pure.parts or pure.parts[0] not in PARTS | {MANIFEST, SIGNATURE}:
        raise BrokenBackup(f"备份里有不该有的路径 {path!r};这不是可信的备份,未写入任何文件。")
    return path


def sign(text: bytes, derived: Derived | None, ring: Keyring) -> bytes:
    """The signature file of a manifest."""
    signature = ring.sign(PURPOSE, text)
    public = ring.public_key(PURPOSE, signature.key_id).hex()
    found: dict[str, object] = {"sm3": sm3_hex(text), "sm2": {**asdict(signature), "public": public}}
    if derived is not None:
        found["derivation"] = {"name": "PBKDF2-HMAC-SM3", "rounds": derived.rounds, "salt": derived.salt.hex()}
        found["hmac_sm3"] = mac(derived, text)
    return json.dumps(found, indent=1).encode()


def verify(text: bytes, signature: bytes, passphrase: str) -> tuple[Derived | None, str]:
    """The keys of the passphrase when it fits, and a sentence on what was proven. Raises BrokenBackup, WrongPassphrase.

    With a passphrase nothing is taken that it does not prove.
    """
    try:
        found = json.loads(signature)
        wanted = found["sm3"]
        derivation = found.get("derivation")
        salt, rounds = (bytes.fromhex(derivation["salt"]), int(derivation["rounds"])) if derivation else (b"", 0)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BrokenBackup("备份签名文件 manifest.sig 读不懂;备份已损坏。") from error
    if sm3_hex(text) != wanted:
        raise BrokenBackup("备份清单 manifest.json 与签名文件不符:清单被改动或损坏。")
    public = _signer(text, found)
    if passphrase and derivation is None:  # or whoever strips the proof and signs anew would pass
        raise BrokenBackup(
            f"给了口令,而这份备份不是用口令做的(不含密钥),口令不能证明它的来源;请核对它是否被替换过。确是不含密钥的备份,"
            f"先与原系统 manifest.sig 的公钥({public[-16:]})核对,再不给口令重试。"
        )
    if derivation is None or not passphrase:
        return None, f"清单签名有效(SM2,公钥 {public[-16:]});没有口令可证明来源,请与原系统 manifest.sig 的公钥核对"
    derived = derive(passphrase, salt=salt, rounds=rounds)
    if mac(derived, text) != found.get("hmac_sm3"):
        raise WrongPassphrase("备份口令不对,或清单签名被改动;请核对口令。")
    return derived, f"清单签名有效(口令 HMAC-SM3,SM2 公钥 {public[-16:]})"


def _signer(text: bytes, found: dict[str, object]) -> str:
    """The public key, in hex, that signed the text. Raises BrokenBackup."""
    try:
        signature: dict[str, str] = found["sm2"]  # type: ignore[assignment]  # what it is not, the next lines refuse
        public, value = str(signature["public"]), bytes.fromhex(signature["value"])
        if sm2_verify(bytes.fromhex(public), text, value):
            return public
    except (ValueError, KeyError, TypeError, BadKey):
        pass
    raise BrokenBackup("备份清单的 SM2 签名不符:签名文件 manifest.sig 被改动或损坏。")
