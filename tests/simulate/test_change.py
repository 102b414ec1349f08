"""Changes: how they are written, what they do within their span, and that they do nothing outside it."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.errors import ConfigError
from rarebird.model import duration
from rarebird.simulate.change import EXAMPLES, KINDS, MOST, Change, parse, parse_all
from rarebird.simulate.states import STATES, WATCHED
from rarebird.simulate.story import STORY, changes, telling
from rarebird.simulate.truth import json_lines, truth
from rarebird.simulate.world import World
from tests.effort import slow_after_first
from tests.simulate.stretch import SECOND, START, taken

BEGIN, END = START + 300 * SECOND, START + 900 * SECOND
"""The span of each change below."""
WHOLE = START, START + 1_200 * SECOND
RATE = 60.0
ACTING = [
    "rate@5m+10m:2",
    "rate@5m+10m:0.5",
    "silence@5m+10m",
    "surge@5m+10m:CA:3",
    "surge@5m+10m:NY:0.2",
    "flatten@5m+10m:0.5",
    "burst@5m+10m:ME:30",
    "watched@5m+10m:1.5",
]


def world(*texts: str) -> World:
    return World(RATE, 4, START, parse_all(texts))


def states(one: World, begin: int = BEGIN, end: int = END) -> Counter[str]:
    """Fresh messages by state; those from abroad under the empty name."""
    counts: Counter[str] = Counter()
    for _, mtime, _, line in taken(one, begin, end):
        if mtime % SECOND:
            group = msgspec.json.decode(line)["group"]
            counts[group["group_state"] if group["group_country"] == "us" else ""] += 1
    return counts


@pytest.fixture(scope="module")
def usual() -> Counter[str]:
    return states(world())


@pytest.mark.parametrize("text", slow_after_first(*ACTING))
def test_outside_its_span_a_change_leaves_every_message_as_it_was(text: str) -> None:
    def outside(one: World) -> list[tuple[int, int, int, bytes]]:
        near = 31 * SECOND  # repeats of what a change added or took come a while later
        return [row for row in taken(one, *WHOLE) if row[0] < BEGIN or row[0] >= END + near]

    assert outside(world(text)) == outside(world())


@pytest.mark.parametrize("text", ACTING)
def test_a_changed_world_obeys_the_law_of_cuts(text: str) -> None:
    cuts = BEGIN - 7 * SECOND, BEGIN + 33 * SECOND, END + 2 * SECOND
    whole = taken(world(text), cuts[0], cuts[2])
    assert whole == taken(world(text), cuts[0], cuts[1]) + taken(world(text), cuts[1], cuts[2])


@pytest.mark.parametrize("factor", [2.0, 0.5, 1.3])
def test_rate_multiplies_all_messages(factor: float, usual: Counter[str]) -> None:
    now = states(world(f"rate@5m+10m:{factor}"))
    assert now.total() / usual.total() == pytest.approx(factor, rel=0.05)
    assert now[""] / usual[""] == pytest.approx(factor, rel=0.07)


def test_silence_is_the_absence_of_all_messages() -> None:
    assert taken(world("silence@5m+10m"), BEGIN, END) == []
    assert taken(world("silence@5m+10m"), BEGIN - SECOND, BEGIN)
    assert taken(world("silence@5m+10m"), END, END + SECOND)


@pytest.mark.parametrize(
    ("text", "state", "factor"),
    [
        ("surge@5m+10m:CA:3", "CA", 3.0),
        ("surge@5m+10m:NY:0.2", "NY", 0.2),
        ("burst@5m+10m:ME:30", "ME", 30.0),
    ],
)
def test_a_surge_or_burst_multiplies_one_state_and_no_other(
    text: str, state: str, factor: float, usual: Counter[str]
) -> None:
    now = states(world(text))
    assert now[state] / usual[state] == pytest.approx(factor, rel=0.25)
    assert now - Counter({state: now[state]}) == usual - Counter({state: usual[state]})


def test_watched_multiplies_the_ten_watched_states_and_no_other(usual: Counter[str]) -> None:
    now = states(world("watched@5m+10m:1.5"))
    before = sum(usual[state] for state in WATCHED)
    assert sum(now[state] for state in WATCHED) / before == pytest.approx(1.5, rel=0.05)
    assert {name: count for name, count in now.items() if name not in WATCHED} == {
        name: count for name, count in usual.items() if name not in WATCHED
    }


def test_flatten_moves_messages_between_states_and_none_in_or_out_of_the_us(usual: Counter[str]) -> None:
    now = states(world("flatten@5m+10m:1"))
    assert now[""] == usual[""]
    assert now.total() == usual.total()
    mean = (now.total() - now[""]) / len(STATES)
    assert all(abs(now[state.code] - mean) < 5 * mean**0.5 for state in STATES)


def test_disconnect_leaves_the_messages_as_they_are() -> None:
    assert taken(world("disconnect@5m+10m"), *WHOLE) == taken(world(), *WHOLE)


def test_changes_act_together() -> None:
    both = states(world("rate@5m+10m:2", "burst@5m+10m:WY:400"))
    assert both["WY"] > 50
    assert both[""] / states(world())[""] == pytest.approx(2, rel=0.07)


def test_ids_of_added_messages_are_their_own() -> None:
    rows = taken(world("rate@5m+10m:3", "burst@5m+10m:ME:30"), *WHOLE)
    owner: dict[int, tuple[object, ...]] = {}
    for *_, line in rows:
        message = msgspec.json.decode(line)
        whose = message["member"]["member_id"], message["event"]["event_id"]
        assert owner.setdefault(message["rsvp_id"], whose) == whose
        assert message["rsvp_id"] < 1 << 53


@given(st.sampled_from(KINDS), st.integers(0, 10**12), st.integers(1, 10**12))
def test_what_a_text_says_is_what_the_change_holds(kind: str, offset: int, length: int) -> None:
    change = parse(f"{kind}@{duration.text(offset)}+{duration.text(length)}")
    assert (change.kind, change.offset, change.length) == (kind, offset, length)


@pytest.mark.parametrize("example", EXAMPLES.values())
def test_the_examples_in_the_errors_are_right(example: str) -> None:
    assert parse(example) == parse(example.split(":", maxsplit=1)[0])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rate",
        "rate@5m",
        "rate@5m+",
        "rates@5m+1m",
        "rate@soon+1m",
        "rate@5m+0s",
        "rate@5m+1m:",
        "rate@5m+1m:fast",
        "rate@5m+1m:-1",
        "rate@5m+1m:nan",
        "silence@5m+1m:2",
        "surge@5m+1m:9",
        "surge@5m+1m:XX:9",
        "flatten@5m+1m:1.5",
        "disconnect@1m+1m:1",
        "rate@5m+1m:2:3",
    ],
)
def test_a_wrong_change_says_what_was_expected_got_and_an_example(text: str) -> None:
    with pytest.raises(ConfigError, match=r"expected .*, got .*; for example"):
        parse(text)


def test_a_near_miss_is_named() -> None:
    with pytest.raises(ConfigError, match="did you mean silence"):
        parse("silense@1m+1m")


def test_too_many_changes_are_refused() -> None:
    with pytest.raises(ConfigError, match="at most"):
        parse_all(["silence@1m+1s"] * (MOST + 1))


def test_the_truth_lists_the_changes_in_the_order_of_their_beginning() -> None:
    minute = 60 * SECOND
    told = json_lines(truth(parse_all(["silence@2m+1m", "burst@1m+1m:ID:12"]), START)).splitlines()
    first, second = map(msgspec.json.decode, told)
    assert first == {
        "kind": "burst",
        "began": START + minute,
        "ended": START + 2 * minute,
        "category": "ID",
        "factor": 12.0,
    }
    assert (second["kind"], second["began"], second["ended"]) == ("silence", START + 2 * minute, START + 3 * minute)


def test_the_story_ends_within_two_minutes_and_its_chapters_do_not_overlap() -> None:
    spans = [(one.offset, one.offset + one.length) for one in changes()]
    assert all(ended < began for (_, ended), (began, _) in pairwise(spans))
    assert spans[-1][1] <= 120 * SECOND
    assert [telling(chapter)[:4] for chapter in STORY] == ["0:20", "0:55", "1:25", "1:48"]
    assert all(isinstance(chapter.change, Change) for chapter in STORY)
