"""A real SSH server in this process that gives a folder by SFTP."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh


@contextmanager
def sftp_server(folder: Path) -> Iterator[tuple[int, str]]:
    """Port and public host key of a real SSH server that gives that folder to `clerk` with the password `pass`."""
    key = asyncssh.generate_private_key("ssh-ed25519")

    class Guard(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == ("clerk", "pass")

    loop = asyncio.new_event_loop()

    async def start() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1", 0, server_host_keys=[key], server_factory=Guard,
            sftp_factory=lambda chan: asyncssh.SFTPServer(chan, chroot=str(folder).encode()),
        )

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(start(), loop).result(30)
    try:
        yield server.get_port(), key.export_public_key().decode().strip()
    finally:
        async def stop() -> None:
            server.close()
            await server.wait_closed()

        asyncio.run_coroutine_threadsafe(stop(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()
