"""A step as commands of Redis."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Final, NamedTuple

import msgspec

from rarebird.model.history import LEVELS
from rarebird.store.compaction import Cuts, Grown
from rarebird.store.contract import FORMAT, Handover, Listed, Message, Step, second_of
from rarebird.store.packed import pack
from rarebird.store.redis_keys import Keys

Word = str | bytes | int
Words = Sequence[Word]
CHUNK: Final = 1000
"""Values in one command: Lua hands at most some 8,000 words on."""


class Kept(NamedTuple):
    """What the history of a watch holds around a step, and what it becomes."""

    grown: Grown
    known: tuple[Container[int], Container[int]]
    """Starts of the seconds and minutes that are there."""


class Texts(NamedTuple):
    """The outbox as Redis holds it, by the ids of its entries."""

    outbox: Mapping[bytes, bytes]
    tries: Mapping[bytes, bytes]
    aside: Mapping[bytes, bytes]
    due: Mapping[bytes, float]
    """By number and id, a space between them."""
    sent: Collection[bytes]

    def swapped(self, keys: Keys, swap: Callable[[bytes], bytes]) -> Iterator[Words]:
        """The commands that put other ids and other texts in its place."""
        for id, body in self.outbox.items():
            channel, text = msgspec.msgpack.decode(body, type=tuple[str, bytes])
            yield "HDEL", keys.outbox, id
            yield "HSET", keys.outbox, swap(id), msgspec.msgpack.encode((channel, swap(text)))
        for key, held in ((keys.tries, self.tries), (keys.aside, self.aside)):
            for id, body in held.items():
                yield "HDEL", key, id
                yield "HSET", key, swap(id), body
        for id, at in self.due.items():
            yield "ZREM", keys.due, id
            yield "ZADD", keys.due, repr(at), swap(id)
        for id in self.sent:
            yield "SREM", keys.sent, id
            yield "SADD", keys.sent, swap(id)


def messages(outbox: Iterable[Message]) -> list[Word]:
    """Entries of the outbox as words, four each: id, body, due, tries."""
    return [
        word for m in outbox for word in (m.id, msgspec.msgpack.encode((m.channel, m.body)), m.due, m.tries)
    ]  # fmt: skip


def begins(channel: str) -> bytes:
    r"""How the body of each entry for a channel begins, as `messages` writes it.

    >>> begins("slack")
    b'\x92\xa5slack'
    """
    return msgspec.msgpack.encode((channel, None))[:-1]


def commands(step: Step, keys: Keys, before: Cuts, cuts: Cuts, kept: Kept | None) -> list[Word]:
    """All of a step but its outbox and its incidents: each command's words after their number."""
    return _words(chain(_state(step, keys), _history(keys, cuts, kept) if kept else (), _cut(keys, before, cuts)))


def listing(new: Iterable[Listed], over: Iterable[bytes], keys: Keys, cuts: Cuts) -> list[Word]:
    """That incidents are listed, as `commands` writes it, and that those with the ids `over` are not any more."""
    return _words(chain(_dropped(keys, over), _listed(keys, new, cuts)))


def expiry(keys: Keys, after_s: int | None) -> list[Word]:
    """That all of a watch is dropped so many seconds from now, as `commands` writes it; nothing where that is None."""
    return [] if after_s is None else [word for key in keys for word in (3, "EXPIRE", key, after_s)]


def _state(step: Step, keys: Keys) -> Iterator[Words]:
    yield "HSET", keys.owner, "format", FORMAT
    if step.checkpoint is not None:
        yield "SET", keys.checkpoint, step.checkpoint
        yield "DEL", keys.journal, keys.sent
        yield "HSET", keys.owner, "checkpoint", len(step.checkpoint), "journal", 0
    else:
        yield from _append(keys.journal, keys.owner, "journal", step.journal)
    yield from _append(keys.names, keys.owner, "names", [name.encode(errors="surrogatepass") for name in step.names])
    if step.status is not None:
        yield "SET", keys.status, step.status
    for source, position in (step.positions or {}).items():
        yield "HSET", keys.positions, source.encode(errors="surrogatepass"), msgspec.json.encode(position)
    if step.answered:
        yield "ZREMRANGEBYSCORE", keys.replies, "-inf", step.answered
        yield "HSET", keys.owner, "answered", step.answered
    if step.handover is not None:
        yield from _hand_over(keys, step.handover)


def _hand_over(keys: Keys, handover: Handover) -> Iterator[Words]:
    yield "SET", keys.standing, handover.standing
    yield "ZREMRANGEBYSCORE", keys.ticks, f"({handover.since}", handover.until
    if handover.ticks:
        yield "ZADD", keys.ticks, handover.until, handover.ticks


def _append(key: str, owner: str, count: str, values: Sequence[bytes]) -> Iterator[Words]:
    for at in range(0, len(values), CHUNK):
        yield "RPUSH", key, *values[at : at + CHUNK]
    if values:
        yield "HINCRBY", owner, count, len(values)


def _history(keys: Keys, cuts: Cuts, kept: Kept) -> Iterator[Words]:
    hours = {*kept.grown.h.start.tolist()}
    for key, cut, spans, known in zip(
        (keys.s, keys.m, keys.h), cuts, kept.grown, (*kept.known, hours), strict=True
    ):  # fmt: skip
        fresh = spans.where(spans.start >= cut)
        starts, bodies = fresh.start.tolist(), pack(fresh)
        for start in starts:
            if start in known:
                yield "ZREMRANGEBYSCORE", key, start, start
        for at in range(0, len(starts), CHUNK):
            pairs = zip(starts[at : at + CHUNK], bodies[at : at + CHUNK], strict=True)
            yield "ZADD", key, *chain.from_iterable(pairs)


def _dropped(keys: Keys, ids: Iterable[Word]) -> Iterator[Words]:
    for id in ids:
        yield "ZREMRANGEBYSCORE", keys.incidents, id, id
        yield "ZREM", keys.ended, id


def _listed(keys: Keys, new: Iterable[Listed], cuts: Cuts) -> Iterator[Words]:
    for each in new:
        yield from _dropped(keys, (each.id,))
        second = second_of(each)
        if second is None or second >= cuts.h:
            yield "ZADD", keys.incidents, each.id, b"%d " % each.id + each.body
        if second is not None and second >= cuts.h:
            yield "ZADD", keys.ended, second, each.id


def _words(commands: Iterable[Words]) -> list[Word]:
    return [word for words in commands for word in (len(words), *words)]


def _cut(keys: Keys, before: Cuts, cuts: Cuts) -> Iterator[Words]:
    if cuts == before:
        return
    for key, cut in zip((keys.s, keys.m, keys.h), cuts, strict=True):
        yield "ZREMRANGEBYSCORE", key, "-inf", f"({cut}"
    yield "HSET", keys.owner, *(word for pair in zip(LEVELS, cuts, strict=True) for word in pair)
