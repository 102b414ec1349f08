"""HTTP: an answer that never ends, cut by what its Content-Type says it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from rarebird.errors import SourceError
from rarebird.model.position import Position
from rarebird.source.address import is_loopback, public
from rarebird.source.blocks import Block, Cutter, is_event_id
from rarebird.source.faults import check_status, fault
from rarebird.source.live import AGENT, ANSWER_S, CONNECT_S, Interrupted

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession
    from yarl import URL

_BUFFER: Final = 256 << 10
_NO_STREAMS: Final = {"text/html"}


class HttpLink:
    """GET on an address. `cutters` gives what cuts the body, by Content-Type; "" stands for all others.

    An answer with a Content-Length is a document: its end is the end of the stream. So is, unless `follow`, the
    proper end of any answer; with it the end is a fault after which it connects again. `resume` makes the address
    that goes on from a position. The last event id is sent as `Last-Event-ID`.
    """

    def __init__(
        self,
        url: str,
        cutters: Mapping[str, Callable[[], Cutter]],
        *,
        resume: Callable[[Position], str] | None = None,
        follow: bool = True,
    ) -> None:
        self.name = public(url)
        self._url, self._resume = url, resume
        self._cutters = cutters
        self._follow = follow

    @asynccontextmanager
    async def open(self, since: Position) -> AsyncGenerator[AsyncGenerator[list[Block], None], None]:
        """A connection that goes on from a position."""
        import aiohttp
        from yarl import URL

        url = URL(self._resume(since) if self._resume else self._url)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S)
        async with aiohttp.ClientSession(
            timeout=timeout, trust_env=not is_loopback(url.host), read_bufsize=_BUFFER
        ) as session:
            response = await self._answer(session, url, since)
            try:
                check_status(response.status, response.reason, response.headers, self.name)
                yield self._blocks(response, self._cutter(response.content_type))
            finally:
                response.close()

    async def _answer(self, session: ClientSession, url: URL, since: Position) -> ClientResponse:
        import aiohttp

        headers = {"User-Agent": AGENT, "Accept-Encoding": "identity", "Cache-Control": "no-cache"}
        if since.event_id and is_event_id(since.event_id):
            headers["Last-Event-ID"] = since.event_id
        try:
            async with asyncio.timeout(ANSWER_S):
                return await session.get(url, headers=headers)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise fault(error, url) from error

    def _cutter(self, content_type: str) -> Cutter:
        if content_type in _NO_STREAMS:
            raise SourceError(
                f"{self.name} answered with a page ({content_type}), expected JSON lines or server-sent events; "
                "check the address",
                permanent=True,
            )
        return self._cutters.get(content_type, self._cutters[""])()

    async def _blocks(self, response: ClientResponse, cutter: Cutter) -> AsyncGenerator[list[Block], None]:
        import aiohttp

        try:
            async for chunk in response.content.iter_any():
                # An empty list, too, says that bytes came, such as a comment that keeps the connection alive.
                yield cutter.feed(chunk)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            text = str(fault(error, response.url))
            raise Interrupted(text, after_s=cutter.retry_s or 0.0) from error
        yield cutter.finish()
        if self._follow and response.content_length is None:
            raise Interrupted(f"{self.name} ended the stream", after_s=cutter.retry_s or 0.0)
