"""The laws of the whole watch: a plain count agrees, and how the messages come in changes nothing."""

from __future__ import annotations

import json
import math
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rarebird import Watch
from rarebird.errors import ConfigError, InputError
from rarebird.model import instant
from rarebird.model.instant import SECOND
from rarebird.model.reading import Rate
from rarebird.model.tally import Tally
from rarebird.simulate.change import parse_all
from rarebird.simulate.world import World
from rarebird.stats.mix import FIXED
from tests.eventtime.plain import LATENESS, Event, recorded
from tests.recordings import RSVPS

MEETUP: dict[str, Any] = {
    "time": "mtime",
    "by": "group.group_state",
    "id": ("rsvp_id", "response"),
    "where": {"group.group_country": "us"},
}


@pytest.fixture(scope="module")
def stream(rsvps: Path) -> bytes:
    return rsvps.read_bytes()


@pytest.fixture(scope="module")
def kept(stream: bytes) -> tuple[Tally, list[tuple[int, str]]]:
    """What the recording holds, counted message by message: the tally, and the kept events in order."""
    messages = [json.loads(line) for line in stream.splitlines()]
    ours = [message for message in messages if message["group"]["group_country"] == "us"]
    names: dict[tuple[int, str], int] = {}
    events = [
        Event(message["mtime"] * 1000, names.setdefault((message["rsvp_id"], message["response"]), len(names) + 1))
        for message in ours
    ]
    verdicts = recorded(events, LATENESS)
    tally = Tally(read=len(messages), filtered=len(messages) - len(ours))._replace(**Counter(verdicts))
    states = [message["group"]["group_state"] for message in ours]
    told = zip(events, states, verdicts, strict=True)
    return tally, sorted((event.time, state) for event, state, verdict in told if verdict == "kept")


def read(blocks: list[bytes], **fields: Any) -> Watch:
    watch = Watch(**(fields or MEETUP))
    for block in blocks:
        watch.feed(block)
    watch.finish()
    return watch


def shannon(states: list[str]) -> float:
    shares = [count / len(states) for count in Counter(states).values()]
    return -sum(share * math.log2(share) for share in shares)


def surprisal(events: list[tuple[int, str]], half_life_s: int) -> float:
    """The sum over all events of -log2 p under the mix at the close of the tick before, by the definition."""
    total, past = 0.0, list[tuple[int, str]]()
    for tick in sorted({time // SECOND for time, _ in events}):
        weights: dict[str, float] = {}
        for then, state in past:
            weights[state] = weights.get(state, 0) + 2 ** (-(tick - 1 - then) / half_life_s)
        now = [state for time, state in events if time // SECOND == tick]
        mass = sum(weights.values()) + 0.5 * (len(weights) + 1)
        total -= sum(math.log2((weights.get(state, 0) + 0.5) / mass) for state in now)
        past += [(tick, state) for state in now]
    return total


def test_the_recording_gives_what_a_plain_count_gives(stream: bytes, kept: tuple[Tally, list[Any]]) -> None:
    tally, events = kept
    watch = read([stream])
    summary, states, times = watch.summary(), [state for _, state in events], [time for time, _ in events]
    assert summary.tally == tally
    assert min(tally.kept, tally.filtered, tally.repeats, tally.late) > 0
    assert summary.counts == Counter(states)
    assert watch.histogram() == {state: count / len(events) for state, count in Counter(states).items()}
    assert sum(watch.histogram().values()) == pytest.approx(1)
    told = summary.as_object()
    assert told["entropy_bits"] == pytest.approx(shannon(states), rel=1e-12)
    assert told["entropy_nats"] == pytest.approx(shannon(states) * math.log(2), rel=1e-12)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert told["mean_gap_s"] == pytest.approx(sum(gaps) / len(gaps) / SECOND, rel=1e-12)
    assert (told["first"], told["last"]) == (instant.text(times[0]), instant.text(times[-1]))
    assert told["surprisal_bits_total"] == pytest.approx(surprisal(events, 6 * 3600), rel=1e-6)


@pytest.mark.recordings
def test_the_recorded_rsvps_are_as_many_as_its_description_says(recordings: Path) -> None:
    assert read([(recordings / RSVPS).read_bytes()]).summary().tally == (1541, 525, 899, 108, 9, 0, 0)


@pytest.mark.parametrize("window_s", [1, 60, 120, 900, 3600])
def test_windows_of_the_recording_hold_what_a_plain_filter_holds(
    stream: bytes, kept: tuple[Tally, list[tuple[int, str]]], window_s: int
) -> None:
    watch, (_, events) = read([stream]), kept
    until = (events[-1][0] // SECOND + 1) * SECOND
    inside = [(time, state) for time, state in events if time >= until - window_s * SECOND]
    counts = Counter(state for _, state in inside)
    assert watch.histogram(window_s * SECOND) == {state: count / len(inside) for state, count in counts.items()}
    found = watch.entropy(window_s * SECOND)
    assert found is not None
    assert found.bits == pytest.approx(shannon([state for _, state in inside]), abs=1e-12)
    gaps = [later[0] - earlier[0] for earlier, later in pairwise(inside)]
    reach = min(window_s, until // SECOND - events[0][0] // SECOND)
    rate = watch.rate(window=window_s * SECOND)
    assert (rate.count, rate.window_s) == (len(inside), reach)
    assert rate.mean_gap_s == (pytest.approx(sum(gaps) / len(gaps) / SECOND) if gaps else None)
    assert watch.rate("CA", window_s * SECOND).count == counts["CA"]


@settings(max_examples=15)
@given(cuts=st.lists(st.integers(0, 1500), max_size=40))
def test_no_cut_of_the_recording_changes_a_bit_of_its_summary(stream: bytes, cuts: list[int]) -> None:
    lines = stream.splitlines(keepends=True)
    blocks = [b"".join(lines[start:end]) for start, end in pairwise([0, *sorted(cuts), len(lines)])]
    assert read(blocks).summary() == read([stream]).summary()
    assert read([stream.replace(b"\n", b"\r\n\n")]).summary() == read([stream]).summary()


def test_blocks_lines_texts_and_columns_say_the_same(stream: bytes, kept: tuple[Tally, list[tuple[int, str]]]) -> None:
    whole, (_, events) = read([stream]).summary(), kept
    lines, texts, singly = Watch(**MEETUP), Watch(**MEETUP), Watch(**MEETUP)
    lines.feed(stream.splitlines(keepends=True))
    texts.feed(stream.decode())
    bits: list[float] = []
    for line in stream.decode().splitlines():
        bits += singly.feed([line]).surprisal_bits.tolist()
    bits += singly.finish().surprisal_bits.tolist()
    for watch in (lines, texts):
        watch.finish()
    assert whole == lines.summary() == texts.summary() == singly.summary()
    assert sum(round(bit * FIXED) for bit in bits) == whole.surprisal
    columns = Watch(lateness="0s")
    columns.feed(columns.columns(np.array([time for time, _ in events]), [state for _, state in events]))
    columns.finish()
    assert columns.summary()[1:] == whole[1:]


TEXTS = st.lists(st.text('{}[]",:0123456789nul at\n\\', max_size=30).map(str.encode) | st.binary(max_size=30))


@given(TEXTS, st.lists(st.integers(1, 2**40), max_size=20))
def test_whatever_comes_every_message_is_in_one_counter(noise: list[bytes], times: list[int]) -> None:
    good = [json.dumps({"at": time, "net": time % 3}).encode() for time in times]
    watch = read([b"\n".join([*noise, *good]), b"\n".join(noise)], time="at", by="net")
    assert watch.tally.read == sum(watch.tally[1:])
    assert watch.tally.undecided == 0
    assert watch.tally.kept + watch.tally.late + watch.tally.future >= len(times)
    json.dumps(watch.summary().as_object(), allow_nan=False)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("change", ["surge@3h+30m:ME:60", "rate@3h+30m:3", "silence@3h+30m", "flatten@3h+30m"])
def test_what_is_usual_is_not_what_an_incident_was(change: str, seed: int) -> None:
    start = 1_772_409_600 * SECOND
    watches = [Watch(**MEETUP, false_alarms=1.0) for _ in range(2)]
    for watch, changes in zip(watches, ((), (change,)), strict=True):
        for chunk in World(1.5, seed, start, parse_all(changes)).lines(start, start + 4 * 3600 * SECOND):
            watch.feed(b"\n".join(chunk.lines))
    usual, after = watches
    assert after.usual_per_s() == pytest.approx(usual.usual_per_s(), rel=0.1)
    codes = [(usual.categories.code(name), after.categories.code(name)) for name in ("CA", "NY", "TX", "FL", "ME")]
    shares = [(usual.usual_shares()[one or 0], after.usual_shares()[other or 0]) for one, other in codes]
    assert [other for _, other in shares] == pytest.approx([one for one, _ in shares], rel=0.2, abs=0.003)
    assert sum(after.usual_shares()) == pytest.approx(1, abs=0.01)


def test_an_empty_stream_is_a_valid_answer() -> None:
    for watch in (read([], time="at"), read([b""], time="at"), read([b"\n \n"], by="net")):
        told = watch.summary().as_object()
        assert not any(told.values())
        assert (told["entropy_bits"], told["mean_gap_s"], told["first"], told["last"]) == (None,) * 4
        assert (watch.histogram(), watch.entropy(), watch.watermark) == ({}, None, None)
        assert watch.rate() == Rate(0, 0.0, None, None, None, None)
        found = watch.probability("CA")
        assert (found.p, str(found.surprisal_bits), found.seen) == (1.0, "0.0", False)


def test_a_stream_of_one_event_is_a_valid_answer() -> None:
    watch = read([b'{"at": 1489925470.5, "net": "pr"}'], time="at", by="net")
    told = watch.summary().as_object()
    assert told["histogram"] == {"pr": 1.0}
    assert (told["entropy_bits"], told["mean_gap_s"], told["first"] == told["last"]) == (0, None, True)
    assert str(told["surprisal_bits_total"]) == "0.0"
    assert watch.rate() == Rate(1, 1.0, None, None, None, None)
    assert (watch.probability("pr").seen, watch.probability("ak").seen) == (True, False)
    assert watch.probability("pr").p + watch.probability("ak").p == pytest.approx(1)
    assert watch.usual_shares()[1:].sum() + watch.probability("ak").p == pytest.approx(1)


def test_values_of_one_name_are_one_category_and_lose_no_event() -> None:
    watch = read([b'{"at": 5, "net": 1}\n{"at": 5, "net": "1"}\n{"at": 5, "net": 2}'], time="at", by="net")
    assert watch.summary().counts == {"1": 2, "2": 1}
    assert sum(watch.histogram().values()) == pytest.approx(1)


def test_the_watched_share_is_that_of_the_watched_categories(stream: bytes, kept: tuple[Tally, list[Any]]) -> None:
    watch = Watch(**MEETUP, watched=("CA", "NY", "Nowhere"))
    assert watch.watched_share() is None
    watch.feed(stream)
    watch.finish()
    states = [state for _, state in kept[1]]
    assert watch.watched_share() == pytest.approx((states.count("CA") + states.count("NY")) / len(states))
    assert read([stream]).watched_share() is None


def test_a_message_of_its_own_has_a_category_or_says_why_not(stream: bytes) -> None:
    watch = read([stream])
    assert watch.category_of(b'{"mtime": 5, "group": {"group_state": "CA"}}') == "CA"
    for message in (b"", b"x", b'{"mtime": 5}', b'{"group": {"group_state": "CA"}}'):
        with pytest.raises(InputError, match=r"expected|JSON is malformed"):
            watch.category_of(message)


@pytest.mark.parametrize("wrong", [{"lateness": "soon"}, {"lateness": "-1s"}, {"half_life": "10ms"}, {"half_life": ""}])
def test_a_wrong_duration_is_a_wrong_setting(wrong: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="expected"):
        Watch(time="at", **wrong)  # type: ignore[arg-type]


def test_a_wrong_window_and_uneven_columns_are_wrong_input() -> None:
    watch = Watch(time="at")
    for window in (0, -SECOND, 3601 * SECOND):
        with pytest.raises(InputError, match="window from 1s to 1h"):
            watch.rate(window=window)
    with pytest.raises(InputError, match="as many categories as times"):
        watch.columns(np.array([5, 6]), ["a"])


def test_the_last_hundred_rejects_are_kept_and_told_by_line() -> None:
    watch = read([b"x\n" * 15] * 20, time="at")
    assert [reject.line for reject in watch.rejects] == [*range(201, 301)]
    assert watch.tally.malformed == 300
