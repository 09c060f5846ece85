"""A passkey's device in Python, honest or not: makes credentials and signs challenges as a browser would hand them over."""

import hashlib
import json
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

PRESENT, VERIFIED, ATTESTED = 1, 4, 64


@dataclass
class Device:
    """One credential; `counter` is what it claims to have signed."""

    rp_id: str = "testserver"
    origin: str = "http://testserver"
    flags: int = PRESENT | VERIFIED
    counter: int = 0
    identifier: bytes = b"credential-of-a-test"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: str) -> str:
        """The answer to `navigator.credentials.create`."""
        point = self.key.public_key().public_numbers()
        cose = encode_cbor({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})
        attested = bytes(16) + len(self.identifier).to_bytes(2, "big") + self.identifier + cose
        data = self._data(self.flags | ATTESTED) + attested
        attestation = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        return self._told(clientDataJSON=self._client("webauthn.create", options), attestationObject=attestation)

    def get(self, options: str, **more: bytes) -> str:
        """The answer to `navigator.credentials.get`; it counts up."""
        self.counter += 1
        client, data = self._client("webauthn.get", options), self._data(self.flags)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._told(clientDataJSON=client, authenticatorData=data, signature=signature, **more)

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client(self, kind: str, options: str) -> bytes:
        challenge = json.loads(options)["challenge"]
        assert base64url_to_bytes(challenge)
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _told(self, **parts: bytes) -> str:
        name = bytes_to_base64url(self.identifier)
        response = {part: bytes_to_base64url(value) for part, value in parts.items()}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
