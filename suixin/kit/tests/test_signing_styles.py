"""Other platforms' signatures: their self-check vectors, and what Java's clients open."""

import hashlib
import shutil
import subprocess
from base64 import b64decode

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from suixin.kit import signing_styles
from suixin.kit.signing_styles import irs_queries, national, sealed_secret, temporary_secrets, tif

JAVA = """
import java.security.*; import java.util.*; import javax.crypto.*; import javax.crypto.spec.*;
class Opened { public static void main(String[] a) throws Exception {
  SecureRandom random = SecureRandom.getInstance("SHA1PRNG"); random.setSeed(a[0].getBytes("UTF-8"));
  KeyGenerator made = KeyGenerator.getInstance("AES"); made.init(128, random);
  Cipher cipher = Cipher.getInstance("AES"); cipher.init(Cipher.DECRYPT_MODE, new SecretKeySpec(made.generateKey().getEncoded(), "AES"));
  System.out.print(new String(cipher.doFinal(Base64.getDecoder().decode(a[1])), "UTF-8")); } }
"""


def test_vectors_of_the_standards() -> None:  # standards/data.md 6.4
    sign = national("s_demo_0001", "rid-demo@510900", "1735689600000", secret=b"demo-secret")
    assert sign == "2fCL1gg2A0BlRGWZNG4uMqGVjAoTIcS0iP9d7QAxKvE="
    assert tif("1735689600", b"demo-token", "n0nce") == "b54581697f0f74ba9503596537d0ffcf1db7c6891be2b679e0f9ba5591425a99"
    [query] = irs_queries([("b", "2"), ("a", "1")])
    signed = signing_styles.irs(
        "GET", "/restapi/prod/demo", query, access_key="ak-demo", moment="Wed, 01 Jan 2025 00:00:00 GMT", secret=b"sk-demo"
    )
    assert signed == "JEWSwyHMYyOUkMOJ16KZ0k6bvQtUT9Vv4iYavtDuSb0="


def test_query_of_irs_is_taken_as_either_encoding() -> None:
    assert irs_queries([("q", "a b*~"), ("名", "值")]) == ("q=a%20b%2A~&%E5%90%8D=%E5%80%BC", "q=a+b*%7E&%E5%90%8D=%E5%80%BC")


def test_temporary_secret_lasts_two_to_four_hours_and_the_one_before_is_still_good() -> None:
    now = 1_735_689_600_000
    (first, end), (before, earlier) = temporary_secrets(b"key", "app", now)
    assert 2 * 3_600_000 < end - now <= 4 * 3_600_000
    assert 0 < earlier - now <= 2 * 3_600_000
    assert temporary_secrets(b"key", "app", earlier - 1)[0][0] == first
    assert temporary_secrets(b"key", "app", earlier)[1][0] == first
    assert before not in (secret for secret, _ in temporary_secrets(b"key", "app", earlier))
    assert temporary_secrets(b"key", "other", now)[0][0] != first


def test_sealed_secret_opens_as_those_clients_open_it(tmp_path) -> None:
    sealed = sealed_secret("0123456789abcdef" * 4, b"demo-app-key")
    assert len(b64decode(sealed)) == 80
    if not shutil.which("javac"):  # a JRE alone does not run a source file
        key = hashlib.sha1(hashlib.sha1(b"demo-app-key").digest()).digest()[:16]
        opened = Cipher(algorithms.AES(key), modes.ECB()).decryptor().update(b64decode(sealed))
        assert opened == b"0123456789abcdef" * 4 + bytes([16]) * 16
        return
    (tmp_path / "Opened.java").write_text(JAVA)
    told = subprocess.run(
        ["java", tmp_path / "Opened.java", "demo-app-key", sealed], check=True, capture_output=True, text=True, timeout=120
    )
    assert told.stdout == "0123456789abcdef" * 4
