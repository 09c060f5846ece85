"""SM2: keys, signatures, encryption. Arithmetic by GmSSL (gmssl_pyx), forms by us.

Forms    private key 32 bytes; public key 65 bytes (04 || x || y), 33 and 64 are understood; signature 64 bytes
         (r || s); ciphertext 04 || x || y || C3 || C2 (order C1C3C2). DER in `der`
Signed   e = SM3(Z || message), Z over `ident` and the public key; the default ident is 1234567812345678
Trap     a public key is derived from a private one in plain Python, which is not constant in time: do it where
         keys are made or read, never on a request
"""

import hashlib
from functools import lru_cache
from typing import NamedTuple

import gmssl_pyx

from suixin.kit.sm.der import ciphertext_from_der, ciphertext_to_der, signature_from_der, signature_to_der
from suixin.kit.sm.errors import BadKey, BrokenSeal

DEFAULT_IDENT = b"1234567812345678"
PRIVATE_BYTES = 32
PUBLIC_BYTES = 65
PLAINTEXT_LIMIT = 255
_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_A = _P - 3
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_GX = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7
_GY = 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0
_CURVE = b"".join(number.to_bytes(32, "big") for number in (_A, _B, _GX, _GY))

_Jacobian = tuple[int, int, int]


class KeyPair(NamedTuple):
    """A private key (32 bytes) and its public key (65 bytes)."""

    private: bytes
    public: bytes


def sm2_keypair() -> KeyPair:
    """A new pair of keys from the library's random generator."""
    public, private = gmssl_pyx.sm2_key_generate()
    return KeyPair(private, b"\x04" + public)


def sm2_public(text_or_bytes: str | bytes) -> bytes:
    """The 65 bytes of a public key given as bytes or hex (33, 64 or 65 bytes). Raises BadKey, off the curve too."""
    try:
        return b"\x04" + bytes(gmssl_pyx.normalize_sm2_public_key(text_or_bytes))
    except (gmssl_pyx.InvalidValueError, ValueError) as error:
        raise BadKey("不是有效的 SM2 公钥:应为 64 或 65 字节(压缩形式 33 字节)且在曲线上;请重新导出。") from error


@lru_cache(maxsize=64)
def sm2_public_of(private: bytes) -> bytes:
    """The public key (65 bytes) of a private one. Raises BadKey when the number is out of range."""
    scalar = int.from_bytes(private, "big")
    if len(private) != PRIVATE_BYTES or not 0 < scalar < _N - 1:
        raise BadKey("不是有效的 SM2 私钥:应为 32 字节且在取值范围内。")
    x, y = _affine(_times_base(scalar))
    return b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")


def sm2_private_from(material: bytes) -> bytes:
    """A private key (32 bytes) made of 32 bytes of key material, always the same."""
    return (int.from_bytes(material, "big") % (_N - 2) + 1).to_bytes(PRIVATE_BYTES, "big")


def sm2_digest(public: bytes, message: bytes, *, ident: bytes = DEFAULT_IDENT) -> bytes:
    """What a signature signs: e = SM3(Z || message), 32 bytes. Source GB/T 32918.2, 5.5."""
    bits = (8 * len(ident)).to_bytes(2, "big")
    z = hashlib.new("sm3", bits + ident + _CURVE + sm2_public(public)[1:]).digest()
    return hashlib.new("sm3", z + message).digest()


def sm2_sign(private: bytes, message: bytes, *, ident: bytes = DEFAULT_IDENT) -> bytes:
    """The signature r || s (64 bytes) of `message`. Raises BadKey."""
    return sm2_sign_digest(private, sm2_digest(sm2_public_of(private), message, ident=ident))


def sm2_sign_digest(private: bytes, digest: bytes) -> bytes:
    """The signature r || s of a digest that `sm2_digest` made: what a hardware module does inside."""
    try:
        return signature_from_der(gmssl_pyx.sm2_sign_sm3_digest(private, digest))
    except gmssl_pyx.GmsslInnerError as error:
        raise BadKey("不是有效的 SM2 私钥,无法签名。") from error


def sm2_verify(public: bytes, message: bytes, signature: bytes, *, ident: bytes = DEFAULT_IDENT) -> bool:
    """Whether `signature` (r || s) of `message` is by the owner of `public`. Raises BadKey for no public key."""
    digest = sm2_digest(public, message, ident=ident)
    if len(signature) != 2 * PRIVATE_BYTES:
        return False
    try:
        return bool(gmssl_pyx.sm2_verify_sm3_digest(sm2_public(public)[1:], digest, signature_to_der(signature)))
    except gmssl_pyx.GmsslInnerError:
        return False


def sm2_encrypt(public: bytes, plaintext: bytes) -> bytes:
    """`plaintext` (1 to 255 bytes: a key, not a document) for the owner of `public`, C1C3C2. Raises BadKey."""
    if not 0 < len(plaintext) <= PLAINTEXT_LIMIT:
        raise BadKey(f"SM2 只加密 1 到 {PLAINTEXT_LIMIT} 字节;更长的内容请用 SM4 加密,再用 SM2 加密其密钥。")
    return ciphertext_from_der(gmssl_pyx.sm2_encrypt(sm2_public(public)[1:], plaintext))


def sm2_decrypt(private: bytes, ciphertext: bytes) -> bytes:
    """The plaintext of `sm2_encrypt`. Raises BrokenSeal when anything differs."""
    try:
        return bytes(gmssl_pyx.sm2_decrypt(private, ciphertext_to_der(ciphertext)))
    except gmssl_pyx.GmsslInnerError as error:
        raise BrokenSeal("SM2 密文校验不通过;请核对私钥,以及密文顺序是否为 C1C3C2。") from error


def _times_base(scalar: int) -> _Jacobian:
    """`scalar` times the base point, by a ladder that adds and doubles for every bit alike."""
    low, high = (0, 1, 0), (_GX, _GY, 1)
    for bit in reversed(range(256)):
        both = _add(low, high)
        low, high = (both, _double(high)) if scalar >> bit & 1 else (_double(low), both)
    return low


def _double(point: _Jacobian) -> _Jacobian:
    x, y, z = point
    square = y * y % _P
    s = 4 * x * square % _P
    m = 3 * (x - z * z) * (x + z * z) % _P
    x2 = (m * m - 2 * s) % _P
    return x2, (m * (s - x2) - 8 * square * square) % _P, 2 * y * z % _P


def _add(left: _Jacobian, right: _Jacobian) -> _Jacobian:
    """The sum of two points that are not the same (in the ladder they always differ by the base point)."""
    (x1, y1, z1), (x2, y2, z2) = left, right
    if not z1:
        return right
    u1, u2 = x1 * z2 * z2 % _P, x2 * z1 * z1 % _P
    s1, s2 = y1 * z2**3 % _P, y2 * z1**3 % _P
    h, r = (u2 - u1) % _P, (s2 - s1) % _P
    cube, v = h**3 % _P, u1 * h * h % _P
    x = (r * r - cube - 2 * v) % _P
    return x, (r * (v - x) - s1 * cube) % _P, h * z1 * z2 % _P


def _affine(point: _Jacobian) -> tuple[int, int]:
    x, y, z = point
    inverse = pow(z, -1, _P)
    return x * inverse * inverse % _P, y * inverse**3 % _P
