"""A mailbox: a local server that takes mail by SMTP, and answers as a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

ANSWER_S = 10.0


class Mailbox:
    """Takes each message that it is offered, but for the first ones where `refusals` says with what they are met."""

    def __init__(self, refusals: Sequence[str]) -> None:
        self._refusals = list(refusals)
        self.raw: list[bytes] = []
        """Each message as it came."""
        self.port = 0

    @property
    def mails(self) -> list[EmailMessage]:
        """Each message that was taken."""
        return [_mail(raw) for raw in self.raw]

    @property
    def url(self) -> str:
        """The address of the mailbox as Apprise writes it."""
        return f"mailto://127.0.0.1:{self.port}?from=rarebird@example.org&to=someone@example.org"

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        writer.write(b"220 mailbox\r\n")
        try:
            async with asyncio.timeout(ANSWER_S):
                while line := await reader.readline():
                    word = line[:4].upper()
                    if word == b"DATA":
                        writer.write(b"354 go on\r\n")
                        raw = await reader.readuntil(b"\r\n.\r\n")
                        writer.write(self._taken(raw).encode() + b"\r\n")
                    elif word == b"QUIT":
                        writer.write(b"221 bye\r\n")
                        break
                    else:
                        writer.write(b"250 fine\r\n")
                    await writer.drain()
        finally:
            writer.close()

    def _taken(self, raw: bytes) -> str:
        if self._refusals:
            return self._refusals.pop(0)
        self.raw.append(raw[: -len(b".\r\n")].replace(b"\r\n..", b"\r\n."))
        return "250 taken"


@asynccontextmanager
async def mailbox(*refusals: str) -> AsyncIterator[Mailbox]:
    """A mailbox on a free port."""
    box = Mailbox(refusals)
    server = await asyncio.start_server(box.talk, "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    async with server:
        yield box


def _mail(raw: bytes) -> EmailMessage:
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail
