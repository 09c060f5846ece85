"""Authorization code with PKCE, over Authlib: the address to send a browser to, and what comes back with the code.

Checks   issuer as declared; state (by the caller); PKCE S256; signature with a key of the provider's key set by an
         asymmetric algorithm (an unknown key id makes the set be fetched once more); issuer, audience, authorised
         party, nonce, times; subject of the user information the same as of the token
Network  https, or this machine; 5 seconds; description and keys are kept for ten minutes in the process
Errors   ProviderUnavailable, IdentityNotProven
"""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from suixin.ground.people.residents.errors import IdentityNotProven, ProviderUnavailable
from suixin.ground.people.residents.oidc.declared import Provider
from suixin.kit import clock

TIMEOUT_SECONDS = 5
KEPT_SECONDS = 600
LEEWAY_SECONDS = 60
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LOOPBACK = ("127.0.0.1", "localhost", "::1")

Claims = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Handshake:
    """Secrets of one sign-in, made by us and asked for again on the way back."""

    state: str
    nonce: str
    verifier: str


def new_handshake() -> Handshake:
    """Fresh secrets, 256 bits each."""
    return Handshake(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))


def authorization_url(provider: Provider, handshake: Handshake, *, redirect_uri: str) -> str:
    """Where the browser signs in. Raises ProviderUnavailable."""
    described = _description(provider)
    with _session(provider, redirect_uri=redirect_uri) as session:
        address, _ = session.create_authorization_url(
            described["authorization_endpoint"], state=handshake.state, nonce=handshake.nonce,
            code_verifier=handshake.verifier,
        )
    return str(address)


def claims_of(provider: Provider, code: str, *, handshake: Handshake, redirect_uri: str) -> Claims:
    """Verified claims of the person whose browser brought `code`. Raises ProviderUnavailable, IdentityNotProven."""
    described = _description(provider)
    with _session(provider, redirect_uri=redirect_uri) as session:
        token = _token(session, described, code=code, verifier=handshake.verifier)
        if not token.get("id_token"):
            raise IdentityNotProven("身份提供方没有给出身份令牌(id_token);请重新登录,若一直如此请联系平台管理员。")
        claims = _verified(provider, token, nonce=handshake.nonce)
        if provider.mapping.claims <= set(claims) or not described.get("userinfo_endpoint"):
            return claims
        return {**_user_information(session, described["userinfo_endpoint"], claims), **claims}


def end_session_url(provider: Provider, *, return_to: str) -> str:
    """Where the browser signs out of the provider too; empty when it offers that not, or does not answer."""
    try:
        address = _description(provider).get("end_session_endpoint", "")
    except ProviderUnavailable:
        return ""
    query = urlencode({"client_id": provider.client_id, "post_logout_redirect_uri": return_to})
    return f"{address}{'&' if '?' in address else '?'}{query}" if address else ""


def forget() -> None:
    """Drop what is kept of providers (tests, changed settings)."""
    _kept.clear()


def _session(provider: Provider, *, redirect_uri: str) -> Any:  # noqa: ANN401  Authlib is not typed
    secret = provider.secret
    return OAuth2Session(
        provider.client_id, secret or None, scope=provider.scope, redirect_uri=redirect_uri,
        code_challenge_method="S256", default_timeout=TIMEOUT_SECONDS,
        token_endpoint_auth_method=_authentication(provider) if secret else "none",
    )


def _authentication(provider: Provider) -> str:
    offered = _description(provider).get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"


def _token(session: Any, described: Mapping[str, Any], *, code: str, verifier: str) -> Mapping[str, Any]:  # noqa: ANN401  as above
    try:
        token: Mapping[str, Any] = session.fetch_token(
            described["token_endpoint"], code=code, code_verifier=verifier, grant_type="authorization_code"
        )
    except OAuthError as error:
        raise IdentityNotProven(
            "身份提供方不认这次登录(授权码无效、已过期或已用过);请回到登录页重新登录。", reason=str(error.error)
        ) from error
    except (requests.RequestException, ValueError) as error:
        raise _down() from error
    return token


def _verified(provider: Provider, token: Mapping[str, Any], *, nonce: str) -> Claims:
    described = _description(provider)
    said = described.get("id_token_signing_alg_values_supported") or ["RS256"]
    registry = JWSRegistry(algorithms=[name for name in ALGORITHMS if name in said], strict_check_header=False)
    try:
        try:
            decoded = jwt.decode(token["id_token"], _keys(provider), registry=registry)
        except InvalidKeyIdError:
            decoded = jwt.decode(token["id_token"], _keys(provider, afresh=True), registry=registry)
        claims = CodeIDToken(
            decoded.claims, decoded.header,
            {"iss": {"essential": True, "value": provider.issuer}, "aud": {"essential": True, "value": provider.client_id}},
            {"nonce": nonce, "client_id": provider.client_id, "access_token": token.get("access_token", "")},
        )
        claims.validate(now=int(clock.now().timestamp()), leeway=LEEWAY_SECONDS)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise IdentityNotProven(
            "身份令牌没有通过核验(签名、受众、随机数或有效期不符),没有登录;请重新登录,若一直如此请联系平台管理员。",
            reason=getattr(error, "error", type(error).__name__),
        ) from error
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise IdentityNotProven("身份令牌里没有用户标识(sub),没有登录;请联系平台管理员。")
    return dict(claims)


def _user_information(session: Any, address: str, claims: Claims) -> Claims:  # noqa: ANN401  as above
    try:
        answer = session.get(_safe(address))
        answer.raise_for_status()
        said = answer.json()
    except (requests.RequestException, OAuthError, ValueError) as error:
        raise _down() from error
    if not isinstance(said, dict) or said.get("sub") != claims["sub"]:
        raise IdentityNotProven("身份提供方给出的用户信息与令牌不是同一个人,没有登录;请重新登录。")
    return said


_kept: dict[str, tuple[float, Any]] = {}  # by address


def _description(provider: Provider) -> Mapping[str, Any]:
    described = _fetched(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if not isinstance(described, dict) or described.get("issuer") != provider.issuer or not all(map(described.get, wanted)):
        raise ProviderUnavailable("身份提供方的说明与设置不符(issuer 不一致或缺少地址),不能登录;请联系平台管理员核对设置。")
    for name in wanted:
        _safe(str(described[name]))
    return described


def _keys(provider: Provider, *, afresh: bool = False) -> KeySet:
    address = str(_description(provider)["jwks_uri"])
    if afresh:
        _kept.pop(address, None)
    return KeySet.import_key_set(_fetched(address))


def _fetched(address: str) -> Any:  # noqa: ANN401  JSON
    known = _kept.get(address)
    if known is not None and time.monotonic() - known[0] < KEPT_SECONDS:
        return known[1]
    try:
        answer = requests.get(_safe(address), timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()
        content = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise _down() from error
    _kept[address] = (time.monotonic(), content)
    return content


def _safe(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise ProviderUnavailable("身份提供方的地址不是 https,不能登录;请联系平台管理员核对设置。")
    return address


def _down() -> ProviderUnavailable:
    return ProviderUnavailable("身份提供方暂时没有应答,没有登录;请稍后再试。开放数据不登录也能查看。")
