"""Held: what a store holds of a watch, and a running watch brought to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rarebird.errors import StoreError
from rarebird.model.incident import Incident
from rarebird.model.state import PIPE, State, Unreadable, reading, unpack
from rarebird.run import journal
from rarebird.run.journal import Entry
from rarebird.run.running import Running
from rarebird.store.contract import Saved
from rarebird.watch import FORMAT, OLDEST


class Held(NamedTuple):
    """A state, and what came in behind it."""

    state: State
    names: tuple[str, ...]
    entries: list[Entry]

    @property
    def missing(self) -> str:
        """What becomes of messages without a category, see `rarebird.model.missing`."""
        return str(self.state["watch"]["own"].get("missing", "before"))

    @property
    def is_outdated(self) -> bool:
        """Whether an earlier version has written it."""
        return self.state["watch"].get("format") in range(OLDEST, FORMAT)


def unpacked(saved: Saved, place: str) -> Held:
    """What a store holds, read from its bytes. Raises StoreError where they cannot be read."""
    try:
        state = unpack(saved.checkpoint or b"")
        if PIPE in state:
            raise StoreError(
                f"{place}: this is what `rarebird pipe` keeps of a stream, and no watch: `rarebird status` and "
                "`rarebird api` show what it holds; give the watch another --name",
                permanent=True,
            )
        with reading():
            return Held(state, saved.names, [journal.read(body) for body in saved.journal])
    except Unreadable as error:
        raise StoreError(f"{place}: {error}", permanent=True) from error


def bring_back(
    running: Running, held: Held, count: Callable[[Entry], None], listed: Sequence[Incident] = ()
) -> None:  # fmt: skip
    """Brings a running watch to what is held; `count` takes in what came behind the state.

    Nobody is told of it again: what the run that wrote it has found has its place in the outbox already. Where that was
    an earlier version, which found other things, nothing is looked for in it: then `listed` are the incidents that the
    store lists, the oldest first, and the watch detects again once it is upgraded (see `rarebird.run.relearning`).
    """
    with reading():
        running.restore(held.state, held.names)
    if listed:
        running.found.take_over(listed)
    for entry in held.entries:
        running.watch.categories.folded = entry.folded
        count(entry)
