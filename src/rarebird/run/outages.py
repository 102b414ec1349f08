"""Outages: what hides the stream from us, told by the clock as no tick closes: lost connections, and being behind.

Three silences are told apart. Where the source is quiet its time goes on, and the detectors tell of a silence. Where a
connection is lost, or the watch does not keep up, nothing is known of the stream, and that is what is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from rarebird.incident.wording import span
from rarebird.model import instant
from rarebird.model.instant import SECOND
from rarebird.notify.contract import Notice
from rarebird.source.contract import Source

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rarebird.run.running import Running

LASTING: Final = 180 * SECOND
"""How long something hides the stream before it is told."""
BEHIND: Final = 300 * SECOND
"""A watch whose newest number is older, while messages come in, is behind."""
UP_TO_DATE: Final = 60 * SECOND
_LOOK_S: Final = 1.0


class Outages:
    """Tells once that a connection is lost or the watch behind, when that has lasted, and once that it is over.

    Instants are µs UTC by the clock, by which alone it moves. A recording that is played back is never behind.
    """

    def __init__(self) -> None:
        self._lost: dict[str, int] = {}
        self._was_up_to_date = False
        self._behind_since: int | None = None
        self._behind_told = False

    def look(
        self, now: int, sources: Sequence[Source], behind: int | None = None, read: int | None = None
    ) -> list[Notice]:
        """What there is to tell now. `behind`: the clock less the watermark, µs; `read`: when a message last came."""
        return [*self._connections(now, sources), *self._delay(now, behind, read)]

    def _connections(self, now: int, sources: Sequence[Source]) -> Iterator[Notice]:
        for source in (each for each in sources if each.live):
            state, key = source.state, f"connection {source.name}"
            told = self._lost.get(source.name)
            if state.kind == "failing" and told is None and now - state.since >= LASTING:
                self._lost[source.name] = state.since
                text = (
                    f"The connection to {source.name} is lost since {_clock(state.since)}: {state.detail}. What its "
                    "stream does is not known until it is back."
                )
                yield Notice(now, text, f"{key} lost")
            elif state.kind in ("connected", "ended") and told is not None:
                del self._lost[source.name]
                lasted = span((state.since - told) / SECOND)
                yield Notice(now, f"The connection to {source.name} is back after {lasted}.", f"{key} back")

    def _delay(self, now: int, behind: int | None, read: int | None) -> Iterator[Notice]:
        if behind is None:
            return
        if behind < UP_TO_DATE:
            if self._behind_told and self._behind_since is not None:
                lasted = span((now - self._behind_since) / SECOND)
                yield Notice(now, f"The watch has caught up after {lasted}.", "behind over")
            self._was_up_to_date, self._behind_since, self._behind_told = True, None, False
        elif behind > BEHIND and self._was_up_to_date and read is not None and now - read < UP_TO_DATE:
            self._behind_since = now if self._behind_since is None else self._behind_since
            if not self._behind_told and now - self._behind_since >= LASTING:
                self._behind_told = True
                text = (
                    f"The watch is behind: messages come in, but the newest that is counted is {span(behind / SECOND)} "
                    "old. What is out of the ordinary is told so much later."
                )
                yield Notice(now, text, "behind began")


@asynccontextmanager
async def looking_out(running: Running) -> AsyncIterator[None]:
    """Looks for outages meanwhile, where the watch lives by a clock."""
    async with running.tasks.during("outages", lambda: _look_on(running)):
        yield


async def _look_on(running: Running) -> None:
    while running.clock is not None and not running.finished:
        running.look_out(running.clock())
        await asyncio.sleep(_LOOK_S)


def _clock(time: int) -> str:
    return f"{instant.text(time)[11:16]} UTC"
