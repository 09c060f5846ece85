"""ASN.1 forms of SM2 values: signatures (SEQUENCE of r, s), ciphertexts, public keys as PEM.

Source   GB/T 35276 (SM2 signature and ciphertext syntax), RFC 5480 (SubjectPublicKeyInfo); the curve is
         1.2.156.10197.1.301, the algorithm id-ecPublicKey, as the `openssl` command writes them
Promise  strict DER: a value has exactly one encoding, anything else is BadKey
"""

import base64
import binascii

from suixin.kit.sm.errors import BadKey

INTEGER, BIT_STRING, OCTET_STRING, SEQUENCE = 0x02, 0x03, 0x04, 0x30
SCALAR_BYTES = 32
_POINT_BYTES = 65
_DIGEST_BYTES = 32
_ALGORITHM = bytes.fromhex("301306072a8648ce3d020106082a811ccf5501822d")  # id-ecPublicKey, sm2p256v1
_BEGIN, _END = "-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"
_PRIVATE = ("PRIVATE KEY", "EC PRIVATE KEY", "SM2 PRIVATE KEY")
_CURVE = _ALGORITHM[-10:]


def signature_to_der(signature: bytes) -> bytes:
    """The DER form of a signature r || s (64 bytes)."""
    if len(signature) != 2 * SCALAR_BYTES:
        raise BadKey("SM2 签名须为 64 字节(r‖s);请核对编码。")
    return _tagged(SEQUENCE, _integer(signature[:SCALAR_BYTES]) + _integer(signature[SCALAR_BYTES:]))


def signature_from_der(der: bytes) -> bytes:
    """The signature r || s (64 bytes) of its DER form. Raises BadKey."""
    body = _whole(SEQUENCE, der)
    r, rest = _take_integer(body)
    s, rest = _take_integer(rest)
    return _nothing_left(rest, r + s)


def ciphertext_to_der(ciphertext: bytes) -> bytes:
    """The DER form (x, y, C3, C2) of a ciphertext 04 || x || y || C3 || C2."""
    if len(ciphertext) <= _POINT_BYTES + _DIGEST_BYTES or ciphertext[0] != 4:
        raise BadKey("SM2 密文须为 04 开头的 C1C3C2;请核对顺序(旧库用 C1C2C3)和编码。")
    point, rest = ciphertext[1:_POINT_BYTES], ciphertext[_POINT_BYTES:]
    body = _integer(point[:SCALAR_BYTES]) + _integer(point[SCALAR_BYTES:])
    body += _tagged(OCTET_STRING, rest[:_DIGEST_BYTES]) + _tagged(OCTET_STRING, rest[_DIGEST_BYTES:])
    return _tagged(SEQUENCE, body)


def ciphertext_from_der(der: bytes) -> bytes:
    """The ciphertext 04 || x || y || C3 || C2 of its DER form. Raises BadKey."""
    x, rest = _take_integer(_whole(SEQUENCE, der))
    y, rest = _take_integer(rest)
    digest, rest = _take(OCTET_STRING, rest)
    body, rest = _take(OCTET_STRING, rest)
    if len(digest) != _DIGEST_BYTES or not body:
        raise BadKey("SM2 密文的 DER 编码不对:C3 应为 32 字节且 C2 不为空。")
    return _nothing_left(rest, b"\x04" + x + y + digest + body)


def public_to_pem(public: bytes) -> str:
    """The PEM text (BEGIN PUBLIC KEY) of a public key of 65 bytes."""
    text = base64.encodebytes(_tagged(SEQUENCE, _ALGORITHM + _tagged(BIT_STRING, b"\x00" + public))).decode()
    lines = "".join(text.split())
    folded = "\n".join(lines[start:start + 64] for start in range(0, len(lines), 64))
    return f"{_BEGIN}\n{folded}\n{_END}\n"


def public_from_pem(text: str) -> bytes:
    """The bytes of the point in a PEM public key; whether it is on the curve is `sm2_public`'s to say. Raises BadKey."""
    inner = text.strip()
    if not (inner.startswith(_BEGIN) and inner.endswith(_END)):
        raise BadKey("不是 PEM 公钥:应以 BEGIN PUBLIC KEY 开头;请只上传公钥,私钥不要离开本部门。")
    body = _whole(SEQUENCE, _base64(inner[len(_BEGIN):-len(_END)]))
    if not body.startswith(_ALGORITHM):
        raise BadKey("这个公钥不是 SM2 曲线的;请用 SM2(sm2p256v1)密钥。")
    bits, rest = _take(BIT_STRING, body[len(_ALGORITHM):])
    return _nothing_left(rest, bits[1:])


def private_to_pem(private: bytes) -> str:
    """The private key (32 bytes) as an unencrypted EC PRIVATE KEY, which `private_from_pem` and `openssl` read."""
    body = _tagged(SEQUENCE, b"\x02\x01\x01" + _tagged(OCTET_STRING, private) + _tagged(0xA0, _CURVE))
    return f"-----BEGIN EC PRIVATE KEY-----\n{base64.encodebytes(body).decode()}-----END EC PRIVATE KEY-----\n"


def private_from_pem(text: str) -> bytes:
    """The 32 bytes of an unencrypted private key in PEM, as `openssl genpkey -algorithm SM2` writes it. Raises BadKey."""
    inner = text.strip()
    label = next((one for one in _PRIVATE if inner.startswith(f"-----BEGIN {one}-----")), "")
    end = f"-----END {label}-----"
    if not label or end not in inner:
        raise BadKey("不是 PEM 私钥:应为未加密的 PRIVATE KEY 或 EC PRIVATE KEY。")
    body = _whole(SEQUENCE, _base64(inner[len(label) + 16:inner.index(end)]))
    if label == "PRIVATE KEY":
        _, rest = _take(INTEGER, body)
        algorithm, rest = _take(SEQUENCE, rest)
        if _tagged(SEQUENCE, algorithm) != _ALGORITHM:
            raise BadKey("这个私钥不是 SM2 曲线的;请用 SM2(sm2p256v1)密钥。")
        body = _whole(SEQUENCE, _take(OCTET_STRING, rest)[0])
    elif _CURVE not in body:
        raise BadKey("这个私钥不是 SM2 曲线的;请用 SM2(sm2p256v1)密钥。")
    _, rest = _take(INTEGER, body)
    return _take(OCTET_STRING, rest)[0]


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error as error:
        raise BadKey("PEM 密钥的 Base64 内容不完整;请重新导出。") from error


def _tagged(tag: int, body: bytes) -> bytes:
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def _integer(scalar: bytes) -> bytes:
    number = int.from_bytes(scalar, "big")
    return _tagged(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _take(tag: int, der: bytes) -> tuple[bytes, bytes]:
    if len(der) < 2 or der[0] != tag:
        raise BadKey("不是 SM2 的 DER 编码;请核对编码。")
    size, start = der[1], 2
    if size >= 0x80:
        width = size & 0x7F
        start += width
        size = int.from_bytes(der[2:start], "big")
        if width not in (1, 2) or size < 0x80 or (width == 2 and size < 0x100):
            raise BadKey("DER 编码的长度写法不规范。")
    if len(der) < start + size:
        raise BadKey("DER 编码不完整;请核对是否被截断。")
    return der[start:start + size], der[start + size:]


def _take_integer(der: bytes) -> tuple[bytes, bytes]:
    body, rest = _take(INTEGER, der)
    number = int.from_bytes(body, "big")
    if not body or body[0] & 0x80 or number.bit_length() > 8 * SCALAR_BYTES or _integer(body) != _tagged(INTEGER, body):
        raise BadKey("DER 编码中的整数不规范。")
    return number.to_bytes(SCALAR_BYTES, "big"), rest


def _whole(tag: int, der: bytes) -> bytes:
    body, rest = _take(tag, der)
    return _nothing_left(rest, body)


def _nothing_left(rest: bytes, value: bytes) -> bytes:
    if rest:
        raise BadKey("DER 编码之后还有多余的内容。")
    return value
