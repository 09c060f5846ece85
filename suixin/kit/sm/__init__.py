"""Chinese commercial cryptography: SM3 digests and HMACs, SM4-GCM sealing, SM2 signatures and encryption.

Layout   symmetric (SM3, HMAC-SM3, SM4), sm2 (keys, signatures, encryption), der (their ASN.1 forms, PEM)
Source   GB/T 32905 (SM3), GB/T 32907 (SM4), GB/T 32918 (SM2); vectors and the `openssl` command in the tests
Errors   BrokenSeal, BadKey
"""

from suixin.kit.sm.der import (
    ciphertext_from_der,
    ciphertext_to_der,
    private_from_pem,
    private_to_pem,
    public_from_pem,
    public_to_pem,
    signature_from_der,
    signature_to_der,
)
from suixin.kit.sm.errors import BadKey, BrokenSeal
from suixin.kit.sm.sm2 import (
    DEFAULT_IDENT,
    KeyPair,
    sm2_decrypt,
    sm2_digest,
    sm2_encrypt,
    sm2_keypair,
    sm2_private_from,
    sm2_public,
    sm2_public_of,
    sm2_sign,
    sm2_sign_digest,
    sm2_verify,
)
from suixin.kit.sm.symmetric import (
    KEY_BYTES,
    NONCE_BYTES,
    TAG_BYTES,
    hmac_sm3_hex,
    new_sm3,
    sm3_hex,
    sm4_open,
    sm4_seal,
)

__all__ = [
    "DEFAULT_IDENT", "KEY_BYTES", "NONCE_BYTES", "TAG_BYTES", "BadKey", "BrokenSeal", "KeyPair", "ciphertext_from_der",
    "ciphertext_to_der", "hmac_sm3_hex", "new_sm3", "private_from_pem", "private_to_pem",
    "public_from_pem", "public_to_pem", "signature_from_der",
    "signature_to_der", "sm2_decrypt", "sm2_digest", "sm2_encrypt", "sm2_keypair", "sm2_private_from", "sm2_public", "sm2_public_of",
    "sm2_sign", "sm2_sign_digest", "sm2_verify", "sm3_hex", "sm4_open", "sm4_seal",
]
