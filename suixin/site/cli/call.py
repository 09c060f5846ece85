"""`suixin call`: one signed call of the gateway, made as an application of this installation.

The secret is the application's own, opened with this installation's key, or SUIXIN_APP_SECRET's; with --sm2 the call
is signed by a private key that only the caller has. With --seal it goes enciphered, as sensitive resources ask for it.
"""

import argparse
import os
import shlex
from pathlib import Path

from suixin.kit.errors import NotFound


class NoPrivateKey(NotFound):
    """The file that --sm2 names cannot be read."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whom to call, as whom."""
    parser.add_argument("url", help="address of the gateway, e.g. http://127.0.0.1:8000/gateway/TABLE/lookup?KEY=VALUE")
    parser.add_argument("--app", required=True, metavar="ID", help="the application that calls")
    parser.add_argument("--sm2", metavar="FILE", help="sign with this SM2 private key (PEM) instead of the secret")
    parser.add_argument("--seal", action="store_true", help="encipher body and answer with SM4 (wants --sm2); the query becomes the body")
    parser.add_argument("--key-id", default="", metavar="ID", help="say which key signs (X-Key-Id)")
    parser.add_argument("--curl", action="store_true", help="print the signed call for curl (good for five minutes, once)")


def run(options: argparse.Namespace) -> int:
    """Print the answer; 0 when the gateway answered with 200."""
    import httpx

    from suixin.kit.signing import sign

    private = _private(options.sm2) if options.sm2 else b""
    if options.seal:
        return _seal(options, private)
    secret = b"" if private else _secret(options.app)
    headers = sign("GET", options.url, app_id=options.app, secret=secret, private=private, key_id=options.key_id)
    if options.curl:
        print("curl", *(f"-H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items()), shlex.quote(options.url))
        return 0
    try:
        answer = httpx.get(options.url, headers=headers, timeout=30)
    except httpx.TransportError as error:
        print(f"无法访问 {options.url}:{error}。请确认服务已启动。")
        return 1
    print(answer.text)
    return 0 if answer.status_code == 200 else 1


def _seal(options: argparse.Namespace, private: bytes) -> int:
    """The enciphered call, its answer opened and its signature tried. Raises NoPrivateKey, BrokenSeal."""
    import httpx

    from suixin.site.cli.sealed_call import ask

    if not private or options.curl:
        raise NoPrivateKey("加密调用(--seal)须用 --sm2 指明应用的 SM2 私钥文件,不能与 --curl 同用。")
    try:
        is_well, told = ask(options.url, options.app, private, key_id=options.key_id)
    except httpx.TransportError as error:
        print(f"无法访问 {options.url}:{error}。请确认服务已启动。")
        return 1
    print(told)
    return 0 if is_well else 1


def _private(path: str) -> bytes:
    """The private key of a PEM file. Raises NoPrivateKey, BadKey."""
    from suixin.kit.sm import private_from_pem

    try:
        return private_from_pem(Path(path).read_text("ascii"))
    except (OSError, UnicodeDecodeError) as error:
        raise NoPrivateKey(f"读不出私钥文件 {path}:{error};请核对路径与权限。") from error


def _secret(app_id: str) -> bytes:
    """The secret that was given, or the application's own. Raises NotFound, NoHome."""
    from suixin.site.cli import homes, start_django

    if given := os.environ.get("SUIXIN_APP_SECRET", ""):
        return given.encode()
    homes.require()
    start_django()
    from suixin.ground.people.queries import application_secret

    return application_secret(app_id)[0]
