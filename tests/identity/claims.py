"""What the provider says of its people, read from `people.json` at every sign-in, and the lies it tells when asked to.

`mischief.json` {"kind": ...} spoils the next tokens: audience, nonce, late, issuer, none, stranger, confused.
"""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from joserfc import jwt
from joserfc.jwk import RSAKey
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.settings import oauth2_settings

HOME = Path(settings.DATABASES["default"]["NAME"]).parent
SCOPES = {"name": "profile", "id_number": "profile", "auth_level": "profile", "phone_number": "phone", "firms": "firms"}


class Validator(OAuth2Validator):  # type: ignore[misc]  # the library is not typed
    """django-oauth-toolkit's, with claims like those of a provincial identity."""

    oidc_claim_scope = OAuth2Validator.oidc_claim_scope | SCOPES

    def get_additional_claims(self, request: Any) -> dict[str, object]:
        person = json.loads((HOME / "people.json").read_text("utf-8"))[request.user.username]
        return {name: value for name, value in person.items() if name in SCOPES}

    def finalize_id_token(self, id_token: dict[str, Any], token: dict[str, Any], token_handler: Any, request: Any) -> str:
        honest = str(super().finalize_id_token(id_token, token, token_handler, request))
        path = HOME / "mischief.json"
        kind = json.loads(path.read_text("utf-8"))["kind"] if path.is_file() else ""
        return _spoilt(id_token, kind) if kind else honest


def _spoilt(claims: dict[str, Any], kind: str) -> str:
    own = RSAKey.import_key(oauth2_settings.OIDC_RSA_PRIVATE_KEY)
    claims = json.loads(json.dumps(claims, default=str)) | {
        "audience": {"aud": "somebody-else"}, "nonce": {"nonce": "of-another-sign-in"}, "issuer": {"iss": "https://evil.example"},
        "late": {"exp": int(time.time()) - 600},
    }.get(kind, {})
    header = {"alg": "RS256", "kid": own.thumbprint()}
    if kind == "none":
        return f"{_part({'alg': 'none'})}.{_part(claims)}."
    if kind == "stranger":
        stranger = RSAKey.import_key(rsa.generate_private_key(public_exponent=65537, key_size=2048))
        return jwt.encode({"alg": "RS256", "kid": stranger.thumbprint()}, claims, stranger)
    if kind == "confused":  # HMAC under the public key, for a client that lets the token choose
        signed = f"{_part({'alg': 'HS256', 'kid': own.thumbprint()})}.{_part(claims)}"
        return f"{signed}.{_text(hmac.digest(own.as_pem(private=False), signed.encode(), 'sha256'))}"
    return jwt.encode(header, claims, own)


def _part(content: dict[str, Any]) -> str:
    return _text(json.dumps(content).encode())


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
