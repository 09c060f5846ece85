"""Our SM2, SM3 and SM4 against the `openssl` command, in both directions.

A machine without `openssl` fails these tests: an algorithm nobody else confirms is no evidence.
"""

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from suixin.kit import sm

MESSAGES = (b"", b"abc", "遂宁市数据局".encode(), bytes(range(256)) * 17)
KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
IDENT = ("-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678")


def openssl(*words: str | Path, stdin: bytes = b"") -> bytes:
    program = shutil.which("openssl")
    assert program, "找不到 openssl 命令;请安装 OpenSSL 3.0 以上(apt-get install openssl),互验必须做,不跳过。"
    answer = subprocess.run([program, *map(str, words)], input=stdin, capture_output=True, check=False)
    assert answer.returncode == 0, answer.stderr.decode()
    return answer.stdout


@pytest.fixture
def theirs(tmp_path: Path) -> tuple[Path, Path, bytes]:
    """A pair that openssl made: its private and public file, and the public key as we read it."""
    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    openssl("genpkey", "-algorithm", "SM2", "-out", private)
    openssl("pkey", "-in", private, "-pubout", "-out", public)
    return private, public, sm.sm2_public(sm.public_from_pem(public.read_text()))


@pytest.mark.parametrize("message", MESSAGES)
def test_sm3_and_hmac_agree(message: bytes) -> None:
    assert openssl("dgst", "-sm3", "-r", stdin=message).split()[0].decode() == sm.sm3_hex(message)
    theirs = openssl("dgst", "-sm3", "-mac", "HMAC", "-macopt", f"hexkey:{KEY.hex()}", stdin=message)
    assert theirs.split()[-1].decode() == sm.hmac_sm3_hex(KEY, message)


@pytest.mark.parametrize("message", MESSAGES[1:])
def test_ciphertext_of_a_seal_is_sm4_in_counter_mode_from_two(message: bytes) -> None:
    """GCM enciphers with a counter that starts at nonce || 2; `openssl enc` has no GCM, but has this."""
    sealed = sm.sm4_seal(KEY, message, b"purpose")
    counter = sealed[:sm.NONCE_BYTES] + (2).to_bytes(4, "big")
    assert openssl("enc", "-sm4-ctr", "-K", KEY.hex(), "-iv", counter.hex(), stdin=message) == sealed[sm.NONCE_BYTES:-sm.TAG_BYTES]


@pytest.mark.parametrize(("mode", "name"), [(modes.CBC(KEY), "cbc"), (modes.CTR(KEY), "ctr"), (modes.ECB(), "ecb")])
def test_the_cipher_itself_agrees_in_other_modes(mode: modes.CBC | modes.CTR | modes.ECB, name: str) -> None:
    message = bytes(range(64))
    iv = () if name == "ecb" else ("-iv", KEY.hex())
    encryptor = Cipher(algorithms.SM4(KEY), mode).encryptor()
    assert openssl("enc", f"-sm4-{name}", "-K", KEY.hex(), *iv, "-nopad", stdin=message) == encryptor.update(message)


@pytest.mark.parametrize("message", MESSAGES)
def test_openssl_verifies_our_signature(tmp_path: Path, message: bytes) -> None:
    ours = sm.sm2_keypair()
    for name, content in (("key", sm.public_to_pem(ours.public).encode()), ("message", message)):
        (tmp_path / name).write_bytes(content)
    (tmp_path / "sign").write_bytes(sm.signature_to_der(sm.sm2_sign(ours.private, message)))
    words = ("-verify", "-pubin", "-inkey", tmp_path / "key", "-in", tmp_path / "message", "-sigfile", tmp_path / "sign")
    assert b"Verified Successfully" in openssl("pkeyutl", *words, *IDENT)


@pytest.mark.parametrize("message", MESSAGES)
def test_we_verify_a_signature_of_openssl(tmp_path: Path, theirs: tuple[Path, Path, bytes], message: bytes) -> None:
    private, _, public = theirs
    (tmp_path / "message").write_bytes(message)
    der = openssl("pkeyutl", "-sign", "-inkey", private, "-in", tmp_path / "message", *IDENT)
    assert sm.sm2_verify(public, message, sm.signature_from_der(der))
    assert not sm.sm2_verify(public, message + b"x", sm.signature_from_der(der))


def test_openssl_opens_what_we_encrypt(tmp_path: Path, theirs: tuple[Path, Path, bytes]) -> None:
    private, _, public = theirs
    (tmp_path / "sealed").write_bytes(sm.ciphertext_to_der(sm.sm2_encrypt(public, b"0123456789abcdef")))
    assert openssl("pkeyutl", "-decrypt", "-inkey", private, "-in", tmp_path / "sealed") == b"0123456789abcdef"


def test_we_open_what_openssl_encrypts(tmp_path: Path) -> None:
    ours = sm.sm2_keypair()
    (tmp_path / "key").write_text(sm.public_to_pem(ours.public))
    der = openssl("pkeyutl", "-encrypt", "-pubin", "-inkey", tmp_path / "key", stdin=b"0123456789abcdef")
    assert sm.sm2_decrypt(ours.private, sm.ciphertext_from_der(der)) == b"0123456789abcdef"


def test_we_read_the_private_key_that_openssl_wrote(tmp_path: Path, theirs: tuple[Path, Path, bytes]) -> None:
    private, _, public = theirs
    assert sm.sm2_public_of(sm.private_from_pem(private.read_text())) == public
    openssl("ec", "-in", private, "-out", tmp_path / "sec1.pem")
    assert sm.sm2_public_of(sm.private_from_pem((tmp_path / "sec1.pem").read_text())) == public


def test_private_key_of_another_curve_is_refused(tmp_path: Path) -> None:
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", tmp_path / "p256.pem")
    openssl("ec", "-in", tmp_path / "p256.pem", "-out", tmp_path / "sec1.pem")
    for name in ("p256.pem", "sec1.pem"):
        with pytest.raises(sm.BadKey, match="SM2"):
            sm.private_from_pem((tmp_path / name).read_text())
