"""WebSocket: text and binary frames of one or more JSON lines each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from rarebird.model.position import Position
from rarebird.source.address import is_loopback, public
from rarebird.source.blocks import LIMIT, Block
from rarebird.source.faults import check_status, fault
from rarebird.source.live import AGENT, ANSWER_S, CONNECT_S, Interrupted

if TYPE_CHECKING:
    from aiohttp import ClientSession, ClientWebSocketResponse
    from yarl import URL

HEARTBEAT_S: Final = 20.0
"""A ping goes out this often; a server that does not answer it is gone."""
_NORMAL: Final = 1000
_TOO_BIG: Final = 1009


class WebSocketLink:
    """Frames of a WebSocket. A frame over `limit` bytes ends the connection and is counted as one malformed message.

    `refusal` finds in a frame what the server complains of, "" where it does not. Unless `follow`, a proper close
    (code 1000) is the end of the stream.
    """

    def __init__(
        self,
        url: str,
        *,
        resume: Callable[[Position], str] | None = None,
        refusal: Callable[[bytes], str] | None = None,
        follow: bool = True,
        limit: int = LIMIT,
    ) -> None:
        self.name = public(url)
        self._url, self._resume, self._refusal = url, resume, refusal
        self._follow, self._limit = follow, limit

    @asynccontextmanager
    async def open(self, since: Position) -> AsyncGenerator[AsyncGenerator[list[Block], None], None]:
        """A connection that goes on from a position."""
        import aiohttp
        from yarl import URL

        url = URL(self._resume(since) if self._resume else self._url)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S)
        async with aiohttp.ClientSession(timeout=timeout, trust_env=not is_loopback(url.host)) as session:
            socket = await self._answer(session, url)
            try:
                yield self._blocks(socket)
            finally:
                await socket.close()

    async def _answer(self, session: ClientSession, url: URL) -> ClientWebSocketResponse[Any]:
        import aiohttp

        try:
            async with asyncio.timeout(ANSWER_S):
                return await session.ws_connect(
                    url,
                    headers={"User-Agent": AGENT},
                    heartbeat=HEARTBEAT_S,
                    max_msg_size=self._limit,
                    decode_text=False,
                    timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
                )
        except aiohttp.WSServerHandshakeError as error:
            check_status(error.status, error.message, error.headers or {}, self.name)
            raise Interrupted(f"{self.name} does not speak WebSocket: {error.message}") from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise fault(error, url) from error

    async def _blocks(self, socket: ClientWebSocketResponse[Any]) -> AsyncGenerator[list[Block], None]:
        from aiohttp import WSMsgType

        while True:
            frame = await socket.receive()
            if frame.type is WSMsgType.TEXT or frame.type is WSMsgType.BINARY:
                yield self._frame(frame.data)
            elif frame.type is WSMsgType.ERROR:
                if socket.close_code == _TOO_BIG:
                    yield [Block(b"", self._limit, oversize=True)]
                raise Interrupted(f"the connection to {self.name} broke off: {frame.data}")
            else:
                break
        if self._follow or socket.close_code != _NORMAL:
            raise Interrupted(f"{self.name} closed the connection ({_code(socket.close_code)})")

    def _frame(self, data: bytes) -> list[Block]:
        if self._refusal and (complaint := self._refusal(data)):
            raise Interrupted(f"{self.name} refuses: {complaint}")
        if not data:
            return []
        line = data if data.endswith(b"\n") else data + b"\n"
        return [Block(line, len(line))]


def _code(code: int | None) -> str:
    """A close code (RFC 6455, 7.4.1) in words."""
    names = {1000: "1000, done", 1001: "1001, going away", 1006: "1006, broken off", 1012: "1012, restarting"}
    return "no code" if code is None else names.get(code, str(code))
