"""The stage that turns events into the time between neighbours."""

from __future__ import annotations

from rarebird.model import instant
from rarebird.model.instant import SECOND
from rarebird.model.plural import are, counted
from rarebird.pipe.inflow import Inflow, Say, Write
from rarebird.pipe.line import EventLine, passed_on, written


async def gaps(inflow: Inflow[EventLine], write: Write, say: Say) -> None:
    """A line for each event: its time, and the seconds since the event before; null for the first.

    An event that is older than the one before it has no gap: it is counted and left out.
    """
    before: int | None = None
    older = 0
    async for lines in inflow.lines():
        out = []
        for line in lines:
            if line.is_mark:
                out.append(passed_on(line))
            elif before is not None and line.at < before:
                older += 1
            else:
                at = line.at
                gap = None if before is None else (at - before) / SECOND
                out.append(written(time=instant.text(at), gap_s=gap))
                before = at
        if out:
            write(b"".join(out))
    if older:
        left = f"{counted(older, 'events')} {are(older)} older than the one before, and left out"
        say(f"{left}; `pipe ingest` puts them in order")
