"""Presets: what is known of public streams."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

from rarebird.model.fields import Fields
from rarebird.model.instant import SECOND


class Preset(Struct, frozen=True):
    """A stream that is known by name: where it is, which fields count, and what its things are called."""

    name: str
    url: str
    """Where it can be read; empty where it no longer can."""
    fields: Fields
    lateness: int
    """Allowed lateness, µs."""
    watched: tuple[str, ...] = ()
    protocol: Literal["", "meetup"] = ""
    """What the stream speaks beyond HTTP and WebSocket."""
    noun: str = "events"
    """What an event is called, plural."""
    noun_by: str = "categories"
    """What a category is called, plural."""
    title: str = ""
    """What is watched, for people."""
    note: str = ""
    """What a user should know of it."""
    stall_s: float | None = None
    """A connection from which nothing came for so long, s, is broken: for streams that are never silent."""


MEETUP: Final = Preset(
    name="meetup",
    url="",
    fields=Fields(
        time="mtime",
        by="group.group_state",
        id=("rsvp_id", "response"),
        where=(("group.group_country", "us"),),
        title="event.event_name",
        link="event.event_url",
    ),
    lateness=5 * SECOND,
    watched=("CA", "FL", "NC", "NY", "MA", "TX", "WA", "GA", "ID", "ME"),
    protocol="meetup",
    noun="RSVPs",
    noun_by="states",
    title="Meetup RSVPs by US state",
    note="Meetup retired its public RSVP stream on 2022-02-07",
)

WIKIPEDIA: Final = Preset(
    name="wikipedia",
    url="https://stream.wikimedia.org/v2/stream/recentchange",
    # `wiki` is the short name of the wiki's database (enwiki, commonswiki), one for each `server_name`; the addresses
    # of `server_name` say no more and are longer.
    fields=Fields(time="meta.dt", by="wiki", id=("meta.id",), title="title", link="meta.uri"),
    lateness=10 * SECOND,
    noun="edits",
    noun_by="wikis",
    title="Recent changes of Wikipedia and its sister wikis",
    note="Wikimedia sends a test event now and then (meta.domain is canary), which is counted as an edit",
    # Some tens of events come each second, day and night; a minute of nothing is a dead connection.
    stall_s=60.0,
)

PRESETS: Final = {preset.name: preset for preset in (MEETUP, WIKIPEDIA)}
"""All presets by name."""
