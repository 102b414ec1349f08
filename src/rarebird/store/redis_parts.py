"""The parts of a shared watch in Redis: what they have handed over, and the lease of who puts it together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Final, cast
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec
from redis import exceptions as of_redis
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from rarebird.model.position import Position
from rarebird.store import redis_scripts as scripts
from rarebird.store.contract import JOINED, Part
from rarebird.store.redis_faults import told
from rarebird.store.redis_keys import keys_of

LEASE_MS: Final = 10_000
_ANSWER_S: Final = 15.0
_Connected = Callable[..., Awaitable[Any]]


class RedisParts:
    """The `count` parts of a watch, numbered from 1; all keys have the hash tag of the watch.

    `lease_ms`: after so long without a word the lease is anybody's, by the clock of Redis.
    """

    def __init__(self, url: str, watch: str, count: int, *, lease_ms: int = LEASE_MS) -> None:
        parts = urlsplit(url)
        self.url = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        self._shared = keys_of(watch)
        self._parts = [keys_of(watch, part) for part in range(1, count + 1)]
        options: dict[str, Any] = {"protocol": 2, "driver_info": None, "socket_timeout": _ANSWER_S}
        self._client: Redis = Redis.from_url(url, retry=Retry(NoBackoff(), 0), **options)
        self._lease_ms = lease_ms
        self._holder = uuid4().hex
        self._is_well = False

    async def lease(self) -> bool:
        """Takes the lease or holds on to it; Redis lets it go by its own clock."""
        with told(self.url, well=self._is_well):
            script = self._client.register_script(scripts.LEASE)
            is_ours = bool(await script(keys=[self._shared.lease], args=[self._holder, self._lease_ms]))
        self._is_well = True
        return is_ours

    async def release(self) -> None:
        """Gives the lease back where it is held."""
        with told(self.url, well=self._is_well):
            await self._client.register_script(scripts.RELEASE)(keys=[self._shared.lease], args=[self._holder])

    async def standings(self) -> list[bytes | None]:
        """Where each part stands."""
        with told(self.url, well=self._is_well):
            ask = cast("_Connected", self._client.execute_command)
            return list(await ask("MGET", *(keys.standing for keys in self._parts)))

    async def read(self, since: Sequence[int], until: int | None, named: Sequence[int]) -> list[Part]:
        """What each part has handed over of a span, all at one moment."""
        end = "+inf" if until is None else until
        with told(self.url, well=self._is_well):
            await self._drop_taken()
            async with self._client.pipeline(transaction=True) as every:
                for keys, start, code in zip(self._parts, since, named, strict=True):
                    every.execute_command("ZRANGEBYSCORE", keys.ticks, f"({start}", end)
                    # One that reaches beyond the end may have begun before it.
                    every.execute_command("ZRANGEBYSCORE", keys.ticks, f"({end}", "+inf", "LIMIT", 0, 1)
                    every.execute_command("LRANGE", keys.names, code, -1)
                found = await every.execute()
        return [
            Part((*ticks, *beyond), tuple(name.decode(errors="surrogatepass") for name in names))
            for ticks, beyond, names in zip(found[::3], found[1::3], found[2::3], strict=True)
        ]

    async def _drop_taken(self) -> None:
        ask = cast("_Connected", self._client.execute_command)
        body = await ask("HGET", self._shared.positions, JOINED)
        if body is None:
            return
        async with self._client.pipeline(transaction=False) as every:
            for keys, taken in zip(self._parts, msgspec.json.decode(body, type=Position).parts, strict=False):
                every.execute_command("ZREMRANGEBYSCORE", keys.ticks, "-inf", taken)
            await every.execute()

    async def close(self) -> None:
        """Lets go of the connections."""
        with suppress(of_redis.RedisError, OSError):
            await self._client.aclose()
