"""News of rules, and of outages, that a mute keeps from people, until the mute is over or the news is."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple, Protocol

import msgspec

from rarebird.incident.mute import Mute
from rarebird.model.state import State
from rarebird.notify.contract import Notice
from rarebird.run.age import OLD


class Hushing(Protocol):
    """What keeps news from people."""

    def mute_at(self, at: int, kind: str = "", category: str | None = None) -> Mute | None:
        """What does so at an instant of event time, µs UTC; None where nothing does."""
        ...

    def until(self, mute: Mute, at: int) -> int:
        """When it no longer does, µs UTC."""
        ...


class _Held(NamedTuple):
    notice: Notice
    due: int
    """When it is asked again whether it is muted, µs UTC."""


class Withheld:
    """What rules have fired within a mute of everything, by rule; what still goes on when that is over is told then.

    What has fired before the mute gets its end told; of what nobody was told, nobody is told that it is over. The same
    however the news is cut into steps.
    """

    def __init__(self, mutes: Hushing | None = None) -> None:
        self.old = 0
        """News that were too old in this run."""
        self._mutes = mutes
        self._held: dict[str, _Held] = {}

    def told(self, rule: str, notice: Notice, *, fired: bool) -> Iterator[Notice]:
        """What there is to tell after news of a rule; the news of one rule alternate: fired, over, fired and so on."""
        yield from self.settle(notice.time - 1)
        was_held = self._held.pop(rule, None)
        due = self._asked(notice.time) if fired else None
        if due is not None:
            self._held[rule] = _Held(notice, due)
            self._is_muted(notice.time)
        elif fired or was_held is None:
            yield notice

    def settle(self, until: int) -> Iterator[Notice]:
        """What is muted no more at an instant, µs UTC, or was not at one before it."""
        for rule, held in list(self._held.items()):
            due: int | None = held.due
            while due is not None and due <= until:
                due = self._asked(due)
            if due is None:
                del self._held[rule]
                yield held.notice
            else:
                self._held[rule] = held._replace(due=due)

    def review(self, at: int) -> None:
        """The mutes have changed, at an instant of event time: it is asked again of all that is held."""
        self._held = {rule: held._replace(due=at) for rule, held in self._held.items()}

    def mutes_event(self, time: int, category: str) -> bool:
        """Whether an event of a category that was hard to expect is not told."""
        return self._is_muted(time, "event", category)

    def state(self) -> State:
        """All that is held."""
        return {rule: [msgspec.to_builtins(held.notice), held.due] for rule, held in self._held.items()}

    def restore(self, state: State, rules: Collection[str]) -> None:
        """Takes a state in place of its own, of the rules that are still at work."""
        held = {rule: saved for rule, saved in state.items() if rule in rules}
        self._held = {rule: _Held(msgspec.convert(notice, Notice), due) for rule, (notice, due) in held.items()}

    def _is_muted(self, at: int, kind: str = "", category: str | None = None) -> bool:
        mute = None if self._mutes is None else self._mutes.mute_at(at, kind, category)
        self.old += mute is not None and mute.text == OLD
        return mute is not None

    def _asked(self, at: int) -> int | None:
        """When to ask again, of an instant at which everything is muted; None where it is not."""
        mute = None if self._mutes is None else self._mutes.mute_at(at)
        return None if mute is None or self._mutes is None else self._mutes.until(mute, at)
