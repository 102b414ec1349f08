"""What all live sources share: waits between attempts, states, idle batches, gathering."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.errors import InputError, SourceError
from rarebird.model.instant import SECOND
from rarebird.model.position import Position
from rarebird.source.contract import SourceState
from rarebird.source.live import Backoff, Interrupted, Pace
from rarebird.source.websocket import WebSocketLink

from .doubles import NOW, Script, Waits, batches_of, message, messages, numbers, scripted, taken

pytestmark = pytest.mark.anyio
REFUSED = Interrupted("connection refused by 127.0.0.1:9")


async def test_the_waits_double_up_to_a_minute_and_begin_anew_once_something_came() -> None:
    waits = Waits()
    script = Script(*[[REFUSED]] * 8, [messages(1), REFUSED], [REFUSED], [messages(1, 1)])
    batches = await batches_of(scripted(script, waits=waits))
    assert waits.waits == [1, 2, 4, 8, 16, 32, 60, 60, 1, 2]
    assert numbers(batches) == [0, 1]


@given(st.integers(1, 2000), st.floats(0, 1, exclude_max=True))
def test_a_wait_is_uniform_between_nothing_and_its_limit(attempt: int, chance: float) -> None:
    limit = Backoff(chance=lambda: 1.0).wait_s(attempt)
    assert Backoff(chance=lambda: chance).wait_s(attempt) == chance * limit
    assert 0 < limit <= 60


async def test_what_the_other_side_asks_to_wait_comes_on_top() -> None:
    waits = Waits()
    await batches_of(scripted(Script([Interrupted("429", after_s=30)], []), waits=waits))
    assert waits.waits == [31]


NOT_FOUND = SourceError("404", permanent=True)
UNREAD = InputError("no field is known to hold the time")
FAULTS = [NOT_FOUND, SourceError("a page"), UNREAD, ValueError("secret"), RecursionError(), MemoryError(), KeyError(1)]


@pytest.mark.parametrize("fault", FAULTS)
async def test_nothing_ends_a_source_once_an_event_came_and_it_is_waited_out(fault: Exception) -> None:
    states: list[SourceState] = []

    class Watching(Waits):
        async def sleep(self, seconds: float) -> None:
            states.append(source.state)
            await super().sleep(seconds)

    waits = Watching()
    script = Script([messages(1), fault], *[[fault]] * 9, [messages(1, 1)], [])
    source = scripted(script, waits=waits)
    assert numbers(await batches_of(source, read=2)) == [0, 1]
    assert waits.waits == [10, 20, 40, 80, 160, 320, 600, 600, 600, 600]
    assert {state.kind for state in states} == {"failing"}
    assert not any("secret" in state.detail for state in states)


@pytest.mark.parametrize("fault", [NOT_FOUND, UNREAD])
async def test_before_the_first_event_what_trying_again_cannot_mend_ends_it(fault: Exception) -> None:
    with pytest.raises(type(fault)):
        await batches_of(scripted(Script([REFUSED], [b"no event\n", fault], [messages(1)])))


async def test_before_the_first_event_too_what_nobody_thought_of_is_tried_again() -> None:
    assert numbers(await batches_of(scripted(Script([ValueError()], [messages(1)], [])))) == [0]


async def test_the_state_tells_what_went_wrong_when_it_is_tried_again_and_how_often() -> None:
    states: list[SourceState] = []
    waits = Waits()
    source = scripted(Script([REFUSED], [REFUSED], [messages(1)]), waits=waits)
    sleep = waits.sleep

    async def watching(seconds: float) -> None:
        states.append(source.state)
        await sleep(seconds)

    waits.sleep = watching  # type: ignore[method-assign]
    source._backoff = waits.backoff(0.4)
    states.append(source.state)
    async with aclosing(source.read(None)) as stream:  # type: ignore[type-var]
        await anext(stream)
        states.append(source.state)
        assert [batch async for batch, _ in stream] == []
    states.append(source.state)
    assert [(state.kind, state.detail, state.reconnects) for state in states] == [
        ("starting", "", 0),
        ("failing", "connection refused by 127.0.0.1:9; trying again in 0.4 s (attempt 1)", 0),
        ("failing", "connection refused by 127.0.0.1:9; trying again in 0.8 s (attempt 2)", 0),
        ("connected", "", 1),
        ("ended", "the stream is complete", 1),
    ]


async def test_a_server_that_takes_every_connection_and_closes_it_at_once_is_lost_since_the_first_of_them() -> None:
    hours = iter(range(100))
    states: list[SourceState] = []
    waits = Waits()
    ended = Interrupted("the connection was closed")
    script = Script([messages(1), ended], [ended], [ended], [ended], [messages(1, 1)])
    source = scripted(script, waits=waits, now=lambda: NOW + next(hours) * 3600 * SECOND)
    sleep = waits.sleep

    async def watching(seconds: float) -> None:
        states.append(source.state)
        await sleep(seconds)

    waits.sleep = watching  # type: ignore[method-assign]
    source._backoff = waits.backoff()
    assert numbers(await batches_of(source)) == [0, 1]
    assert {state.kind for state in states} == {"failing"}
    assert len({state.since for state in states}) == 1
    assert source.state.reconnects == 1


async def test_what_trying_again_cannot_mend_is_raised() -> None:
    source = scripted(Script([SourceError("404", permanent=True)]))
    with pytest.raises(SourceError, match="404"):
        await batches_of(source)
    assert (source.state.kind, source.state.detail) == ("failing", "404")


async def test_idle_batches_come_while_connected_and_only_then() -> None:
    waits = Waits()
    source = scripted(Script([REFUSED], [messages(1), "wait"]), waits=waits)
    found = await taken(source, enough=lambda batches: len(batches) == 4)
    assert [(batch.read, batch.idle, batch.arrival) for batch, _ in found] == [(1, False, NOW)] + [(0, True, NOW)] * 3
    assert {position.lines for _, position in found} == {1}


async def test_time_does_not_move_with_the_clock_while_a_recording_is_played_back() -> None:
    source = scripted(Script([message(0, NOW - 86_400 * SECOND), "wait"]))
    found = await taken(source, enough=lambda batches: len(batches) == 3)
    assert [batch.idle for batch, _ in found] == [False, False, False]


async def test_a_stream_that_was_live_once_stays_live_when_old_messages_come() -> None:
    source = scripted(Script([message(0), "pause", message(1, NOW - 86_400 * SECOND), "wait"]))
    found = await taken(source, enough=lambda batches: any(batch.idle for batch in batches))
    assert sum(batch.read for batch, _ in found) == 2


async def test_a_connection_that_stalls_is_given_up() -> None:
    waits = Waits()
    pace = Pace(hold_s=0.0, idle_s=0.005, stall_s=0.02)
    source = scripted(Script([messages(1), "wait"], [messages(1, 1)]), pace=pace, waits=waits)
    details: list[str] = []
    sleep = waits.sleep

    async def watching(seconds: float) -> None:
        details.append(source.state.detail)
        await sleep(seconds)

    waits.sleep = watching  # type: ignore[method-assign]
    source._backoff = waits.backoff()
    assert numbers(await batches_of(source)) == [0, 1]
    assert details == ["nothing came from script for 0.02 s; trying again in 1.0 s (attempt 1)"]


async def test_many_small_frames_become_few_batches_and_a_lone_one_is_not_held() -> None:
    many = scripted(Script([message(number) for number in range(5000)]), pace=Pace(hold_s=60.0, idle_s=1.0))
    batches = await batches_of(many)
    assert numbers(batches) == list(range(5000))
    assert len([batch for batch in batches if batch.read]) <= 3
    lone = scripted(Script([message(0), "wait"]), pace=Pace(hold_s=60.0, idle_s=60.0))
    assert numbers(await batches_of(lone, read=1)) == [0]


async def test_a_reader_that_is_slow_holds_the_sender_back() -> None:
    chunk = messages(10_000)
    script = Script([chunk] * 100)
    async with aclosing(scripted(script).read(None)) as stream:  # type: ignore[type-var]
        await anext(stream)
        for _ in range(200):
            await asyncio.sleep(0)
        assert script.given * len(chunk) < 10 << 20


async def test_before_the_first_watermark_a_resume_starts_in_the_middle_of_what_came_first() -> None:
    wrong = message(2, NOW + 10**15)
    script = Script([message(-5) + message(-4) + wrong, REFUSED], [wrong, REFUSED], [])
    await batches_of(scripted(script))
    assert script.opened[1].since == NOW - 4 * SECOND
    lone = Script([wrong, REFUSED], [])
    await batches_of(scripted(lone))
    assert lone.opened[1].since == NOW


async def test_a_settled_watermark_is_where_a_resume_starts_and_what_a_position_says() -> None:
    script = Script([messages(1), REFUSED], [messages(1, 1)])
    source = scripted(script)
    seen: list[Position] = []
    async with aclosing(source.read(Position(since=5 * SECOND, lines=7))) as stream:  # type: ignore[type-var]
        async for _, position in stream:
            seen.append(position)
            source.settle(9 * SECOND)
    assert [position.since for position in script.opened] == [5 * SECOND, 9 * SECOND]
    assert [(position.since, position.lines) for position in seen if position.lines] == [
        (5 * SECOND, 8),
        (9 * SECOND, 9),
    ]


async def test_leaving_a_stream_early_leaves_no_task_behind() -> None:
    before = asyncio.all_tasks()
    async with aclosing(scripted(Script([messages(1), "wait"])).read(None)) as stream:  # type: ignore[type-var]
        await anext(stream)
    assert asyncio.all_tasks() == before


def test_a_name_shows_no_secret() -> None:
    link = WebSocketLink("wss://ann:pw@example.org/s?apikey=1&event_id=7&x=eyJhbGciOiJIUzI1NiIsInR5cCI6")
    assert link.name == "wss://example.org/s?apikey=***&event_id=7&x=***"


@pytest.mark.parametrize(("ago", "is_idle"), [(86_400, False), (60, True)])
async def test_a_stream_that_was_played_back_is_one_after_a_restart_too_also_while_it_rests(
    ago: int, is_idle: bool
) -> None:
    lines = b"".join(message(number, NOW - ago * SECOND) for number in range(9))
    first = await taken(scripted(Script([lines, "wait"])), enough=lambda found: not found[-1].read)
    batch, position = first[-1]
    assert (batch.idle, position.playback) == (is_idle, not is_idle)
    again = await taken(scripted(Script(["wait"])), position, enough=bool)
    assert [(batch.idle, position.playback) for batch, position in again] == [(is_idle, not is_idle)]
    live = await taken(scripted(Script([messages(3), "wait"])), position, enough=lambda found: not found[-1].read)
    assert (live[-1][0].idle, live[-1][1].playback) == (True, False)
