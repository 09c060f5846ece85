"""`suixin call`: one signed call of the gateway, made as an application of this installation.

The secret is the application's own, opened with this installation's key, or SUIXIN_APP_SECRET's.
"""

import argparse
import os
import shlex


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whom to call, as whom."""
    parser.add_argument("url", help="address of the gateway, e.g. http://127.0.0.1:8000/gateway/TABLE/lookup?KEY=VALUE")
    parser.add_argument("--app", required=True, metavar="ID", help="the application that calls")
    parser.add_argument("--curl", action="store_true", help="print the signed call for curl (good for five minutes, once)")


def run(options: argparse.Namespace) -> int:
    """Print the answer; 0 when the gateway answered with 200."""
    import httpx

    from suixin.data.doors.signing import sign
    from suixin.ground.people.queries import application_secret

    given = os.environ.get("SUIXIN_APP_SECRET", "")
    secret = given.encode() if given else application_secret(options.app)[0]
    headers = sign("GET", options.url, app_id=options.app, secret=secret)
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
