"""The world's statistics against what was measured on recordings, and its law of cuts."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rarebird.errors import ConfigError
from rarebird.model import instant
from rarebird.simulate import rhythm
from rarebird.simulate.places import US, WATCHED_CODES
from rarebird.simulate.states import STATES
from rarebird.simulate.world import Chunk, World
from tests.simulate.stretch import HOUR, SECOND, START, taken


def decoded(chunks: Iterable[Chunk]) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for chunk in chunks for line in chunk.lines]


@pytest.fixture(scope="module")
def messages() -> list[dict[str, Any]]:
    return decoded(World(5.0, 7, START).lines(START, START + 2 * HOUR))


def part(messages: list[dict[str, Any]], count: float) -> float:
    return count / len(messages)


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from([0.5, 6.0, 700.0, 9_000.0]),
    st.integers(0, 3),
    st.lists(st.integers(0, 200 * SECOND), min_size=3, max_size=3).map(sorted),
)
def test_a_stretch_equals_its_parts_and_does_not_depend_on_what_was_made_before(
    rate: float, seed: int, cuts: list[int]
) -> None:
    shrink = max(1, round(rate / 50))
    a, b, c = (START + cut // shrink for cut in cuts)
    world = World(rate, seed, START)
    whole = taken(world, a, c)
    assert whole == taken(world, a, b) + taken(world, b, c)
    assert taken(World(rate, seed, START), b, c) == [row for row in whole if row[0] >= b]


def test_another_seed_gives_another_world_and_the_start_moves_nothing() -> None:
    end = START + 60 * SECOND
    one = taken(World(5.0, 1, START), START, end)
    assert one != taken(World(5.0, 2, START), START, end)
    assert one == taken(World(5.0, 1, START - HOUR), START, end)


@pytest.mark.parametrize("rate", [0.7, 40.0, 3_000.0, 21_000.0])
def test_messages_come_in_order_and_no_stamp_lies_ahead_of_its_arrival(rate: float) -> None:
    last = START
    for chunk in World(rate, 3, START).lines(START, START + round(6_000 / rate * SECOND)):
        assert chunk.arrival[0] >= last
        assert (np.diff(chunk.arrival) >= 0).all()
        assert (chunk.mtime <= chunk.arrival).all()
        assert len(chunk.lines) == len(chunk.arrival) == len(chunk.event)
        last = int(chunk.arrival[-1])


def test_the_columns_say_what_the_lines_say() -> None:
    for chunk in World(30.0, 3, START).lines(START, START + 100 * SECOND):
        for line, mtime, event in zip(chunk.lines, chunk.mtime.tolist(), chunk.event.tolist(), strict=True):
            message = msgspec.json.decode(line)
            assert message["mtime"] * 1_000 == mtime
            assert message["event"]["event_id"] == str(event)


@pytest.mark.slow
def test_the_rate_is_the_mean_over_a_week_of_all_messages() -> None:
    rate, week = 0.5, 7 * 24 * HOUR
    count = sum(len(chunk.lines) for chunk in World(rate, 5, START).lines(START, START + week))
    assert count == pytest.approx(rate * week / SECOND, abs=4 * math.sqrt(rate * week / SECOND))
    assert rhythm.TABLE.sum() / len(rhythm.TABLE) == pytest.approx(1.0)


def test_the_us_holds_42_to_65_per_cent_at_any_time() -> None:
    share = rhythm.TABLE[:, :US].sum(axis=1) / rhythm.TABLE.sum(axis=1)
    assert share.min() > 0.41
    assert share.max() < 0.65
    assert share.max() - share.min() > 0.15


def test_the_mix_of_states_moves_through_the_day_as_in_recordings() -> None:
    def mix(at: str) -> dict[str, float]:
        rates = rhythm.rates(instant.parse(at))[:US]
        return dict(zip((state.code for state in STATES), (rates / rates.sum()).tolist(), strict=True))

    morning = mix("2026-03-15T12:20:00Z")
    assert sorted(morning, key=lambda code: -morning[code])[:2] == ["NY", "FL"]
    assert morning["CA"] < 0.10
    assert mix("2026-03-16T00:00:00Z")["CA"] > 0.20
    assert mix("2026-03-16T00:00:00Z") != mix("2026-03-22T00:00:00Z")


def test_entropy_and_the_watched_share_stay_where_recordings_have_them() -> None:
    mix = rhythm.TABLE[:, :US] / rhythm.TABLE[:, :US].sum(axis=1, keepdims=True)
    entropy = -(mix * np.log(mix)).sum(axis=1)
    assert entropy.min() > 2.9
    assert entropy.max() < 3.2
    watched = mix[:, list(WATCHED_CODES)].sum(axis=1)
    assert watched.min() > 0.48
    assert watched.max() < 0.58


def test_a_share_of_messages_repeats_an_earlier_one_four_seconds_later_with_whole_seconds() -> None:
    originals: dict[int, list[tuple[int, dict[str, Any]]]] = {}
    lags, whole, rows = [], 0, taken(World(5.0, 7, START), START, START + 2 * HOUR)
    for arrival, _, _, line in rows:
        message = msgspec.json.decode(line)
        same = originals.setdefault(message["rsvp_id"], [])
        if message["mtime"] % 1_000:
            same.append((arrival, message))
        else:
            whole += 1
            near = [(sent, one) for sent, one in same if abs(message["mtime"] - one["mtime"]) <= 500]
            lags += [arrival - sent for sent, one in near if {**one, "mtime": message["mtime"]} == message]
    assert 0.14 < whole / len(rows) < 0.18
    assert 0.85 < len(lags) / whole < 0.95
    assert 3 < float(np.median(lags)) / SECOND < 5
    assert max(lags) < 31 * SECOND


def test_one_to_two_per_cent_of_messages_are_hours_to_months_old(messages: list[dict[str, Any]]) -> None:
    newest, ages = 0, []
    for message in messages:
        newest = max(newest, message["mtime"])
        if newest - message["mtime"] > 60_000:
            ages.append(newest - message["mtime"])
            assert message["mtime"] % 1_000 == 0
    assert 0.01 < part(messages, len(ages)) < 0.02
    assert min(ages) > 3_500_000
    assert max(ages) < 121 * 86_400_000


@pytest.mark.parametrize("rate", [1.3, 300.0])
def test_the_fresh_come_almost_in_order_at_any_rate(rate: float) -> None:
    chunks = World(rate, 11, START).lines(START, START + round(40_000 / rate * SECOND))
    stamps = np.concatenate([chunk.mtime[chunk.mtime % SECOND != 0] for chunk in chunks])
    behind = np.maximum.accumulate(stamps) - stamps
    assert 0.01 < (behind > 0).mean() < 0.02
    assert behind.max() <= 0.27 * SECOND


def test_gaps_of_the_fresh_are_exponential() -> None:
    chunks = World(2.0, 11, START).lines(START, START + HOUR)
    stamps = np.sort(np.concatenate([chunk.mtime[chunk.mtime % SECOND != 0] for chunk in chunks]))
    gaps = np.diff(stamps)
    assert gaps.std() / gaps.mean() == pytest.approx(1.0, abs=0.05)
    counts = np.bincount((stamps - START) // (20 * SECOND))[1:-1]
    assert counts.var() / counts.mean() == pytest.approx(1.0, abs=0.3)


def test_messages_have_the_shape_of_the_retired_service(messages: list[dict[str, Any]]) -> None:
    for message in messages:
        assert [key for key in message if key != "venue"] == [
            "visibility",
            "response",
            "guests",
            "member",
            "rsvp_id",
            "mtime",
            "event",
            "group",
        ]
        group = message["group"]
        assert ("group_state" in group) == (group["group_country"] in ("us", "ca"))
        assert group["group_topics"]
        assert message["event"]["time"] > message["mtime"]
        assert message["event"]["event_url"].endswith(
            f"/{group['group_urlname']}/events/{message['event']['event_id']}/"
        )
        assert set(message.get("venue", ())) in (set(), {"venue_name", "lon", "lat", "venue_id"})


def test_missing_fields_answers_and_guests_come_as_often_as_in_recordings(messages: list[dict[str, Any]]) -> None:
    assert 0.13 < part(messages, sum("venue" not in message for message in messages)) < 0.20
    assert 0.73 < part(messages, sum(message["response"] == "yes" for message in messages)) < 0.82
    assert 0.90 < part(messages, sum(message["guests"] == 0 for message in messages)) < 0.95
    assert 0.93 < part(messages, sum("photo" in message["member"] for message in messages)) < 0.97
    provinces = Counter(m["group"]["group_state"] for m in messages if m["group"]["group_country"] == "ca")
    assert provinces.most_common(1)[0][0] == "ON"


def test_a_message_has_1100_bytes_or_so_and_some_hold_raw_utf8() -> None:
    lines = [line for chunk in World(5.0, 7, START).lines(START, START + HOUR) for line in chunk.lines]
    assert 1_050 < sum(map(len, lines)) / len(lines) < 1_250
    assert 0.12 < sum(not line.isascii() for line in lines) / len(lines) < 0.28
    assert not any(b"\\u" in line or b"\n" in line for line in lines)


def test_an_rsvp_id_belongs_to_one_member_and_one_event(messages: list[dict[str, Any]]) -> None:
    owner: dict[int, tuple[int, str]] = {}
    for message in messages:
        whose = message["member"]["member_id"], message["event"]["event_id"]
        assert owner.setdefault(message["rsvp_id"], whose) == whose


def test_some_answers_are_changed_and_keep_their_rsvp_id(messages: list[dict[str, Any]]) -> None:
    answers: dict[int, set[tuple[str, int]]] = {}
    for message in messages:
        answers.setdefault(message["rsvp_id"], set()).add((message["response"], message["guests"]))
    assert 0.03 < sum(len(given) > 1 for given in answers.values()) / len(answers) < 0.06


@pytest.mark.parametrize(
    ("rate", "seed", "start"), [(0.0, 1, START), (math.nan, 1, START), (1.0, -1, START), (1.0, 1, 0)]
)
def test_a_world_that_cannot_be_says_what_was_expected(rate: float, seed: int, start: int) -> None:
    with pytest.raises(ConfigError, match=r"expected .*, got"):
        World(rate, seed, start)
