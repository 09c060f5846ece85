"""Providers that run beside the tests as processes, die when told to and come back on the same port."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.db import connection

from suixin.ground.notify.tests.factories import settings_of
from suixin.kit import clock

HERE = Path(__file__).parent
SECRET = "a-secret-of-the-tests"


def free_port() -> int:
    """A port that nobody listened to a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _running(*arguments: object) -> Iterator[None]:
    server = subprocess.Popen([sys.executable, *map(str, arguments)], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        assert server.stdout.readline().strip()
        yield
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


class Provider:
    """A provider on a port of its own, with the record of what it took."""

    def __init__(self, folder: Path, script: str, *words: str) -> None:
        self.record, self.script, self.words, self.port = folder / f"{script}.jsonl", script, words, free_port()
        self.last_words: tuple[str, ...] = ()

    def running(self, *, die_after: int = 0) -> AbstractContextManager[None]:
        """The provider listens inside; it kills itself after so many messages."""
        return _running(HERE / self.script, self.record, *self.words, self.port, die_after, *self.last_words)

    @property
    def taken(self) -> list[dict[str, Any]]:
        """What it took, in order."""
        return [json.loads(line) for line in self.record.read_text().splitlines()] if self.record.exists() else []


def gateway(folder: Path) -> Provider:
    """A message gateway; its secret lies where ours are."""
    keys = Path(settings.SUIXIN.keys)
    keys.mkdir(parents=True, exist_ok=True)
    for channel in ("sms", "wecom"):
        (keys / f"gateway-{channel}.secret").write_text(SECRET)
    return Provider(folder, "gateway_server.py", SECRET)


def mail(folder: Path) -> Provider:
    """A mail server."""
    return Provider(folder, "mail_server.py")


def guarded_mail(folder: Path) -> Provider:
    """A mail server that wants STARTTLS and a sign-in; its certificate is `folder`/server.pem."""
    key, now = ec.generate_private_key(ec.SECP256R1()), clock.now()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, SHA256())
    )
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "server.pem").write_bytes(plain + certificate.public_bytes(Encoding.PEM))
    provider = Provider(folder, "mail_server.py")
    provider.last_words = (str(folder / "server.pem"),)
    return provider


def settings_for(*, mail: Provider | None = None, **gateways: Provider) -> AbstractContextManager[None]:
    """An installation whose channels lead to these."""
    addresses = tuple((name, f"http://127.0.0.1:{one.port}/send") for name, one in gateways.items())
    return settings_of(
        smtp_url=f"smtp://127.0.0.1:{mail.port}" if mail else "", mail_from="suixin@city.example" if mail else "", gateways=addresses,
    )


def loop_process(provider: Provider, *lines: str) -> "subprocess.Popen[bytes]":
    """One round of the loop in a process of its own, on the database of the test; `lines` of Python run before it."""
    script = ["import django; django.setup()", "from suixin.ground.notify import delivering", *lines, "delivering.deliver_due()"]
    environment = {"SUIXIN_NOTIFY_QUIET": "off", "SUIXIN_GATEWAYS": f"wecom=http://127.0.0.1:{provider.port}/send"}
    return subprocess.Popen([sys.executable, "-c", "\n".join(script)], env={**process_environment(), **environment})


def process_environment() -> dict[str, str]:
    """The environment in which a process of its own works on the database and the home of the test."""
    held = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{held['NAME']}"
    else:
        url = f"postgresql://{held['USER']}:{held['PASSWORD']}@{held['HOST']}:{held['PORT']}/{held['NAME']}"
    told = {"SUIXIN_DATABASE_URL": url, "SUIXIN_HOME": str(settings.SUIXIN.home), "DJANGO_SETTINGS_MODULE": "suixin.site.settings"}
    return {**os.environ, **told}
