"""What changes do to the messages of a stretch: leave some out, move some to other states, add some."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rarebird.simulate.change import Change
from rarebird.simulate.draws import Draws, take
from rarebird.simulate.places import CODES, PLACES, US, WATCHED_CODES


def within(change: Change, start: int, arrival: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which instants fall into a change, in a world that starts at `start`."""
    begin = start + change.offset
    return np.asarray((arrival >= begin) & (arrival < begin + change.length))


def overlaps(change: Change, start: int, begin: int, end: int) -> bool:
    """Whether a change touches [begin, end)."""
    return start + change.offset < end and begin < start + change.offset + change.length


def touched(change: Change) -> NDArray[np.bool_]:
    """Whose messages a change multiplies, shape (places,): all, the watched states, one state, or none."""
    mask = np.zeros(len(PLACES), bool)
    if change.kind in ("rate", "silence"):
        mask[:] = True
    elif change.kind == "watched":
        mask[list(WATCHED_CODES)] = True
    elif change.category:
        mask[CODES[change.category]] = True
    return mask


def thin(change: Change, start: int, draws: Draws, random: np.random.Generator) -> Draws:
    """Leave out messages so that a factor below 1 remains; a factor of 1 and more leaves all."""
    if change.factor >= 1 or change.kind in ("flatten", "disconnect"):
        return draws
    gone = random.random(len(draws.arrival)) >= change.factor
    return take(draws, ~(gone & touched(change)[draws.place] & within(change, start, draws.arrival)))


def flatten(change: Change, start: int, draws: Draws) -> Draws:
    """Move a part of the US messages to states picked evenly.

    Who moves, and where to, follows from `rsvp_id`, so that a changed answer stays in its state.
    """
    coin, state = _hashed(draws.rsvp, 1), _hashed(draws.rsvp, 2)
    moves = (coin < change.factor) & (draws.place < US) & within(change, start, draws.arrival)
    return draws._replace(place=np.where(moves, (state * US).astype(np.int16), draws.place))


def _hashed(ids: NDArray[np.int64], salt: int) -> NDArray[np.float64]:
    """Even numbers from 0 to 1 out of ids: the finaliser of SplitMix64 (Steele, Lea, Flood 2014)."""
    mixed = (ids.astype(np.uint64) + np.uint64(salt)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return np.asarray((mixed >> np.uint64(11)) * 2.0**-53)
