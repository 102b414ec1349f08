"""The whole path beside the decoding that it cannot do without."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import msgspec

from benchmarks.messages import MB, blocks, meetup, messages
from benchmarks.section import Section, table
from benchmarks.spread import Spread
from rarebird.source.memory import keep_memory

ABOUT = "the whole path against typed decoding alone, same run"
RATES = (50, 2_000)
_SIZES = (MB >> 4, MB >> 2, MB)
BLOCK = 24 * MB
"""Holds some 8,000 events of the US, as many as a file's source hands on at once."""
_ROUNDS = 11
_WHY = (
    "Why it falls short: beside 1.0 µs of decoding a message costs some 0.3 µs more, about 95 ns to prove that each "
    "line holds one message, 35 for the filter, 110 for the columns and the identity, 60 for order and repeats, 15 "
    "for the mix and the other statistics, 10 for fields that may be of several types and the limits of the time. "
    "Without any proof it would be 0.82 and 0.81. A second thread that proves the lines while the messages are decoded "
    "brought 0.80 and 0.79 by the wall and 0.73 and 0.71 by the processor, but beside other busy processes it loses, "
    "and the blocks of 1 MB that sources hand on are too short for it: `docs/decisions/0007`. Counting the newlines "
    "alone would take 70 of the 95, but proves nothing: two messages on a line and a blank line behind it would be two "
    "messages or one malformed line by where the blocks are cut. Of the rest most is Python's own handling of each "
    "value that is kept. Texts decoded into shared objects by msgspec's `Literal`, integers typed as such, all columns "
    "in one pass over the messages, and columns made once a block rather than once a piece were tried: 2 % at most."
)


class Group(msgspec.Struct, gc=False):
    group_country: str | None = None
    group_state: str | None = None


class Message(msgspec.Struct, gc=False):
    response: str
    rsvp_id: int
    mtime: int
    group: Group


class Round(NamedTuple):
    """Seconds that decoding alone and the whole path took, by the wall and by the processor."""

    decode: tuple[float, float]
    path: tuple[float, float]


def decode(parts: list[bytes]) -> None:
    """Typed decoding of the needed fields, and nothing else."""
    decoder = msgspec.json.Decoder(Message)
    for part in parts:
        decoder.decode_lines(part)


def whole(parts: list[bytes]) -> int:
    """From bytes to readings, with the surprisal of every event; how many events got one."""
    watch = meetup()
    scored = sum(len(watch.feed(part).surprisal_bits) for part in parts)
    scored += len(watch.finish().surprisal_bits)
    if scored != watch.tally.kept:
        raise AssertionError(f"expected a surprisal for each of {watch.tally.kept} events, got {scored}")
    return scored


def seconds(call: Callable[[], object]) -> tuple[float, float]:
    """Wall and processor time of a call."""
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - wall, time.process_time() - cpu


def run() -> Section:
    keep_memory()
    rows = [_measure(rate) for rate in RATES]
    head = ["messages", "count", "KB each", "block", "decoding alone", "whole path", "ratio, wall", "ratio, CPU"]
    return Section(
        "path",
        f"{_ROUNDS} rounds, in each decoding alone and then the whole path; ratios are medians of the rounds' own "
        "ratios, quartiles in brackets, speeds are messages a second by the wall. Decoding alone: "
        "`msgspec.json.Decoder(Message).decode_lines` of the five needed fields on blocks of the size that suits it "
        "best. Whole path: `Watch.feed` of 24 MB blocks with the preset `meetup` (filter, identity, order, mix, every "
        "event's surprisal) and `finish`. Wanted: 0.80, hoped for: 0.90.\n\n" + table(head, rows) + f"\n\n{_WHY}",
    )


def _measure(rate: int) -> list[str]:
    data = messages(rate)
    count, size = data.count(b"\n"), len(data)
    large, best = blocks(data, BLOCK), _best(data)
    alone = blocks(data, best)
    del data
    whole(large)
    rounds = [Round(seconds(partial(decode, alone)), seconds(partial(whole, large))) for _ in range(_ROUNDS)]
    wall, cpu = (Spread.of([each.decode[at] / each.path[at] for each in rounds]) for at in (0, 1))
    fast, slow = (Spread.of([count / took[0] for took in kind]).median for kind in zip(*rounds, strict=True))
    return [
        f"{rate:,} a second",
        f"{count:,}",
        f"{size / count / 1000:.2f}",
        f"{best >> 10} KB",
        f"{fast:,.0f}",
        f"{slow:,.0f}",
        wall.text(),
        cpu.text(),
    ]


def _best(data: bytes) -> int:
    """The size of blocks on which decoding alone is fastest."""
    took: dict[int, float] = {}
    for size in _SIZES:
        parts = blocks(data, size)
        took[size] = min(seconds(partial(decode, parts))[0] for _ in range(5))
    return min(took, key=took.__getitem__)
