"""The mutes of a watch: which of them keeps an incident from being told."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from msgspec import structs

from rarebird.incident.mute import Mute, Weekly, Zones
from rarebird.model.state import State


class Mutes:
    """All mutes, numbered from 1 in the order in which they came; a number is never given twice.

    Those that came with the options of a start are `given`. After a restart, what came in before it is still judged by
    the mutes of then, so that it is found as it was; `go_on` puts those of this start in their place.

    >>> from rarebird.incident.mute import Once
    >>> from rarebird.model.clock import UTC
    >>> mutes = Mutes(lambda name: UTC)
    >>> mutes.add(Mute(text="2h", when=Once(7_200_000_000))).id
    1
    >>> [mute.text for mute in mutes.remove("2h")], mutes.all
    (['2h'], ())
    """

    def __init__(self, zones: Zones, given: Sequence[Mute] = ()) -> None:
        self._zones = zones
        self._given: list[Mute] = []
        self._mutes: list[Mute] = []
        self._next = 1
        self.give(given)

    @property
    def all(self) -> tuple[Mute, ...]:
        """All of them, the first that came first."""
        return tuple(self._mutes)

    def until(self, mute: Mute, at: int) -> int:
        """When a mute that holds at an instant does not any more, µs UTC; where clocks change before, when they do."""
        return mute.when.holds_until(at, self._zones)

    def mute_at(self, at: int, kind: str = "", category: str | None = None) -> Mute | None:
        """The mute of what is of a kind and a category at an instant of event time; without them, one of everything.

        Of several it is the first. Its text names what goes on then, where a calendar does: "holidays US: Labor Day".
        """
        for mute in self._mutes:
            if mute.is_about(kind, category) and (name := mute.when.names(at, self._zones)) is not None:
                return structs.replace(mute, text=f"{mute.text}: {name}") if name else mute
        return None

    def add(self, mute: Mute) -> Mute:
        """Adds a mute, unless there is the same already; the mute as it stands here, with its number."""
        for other in self._mutes:
            if structs.replace(other, id=0) == structs.replace(mute, id=0):
                return other
        self._look_up(mute)
        mute = structs.replace(mute, id=self._next)
        self._next += 1
        self._mutes.append(mute)
        return mute

    def remove(self, said: str) -> tuple[Mute, ...]:
        """Removes the mute of a number ("3" or "#3"), or those of a text; the removed ones."""
        wanted = " ".join(said.split()).casefold()
        return self._drop(lambda mute: wanted in (str(mute.id), f"#{mute.id}", mute.text.casefold()))

    def give(self, mutes: Sequence[Mute]) -> None:
        """Takes the mutes that came with the options of this start in place of those of another one."""
        self._given = [structs.replace(mute, given=True) for mute in mutes]
        self.go_on()

    def drop_past(self, at: int) -> tuple[Mute, ...]:
        """Removes the mutes that never hold again from an instant of event time on, µs UTC; the removed ones."""
        return self._drop(lambda mute: mute.is_past(at))

    def go_on(self) -> bool:
        """All that is judged from here on is new, under the mutes of this start; whether others are given now."""
        before = self._mutes
        self._mutes = [mute for mute in before if not mute.given]
        for mute in self._given:
            known = next((other for other in before if structs.replace(other, id=0) == mute), None)
            if known is None:
                self.add(mute)
            elif known not in self._mutes:
                self._mutes.append(known)
        self._mutes.sort(key=lambda mute: mute.id)
        return self._mutes != before

    def state(self) -> State:
        """All mutes, as plain values."""
        return {"next": self._next, "mutes": msgspec.to_builtins(self._mutes)}

    def restore(self, state: State) -> None:
        """Takes a state in place of its own; nothing is muted where it holds none."""
        self._mutes, self._next = msgspec.convert(state.get("mutes", []), list[Mute]), state.get("next", 1)
        for mute in self._mutes:
            self._look_up(mute)

    def _look_up(self, mute: Mute) -> None:
        """Fails where there is no such zone: now, rather than in the middle of the stream."""
        if isinstance(mute.when, Weekly):
            self._zones(mute.when.zone)

    def _drop(self, is_meant: Callable[[Mute], bool]) -> tuple[Mute, ...]:
        removed = tuple(mute for mute in self._mutes if is_meant(mute))
        self._mutes = [mute for mute in self._mutes if mute not in removed]
        return removed
