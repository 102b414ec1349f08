"""What a source gives again when it is connected again is told from what is late."""

from __future__ import annotations

from pathlib import Path

import pytest

from rarebird.config.stores import open_store
from rarebird.model.batch import Batch, Span
from rarebird.model.instant import SECOND
from rarebird.model.position import Position
from rarebird.run.local import follow
from rarebird.run.redelivery import Redelivery
from rarebird.run.running import Running
from rarebird.source.contract import SourceState
from tests.run.test_keeping import Feed, a_watch, keeping
from tests.run.test_running import SETTINGS, START, lines

pytestmark = pytest.mark.anyio


async def test_a_pipe_that_is_replayed_from_its_start_brings_nothing_new_and_no_counter_of_kept_falls(
    tmp_path: Path,
) -> None:
    kept = []
    for _ in range(3):
        running = a_watch([lines(500)], again=False)
        running.sources[0].live = False  # type: ignore[misc]
        await follow(running, keeping(running, open_store(f"sqlite:///{tmp_path / 'watch.db'}", "w")))
        kept.append(running.watch.tally.kept)
        assert running.watch.tally.late == 0
        assert running.health().status == "ok"
    assert kept == sorted(kept)
    # Without an identity the last seconds, which are still open, count again.
    assert kept[0] == 500
    assert kept[-1] <= 512


def connected(running: Running, *, again: bool = False, live: bool = True, name: str = "feed") -> Feed:
    feed = Feed(running, [], again=again, name=name)
    feed.live = live
    return feed


def took(redelivery: Redelivery, running: Running, feed: Feed, start: int, count: int = 100) -> Batch:
    batch = redelivery.marked(feed, running.watch.decode("\n".join(lines(count, start)).encode()))
    running.take(batch)
    return batch


def test_a_list_that_each_request_answers_anew_is_given_again_at_each_connection() -> None:
    running = Running(SETTINGS.watch(), SETTINGS, ())
    feed, redelivery = connected(running), Redelivery(running.watch)
    assert took(redelivery, running, feed, START).given is None
    feed.state = SourceState("connected", 0, reconnects=1)
    span = Span(START * SECOND, (START + 99) * SECOND + 1)
    assert took(redelivery, running, feed, START, 50).given == span
    # The batch with the first new event is the last that may hold what was given before.
    assert took(redelivery, running, feed, START + 50).given == span
    assert took(redelivery, running, feed, START + 60).given is None
    late = running.watch.tally.late
    assert took(redelivery, running, feed, START).given is None
    assert running.watch.tally.late == late + 100


@pytest.mark.parametrize(
    ("again", "live", "is_marked"), [(False, False, True), (True, True, True), (True, False, False)]
)
def test_a_start_from_a_store_marks_what_its_sources_gave_but_for_files_which_go_on_byte_by_byte(
    again: bool, live: bool, is_marked: bool
) -> None:
    running = Running(SETTINGS.watch(), SETTINGS, ())
    took(Redelivery(running.watch), running, connected(running), START)
    feed, new = connected(running, again=again, live=live), connected(running, name="new")
    redelivery = Redelivery(running.watch, [feed], {"feed": Position(lines=100)})
    span = Span(START * SECOND, (START + 99) * SECOND + 1)
    assert took(redelivery, running, feed, START).given == (span if is_marked else None)
    assert took(redelivery, running, new, START).given is None


def test_of_several_sources_each_is_known_to_have_come_as_far_as_its_position_says() -> None:
    running = Running(SETTINGS.watch(), SETTINGS, ())
    took(Redelivery(running.watch), running, connected(running), START)
    feeds = [connected(running, name=name) for name in "ab"]
    positions = {"a": Position(since=(START + 40) * SECOND), "b": Position()}
    redelivery = Redelivery(running.watch, feeds, positions)
    assert took(redelivery, running, feeds[0], START, 30).given == Span(START * SECOND, (START + 40) * SECOND)
    assert took(redelivery, running, feeds[1], START, 30).given == Span(START * SECOND, (START + 99) * SECOND + 1)
