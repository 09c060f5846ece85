"""A relay between us and a server, which ends every connection after so many bytes of answers."""

import select
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Dropping(socketserver.ThreadingTCPServer):
    """A relay to a server that ends every connection after so many bytes of answers."""

    daemon_threads, block_on_close = False, True

    def __init__(self, port: int, *, most: int) -> None:
        self.target, self.most = port, most
        super().__init__(("127.0.0.1", 0), Relayed)
        self.port = self.server_address[1]


class Relayed(socketserver.BaseRequestHandler):
    """One connection."""

    def handle(self) -> None:
        relay: Dropping = self.server  # type: ignore[assignment]  # which made it
        left = relay.most
        with socket.create_connection(("127.0.0.1", relay.target)) as server:
            pairs = {self.request: server, server: self.request}
            while left > 0:
                for one in select.select(list(pairs), [], [])[0]:
                    data = one.recv(65_536)
                    left -= len(data) if one is server else 0
                    if not data:
                        return
                    pairs[one].sendall(data)


@contextmanager
def dropping(port: int, *, most: int) -> Iterator[Dropping]:
    """The relay to that port of this machine; `most` may be set while it works."""
    with Dropping(port, most=most) as relay:
        thread = threading.Thread(target=relay.serve_forever)
        thread.start()
        try:
            yield relay
        finally:
            relay.shutdown()
            thread.join()
