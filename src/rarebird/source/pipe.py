"""A pipe: blocking reads in a thread, so that the event loop never waits for a writer."""

from __future__ import annotations

import asyncio
import select
import sys
import threading
from contextlib import suppress
from io import FileIO
from typing import Final

from rarebird.source.memory import keep_memory

CHUNK: Final = 1 << 20
"""Bytes of one read."""
ROOM: Final = 1 << 20
"""Bytes that may wait; beyond them nothing is read, so that the writer feels it."""


class Pipe:
    """The bytes of a stream as they come.

    The thread is a daemon, and the file has no buffer of Python's whose lock the thread could hold: so a writer that
    is silent never delays an exit.
    """

    def __init__(self, target: int | str) -> None:
        keep_memory()
        self._target = target
        self._loop = asyncio.get_running_loop()
        self._ready = asyncio.Event()
        self._lock = threading.Condition()
        self._chunks: list[bytes] = []
        self._size = 0
        self._ended = False
        self._closed = False
        self._error: Exception | None = None
        threading.Thread(target=self._read, name="rarebird-stdin", daemon=True).start()

    async def take(self, seconds: float) -> bytes | None:
        """All that has come; nothing where nothing came for so long, and None at the end. Raises what reading did."""
        try:
            async with asyncio.timeout(seconds):
                await self._ready.wait()
        except TimeoutError:
            return b""
        with self._lock:
            chunks, self._chunks, self._size = self._chunks, [], 0
            if not self._ended:
                self._ready.clear()
            self._lock.notify()
        if not chunks and self._error:
            raise self._error
        return b"".join(chunks) or None

    def close(self) -> None:
        """Lets the thread end at its next byte."""
        with self._lock:
            self._closed = True
            self._lock.notify()

    def _read(self) -> None:
        try:
            # Opening a named pipe waits for its writer, so it is done here.
            with FileIO(self._target, "rb", closefd=isinstance(self._target, str)) as stream:
                _widen(stream)
                while not self._closed and (chunk := _next(stream)):
                    self._put(chunk)
        except Exception as error:
            # Whatever it is: a thread that ends and says nothing would look like a quiet stream.
            self._error = error
        self._put(b"")

    def _put(self, chunk: bytes) -> None:
        with self._lock:
            wake = not self._chunks
            if chunk:
                self._chunks.append(chunk)
                self._size += len(chunk)
            else:
                self._ended = True
            while self._size >= ROOM and not self._closed:
                if wake:
                    self._wake()
                    wake = False
                self._lock.wait()
        if wake or self._ended:
            self._wake()

    def _wake(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._ready.set)
        except RuntimeError:
            # The loop is closed: nobody listens any more.
            self._closed = True


def _next(stream: FileIO) -> bytes:
    """The next bytes, none at the end. A terminal may have been left non-blocking: then None comes at once."""
    while (chunk := stream.read(CHUNK)) is None:
        select.select([stream], [], [])
    return chunk


def _widen(stream: FileIO) -> None:
    """Makes room for `CHUNK` in a pipe of Linux, whose 64 KB would cost a change of threads for every 60 messages."""
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):
            fcntl.fcntl(stream, fcntl.F_SETPIPE_SZ, CHUNK)
