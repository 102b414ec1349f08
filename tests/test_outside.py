"""What comes from outside: a law of all parsers of text, that none takes longer than its input."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from rarebird.config import digests, moments, mutes, zones
from rarebird.config.rules import rules
from rarebird.config.wanted import Wanted
from rarebird.decode import times
from rarebird.decode.decoder import Decoder
from rarebird.decode.nearest import nearest
from rarebird.errors import RarebirdError
from rarebird.model import budget, duration, instant
from rarebird.model.categories import Categories
from rarebird.model.clock import UTC
from rarebird.model.fields import Fields
from rarebird.simulate import change
from rarebird.source.address import public
from rarebird.source.blocks import Lines
from rarebird.source.faults import retry_after
from rarebird.source.sse import EventStream

SIZE = 300_000
"""A parser that is quadratic takes minutes for so many characters, a linear one a few ms."""


def decoded(form: str, text: str) -> object:
    fields = Fields(time="t", by="c", id=("n",), where=(("ok", "true"),))
    return Decoder(fields, Categories(), form).decode(text.encode())


def as_time(text: str) -> object:
    return decoded("json", f'{{"t":"{text}","c":"a","n":1,"ok":true}}\n{{"t":{text},"c":"a","n":2,"ok":true}}\n')


PARSERS: dict[str, Callable[[str], Any]] = {
    "duration": duration.parse,
    "instant": instant.parse,
    "budget": budget.parse,
    "mute": lambda text: mutes.mute(text, 0),
    "moment": lambda text: moments.moment(text, 0, "UTC"),
    "clock": moments.clock,
    "zone": zones.zone,
    "digest": lambda text: digests.hour(text, UTC),
    "change": change.parse,
    "rule": lambda text: rules(Wanted(mean_gap=text)),
    "time of an event": lambda text: times.one(text, "auto"),
    "epoch of an event": lambda text: times.one(text, "s"),
    "address": public,
    "retry after": lambda text: retry_after({"Retry-After": text, "Date": text}),
    "server-sent events": lambda text: EventStream().feed(text.encode()),
    "a number of milliseconds": lambda text: EventStream().feed(b"retry: " + text.encode() + b"\n\n"),
    "lines": lambda text: Lines(quoted=True).feed(text.encode()),
    "JSON": lambda text: decoded("json", text),
    "the times of JSON": as_time,
    "CSV": lambda text: decoded("csv", "t,c,n,ok\n" + text),
    "a name among others": lambda text: nearest(text, [text[1:], text[2:]]),
}
SHAPES = [
    *(
        "7",
        "a",
        " ",
        "1aand ",
        "1s",
        "[",
        '{"a":',
        '"',
        "1,",
        "a-",
        "1:",
        "\n",
        "\r",
        "1.",
        "data: 1\n",
        "until ",
        "; ",
    ),
    *("a@1s+", "a/", "a=1&"),
]


@pytest.mark.parametrize("parser", PARSERS)
def test_every_parser_of_outside_text_is_linear_in_it(parser: str) -> None:
    for part in SHAPES:
        for text in ((part * SIZE)[:SIZE], (part * SIZE)[:150]):
            begun = time.process_time()
            with suppress(RarebirdError, ValueError):
                PARSERS[parser](text)
            assert time.process_time() - begun < 2, (part, len(text))


@pytest.mark.parametrize("text", ["9" * 60_000, "9" * 190 + "d", "36526d", "1d" * 100_000])
def test_no_duration_is_longer_than_a_century(text: str) -> None:
    with pytest.raises(ValueError, match="at most"):
        duration.parse(text)


@pytest.mark.parametrize("text", ["1e400", "9" * 190, "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"])
def test_no_instant_lies_outside_the_calendar(text: str) -> None:
    with pytest.raises(ValueError, match="expected a time"):
        instant.parse(text)
