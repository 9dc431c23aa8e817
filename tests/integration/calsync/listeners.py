"""Hosts that answer as no server does: one that nobody may reach, one that never ends, one that hangs up."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Mapping


class Listener:
    """Counts its connections and answers each in a thread of its own."""

    def __init__(self) -> None:
        self.hits = 0
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
                self.answer(connection, connection.recv(65_536))
            except OSError:
                return

    def answer(self, connection: socket.socket, request: bytes) -> None:
        """What is sent; then it hangs up."""
        raise NotImplementedError

    def close(self) -> None:
        """Nobody is let in any more."""
        self._server.close()


class Canary(Listener):
    """A listener that nobody may reach. `drip` makes it a host that sends a byte now and then."""

    def __init__(self, drip: bool = False) -> None:
        self._drip = drip
        super().__init__()

    def answer(self, connection: socket.socket, request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nX:")
        while self._drip:
            connection.sendall(b"x")
            time.sleep(0.2)


class Raw(Listener):
    """A host that sends what stands under a path, headers and all, and hangs up."""

    def __init__(self, answers: Mapping[str, bytes]) -> None:
        self._answers = answers
        super().__init__()

    def answer(self, connection: socket.socket, request: bytes) -> None:
        said = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/calendar\r\n"
        connection.sendall(said + self._answers[request.split(b" ")[1].decode()])
