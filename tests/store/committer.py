"""A process that commits numbered steps for ever, and says each when it is durable: python -m with url and watch."""

from __future__ import annotations

import asyncio
import resource
import sys

from rarebird.config.stores import open_store
from rarebird.errors import StoreError
from rarebird.model.history import Span
from rarebird.model.position import Position
from rarebird.store.contract import Listed, Message, Saved, Step, Store

from .steps import history, plain, span

CHECKPOINT_EACH = 7


def step(number: int) -> Step:
    """Step `number`, from 1: each of its parts says the number."""
    text = b"%d" % number
    return Step(
        journal=(text,) * 3,
        checkpoint=text if number % CHECKPOINT_EACH == 0 else None,
        positions={"source": Position(lines=number)},
        names=(str(number),),
        history=history(span(number, {0: number})),
        outbox=(Message(str(number), "slack", text, number),),
        status=text,
        moved=number * 1_000_000,
        incidents=(Listed(number, None, text),),
    )


def steps_in(saved: Saved) -> int:
    """How many steps are held; raises where one is held in part."""
    number = len(saved.names)
    last = number // CHECKPOINT_EACH * CHECKPOINT_EACH
    since = tuple(b"%d" % at for at in range(last + 1, number + 1) for _ in range(3))
    assert saved.names == tuple(map(str, range(1, number + 1)))
    assert saved.journal == since
    assert saved.checkpoint == (b"%d" % last if last else None)
    assert saved.positions == ({"source": Position(lines=number)} if number else {})
    return number


async def steps_of(store: Store) -> int:
    """How many steps a store holds, in all its parts; raises where one is held in part."""
    number = steps_in(await store.open(write=True))
    expected: list[Span] = [span(at, {0: at}) for at in range(1, number + 1)]
    assert plain((await store.history(0, number + 1, number)).spans.each()) == plain(expected)
    assert await store.status() == (b"%d" % number if number else None)
    assert await store.incidents(number + 1) == [b"%d" % at for at in range(number, 0, -1)]
    claimed = await store.claim(number, number + 1, 0, "slack")
    assert sorted(one.message.due for one in claimed) == list(range(1, number + 1))
    return number


async def main(url: str, watch: str, largest_file: str = "") -> None:
    store = open_store(url, watch)
    number = steps_in(await store.open(write=True))
    if largest_file:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(largest_file), int(largest_file)))
    while True:
        number += 1
        try:
            await store.commit(step(number))
        except StoreError as error:
            print(f"permanent {error.permanent}: {error}", flush=True)
            break
        print(number, flush=True)
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
