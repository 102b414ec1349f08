"""The guard before the app: whom it answers, and the headers that keep a browser safe.

A page elsewhere can let its name point to 127.0.0.1 and then read what answers there (DNS rebinding). The Host
header still carries that name, so a request is answered only under an address, localhost, or the name bound to.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Final

import msgspec
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rarebird.web.answer import Fault

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """Wraps the app: refuses foreign names, adds the headers."""

    def __init__(self, app: ASGIApp, names: Iterable[str]) -> None:
        self._app = app
        self._names = {"localhost", *(name.lower() for name in names)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host = _name(Headers(scope=scope).get("host", ""))
        app = self._app if host in self._names or _is_address(host) else _refusal(host)
        if not _is_text(scope["query_string"]):
            app = _UNREADABLE

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await app(scope, receive, guarded)


_UNREADABLE: Final = Response(
    msgspec.json.encode(Fault("expected an address in UTF-8, got other bytes behind the question mark")),
    400,
    media_type="application/json",
)


def _refusal(host: str) -> Response:
    text = f"expected the Host header to name an address or localhost, got {host!r}; open http://localhost instead"
    return Response(msgspec.json.encode(Fault(text)), 403, media_type="application/json")


def _is_text(query: bytes) -> bool:
    try:
        query.decode()
    except UnicodeDecodeError:
        return False
    return True


def _name(host: str) -> str:
    """The Host header without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].rstrip(".").lower()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
