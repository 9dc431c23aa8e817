"""A calendar host that can hold an answer back until a test has done something else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class SlowHost:
    """Serves one calendar with one stay. `reached` is set when somebody waits for a held answer."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._open = threading.Event()
        self._open.set()
        self._body = b""
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = host._body
                if not host._open.is_set():
                    host.reached.set()
                    host._open.wait(60)  # whoever asks gives up long before; what is to be seen comes before that
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/slow.ics"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def serve(self, start: str, end: str, uid: str) -> None:
        """From now on this stay."""
        dates = f"DTSTART:{start.replace('-', '')}\nDTEND:{end.replace('-', '')}\n"
        entry = f"BEGIN:VEVENT\nUID:{uid}\n{dates}SUMMARY:Reserved\nEND:VEVENT\n"
        self._body = f"BEGIN:VCALENDAR\n{entry}END:VCALENDAR\n".encode()

    @contextmanager
    def held(self) -> Iterator[None]:
        """What is asked for meanwhile is answered at the end, with what was served when it was asked for."""
        self.reached.clear()
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    def close(self) -> None:
        self._open.set()
        self._server.shutdown()
        self._server.server_close()
