"""The names of the keys of a watch in Redis."""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import quote, unquote

OWNERS: Final = "rarebird:{*}:owner"
"""What the keys look like of which each watch has one."""


class Keys(NamedTuple):
    """Keys of one watch, all with its name as their hash tag: so a cluster keeps them in one place."""

    owner: str
    """A hash: owner (token), format, commits, step (name of the last), cuts, and how much of the next four there is."""
    outbox: str
    """A hash: message by id."""
    due: str
    """A sorted set: ids by the instant from which an entry is nobody's, µs UTC."""
    tries: str
    """A hash: due and tries by id, with a space between them."""
    sent: str
    """A set: ids that were sent since the last checkpoint."""
    checkpoint: str
    journal: str
    positions: str
    names: str
    status: str
    s: str
    """Sorted sets, one a level: spans by their start."""
    m: str
    h: str


def keys_of(watch: str) -> Keys:
    """The keys of a watch; two names never share one.

    >>> keys_of("meetup {us}").journal
    'rarebird:{meetup%20%7Bus%7D}:journal'
    """
    tag = quote(watch, safe="", errors="surrogatepass")
    return Keys(*(f"rarebird:{{{tag}}}:{part}" for part in Keys._fields))


def name_of(owner: str) -> str:
    """The watch that the key of an owner belongs to.

    >>> name_of(keys_of("meetup {us}").owner)
    'meetup {us}'
    """
    return unquote(owner.removeprefix("rarebird:{").removesuffix("}:owner"), errors="surrogatepass")
