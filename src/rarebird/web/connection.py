"""One connection to the page: what a client may send and hold before it is answered, refused or closed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

import msgspec
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from rarebird.web.answer import Fault
from rarebird.web.room import Room

REQUEST_S: Final = 10.0
"""A request has to be there within this time of its first byte, the first one of when the connection was made."""
UNREAD_S: Final = 60.0
"""A client that has read nothing for so long although there is something to read is gone."""
URL: Final = 8 << 10
HEAD: Final = 64 << 10
"""Bytes of the address that is asked for, and of a request up to its body; browsers send some 2 KB."""
_TOO_LONG: Final = (431, f"expected a request with headers of at most {HEAD >> 10} KiB")
PIPELINED: Final = 16
"""Requests that may wait for the answer to the one before; no browser sends a second one."""


class _Refused(Exception):
    pass


class _Limit:
    """A time within which something has to come; else `over` is called, once."""

    def __init__(self, seconds: float, over: Callable[[], None]) -> None:
        self._seconds, self._over = seconds, over
        self._due: asyncio.TimerHandle | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """The time begins, unless it runs already."""
        if self._due is None:
            self._due = loop.call_later(self._seconds, self._over)

    def stop(self) -> None:
        """It came."""
        if self._due is not None:
            self._due.cancel()
            self._due = None


class Connections:
    """All connections of one page: how many there may be, and which of them give way."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.feeds: set[Connection] = set()
        self._idle: dict[Connection, None] = {}
        self._busy: set[Connection] = set()

    def made(self, connection: Connection) -> None:
        """Takes in one more; where there is no room, the one that has been without a request for longest gives way."""
        self._idle[connection] = None
        if len(self._idle) + len(self._busy) > self.room.connections:
            oldest = next(iter(self._idle))
            del self._idle[oldest]
            oldest.close()

    def asks(self, connection: Connection, path: str) -> bool:
        """Whether there is room for its request, which has come."""
        self._idle.pop(connection, None)
        if path != "/feed" or connection in self.feeds:
            self._busy.add(connection)
            return True
        if len(self.feeds) >= self.room.feeds:
            self._busy.add(connection)
            return False
        self.feeds.add(connection)
        return True

    def is_answered(self, connection: Connection) -> None:
        """Takes down that it waits for a request again."""
        self.lost(connection)
        self._idle[connection] = None

    def lost(self, connection: Connection) -> None:
        """Takes down that it is there no more."""
        self._idle.pop(connection, None)
        self._busy.discard(connection)
        self.feeds.discard(connection)


class Connection(HttpToolsProtocol):
    """A connection that is closed where a request does not come in time, is too long, or its answer is not read."""

    def __init__(
        self,
        connections: Connections,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._all = connections
        self._head = 0
        self._in_head = True
        self._is_headless = True
        """No head of a request has ended in the bytes that came last."""
        self._unended = 0
        self._answering = 0
        """Requests whose answers are not sent yet."""
        self._refusal = (400, "expected a request in HTTP/1.1")
        self._request = _Limit(REQUEST_S, self.close)
        self._reading = _Limit(UNREAD_S, self.close)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Takes it in, where there is room."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._request.start(self.loop)
        self._all.made(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets it."""
        self._all.lost(self)
        self._request.stop()
        self.resume_writing()
        super().connection_lost(exc)
        self.pipeline.clear()

    def close(self) -> None:
        """Closes it at once, whatever is still to be read or written."""
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Takes in the next bytes of requests."""
        if self.transport.is_closing():
            return
        if self._in_head:
            self._request.start(self.loop)
        self._is_headless = self._in_head
        super().data_received(data)
        if self._is_headless:
            self._unended += len(data)
            if self._unended > HEAD and not self.transport.is_closing():
                self._refusal = _TOO_LONG
                self.send_400_response("")

    def on_message_begin(self) -> None:
        """A request begins."""
        self._head = 0
        self._request.start(self.loop)
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A part of the address that is asked for."""
        super().on_url(url)
        if len(self.url) > URL:
            self._refuse(414, f"expected an address of at most {URL >> 10} KiB, got a longer one")

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        super().on_header(name, value)
        self._head += len(name) + len(value)
        if self._head > HEAD:
            self._refuse(*_TOO_LONG)

    def on_headers_complete(self) -> None:
        """The request can be answered, unless too many wait."""
        self._in_head, self._is_headless, self._unended = False, False, 0
        if len(self.pipeline) >= PIPELINED:
            self._refuse(429, f"expected at most {PIPELINED} requests before the first answer")
        path = self.url.partition(b"?")[0].decode("ascii", errors="replace")
        if not self._all.asks(self, path):
            self._refuse(503, f"{self._all.room.feeds} feeds are open, which is all that there may be; close some")
        self._answering += 1
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request has come whole."""
        self._request.stop()
        super().on_message_complete()
        self._in_head = True

    def on_response_complete(self) -> None:
        """Waits for the next request."""
        self._answering -= 1
        if not self.pipeline and not self.transport.is_closing():
            self._all.is_answered(self)
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The client does not read as fast as it asks."""
        super().pause_writing()
        self._reading.start(self.loop)

    def resume_writing(self) -> None:
        """The client reads again."""
        self._reading.stop()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the name is that of the server
        """Says what is wrong with a request, and closes; only closes where an answer is half written."""
        if not self._answering:
            status, text = self._refusal
            body = msgspec.json.encode(Fault(text))
            head = b"content-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
            self.transport.write(STATUS_LINE[status] + head + body)
        self.transport.close()

    def _refuse(self, status: int, text: str) -> None:
        """Ends the parsing of a request: what its parser calls can only raise."""
        self._refusal = (status, text)
        raise _Refused
