"""What a watch says first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rarebird.detect import level, shares
from rarebird.incident import opening as words
from rarebird.incident.opening import Watched, opening
from rarebird.model.clock import UTC

WATCHED = Watched(
    "Meetup RSVPs", ["http://stream.meetup.com/2/rsvps"], "group.group_state", ["CA", "NY"], "states", 1.0
)
NOW = 1_764_062_520_000_000
NAMES = st.text(max_size=300)


def test_of_a_stream_that_lives_it_says_the_instants() -> None:
    assert opening(WATCHED, NOW) == (
        "rarebird watches Meetup RSVPs from here on, read from http://stream.meetup.com/2/rsvps, states by "
        "group.group_state, CA and NY watched together. It tells what is out of the ordinary; of that, about 1 a week "
        "may be chance alone, over everything together. What is usual it learns from the stream: silence and large "
        "changes of the rate can be found after its first minute, states that come more or less often from 09:27 UTC "
        "on, small shifts of all shares from 09:52 UTC on. It knows the hours of the day from 2025-11-26 09:22 UTC on "
        "and the days of the week from 2025-12-03 09:22 UTC on; until then small changes go untold."
    )


def test_of_a_recording_it_says_after_how_long_and_of_one_kind_nothing_of_shares() -> None:
    told = opening(Watched("a.jsonl", ["a.jsonl"], false_alarms=7.0), None)
    assert "all events as one kind." in told
    assert "about 1 a day" in told
    assert "after its first minute. It knows the hours of the day after a day of events" in told
    assert "after 8 days of events" in told
    assert "shares" not in told


def test_a_watch_that_looks_for_nothing_says_only_what_it_is() -> None:
    assert opening(Watched("a", []), 0) == "rarebird watches a from here on, all events as one kind."


@given(NAMES, st.lists(NAMES), NAMES, st.lists(NAMES))
def test_it_stays_short_whatever_things_are_called(
    title: str, sources: list[str], by: str, together: list[str]
) -> None:
    assert len(opening(Watched(title, sources, by, together, false_alarms=1.0), NOW)) < 1_700


def test_what_it_says_of_learning_is_what_detection_does() -> None:
    assert words.SHARES == shares.PERIOD
    assert shares.settled(shares.blank()._replace(age=words.LEANINGS))
    assert not shares.settled(shares.blank()._replace(age=words.LEANINGS - shares.PERIOD))
    state = level.blank()
    knows: dict[str, int] = {}
    for minute in range(0, words.WEEK + 60, 60):
        busy = 1 + (minute % words.DAY < words.DAY // 2) + (minute // words.DAY % 7 < 2)
        state = level.learn(state, UTC, minute, 60 * busy, level.expected(state, UTC, minute))
        if "day" not in knows and state.profile.std():
            knows["day"] = state.age
        if "week" not in knows and state.week.std():
            knows["week"] = state.age
    assert knows == {"day": words.DAY, "week": words.WEEK}
    assert level.MINUTE == 60
