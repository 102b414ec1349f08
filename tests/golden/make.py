"""Makes golden stores of the format of this code: `python -m tests.golden.make` with the name of a new folder.

Names of stores behind it make those alone.

The stores that are there stay as they are: they were made by the code of their time.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from redis import Redis

from rarebird import watch
from rarebird.config.stores import open_store
from rarebird.store import contract, schema
from rarebird.store.redis_keys import keys_of
from tests.golden.day import BOTH, NOBODY, addresses, follow, next_day, waiting
from tests.golden.stores import (
    DATABASE,
    HERE,
    MOST,
    NAME,
    STREAM,
    compressed,
    parts_of,
    placed,
    run,
    shown,
    start,
    taken,
    watching,
)
from tests.golden.stream import DAY, FIRST, HISTORY, START, lines
from tests.notify.double import slack
from tests.notify.receiver import receiver

FORMAT: Final = {"watch": watch.FORMAT, "store": contract.FORMAT, "tables": schema.VERSION}


class Scene:
    """One watch on its way to what its golden store holds."""

    def __init__(self, place: str, folder: Path, parts: int) -> None:
        self.place, self.folder, self.parts = place, folder, parts
        self.stream = lines(START + FIRST * DAY, START + (HISTORY + 1) * DAY)

    def until(self, day: int) -> bytes:
        """The stream as it was when the first event behind a midnight came."""
        end, found = (START + day * DAY) / 1_000_000, list[bytes]()
        for line in self.stream.splitlines(keepends=True):
            if json.loads(line)["time"] >= end:
                break
            found.append(line)
        return b"".join(found)

    async def say(self, day: int, *words: str) -> None:
        """Leaves something for the watch, at a midnight."""
        await run(START + day * DAY, [*words, "--store", self.place, "--name", NAME], self.folder)

    async def learn(self) -> None:
        """Eight days to their end, the last of them with services that take all, and what people say of that."""
        await follow(START + 6 * DAY, self.place, self.folder, self.until(7), self.parts)
        async with slack() as chat, receiver() as hook:
            told = addresses(chat, hook)
            await follow(START + 7 * DAY, self.place, self.folder, self.until(8), self.parts, services=told)
            await self.say(8, "feedback", "1", "expected", "--by", "ann")
            await self.say(8, "feedback", "2", "real", "--by", "ann")
            await self.say(8, "feedback", "3", "too sensitive", "--by", "bob")
            await self.say(8, "ack", "4", "--by", "bob")
            await self.say(8, "mute", "weekdays 11:00-12:30 Europe/Paris", "--kind", "silence", "--by", "ann")
            await self.say(8, "mute", "until 2026-03-12 20:00", "--category", "WA", "--by", "bob")
            await follow(START + 8 * DAY, self.place, self.folder, self.until(9), self.parts, services=told)

    async def kill(self) -> None:
        """The tenth day, in which one service does not answer and the other one refuses; then kill -9."""
        async with slack("stall") as chat, receiver(*[503] * 1_000) as hook:
            await self._kill(addresses(chat, hook), chat.asked, hook.heard)

    async def checkpoint(self) -> None:
        """What people say of the open incident; then a start with one more channel, which makes a checkpoint of all."""
        words = ["incidents", "--limit", "1", "--json", "--store", self.place, "--name", NAME]
        (newest,) = json.loads((await run(START + HISTORY * DAY, words, self.folder))[0])
        await self.say(HISTORY, "ack", str(newest["id"]), "--by", "eve")
        await self.say(HISTORY, "feedback", str(newest["id"]), "real", "--by", "eve")
        for more in ((), ("--notify", "stdout")):
            async with slack("stall") as chat, receiver(*[503] * 1_000) as hook:
                await self._kill(addresses(chat, hook), chat.asked, hook.heard, more=more)

    async def kill_parts(self) -> None:
        """The tenth day, in which no process puts the parts together; then kill -9 of all of them."""
        with Redis.from_url(self.place) as client:
            client.set(keys_of(NAME).lease, b"somebody", px=600_000)
            await self._kill(NOBODY)
            client.delete(keys_of(NAME).lease)

    async def _kill(self, services: Mapping[str, str], *tried: asyncio.Event, more: Sequence[str] = ()) -> None:
        files, processes = parts_of(self.until(HISTORY), self.parts), []
        for number, (name, body) in enumerate(files, 1):
            (self.folder / name).write_bytes(body)
            part = () if self.parts == 1 else ("--part", f"{number}/{self.parts}")
            asked = watching(self.place, name, *part, *(BOTH if services else ()), *more)
            processes.append(await start(START + (HISTORY - 1) * DAY, asked, self.folder, services, hold=True))
        for number, (_, body) in enumerate(files, 1):
            await self._taken_in(None if self.parts == 1 else number, body.count(b"\n"))
        for event in tried:
            await event.wait()
        for process in processes:
            process.kill()
            await process.communicate()

    async def _taken_in(self, part: int | None, lines: int) -> None:
        """Waits until a process has made durable that it has read so many lines, and all that was said to it."""
        store, read = open_store(self.place, NAME, part=part), 0
        while read < lines or await store.replies(0):
            await asyncio.sleep(0.1)
            read = max(position.lines for position in (await store.open(write=False)).positions.values())
        await store.close()


async def held(place: str) -> dict[str, Any]:
    """What a store holds before the next day. It is opened for that: never the one that is kept."""
    store = open_store(place, NAME)
    saved = await store.open(write=True)
    replies = await store.replies(0)
    await store.close()
    return {"journal": len(saved.journal), "replies": len(replies), "waiting": await waiting(place)}


async def golden(store: str, kind: str, parts: int) -> tuple[bytes, dict[str, Any], bytes]:
    """A store, what is expected of it, and its stream."""
    with tempfile.TemporaryDirectory() as name, placed(kind, Path(name)) as place:
        scene = Scene(place, Path(name), parts)
        await scene.learn()
        if kind == "sqlite":
            # What is deleted stays in the file, and would make it larger than a golden file may be.
            with closing(sqlite3.connect(Path(name) / DATABASE)) as database:
                database.execute("VACUUM")
        await (scene.kill() if parts == 1 else scene.kill_parts())
        if store == "checkpoint":
            await scene.checkpoint()
        elif kind == "redis":
            await scene.say(HISTORY, "ack", "7", "--by", "eve")
        body = taken(kind, Path(name), place)
    at = START + HISTORY * DAY
    with tempfile.TemporaryDirectory() as name, placed(kind, Path(name), body) as place:
        before = {**await shown(place, at, Path(name)), **await held(place)}
    with tempfile.TemporaryDirectory() as name, placed(kind, Path(name), body) as place:
        after = await next_day(at, place, Path(name), scene.stream, parts)
        del after["said"]
    expected = {"format": FORMAT, "kind": kind, "parts": parts, "at": at, "before": before, "after": after}
    return body, expected, scene.stream


STORES: Final = {
    "sqlite": ("sqlite", 1),
    "redis": ("redis", 1),
    "checkpoint": ("redis", 1),
    "shared": ("redis", 2),
}
"""What a folder holds: by name the kind and the parts."""


async def every(names: Sequence[str]) -> list[tuple[bytes, dict[str, Any], bytes]]:
    """Stores by their names, made at the same time."""
    return list(await asyncio.gather(*(golden(name, *STORES[name]) for name in names)))


def main(folder: Path, names: Sequence[str]) -> None:
    """Makes stores of a folder that are not there yet."""
    there = [name for name in names if (folder / f"{name}.json").exists()]
    if there:
        sys.exit(f"expected stores that are not in {folder} yet, got {', '.join(there)}; name another folder")
    folder.mkdir(exist_ok=True)
    for store, (body, expected, stream) in zip(names, asyncio.run(every(names)), strict=True):
        for file, packed in ((f"{store}.store.xz", compressed(body)), (f"{STREAM}.xz", compressed(stream))):
            (folder / file).write_bytes(packed)
            print(f"{file}: {len(packed):,} bytes, at most {MOST:,}")
        text = json.dumps(expected, indent=1, ensure_ascii=False) + "\n"
        (folder / f"{store}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(HERE / sys.argv[1], sys.argv[2:] or list(STORES))
