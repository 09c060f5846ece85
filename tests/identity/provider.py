"""The provider as a program: python -m tests.identity.provider [--port 8139] [--site http://127.0.0.1:8000] [--home DIR]

For the tests, and for trying out by hand (docs/identity.md). Its people are made up: numbers of people born in 1800
and later, which nobody has. Prints its people, then serves until stopped.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

import django

CLIENT, SECRET = "suixin-residents", "only-for-trying-out"
PASSWORD = "try-it-out-2026"
FIRM = {"uscc": "91510903XX0000326X", "name": "船山区盛涪贸易有限公司(模拟32)"}  # of the demo's register
PEOPLE: dict[str, dict[str, object]] = {
    # the person whom the demo's signed call looks up
    "zhou": {"name": "周玲建", "id_number": "510903180101055035", "phone_number": "13900000001", "auth_level": "L4"},
    "feng": {"name": "冯英辉", "id_number": "510903180001011238", "phone_number": "13900000002", "auth_level": "L4",
             "firms": [{**FIRM, "role": "legal_representative"}]},
    "ouyang": {"name": "欧阳立秋", "id_number": "510903180002022342", "phone_number": "13900000003", "auth_level": "L3"},
    "wang": {"name": "王谷雨", "phone_number": "13900000004", "auth_level": "L2"},
}


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8139)
    parser.add_argument("--site", default="http://127.0.0.1:8000", help="address of the site that signs its residents in")
    parser.add_argument("--home", type=Path, default=None, help="folder of the provider's state; default: a fresh one")
    wish = parser.parse_args()
    home = wish.home or Path(tempfile.mkdtemp(prefix="identity-"))
    home.mkdir(parents=True, exist_ok=True)
    os.environ.update(IDENTITY_HOME=str(home), DJANGO_SETTINGS_MODULE="tests.identity.settings", OAUTHLIB_INSECURE_TRANSPORT="1")
    django.setup()
    prepare(home, wish.site.rstrip("/"))
    issuer = f"http://127.0.0.1:{wish.port}/o"
    sys.stdout.write(
        f"SUIXIN_OIDC_ISSUER=province={issuer}\nSUIXIN_OIDC_CLIENT=province={CLIENT}\nkeys/oidc-province.secret: {SECRET}\n"
        f"people: {', '.join(PEOPLE)}; password: {PASSWORD}\n"
    )
    sys.stdout.flush()

    from socketserver import ThreadingMixIn
    from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

    from django.core.servers.basehttp import get_internal_wsgi_application

    class Quiet(WSGIRequestHandler):
        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Nothing of what went well."""

    class Server(ThreadingMixIn, WSGIServer):
        daemon_threads = True

    with Server(("127.0.0.1", wish.port), Quiet) as server:
        server.set_app(get_internal_wsgi_application())
        server.serve_forever()


def prepare(home: Path, site: str) -> None:
    """Tables, people and the one client."""
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from oauth2_provider.models import Application

    call_command("migrate", verbosity=0)
    (home / "people.json").write_text(json.dumps(PEOPLE, ensure_ascii=False), "utf-8")
    for name in PEOPLE:
        if not User.objects.filter(username=name).exists():
            User.objects.create_user(name, password=PASSWORD)
    Application.objects.filter(client_id=CLIENT).delete()
    Application.objects.create(
        client_id=CLIENT, client_secret=SECRET, name="遂心 Suixin", client_type="confidential",
        authorization_grant_type="authorization-code", algorithm="RS256",
        redirect_uris=f"{site}/login/province/back", post_logout_redirect_uris=f"{site}/login/",
    )


if __name__ == "__main__":
    main()
