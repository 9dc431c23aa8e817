"""The parts of Cloudflare's API that create and list resources, for the real wrangler to talk to; no more than that."""

from __future__ import annotations

import json
import re
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ACCOUNT = "a" * 32
KINDS = {"d1/database": "name", "storage/kv/namespaces": "title", "r2/buckets": "name", "queues": "queue_name"}


class Cloudflare:
    """Runs in a thread and remembers every call as `METHOD path`."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.resources: dict[str, list[dict[str, Any]]] = defaultdict(list)
        cloudflare = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                status, body = cloudflare.answer(self.command, self.path, self.rfile.read(length))
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/client/v4"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        self.server.shutdown()
        self.server.server_close()

    def answer(self, method: str, target: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """One call: resources of our account exist, anything else is refused."""
        path = target.partition("?")[0].removeprefix("/client/v4")
        self.calls.append(f"{method} {path}")
        found = re.fullmatch(rf"/accounts/{ACCOUNT}/({'|'.join(KINDS)})", path)
        if found is None:
            return 403, {
                "success": False,
                "errors": [{"code": 10000, "message": "Authentication error"}],
                "result": None,
            }
        kind = found[1]
        if method == "POST":
            return 200, wrapped(self.create(kind, json.loads(body)))
        listed = [] if re.search(r"[?&]page=([2-9]|\d\d)", target) else self.resources[kind]  # all fits on one page
        wanted = re.search(r"[?&]name=([^&]+)", target)
        if wanted:
            listed = [entry for entry in listed if entry[KINDS[kind]] == wanted[1]]
        return 200, wrapped({"buckets": listed} if kind == "r2/buckets" else listed, len(listed))

    def create(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        """A new resource of any kind, with every spelling of an id."""
        name, number = body[KINDS[kind]], len(self.resources[kind]) + 1
        ids = {"uuid": f"00000000-0000-4000-8000-{number:012}", "id": f"{number:032}", "queue_id": f"{number:032}"}
        more = {"creation_date": "2026-11-01T00:00:00.000Z", "consumers": [], "producers": []}
        entry = {**ids, **more, KINDS[kind]: name, "producers_total_count": 0, "consumers_total_count": 0}
        self.resources[kind].append(entry)
        return entry


def wrapped(result: Any, count: int = 1) -> dict[str, Any]:
    """Cloudflare's envelope."""
    info = {"page": 1, "per_page": 1000, "count": count, "total_count": count, "total_pages": 1}
    return {"success": True, "errors": [], "messages": [], "result": result, "result_info": info}
