"""The names of the keys of a watch in Redis."""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import quote, unquote

OWNERS: Final = "rarebird:{*}:owner"
"""What the keys look like of which each watch has one."""


class Keys(NamedTuple):
    """Keys of one watch, all with its name as their hash tag: so a cluster keeps them in one place."""

    owner: str
    """A hash: owner (token), format, commits, step (name of the last), cuts, how much of checkpoint, journal and names
    there is, how many entries the outbox has had, and the last reply that was left (replied) and that was answered."""
    outbox: str
    """A hash: message by id."""
    due: str
    """A sorted set by the instant from which an entry is nobody's, µs UTC: its number and its id, a space between."""
    tries: str
    """A hash: due, tries and number by id, with spaces between them; entries are numbered as they are added."""
    sent: str
    """A set: ids that were sent since the last checkpoint."""
    aside: str
    """A hash: by id why an entry was set aside."""
    checkpoint: str
    journal: str
    positions: str
    names: str
    status: str
    s: str
    """Sorted sets, one a level: spans by their start."""
    m: str
    h: str
    ticks: str
    """Of a part: a sorted set of what it has handed over, by the event time up to which that reaches."""
    standing: str
    """Of a part: where it stands."""
    lease: str
    """Of a shared watch: who puts its parts together, for a time."""
    incidents: str
    """A sorted set: incidents by their id, which stands before each with a space between them."""
    ended: str
    """A sorted set: ids of those that are over by the second in which they were."""
    replies: str
    """A sorted set: what was left for the owner by its number, which stands before it with a space between them."""


def keys_of(watch: str, part: int | None = None) -> Keys:
    """The keys of a watch, or of a part of it; two names never share one.

    >>> keys_of("meetup {us}").journal
    'rarebird:{meetup%20%7Bus%7D}:journal'
    >>> keys_of("meetup", 2).ticks
    'rarebird:{meetup}:part:2:ticks'
    """
    tag = quote(watch, safe="", errors="surrogatepass")
    of_part = "" if part is None else f"part:{part}:"
    return Keys(*(f"rarebird:{{{tag}}}:{of_part}{name}" for name in Keys._fields))


def name_of(owner: str) -> str:
    """The watch that the key of an owner belongs to.

    >>> name_of(keys_of("meetup {us}").owner)
    'meetup {us}'
    """
    return unquote(owner.removeprefix("rarebird:{").removesuffix("}:owner"), errors="surrogatepass")
