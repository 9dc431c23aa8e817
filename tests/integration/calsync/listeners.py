"""Hosts that speak no calendar: one that nobody may reach, and one that never ends."""

from __future__ import annotations

import socket
import threading
import time


class Canary:
    """A listener that nobody may reach. `drip` makes it a host that sends a byte now and then."""

    def __init__(self, drip: bool = False) -> None:
        self.hits = 0
        self._drip = drip
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.hits += 1
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            try:
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nX:")
                while self._drip:
                    connection.sendall(b"x")
                    time.sleep(0.2)
            except OSError:
                return

    def close(self) -> None:
        self._server.close()
