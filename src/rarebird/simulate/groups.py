"""Groups and their events: the parts of a message that many messages share, made once and kept as JSON bytes."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from rarebird.model.instant import SECOND
from rarebird.simulate.draws import MILLISECOND, WEEK
from rarebird.simulate.places import PLACES, WEIGHTS
from rarebird.simulate.words import TOPICS, WORDS

_GROUPS = 6_000
_LEAST = 3
SIZES: Final = np.maximum(_LEAST, np.round(_GROUPS * WEIGHTS)).astype(np.int64)
"""Groups of each place, shape (places,)."""
FIRST: Final = np.cumsum(SIZES) - SIZES
"""A place's first group, shape (places,)."""

_EVENTS_A_GROUP = 8_192
"""More weeks than there are from 1970 to 2100, so that group and week make an event's number."""
_FIRST_EVENT = 100_000_000
_GROUP_STREAM = 7_001
"""Keeps the numbers drawn for groups apart from those drawn for messages."""
_KEPT = 40_000
"""Events kept as bytes, about 1.2 KB each."""
_NO_VENUE = 0.165
_SPREAD = 0.1
"""Degrees over which the venues of a city lie."""
_TWENTY_BITS = 1 << 20
_TOPICS_LEAST, _TOPICS_MOST = 3, 14
_SLOTS_A_WEEK = 7 * 48
_ENCODE = msgspec.json.encode


class Event(NamedTuple):
    """One meeting of a group, as it stands in a message."""

    head: bytes
    """`{"venue":{…},` or, where it has no venue, `{`."""
    tail: bytes
    """`"event":{…},"group":{…}}`."""


class _Group(NamedTuple):
    place: int
    city: int
    topic: str
    name: str
    urlname: str
    slot: int
    """When in the week it meets, half hours."""
    tail: bytes


def event_numbers(place: NDArray[np.int16], group: NDArray[np.float32], week: NDArray[np.int32]) -> NDArray[np.int64]:
    """The `event_id` of each message as a number of nine digits or more; shapes (n,)."""
    index = FIRST[place] + (group * SIZES[place]).astype(np.int64)
    return np.asarray(_FIRST_EVENT + index * _EVENTS_A_GROUP + week)


class Catalogue(dict[int, Event]):
    """Events by number, each made when it is first asked for; the same for a seed in whatever order they are asked."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._seed = seed
        self._groups: dict[int, _Group] = {}

    def __missing__(self, number: int) -> Event:
        if len(self) >= _KEPT:
            self.clear()
        index, week = divmod(number - _FIRST_EVENT, _EVENTS_A_GROUP)
        if index not in self._groups:
            self._groups[index] = _group(self._seed, index)
        event = self[number] = _event(self._seed, number, week, self._groups[index])
        return event


@lru_cache(maxsize=2)
def catalogue(seed: int) -> Catalogue:
    """The catalogue of a seed, which its worlds share: filling it takes some 0.5 s."""
    return Catalogue(seed)


def _pick(random: np.random.Generator, words: tuple[str, ...]) -> str:
    return words[int(random.integers(len(words)))]


def _slug(text: str) -> str:
    """A name as it stands in an address: ASCII letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")


def _group(seed: int, index: int) -> _Group:
    random = np.random.default_rng((seed, _GROUP_STREAM, index))
    code = int(np.searchsorted(FIRST, index, side="right")) - 1
    place = PLACES[code]
    city = int(random.integers(len(place.cities)))
    words = WORDS[place.language]
    topic = _pick(random, words.topics)
    name = _pick(random, words.groups).format(city=place.cities[city].name, topic=topic)
    urlname = f"{_slug(name) or 'Group'}-{index}"
    fields: dict[str, object] = {
        "group_topics": _topics(random),
        "group_city": place.cities[city].name,
        "group_country": place.country,
        "group_id": 1_000_000 + 37 * index,
        "group_name": name,
        "group_lon": place.cities[city].lon,
        "group_urlname": urlname,
        **({"group_state": place.state} if place.state else {}),
        "group_lat": place.cities[city].lat,
    }
    return _Group(code, city, topic, name, urlname, int(random.integers(_SLOTS_A_WEEK)), _ENCODE(fields))


def _topics(random: np.random.Generator) -> list[dict[str, str]]:
    count = int(random.integers(_TOPICS_LEAST, _TOPICS_MOST + 1))
    chosen = [TOPICS[code] for code in random.permutation(len(TOPICS))[:count]]
    return [{"urlkey": _slug(topic).lower(), "topic_name": topic} for topic in chosen]


def _hashed(seed: int, number: int) -> tuple[int, ...]:
    """Six even numbers of 20 bits that follow from seed and number; a generator of its own costs ten times as much."""
    digest = hashlib.blake2b(b"%d/%d" % (seed, number), digest_size=16).digest()
    bits = int.from_bytes(digest, "little")
    return tuple(bits >> 20 * part & 0xFFFFF for part in range(6))


def _event(seed: int, number: int, week: int, group: _Group) -> Event:
    pick, chance, hall, north, east, venue_id = _hashed(seed, number)
    place = PLACES[group.place]
    words = WORDS[place.language]
    city = place.cities[group.city]
    title = words.events[pick % len(words.events)]
    event = {
        "event_name": title.format(city=city.name, topic=group.topic, n=1 + week % 90),
        "event_id": str(number),
        "time": (week * WEEK + group.slot * 1_800 * SECOND) // MILLISECOND,
        "event_url": f"https://www.meetup.com/{group.urlname}/events/{number}/",
    }
    tail = b'"event":%b,"group":%b}' % (_ENCODE(event), group.tail)
    if chance < _NO_VENUE * _TWENTY_BITS:
        return Event(b"{", tail)
    venue = {
        "venue_name": words.venues[hall % len(words.venues)],
        "lon": round(city.lon + _SPREAD * (east / _TWENTY_BITS - 0.5), 6),
        "lat": round(city.lat + _SPREAD * (north / _TWENTY_BITS - 0.5), 6),
        "venue_id": 1_000_000 + 23 * venue_id,
    }
    return Event(b'{"venue":%b,' % _ENCODE(venue), tail)
