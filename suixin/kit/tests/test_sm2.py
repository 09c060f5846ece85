"""SM2: the worked examples of GB/T 32918.5-2017, and that what is written is read back."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suixin.kit import sm

PRIVATE = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
PUBLIC = bytes.fromhex(
    "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
SIGNATURE = bytes.fromhex(
    "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
)
CIPHERTEXT = bytes.fromhex(
    "0404EBFC718E8D1798620432268E77FEB6415E2EDE0E073C0F4F640ECD2E149A73E858F9D81E5430A57B36DAAB8F950A3C"
    "64E6EE6A63094D99283AFF767E124DF059983C18F809E262923C53AEC295D30383B54E39D609D160AFCB1908D0BD8766"
    "21886CA989CA9C7D58087307CA93092D651EFA"
)
quick = settings(max_examples=25, deadline=None)


def test_public_key_of_the_standards_private_key() -> None:
    assert sm.sm2_public_of(PRIVATE) == PUBLIC
    assert sm.sm2_digest(PUBLIC, b"message digest").hex() == "f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640"


def test_signature_of_the_standard_verifies_and_no_other() -> None:
    assert sm.sm2_verify(PUBLIC, b"message digest", SIGNATURE)
    assert not sm.sm2_verify(PUBLIC, b"message digesu", SIGNATURE)
    assert not sm.sm2_verify(PUBLIC, b"message digest", SIGNATURE, ident=b"ALICE123@YAHOO.COM")
    assert not sm.sm2_verify(PUBLIC, b"message digest", SIGNATURE[:-1])
    assert not sm.sm2_verify(PUBLIC, b"message digest", bytes(64))


def test_ciphertext_of_the_standard_opens() -> None:
    assert sm.sm2_decrypt(PRIVATE, CIPHERTEXT) == b"encryption standard"


@quick
@given(st.binary(max_size=300), st.binary(max_size=40))
def test_what_is_signed_verifies(message: bytes, ident: bytes) -> None:
    signature = sm.sm2_sign(PRIVATE, message, ident=ident)
    assert sm.sm2_verify(PUBLIC, message, signature, ident=ident)
    assert not sm.sm2_verify(PUBLIC, message + b"x", signature, ident=ident)
    assert sm.signature_from_der(sm.signature_to_der(signature)) == signature


@quick
@given(st.binary(min_size=1, max_size=255))
def test_what_is_encrypted_opens_only_unchanged(plaintext: bytes) -> None:
    ciphertext = sm.sm2_encrypt(PUBLIC, plaintext)
    assert sm.sm2_decrypt(PRIVATE, ciphertext) == plaintext
    assert sm.ciphertext_from_der(sm.ciphertext_to_der(ciphertext)) == ciphertext
    with pytest.raises(sm.BrokenSeal):
        sm.sm2_decrypt(PRIVATE, ciphertext[:-1] + bytes([ciphertext[-1] ^ 1]))


@settings(max_examples=10, deadline=None)
@given(st.integers(min_value=1, max_value=2**255))
def test_derived_public_keys_are_those_that_signatures_verify_with(scalar: int) -> None:
    private = scalar.to_bytes(32, "big")
    assert sm.sm2_verify(sm.sm2_public_of(private), b"m", sm.sm2_sign(private, b"m"))


def test_every_form_of_a_public_key_is_understood() -> None:
    compressed = bytes([2 + PUBLIC[-1] % 2]) + PUBLIC[1:33]
    for form in (PUBLIC, PUBLIC[1:], compressed, PUBLIC.hex(), PUBLIC.hex().upper(), compressed.hex()):
        assert sm.sm2_public(form) == PUBLIC
    assert sm.public_from_pem(sm.public_to_pem(PUBLIC)) == PUBLIC


@pytest.mark.parametrize("text", ["", "zz", "04" + "00" * 64, "00" * 64, PUBLIC.hex()[:-2], "02" + "ff" * 32, "05" + PUBLIC.hex()[2:]])
def test_what_is_no_public_key_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(sm.BadKey, match="SM2 公钥"):
        sm.sm2_public(text)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=90))
def test_no_bytes_but_der_are_read_as_a_signature(noise: bytes) -> None:
    with suppress(sm.BadKey):
        assert sm.signature_to_der(sm.signature_from_der(noise)) == noise


@pytest.mark.parametrize("change", [lambda der: der + b"\0", lambda der: der[:-1], lambda der: b"\x30\x81" + der[1:], lambda der: b""])
def test_der_that_is_not_strict_is_refused(change) -> None:
    with pytest.raises(sm.BadKey):
        sm.signature_from_der(change(sm.signature_to_der(SIGNATURE)))


@pytest.mark.parametrize(("label", "body"), [("PRIVATE KEY", "AAAA"), ("PUBLIC KEY", "!"), ("PUBLIC KEY", ""), ("PUBLIC KEY", "MAA=")])
def test_pem_that_is_no_public_key_is_refused(label: str, body: str) -> None:
    with pytest.raises(sm.BadKey):
        sm.public_from_pem(f"-----BEGIN {label}-----\n{body}\n-----END {label}-----")


@pytest.mark.parametrize("private", [b"", bytes(32), b"\xff" * 32, b"\x01" * 31])
def test_private_key_out_of_range_is_refused(private: bytes) -> None:
    with pytest.raises(sm.BadKey):
        sm.sm2_sign(private, b"m")


@pytest.mark.parametrize("plaintext", [b"", b"x" * 256])
def test_what_sm2_cannot_encrypt_is_refused_with_the_remedy(plaintext: bytes) -> None:
    with pytest.raises(sm.BadKey, match="SM4"):
        sm.sm2_encrypt(PUBLIC, plaintext)


def test_private_key_comes_back_from_its_pem() -> None:
    pair = sm.sm2_keypair()
    assert sm.private_from_pem(sm.private_to_pem(pair.private)) == pair.private
