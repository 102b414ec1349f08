"""Steps: what one commit makes durable of a running watch, and when that is a checkpoint."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from rarebird.model.history import Spans, joined
from rarebird.model.incident import Incident
from rarebird.model.position import Position
from rarebird.model.standing import Standing
from rarebird.model.state import pack
from rarebird.model.ticks import NONE, Ticks
from rarebird.run.handing import Handing
from rarebird.run.pending import Item
from rarebird.run.running import Running
from rarebird.stats.spans import spans_of
from rarebird.store.contract import Handover, Listed, Saved, Step

_STATUS_SHARE: Final = 100
"""The summary is written anew after so many times what making it took: with a million categories that is a second."""
_REMEMBERED: Final = 60
"""Steps whose spans are written anew where a store has forgotten them."""
_SPAN: Final = 32
_CELL: Final = 12
"""Bytes of a span in memory, about, and of each of its categories."""


class Pace(Struct, frozen=True):
    """How often what is made durable."""

    every_s: float = 1.0
    """Between two commits."""
    held_s: float = 0.25
    """The same where what comes is counted only once it is durable, so that the page stays live."""
    light: int = 1 << 20
    """Bytes of journal up to which no checkpoint is worth its cost; above, once the journal is twice as large as it."""
    entries: int = 2_000
    """Entries of the journal that a restart takes in within a few tenths of a second; then a checkpoint is made."""
    room: int = 24 << 20
    """Bytes that may wait for the store; beyond them nothing is read, so that the sender feels it."""
    last_s: float = 5.0
    """For the last commit after Ctrl-C."""
    hear_s: float = 1.0
    """The longest time between two looks for what somebody said."""


USUAL: Final = Pace()


class Steps:
    """Makes the steps of one watch, each behind the one before; of a part also what it hands over (`handing`)."""

    def __init__(self, running: Running, pace: Pace = USUAL, handing: Handing | None = None) -> None:
        self._running, self._pace, self._handing = running, pace, handing
        self._positions: dict[str, Position] = {}
        self._spans: list[Spans] = []
        self.size = 0
        """Bytes of the history that is not durable yet, about."""
        self._moved: int | None = None
        self._named = 0
        self._told: deque[Spans] = deque(maxlen=_REMEMBERED)
        self._journal = self._entries = self._checkpoint = 0
        self._status_due = 0.0
        self._sealed: bytes | None = None
        self._closed_last = NONE
        self.is_due = False
        """Whether the next step is to be a checkpoint, as something was learned that the journal does not hold."""

    def begin(self, saved: Saved) -> None:
        """Goes on behind what a store holds."""
        self._named = len(saved.names)
        if self._handing is not None:
            self._handing.begin(saved.standing)
        self._positions = saved.positions | self._positions
        self._journal, self._entries = sum(map(len, saved.journal)), len(saved.journal)
        self._checkpoint = len(saved.checkpoint or b"")

    def knows(self, names: Sequence[str]) -> bool:
        """Whether the names that a store holds are the first of ours."""
        return self._running.watch.categories.names[: len(names)] == list(names)

    def recall(self, spans: Spans) -> None:
        """Takes in what a store holds of the last hours, in case it forgets some of that."""
        self._told.append(spans)

    def at(self, source: str, position: Position) -> None:
        """Where a source stands behind all that is counted."""
        self._positions[source] = position

    def note(self, ticks: Ticks) -> bool:
        """Takes in what was closed; whether anything is to be made durable of it."""
        if self._handing is not None and self._sealed is None:
            self._handing.note(ticks)
        elif self._handing is not None:
            self._closed_last = ticks.cells
        spans = spans_of(ticks.cells)
        self._moved = ticks.until
        if not len(spans.start):
            # A part says that its time moves, too: the others wait for it.
            return self._handing is not None
        self._spans.append(spans)
        self.size += _SPAN * len(spans.start) + _CELL * len(spans.category)
        return True

    @property
    def tells(self) -> bool:
        """Whether there is something to tell or to list that no step holds yet."""
        outbox = self._running.outbox
        return self._running.found.has_changed or (outbox is not None and outbox.has_news)

    @property
    def hands_over(self) -> bool:
        """Whether it is of a part, which says where it stands from its start on."""
        return self._handing is not None

    @property
    def is_heavy(self) -> bool:
        """Whether the journal has grown so long that the next step should be a checkpoint."""
        return (
            self.is_due
            or self._entries >= self._pace.entries
            or self._journal >= max(self._pace.light, 2 * self._checkpoint)
        )

    def journal(self, items: Sequence[Item]) -> Step:
        """The step of what came in."""
        self._journal += sum(len(item.body) for item in items)
        self._entries += len(items)
        heard = [item.entry.heard.number for item in items if item.entry.heard is not None]
        return self._step(
            journal=tuple(item.body for item in items),
            positions={item.source: item.position for item in items if item.position is not None},
            answered=max(heard, default=self._running.answers.last),
        )

    def seal(self) -> None:
        """From here on a checkpoint is that of this moment: what the end of the input does is not part of the state."""
        self._sealed = pack(self._running.state())

    def checkpoint(self, *, anew: bool = False) -> Step:
        """The step of the whole state as it is; `anew` with the history of the last minute."""
        self.is_due = False
        body = self._sealed or pack(self._running.state())
        self._checkpoint, self._journal, self._entries = len(body), 0, 0
        if anew:
            self._spans = [joined([*self._told, *self._spans]).latest()]
            self._told.clear()
        return self._step(checkpoint=body, positions=dict(self._positions), anew=anew)

    def last(self) -> Step:
        """The step at the end of the input: its history and its summary."""
        self._status_due = 0.0
        return self._step()

    def _step(
        self,
        journal: tuple[bytes, ...] = (),
        checkpoint: bytes | None = None,
        positions: dict[str, Position] | None = None,
        *,
        answered: int | None = None,
        anew: bool = False,
    ) -> Step:
        history, self._spans, self.size = joined(self._spans), [], 0
        self._told.append(history)
        return Step(
            journal=journal,
            checkpoint=checkpoint,
            positions=positions,
            names=self._new_names(),
            history=history,
            outbox=() if self._running.outbox is None else self._running.outbox.take(anew=anew),
            status=self._status(),
            moved=self._moved,
            handover=self._handed_over(anew=anew),
            incidents=tuple(map(_listed, self._running.found.changed(anew=anew))),
            answered=self._running.answers.last if answered is None else answered,
        )

    def _handed_over(self, *, anew: bool) -> Handover | None:
        if self._handing is None:
            return None
        last = None if self._sealed is None else self._closed_last
        missed = self._running.missing.until
        return self._handing.step(self._running.watch.tally, missed, anew=anew, last=last)

    def _new_names(self) -> tuple[str, ...]:
        categories = self._running.watch.categories
        if len(categories) == self._named:
            return ()
        names = tuple(categories.names[self._named :])
        self._named += len(names)
        return names

    def _status(self) -> bytes | None:
        """The summary, JSON, where it is due."""
        begun = time.monotonic()
        if begun < self._status_due:
            return None
        report = self._running.watch.report()
        running = self._running
        channels = () if running.channels is None else running.channels.readings()
        standing = Standing(running.now, running.watch.watermark, running.health(), channels)
        body = msgspec.json.encode({**report, "histogram": dict(report["histogram"]), "standing": standing})
        now = time.monotonic()
        self._status_due = now + _STATUS_SHARE * (now - begun)
        return body


def _listed(incident: Incident) -> Listed:
    return Listed(incident.id, incident.ended, msgspec.json.encode(incident))
