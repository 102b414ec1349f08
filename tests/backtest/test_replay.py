"""A replay finds the same however its input is cut; its figures are those of a plain count."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from msgspec import structs

from rarebird.backtest.curve import MOST, Curve
from rarebird.backtest.lines import is_listed, last_line, line
from rarebird.backtest.outcome import outcome
from rarebird.backtest.picture import picture
from rarebird.backtest.replay import Replay, Stretch
from rarebird.backtest.spans import covered
from rarebird.config.chosen import Chosen
from rarebird.config.settings import settings
from rarebird.eventtime.ticks import gather
from rarebird.model.incident import Incident
from rarebird.model.instant import SECOND
from rarebird.simulate.change import parse_all
from rarebird.simulate.world import World
from rarebird.source.presets import MEETUP

HOUR = 3600 * SECOND
START = 1_772_452_800 * SECOND


@cache
def stream() -> list[bytes]:
    """Four hours in which the stream falls silent and comes back."""
    world = World(2.0, 3, START, parse_all(["silence@3h+15m"]))
    return [line + b"\n" for chunk in world.lines(START, START + 4 * HOUR) for line in chunk.lines]


CHOSEN = settings(Chosen(false_alarms="1 per week"), ["x"], MEETUP)
BEGINS, ENDS = START + 3 * HOUR, START + 3 * HOUR + 15 * 60 * SECOND


def replayed(cuts: list[int], forget: list[Stretch] | None = None) -> tuple[bytes, Replay]:
    """What is told of the stream where it is cut behind some lines."""
    replay, told, lines = Replay(CHOSEN, forget or []), b"", stream()
    ends = [*sorted(set(cuts)), len(lines)]
    for start, end in zip([0, *ends], ends, strict=False):
        batch = replay.watch.decode(b"".join(lines[start:end]), arrival=START + 5 * HOUR)
        told += b"".join(map(line, filter(is_listed, replay.take(batch))))
    told += b"".join(map(line, filter(is_listed, replay.finish())))
    return told + last_line(outcome(replay)), replay


@given(st.lists(st.integers(0, 31_000), max_size=20))
@hypothesis_settings(max_examples=6)
def test_however_the_input_is_cut_the_same_is_told_to_the_last_byte(cuts: list[int]) -> None:
    told, _ = replayed([cut for cut in cuts if cut < len(stream())])
    assert told == replayed([])[0]


@given(st.lists(st.integers(0, 31_000), max_size=20), st.integers(-60, 60), st.integers(1, 200))
@hypothesis_settings(max_examples=4)
def test_however_the_input_is_cut_the_same_is_forgotten(cuts: list[int], early: int, minutes: int) -> None:
    start = BEGINS + early * 60 * SECOND
    forget = [Stretch(start, start + minutes * 60 * SECOND), Stretch(START - HOUR, START + HOUR)]
    told, _ = replayed([cut for cut in cuts if cut < len(stream())], forget)
    assert told == replayed([], forget)[0]


def test_of_a_forgotten_stretch_nothing_is_told() -> None:
    _, replay = replayed([], [Stretch(BEGINS - 60 * SECOND, ENDS + 60 * SECOND)])
    assert replay.incidents == {}
    _, replay = replayed([], [Stretch(BEGINS - 3 * HOUR, BEGINS - 60 * SECOND)])
    assert replay.detection.learned_s <= 3660


def test_of_the_past_only_what_came_before_an_instant_counts() -> None:
    whole = replayed([])[1]
    until = BEGINS + 5 * 60 * SECOND
    replay = Replay(CHOSEN, until=until)
    for start in range(0, len(stream()), 500):
        replay.take(replay.watch.decode(b"".join(stream()[start : start + 500])))
        if replay.done:
            break
    (found,) = replay.incidents.values()
    end = whole.incidents[1]
    assert found == structs.replace(end, ended=None, phase="firing", decisions=end.decisions[:1])
    assert replay.take(replay.watch.decode(b"".join(stream()[start + 500 :]))) == []


def test_a_stream_that_falls_silent_is_told_once_and_its_end_too() -> None:
    _, replay = replayed([])
    (incident,) = replay.incidents.values()
    assert (incident.kind, incident.events) == ("silence", 0)
    assert abs(incident.began - START - 3 * HOUR) < 10 * SECOND
    assert incident.ended is not None
    assert 15 * 60 * SECOND <= incident.ended - incident.began < 20 * 60 * SECOND


def incident(detected: int, ended: int | None) -> Incident:
    return Incident(
        id=1, kind="rate", direction="up", family="rate up", category=None, began=detected, detected=detected,
        ended=ended, lasting=False, score=1.0, budget_share=0.1, chance_per_week=0.4, events=4, expected=1.0, low=0.0,
        high=3.0, whole=3.0, contributions=(),
    )  # fmt: skip


SPANS = st.lists(st.tuples(st.integers(-5, 25), st.integers(0, 20)), max_size=8)


@given(SPANS)
def test_spans_that_overlap_cover_each_moment_once(spans: list[tuple[int, int]]) -> None:
    plain = {at for start, length in spans for at in range(start, start + length) if 0 <= at < 20}
    assert covered([(start, start + length) for start, length in spans], (0, 20)) == len(plain)


TICKS = st.lists(st.integers(0, 5 * MOST), min_size=1, max_size=60)


@given(TICKS, st.integers(1, 100))
def test_a_curve_holds_every_event_in_its_step_however_long_the_span_grows(seconds: list[int], columns: int) -> None:
    seconds.sort()
    curve = Curve()
    for part in np.array_split(np.array(seconds), 3):
        curve.add(gather(part * SECOND, np.zeros(len(part), np.int32), SECOND, 0).cells)
    steps = (np.array(seconds) - seconds[0]) // curve.step
    assert curve.events.tolist() == np.bincount(steps, minlength=MOST).tolist()
    assert curve.used == steps[-1] + 1
    rates = curve.columns(columns)
    assert len(rates) == min(columns, curve.used)
    assert max(rates) > 0


@given(TICKS, st.integers(20, 120))
def test_a_picture_is_no_wider_than_asked(seconds: list[int], width: int) -> None:
    curve = Curve()
    curve.add(gather(np.sort(seconds) * SECOND, np.zeros(len(seconds), np.int32), SECOND, 0).cells)
    found = [incident(seconds[0] * SECOND, None)]
    lines = picture(curve, found, max(width, 40))
    assert all(len(one) <= max(width, 40) for one in lines)
    assert "▲" in lines[-2]


@pytest.mark.parametrize("time", [[], [5]])
def test_too_few_events_for_any_rate_are_no_fault(time: list[int]) -> None:
    replay = Replay(CHOSEN)
    replay.take(replay.watch.columns(np.array(time, np.int64) * SECOND, ["a"] * len(time)))
    replay.finish()
    found = outcome(replay)
    assert (found.events, found.incidents, found.incidents_per_week, found.time_in_alarm) == (len(time), 0, None, None)
    assert last_line(found).startswith(b'{"type":"summary"')
