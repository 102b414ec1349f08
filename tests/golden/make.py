"""Makes golden stores of the format of this code: `python -m tests.golden.make` with the name of a new folder.

The stores that are there stay as they are: they were made by the code of their time.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import tempfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import msgspec
from redis import Redis

from rarebird import watch
from rarebird.config.stores import open_store
from rarebird.notify.contract import Notice
from rarebird.notify.webhook import message
from rarebird.store import contract, schema
from rarebird.store.redis_keys import keys_of
from tests.golden.day import BOTH, NOBODY, addresses, follow, next_day
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

    async def kill_parts(self) -> None:
        """The tenth day, in which no process puts the parts together; then kill -9 of all of them."""
        with Redis.from_url(self.place) as client:
            client.set(keys_of(NAME).lease, b"somebody", px=600_000)
            await self._kill(NOBODY)
            client.delete(keys_of(NAME).lease)

    async def _kill(self, services: Mapping[str, str], *tried: asyncio.Event) -> None:
        files, processes = parts_of(self.until(HISTORY), self.parts), []
        for number, (name, body) in enumerate(files, 1):
            (self.folder / name).write_bytes(body)
            part = () if self.parts == 1 else ("--part", f"{number}/{self.parts}")
            asked = watching(self.place, name, *part, *(BOTH if services else ()))
            processes.append(await start(START + (HISTORY - 1) * DAY, asked, self.folder, services, hold=True))
        for number, (_, body) in enumerate(files, 1):
            await self._taken_in(None if self.parts == 1 else number, body.count(b"\n"))
        for event in tried:
            await event.wait()
        for process in processes:
            process.kill()
            await process.communicate()

    async def _taken_in(self, part: int | None, lines: int) -> None:
        """Waits until a process has made durable that it has read so many lines."""
        store, read = open_store(self.place, NAME, part=part), 0
        while read < lines:
            await asyncio.sleep(0.1)
            read = max(position.lines for position in (await store.open(write=False)).positions.values())
        await store.close()


async def waiting(place: str) -> dict[str, Any]:
    """What waits in the outbox of a store, by its channel, in order."""
    store, found = open_store(place, NAME), dict[str, Any]()
    every = [await store.claim(START + 1_000 * DAY, 10_000, 0, channel) for channel in ("slack", "webhook")]
    for claimed in (each for of_channel in every for each in of_channel):
        notice = msgspec.json.decode(claimed.message.body, type=Notice)
        about = None if notice.incident is None else notice.incident.id
        # A service that cannot change what it told gets what is new alone.
        told = notice.addition if claimed.message.channel == "webhook" and notice.addition else notice.text
        id = message(msgspec.structs.replace(notice, text=told)).id
        each = {"id": id, "text": told, "incident": about, "in_doubt": claimed.message.tries > 0}
        found.setdefault(claimed.message.channel, []).append(each)
    await store.close()
    return found


async def held(place: str) -> dict[str, Any]:
    """What a store holds before the next day. It is opened for that: never the one that is kept."""
    store = open_store(place, NAME)
    saved = await store.open(write=True)
    replies = await store.replies(0)
    await store.close()
    return {"journal": len(saved.journal), "replies": len(replies), "waiting": await waiting(place)}


async def golden(kind: str, parts: int) -> tuple[bytes, dict[str, Any], bytes]:
    """A store, what is expected of it, and its stream."""
    with tempfile.TemporaryDirectory() as name, placed(kind, Path(name)) as place:
        scene = Scene(place, Path(name), parts)
        await scene.learn()
        if kind == "sqlite":
            # What is deleted stays in the file, and would make it larger than a golden file may be.
            with closing(sqlite3.connect(Path(name) / DATABASE)) as database:
                database.execute("VACUUM")
        await (scene.kill() if parts == 1 else scene.kill_parts())
        if kind == "redis":
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


STORES: Final = (("sqlite", "sqlite", 1), ("redis", "redis", 1), ("shared", "redis", 2))
"""What a folder holds: name, kind and parts."""


async def every() -> list[tuple[bytes, dict[str, Any], bytes]]:
    """All stores, made at the same time."""
    return list(await asyncio.gather(*(golden(kind, parts) for _, kind, parts in STORES)))


def main(name: str) -> None:
    """Makes the stores of a folder that is not there yet."""
    folder = HERE / name
    folder.mkdir()
    for (store, *_), (body, expected, stream) in zip(STORES, asyncio.run(every()), strict=True):
        for file, packed in ((f"{store}.store.zst", compressed(body)), (f"{STREAM}.zst", compressed(stream))):
            (folder / file).write_bytes(packed)
            print(f"{file}: {len(packed):,} bytes, at most {MOST:,}")
        text = json.dumps(expected, indent=1, ensure_ascii=False) + "\n"
        (folder / f"{store}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
