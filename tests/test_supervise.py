"""Background tasks that end by an exception: started again with waits, given up, or the end of the watch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from rarebird.errors import StoreError
from rarebird.source.live import Backoff
from rarebird.supervise import QUICK_S, Supervisor, always

pytestmark = pytest.mark.anyio


class Time:
    """A clock that waits move; a task may move it, too."""

    def __init__(self) -> None:
        self.now, self.waits = 0.0, list[float]()

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def supervisor(self, say: Callable[[str], None]) -> Supervisor:
        return Supervisor(say, waits=Backoff(first_s=1.0, sleep=self.sleep, chance=lambda: 1.0), clock=lambda: self.now)


class Job:
    """Lives for so many seconds at each start, then ends by an exception, after the last by itself."""

    def __init__(self, time: Time, lives: list[float]) -> None:
        self.time, self.lives, self.starts = time, lives, 0

    async def __call__(self) -> None:
        self.starts += 1
        if self.lives:
            self.time.now += self.lives.pop(0)
            raise KeyError("a secret")


async def ended(lives: list[float]) -> tuple[Job, Time, list[str], Supervisor]:
    said: list[str] = []
    time = Time()
    job, supervisor = Job(time, lives), time.supervisor(said.append)
    await supervisor.start("job", job)
    return job, time, said, supervisor


async def test_a_task_that_ends_by_an_exception_is_said_and_started_again_after_waits_that_grow() -> None:
    job, time, said, supervisor = await ended([0.0, 0.0])
    assert (job.starts, time.waits) == (3, [2.0, 4.0])
    assert [line.partition("; it is started again in ")[2] for line in said] == ["2.0 s", "4.0 s"]
    assert all(line.startswith("the task job ended by KeyError") for line in said)
    assert supervisor.readings() == (), "it has come to its end"


async def test_after_three_quick_ends_in_a_row_it_is_given_up_and_stays_in_sight() -> None:
    job, _, said, supervisor = await ended([0.0] * 9)
    assert job.starts == 3
    assert said[-1].startswith("the task job is given up after it ended 3 times: by KeyError")
    (reading,) = supervisor.readings()
    assert (reading.name, reading.kind, reading.restarts) == ("job", "given up", 2)


async def test_one_that_lived_for_a_while_begins_to_count_anew() -> None:
    job, _, said, supervisor = await ended([0.0, 0.0, QUICK_S, 0.0, 0.0, QUICK_S, 0.0, 0.0])
    assert (job.starts, len(said), supervisor.readings()) == (9, 8, ())


async def test_the_text_of_an_exception_that_is_none_of_ours_is_not_said() -> None:
    _, _, said, supervisor = await ended([0.0] * 3)
    assert "secret" not in "".join(said) + supervisor.readings()[0].detail


async def test_one_that_ends_the_watch_raises_and_says_so_unless_the_command_says_it_anyway() -> None:
    said: list[str] = []
    supervisor = Supervisor(said.append)

    async def fail(error: Exception) -> None:
        raise error

    with pytest.raises(KeyError):
        await supervisor.start("reading", lambda: fail(KeyError()), ends=always)
    assert said[0].startswith("the task reading ended by KeyError")
    assert said[0].endswith("and the watch ends with it")
    with pytest.raises(StoreError):
        await supervisor.start("reading", lambda: fail(StoreError("full")), ends=always)
    assert (len(said), supervisor.readings()) == (1, ())


async def test_one_that_is_cancelled_from_outside_ends_and_by_itself_is_started_again() -> None:
    said: list[str] = []
    supervisor, starts = Time().supervisor(said.append), 0

    async def job() -> None:
        nonlocal starts
        starts += 1
        if starts == 1:
            raise asyncio.CancelledError
        await asyncio.Event().wait()

    task = supervisor.start("job", job)
    while starts < 2:
        await asyncio.sleep(0)
    assert "CancelledError" in said[0]
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert (starts, supervisor.readings()) == (2, ())


async def test_nobody_who_reads_what_is_said_is_no_reason_to_die() -> None:
    def say(_text: str) -> None:
        raise BrokenPipeError

    time = Time()
    job = Job(time, [0.0])
    await time.supervisor(say).start("job", job)
    assert job.starts == 2


async def test_tasks_within_others_are_shown_with_them() -> None:
    outer = Supervisor()
    inner = outer.within("whole")
    async with outer.during("a", asyncio.Event().wait), inner.during("a", asyncio.Event().wait):  # type: ignore[arg-type]
        await asyncio.sleep(0)
        assert [each.name for each in outer.readings()] == ["a", "whole: a"]
    assert outer.readings() == ()
