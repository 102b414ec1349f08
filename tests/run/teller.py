"""A process that tells of incidents into a Slack double, going on where the one before it was: python -m, url, count.

Each incident begins, changes and is over, a few at the same time. The store says how far it has come.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from collections.abc import Iterator

from msgspec.structs import replace

from rarebird.config.stores import open_store
from rarebird.model.instant import SECOND
from rarebird.notify.contract import ChannelClosed, Notice
from rarebird.notify.example import example
from rarebird.notify.outgoing import Outgoing
from rarebird.notify.slack import Slack, webhook_url
from rarebird.notify.slack_bot import bot_of
from rarebird.run.outbox import Outbox
from rarebird.run.sending import Sending
from rarebird.source.live import Backoff
from rarebird.store.contract import Step
from rarebird.supervise import Supervisor

ABREAST = 3
"""How many incidents begin before the first of them is over."""
STATES = ("began", "changed", "over")


def notices(count: int) -> Iterator[Notice]:
    """All that there is to tell of so many incidents, in order; each text says its place in it."""
    told = (
        (at - lag, state) for at in range(count + ABREAST) for lag, state in zip((0, 1, ABREAST), STATES, strict=True)
    )
    for number, (id, state) in enumerate(each for each in told if 0 <= each[0] < count):
        base = example(id * SECOND).incident
        assert base is not None
        incident = replace(base, id=id + 1, ended=base.detected if state == "over" else None)
        yield Notice(number * SECOND, f"{number} {state} {id}", state, incident, quiet=state == "changed")


async def main(url: str, count: int) -> None:
    draws = random.Random(time.monotonic_ns())
    store = open_store(url, "teller")
    saved = await store.open(write=True)
    outbox = Outbox("teller", ["slack"])
    slack = bot_of(os.environ, "teller", lambda: False) or Slack(webhook_url(os.environ), answer_s=1)
    slack.pause_s = 0.0
    way = Outgoing(slack, print, Backoff(first_s=0.02, longest_s=0.1))
    sending = Sending(outbox, {"slack": way}, print, _fail, lambda: time.time_ns() // 1000)
    sending.begin(store, Supervisor())
    for number, notice in enumerate(notices(count)):
        if number < int(saved.checkpoint or b"0"):
            continue
        outbox.put([notice])
        await store.commit(Step(checkpoint=b"%d" % (number + 1), outbox=outbox.take()))
        sending.committed()
        if draws.random() < 0.7:
            await asyncio.sleep(draws.random() * 0.06)
    await sending.end(finished=True)
    await store.close()
    print("done", outbox.unsent, flush=True)


def _fail(error: ChannelClosed) -> None:
    raise AssertionError(error)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
