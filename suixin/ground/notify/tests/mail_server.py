"""A mail server as a process of its own: `python mail_server.py RECORD PORT DIE_AFTER [CERTIFICATE]`; one line a message taken.

A receiver whose name is a number is answered with it. After DIE_AFTER messages it dies by SIGKILL, with the message
taken and the answer not given. With a certificate it takes mail only of `post`, signed in behind STARTTLS.
"""

import email
import json
import os
import signal
import ssl
import sys
import threading
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

RECORD, PORT, DIE_AFTER = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
taken = 0


def admit(server, session, envelope, mechanism, given):
    return AuthResult(success=(given.login, given.password) == (b"post", b"right"), handled=False)


def keep(line):
    with RECORD.open("a") as kept:
        kept.write(json.dumps(line) + "\n")


class Mailbox:
    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802  aiosmtpd's name
        name = address.partition("@")[0]
        if name.isdecimal():
            return f"{name} {name[0]}.1.1 told so"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  aiosmtpd's name
        global taken
        mail = email.message_from_bytes(envelope.content, policy=default)
        line = {"id": mail["Message-ID"], "to": mail["To"], "subject": mail["Subject"], "text": mail.get_content(), "headers": mail.keys()}
        keep(line)
        taken += 1
        if taken == DIE_AFTER:
            os.kill(os.getpid(), signal.SIGKILL)
        return "250 OK"


options: dict[str, Any] = {}
if len(sys.argv) > 4:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(sys.argv[4])
    options = {"tls_context": context, "require_starttls": True, "auth_required": True, "authenticator": admit}
controller = Controller(Mailbox(), hostname="127.0.0.1", port=PORT, **options)
controller.start()
sys.stdout.write("ready\n")
sys.stdout.flush()
threading.Event().wait()
