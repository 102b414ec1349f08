"""The store in Redis 7.0 or later, or Valkey: for several processes and machines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, cast
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec
from redis import Redis as Waiting
from redis import exceptions as of_redis
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.retry import Retry as WaitingRetry

from rarebird.errors import StoreError
from rarebird.model.history import LEVELS, Past
from rarebird.model.position import Position
from rarebird.store import redis_scripts as scripts
from rarebird.store.compaction import Cuts, grow, reach
from rarebird.store.contract import FORMAT, Claimed, Level, Message, Retention, Saved, Step, no_watch
from rarebird.store.packed import unpack, unpack_all
from rarebird.store.redis_faults import check_answer, check_format, check_parts, told
from rarebird.store.redis_keys import OWNERS, Keys, keys_of, name_of
from rarebird.store.redis_step import Kept, Texts, Word, begins, commands, expiry, listing, messages

CONNECT_S: Final = 5.0
ANSWER_S: Final = 15.0
_Owner = Mapping[bytes, bytes]


class RedisStore:
    """A watch in Redis. What a commit has written survives as far as the server's persistence goes.

    `expire_s`: Redis drops the watch so long after its last commit, s by its clock; never where that is None.
    `part`: not the watch itself but a part of it, by its number.
    Raises ValueError or TypeError for an address that redis-py cannot read; connects with the first call.
    """

    def __init__(  # noqa: PLR0913 - where it is, and how it is kept, each by name
        self,
        url: str,
        watch: str,
        *,
        retention: Retention | None = None,
        answer_s: float = ANSWER_S,
        expire_s: int | None = None,
        part: int | None = None,
    ) -> None:
        parts = urlsplit(url)
        self._url = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        self._keys = keys_of(watch, part)
        self._retention = retention or Retention()
        self._expire_s = expire_s
        options: dict[str, Any] = {
            "protocol": 2,
            "driver_info": None,  # it is told by a command that Redis 7.0 lacks
            "socket_connect_timeout": min(CONNECT_S, answer_s),
            "socket_timeout": answer_s,
        }
        self._client: Redis = Redis.from_url(url, retry=Retry(NoBackoff(), 0), **options)
        # Thousands of short answers are read five times faster by a thread that waits for them.
        self._waiting = Waiting.from_url(url, retry=WaitingRetry(NoBackoff(), 0), **options)
        # Tells unknown options now rather than with the first call.
        cast("Callable[[], object]", self._client.connection_pool.make_connection)()
        self._commit = self._client.register_script(scripts.COMMIT)
        self._is_well = False
        """It has taken the watch before, so that whatever it answers now will pass."""
        self._token = 0
        self._commits = 0
        self._cuts = Cuts()
        self._tried: tuple[Step, str] | None = None

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[None]:
        try:
            with told(self.url, well=self._is_well):
                yield
        except StoreError:
            # After a failover the address may lead elsewhere, while the old server still holds the connection.
            with suppress(of_redis.RedisError, OSError):
                await self._client.connection_pool.disconnect(inuse_connections=False)
            raise

    @property
    def url(self) -> str:
        """The address without user, password and options."""
        return self._url

    async def open(self, *, write: bool) -> Saved:
        """Takes the watch (`write`) or only looks, and gives what is held.

        Raises StoreError where a part of it is missing (lost), and for a server that may drop keys to make room.
        """
        self._token = 0
        async with self._asking():
            await self._check_format()
            if write:
                await self._check_eviction()
            owner, saved, parts = await self._load(write)
        check_parts(self.url, owner, parts)
        if write:
            self._is_well = True
            self._token, self._commits = int(owner[b"owner"]), int(owner.get(b"commits", 0))
            self._cuts, self._tried = _cuts(owner), None
        return saved

    async def commit(self, step: Step) -> None:
        """Makes a step durable. Raises StoreError where another has taken the watch, or the server has forgotten it."""
        if not self._token:
            raise StoreError(
                f"{self.url}: opened to look only, so nothing can be written; open it to write", permanent=True
            )
        if self._tried is None or self._tried[0] is not step:
            self._tried = step, uuid4().hex
        cuts = self._cuts.moved(step.moved, self._retention)
        async with self._asking():
            words = commands(step, self._keys, self._cuts, cuts, await self._around(step))
            words += listing(step.incidents, await self._over(cuts), self._keys, cuts)
            head: list[Word] = [self._token, self._commits, self._tried[1], len(step.outbox), *messages(step.outbox)]
            answer = await self._commit(keys=self._keys, args=[*head, *words, *expiry(self._keys, self._expire_s)])
        check_answer(self.url, answer)
        self._commits, self._cuts, self._tried = self._commits + 1, cuts, None

    async def claim(self, now: int, limit: int, lease: int, channel: str) -> list[Claimed]:
        """Entries of the outbox for a channel that are due, ours for `lease` µs."""
        args: list[Word] = [now, limit, now + lease, begins(channel)]
        return [
            Claimed(_message(*row), now + lease) for row in await self._script(scripts.CLAIM, self._waiting_keys, args)
        ]

    async def sent(self, ids: Sequence[str]) -> None:
        """Takes entries off the outbox."""
        keys = self._keys
        await self._script(scripts.SENT, [keys.outbox, keys.due, keys.tries, keys.sent, keys.aside], ids)

    async def note(self, entries: Sequence[Message]) -> None:
        """Keeps of entries that wait `due`, `tries` and `aside` as they are here."""
        words: list[Word] = [word for m in entries for word in (m.id, m.due, m.tries, m.aside)]
        await self._script(scripts.NOTE, [self._keys.tries, self._keys.aside], words)

    async def waiting(self) -> list[Message]:
        """All entries that are not sent yet, in the order in which they were added."""
        rows = await self._script(scripts.WAITING, self._waiting_keys, [])
        return [_message(*row) for row in sorted(rows, key=lambda row: int(row[2].split()[2]))]

    @property
    def _waiting_keys(self) -> list[str]:
        return [self._keys.outbox, self._keys.due, self._keys.tries, self._keys.aside]

    async def history(self, start: int, end: int, most: int) -> Past:
        """The spans that overlap [start, end), s, of the finest whole level that gives at most `most`, else hours."""
        async with self._asking():
            while True:
                level, cuts = await self._level(start, end, most)
                found, bodies = await asyncio.to_thread(self._read, self._range(level, start, end))
                # A commit between the two may have dropped spans of this level: then another is asked.
                if found == cuts:
                    return Past(LEVELS[level], unpack_all(bodies))

    def _read(self, words: Sequence[Word]) -> list[Any]:
        with self._waiting.pipeline(transaction=True) as both:
            ask = cast("Callable[..., object]", both.execute_command)
            ask("HMGET", self._keys.owner, *LEVELS)
            ask(*words)
            return both.execute()

    async def names(self) -> tuple[str, ...]:
        """The names of the categories by code."""
        return tuple(map(_text, await self._call("LRANGE", self._keys.names, 0, -1)))

    async def status(self) -> bytes | None:
        """The summary that the last commit left, JSON; None where there is none."""
        return cast("bytes | None", await self._call("GET", self._keys.status))

    async def incidents(self, most: int) -> list[bytes]:
        """The last incidents by their id, JSON, the newest first."""
        found = await self._call("ZREVRANGE", self._keys.incidents, 0, most - 1) if most else []
        return [each.partition(b" ")[2] for each in found]

    async def incident(self, id: int) -> bytes | None:
        """One incident, JSON; None where it is not held."""
        found = await self._call("ZRANGEBYSCORE", self._keys.incidents, id, id)
        return found[0].partition(b" ")[2] if found else None

    async def reply(self, body: bytes) -> None:
        """Leaves something for the owner of the watch, whoever that is and however long it takes."""
        answer = await self._script(scripts.REPLY, [self._keys.owner, self._keys.replies], [FORMAT, body])
        if answer == b"none":
            raise no_watch(self.url, await self.watches())
        if answer != b"left":
            check_format(self.url, answer)

    async def replies(self, after: int) -> list[tuple[int, bytes]]:
        """What was left since a reply, by its number, each with its number."""
        found = await self._call("ZRANGEBYSCORE", self._keys.replies, f"({after}", "+inf")
        return [(int(number), body) for number, _, body in (each.partition(b" ") for each in found)]

    async def watches(self) -> list[str]:
        """The names of all watches in the same database."""
        async with self._asking():
            return sorted([name_of(_text(key)) async for key in self._client.scan_iter(match=OWNERS, count=1000)])

    async def rename(self, former: str, swap: Callable[[bytes], bytes]) -> bool:
        """Takes over what is held under a former name, in one transaction."""
        keys, old = self._keys, keys_of(former)
        async with self._asking():
            if await self._command("EXISTS", keys.owner) or not await self._command("EXISTS", old.owner):
                return False
            held = [at for at, key in enumerate(old) if await self._command("EXISTS", key)]
            status = await self._command("GET", old.status)
            texts = await self._texts(old)
            async with self._client.pipeline(transaction=True) as all_at_once:
                for at in held:
                    all_at_once.execute_command("RENAME", old[at], keys[at])
                all_at_once.execute_command("HINCRBY", keys.owner, "owner", 1)
                if status is not None:
                    all_at_once.execute_command("SET", keys.status, swap(status), "KEEPTTL")
                for words in texts.swapped(keys, swap):
                    all_at_once.execute_command(*words)
                await all_at_once.execute()
        return True

    async def _texts(self, keys: Keys) -> Texts:
        outbox, tries, aside = [await self._command("HGETALL", key) for key in (keys.outbox, keys.tries, keys.aside)]
        due = await self._command("ZRANGE", keys.due, 0, -1, "WITHSCORES")
        by_id = dict(zip(due[::2], map(float, due[1::2]), strict=True))
        return Texts(outbox, tries, aside, by_id, await self._command("SMEMBERS", keys.sent))

    async def forget(self) -> None:
        """Drops all that is held of the watch."""
        answer = await self._script(scripts.FORGET, self._keys, [self._token, FORMAT])
        if answer == b"fenced":
            check_answer(self.url, answer)
        if self._token:
            self._token, self._commits, self._cuts, self._tried = int(answer), 0, Cuts(), None

    async def close(self) -> None:
        """Lets go of the connections."""
        with suppress(of_redis.RedisError, OSError):
            await self._client.aclose()
        self._waiting.close()

    async def _check_format(self) -> None:
        check_format(self.url, await self._command("HGET", self._keys.owner, "format"))

    async def _check_eviction(self) -> None:
        """A server that drops any key to make room would take parts of what was learned without a word."""
        memory: dict[str, Any] = {}
        with suppress(of_redis.NoPermissionError):
            memory = await self._command("INFO", "memory")
        policy = str(memory.get("maxmemory_policy", ""))
        if int(memory.get("maxmemory", 0)) and policy.startswith("allkeys"):
            raise StoreError(
                f"{self.url}: expected a Redis that keeps what it has taken, found maxmemory-policy {policy}; "
                "set it to noeviction, or give rarebird a Redis of its own",
                permanent=not self._is_well,
            )

    async def _load(self, write: bool) -> tuple[_Owner, Saved, dict[str, int]]:
        keys = self._keys
        async with self._client.pipeline(transaction=True) as all_at_once:
            if write:
                all_at_once.execute_command("HINCRBY", keys.owner, "owner", 1)
                all_at_once.execute_command("HSETNX", keys.owner, "format", FORMAT)
                all_at_once.execute_command("ZUNIONSTORE", keys.due, 1, keys.due, "WEIGHTS", 0)
            all_at_once.execute_command("HGETALL", keys.owner)
            all_at_once.execute_command("GET", keys.checkpoint)
            all_at_once.execute_command("LRANGE", keys.journal, 0, -1)
            all_at_once.execute_command("HGETALL", keys.positions)
            all_at_once.execute_command("LRANGE", keys.names, 0, -1)
            all_at_once.execute_command("GET", keys.standing)
            owner, checkpoint, journal, positions, names, standing = (await all_at_once.execute())[-6:]
        places = {_text(source): msgspec.json.decode(body, type=Position) for source, body in positions.items()}
        saved = Saved(checkpoint, tuple(journal), places, tuple(map(_text, names)), standing)
        return owner, saved, {"checkpoint": len(checkpoint or b""), "journal": len(journal), "names": len(names)}

    async def _around(self, step: Step) -> Kept | None:
        """What the history holds where a step adds to it; nobody else can write there, or the commit is refused."""
        new = step.history.where(step.history.start >= self._cuts.s)
        if not len(new.start):
            return None
        near = reach(new)
        async with self._client.pipeline(transaction=False) as both:
            both.execute_command(*self._range("s", *near.seconds))
            both.execute_command(*self._range("m", *near.minutes))
            seconds, minutes = ([unpack(body) for body in bodies] for bodies in await both.execute())
        known = {span.start for span in seconds}, {span.start for span in minutes}
        return Kept(grow(new, seconds, minutes), known)

    async def _over(self, cuts: Cuts) -> list[bytes]:
        """Ids of the incidents that a step drops, as history by the hour ages."""
        if cuts.h == self._cuts.h:
            return []
        return list(await self._command("ZRANGEBYSCORE", self._keys.ended, "-inf", f"({cuts.h}"))

    async def _level(self, start: int, end: int, most: int) -> tuple[Level, list[bytes | None]]:
        """The level that a range is answered from, and the cuts as they stood."""
        async with self._client.pipeline(transaction=True) as every:
            every.execute_command("HMGET", self._keys.owner, *LEVELS)
            every.execute_command("ZRANGE", self._keys.h, 0, 0)
            every.execute_command("ZCOUNT", *self._range("s", start, end)[1:])
            every.execute_command("ZCOUNT", *self._range("m", start, end)[1:])
            cuts, oldest, seconds, minutes = await every.execute()
        held = {name.encode(): cut for name, cut in zip(LEVELS, cuts, strict=True) if cut is not None}
        level: Level = _cuts(held).whole(start, unpack(oldest[0])) if oldest else "h"
        if level == "s" and seconds > most:
            level = "m"
        return "h" if level == "m" and minutes > most else level, cuts

    def _range(self, level: Level, start: int, end: int) -> tuple[str, str, str, str]:
        key = getattr(self._keys, level)
        return "ZRANGEBYSCORE", key, f"({start - LEVELS[level]}", f"({end}"

    async def _script(self, text: str, keys: Sequence[str], args: Sequence[Word]) -> Any:
        async with self._asking():
            return await self._client.register_script(text)(keys=keys, args=args)

    async def _call(self, *words: Word) -> Any:
        async with self._asking():
            return await self._command(*words)

    async def _command(self, *words: Word) -> Any:
        ask = cast("Callable[..., Awaitable[Any]]", self._client.execute_command)
        return await ask(*words)


def _cuts(owner: _Owner) -> Cuts:
    return Cuts(**{name: int(owner[name.encode()]) for name in LEVELS if name.encode() in owner})


def _message(id: bytes, body: bytes, tries: bytes, aside: bytes) -> Message:
    channel, text = msgspec.msgpack.decode(body, type=tuple[str, bytes])
    due, tried = map(int, tries.split()[:2])
    return Message(id.decode(), channel, text, due, tried, aside.decode())


def _text(body: bytes) -> str:
    return body.decode(errors="surrogatepass")
