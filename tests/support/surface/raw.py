"""HTTP by hand, for what no client would send."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

PATIENCE = 20.0


@dataclass(frozen=True)
class Heard:
    """What came back: the status (0 when the other side hung up without one), the text, and how long it took."""

    status: int
    text: str
    seconds: float

    @property
    def refused(self) -> bool:
        """Refused politely, or by hanging up."""
        return self.status == 0 or 400 <= self.status < 500


def say(url: str, parts: Iterable[bytes], patience: float = PATIENCE) -> Heard:
    """Send these bytes, stop when the other side has answered, and read what it says."""
    begun = time.monotonic()
    where = urlsplit(url)
    with socket.create_connection((where.hostname or "", where.port or 80), timeout=patience) as line:
        for part in parts:
            try:
                line.sendall(part)
            except (BrokenPipeError, ConnectionResetError):
                break
            if answered(line) or time.monotonic() - begun > patience:
                break
        text = listen(line, begun + patience)
    first = text.split(" ", 2)
    status = int(first[1]) if len(first) > 1 and first[1].isdigit() else 0
    return Heard(status, text, time.monotonic() - begun)


def answered(line: socket.socket) -> bool:
    """Whether something waits to be read."""
    patience = line.gettimeout()
    line.setblocking(False)
    try:
        line.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True
    finally:
        line.settimeout(patience)
    return True


def listen(line: socket.socket, until: float) -> str:
    """Everything until the head and the body that it announces are complete, or the line is dead."""
    heard = b""
    with contextlib.suppress(ConnectionResetError, TimeoutError):
        while time.monotonic() < until:
            line.settimeout(max(until - time.monotonic(), 0.1))
            part = line.recv(65_536)
            heard += part
            if not part or is_whole(heard):
                break
    return heard.decode(errors="replace")


def is_whole(heard: bytes) -> bool:
    """Whether an answer with a Content-Length is complete."""
    head, _, body = heard.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return bool(lengths) and len(body) >= int(lengths[0])


def head(method: str, path: str, *lines: str) -> bytes:
    """The beginning of a request."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *lines, "", ""]).encode("latin-1")
