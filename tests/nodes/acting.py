"""What somebody does on one node: `python -m tests.nodes.acting COMMAND`.

    revoke          the grant of the application `upgrade-app` ends for good
    session NAME    the key of a new session of the account, as if it had just signed in
    addresses       addresses in this node's access log, newest first
"""

import json
import os
import sqlite3
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suixin.site.settings")
import django

django.setup()

from django.test import Client  # noqa: E402  after setup

from suixin.data.access import actions as access  # noqa: E402
from suixin.data.access import log  # noqa: E402
from suixin.data.access.models import Grant  # noqa: E402
from suixin.ground.people.models import Account  # noqa: E402
from suixin.kit.actor import SYSTEM  # noqa: E402


def session_of(username: str) -> str:
    """The key of a session in the shared database."""
    client = Client()
    client.force_login(Account.objects.get(username=username))
    return str(client.session.session_key)


def main(words: list[str]) -> None:
    """One command of the module's docstring."""
    match words:
        case ["revoke"]:
            access.revoke_grant(Grant.objects.get(subject_key="upgrade-app"), actor=SYSTEM, reason="测试")
        case ["session", username]:
            print(session_of(username))  # noqa: T201 the result
        case ["addresses"]:
            log.settle()
            with sqlite3.connect(log.path()) as connection:
                rows = connection.execute("SELECT address FROM access ORDER BY id DESC").fetchall()
            json.dump([row[0] for row in rows], sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
