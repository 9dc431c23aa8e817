"""The product's API over HTTP: `Api` blocks, `AsyncApi` is for many calls at once. Both return httpx.Response."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import httpx

from support.verbs import NEW_KEY, Json, Verbs, headers_for

TIMEOUT = 60.0
KEPT = 2.0  # seconds; the server closes what is idle for five, and must not do so while we send
FEW = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=KEPT)
MANY = httpx.Limits(max_connections=256, max_keepalive_connections=256, keepalive_expiry=KEPT)


class Api(Verbs[httpx.Response]):
    """A blocking client, with or without a session."""

    def __init__(self, base_url: str, token: str | None = None) -> None:
        self.base_url, self.token = base_url, token
        self.http = httpx.Client(base_url=base_url, timeout=TIMEOUT, limits=FEW, follow_redirects=False)

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Json | None = None,
        key: str | None = NEW_KEY,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """One call. Cookies of an answer are not kept: the session is the token and nothing else."""
        sent = headers_for(method, key, self.token, headers)
        answer = self.http.request(method, path, json=json, params=params, headers=sent)
        self.http.cookies.clear()
        return answer

    def with_token(self, token: str | None) -> Api:
        """The same server, seen by somebody else."""
        return Api(self.base_url, token)

    def many(self) -> AsyncApi:
        """The same session for concurrent calls: `async with api.many() as calls: …`."""
        return AsyncApi(self.base_url, self.token)

    def close(self) -> None:
        """Give the connections back."""
        self.http.close()


class AsyncApi(Verbs[Awaitable[httpx.Response]]):
    """An asynchronous client; use it as a context manager inside one event loop."""

    def __init__(self, base_url: str, token: str | None = None) -> None:
        self.base_url, self.token = base_url, token
        self.http = httpx.AsyncClient(base_url=base_url, timeout=TIMEOUT, limits=MANY, follow_redirects=False)

    async def __aenter__(self) -> AsyncApi:
        await self.http.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self.http.__aexit__(*error)

    async def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Json | None = None,
        key: str | None = NEW_KEY,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """One call."""
        sent = headers_for(method, key, self.token, headers)
        return await self.http.request(method, path, json=json, params=params, headers=sent)
