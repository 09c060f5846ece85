"""Two nodes on one PostgreSQL database, one lake and one set of keys, behind the nginx of deploy/nginx."""

import json
import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from suixin.kit import signing
from suixin.site.bench.processes import free_port, python, serving
from tests.backup.conftest import PASSPHRASE, fresh_database, ran
from tests.upgrade.conftest import unpack

PATIENCE = 60.0  # seconds; a node on a busy machine may be slow
CONFIGURATION = Path(__file__).parents[2] / "deploy" / "nginx" / "suixin.conf"


@dataclass(frozen=True)
class Node:
    """One node: its home, where it listens, its settings."""

    home: Path
    port: int
    settings: dict[str, str]

    def run(self, *words: str, module: str = "suixin.site.cli") -> str:
        """The output of a command on this node."""
        return ran(self.home, *words, module=module, more=self.settings).stdout

    def get(self, path: str, **headers: str) -> httpx.Response:
        """What the node itself answers, asked as the proxy asks."""
        given = {"Host": "localhost", "X-Forwarded-Proto": "https", **headers}
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", headers=given, timeout=PATIENCE)


@dataclass(frozen=True)
class Cluster:
    """Both nodes, the addresses of the proxy, and what the application knows."""

    one: Node
    two: Node
    http: int
    https: int
    expected: dict[str, str]

    def signed(self, path: str) -> dict[str, str]:
        """Headers that sign a call by the application."""
        return signing.sign("GET", path, app_id="upgrade-app", secret=self.expected["secret"].encode())

    def client(self) -> httpx.Client:
        """A client of the proxy that takes its certificate, which signed itself."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return httpx.Client(base_url=f"https://localhost:{self.https}", verify=context, timeout=PATIENCE)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Everything up, and down again."""
    if shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin") is None:
        told = "没有 nginx：请安装后再跑多节点的测试"
        pytest.fail(told) if os.environ.get("CI") else pytest.skip(told)
    folder = tmp_path_factory.mktemp("nodes")
    with fresh_database() as database, ExitStack() as stack:
        http, https = free_port(), free_port()
        one, two = _homes(folder, database, https)
        expected = json.loads((one.home / "expected.json").read_text("utf-8"))
        for node in (one, two):
            command = ["env", *(f"{name}={value}" for name, value in node.settings.items())]
            command += python("suixin.site.cli", "serve", "--no-worker", "--port", str(node.port))
            stack.enter_context(serving(command, home=node.home, port=node.port, log=node.home / "serve.log"))
        nginx = [*_nginx(folder, (one.port, two.port), http, https)]
        stack.enter_context(serving(nginx, home=folder, port=https, log=folder / "nginx.log"))
        yield Cluster(one, two, http, https, expected)


def _homes(folder: Path, database: str, https: int) -> tuple[Node, Node]:
    """The first node restored from a backup of release 0.1.0, the second with nothing but links to what is shared."""
    old, first, second = folder / "old", folder / "one", folder / "two"
    unpack(old)
    ran(old, "backup", str(folder / "old.tar.zst"))
    ran(first, "restore", str(folder / "old.tar.zst"), database=database)
    second.mkdir()
    for name in ("keys", "keys.register"):
        (second / name).symlink_to(first / name)
    settings = {
        "SUIXIN_DATABASE_URL": database, "SUIXIN_LAKE": str(first / "lake"), "SUIXIN_ANCHORS": str(first / "anchors"),
        "SUIXIN_HTTPS": "1", "SUIXIN_HOSTS": "localhost", "SUIXIN_ORIGINS": f"https://localhost:{https}",
        "SUIXIN_PROXIES": "127.0.0.1", "SUIXIN_BACKUP_PASSPHRASE": PASSPHRASE,
    }
    return Node(first, free_port(), settings), Node(second, free_port(), settings)


def _nginx(folder: Path, nodes: tuple[int, int], http: int, https: int) -> list[str]:
    """The command that runs the proxy with our example, its names and places changed as its comment asks."""
    key, certificate = folder / "key.pem", folder / "fullchain.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*made, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    text = CONFIGURATION.read_text("utf-8")
    changes = {
        "    server 127.0.0.1:8000 max_fails=2 fail_timeout=5s;": "".join(f"server 127.0.0.1:{port};" for port in nodes),
        "/etc/suixin/tls/fullchain.pem": str(certificate), "/etc/suixin/tls/key.pem": str(key),
        "listen 80;": f"listen {http};", "listen [::]:80;": "", "listen 443 ssl": f"listen {https} ssl",
        "listen [::]:443 ssl http2;": "", "data.example.gov.cn;": "localhost;",
    }
    for before, after in changes.items():
        assert before in text, before
        text = text.replace(before, after)
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    path = folder / "nginx.conf"
    head = f"daemon off; pid {folder}/nginx.pid; error_log stderr; events {{}}"
    path.write_text(f"{head} http {{ {temporary} access_log off;\n{text}\n}}", "utf-8")
    return ["env", "PATH=/usr/sbin:/usr/bin:/usr/local/sbin", "nginx", "-c", str(path)]
