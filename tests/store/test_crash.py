"""A process that is killed while it commits leaves whole steps, and all that it had said to be durable."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from .committer import steps_of
from .places import Place, Server, fresh

pytestmark = pytest.mark.anyio
KILLS = 6


def committing(root: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.store.committer", *arguments]
    return subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)


def killed_after(process: subprocess.Popen[str], steps: int) -> int:
    """Kills it once it has said so many steps; the last number that it said."""
    assert process.stdout
    said = [process.stdout.readline() for _ in range(steps)]
    process.kill()
    rest, _ = process.communicate()
    numbers = [int(line) for line in [*said, *rest.splitlines(keepends=True)] if line.endswith("\n")]
    return numbers[-1]


async def test_a_killed_process_leaves_whole_steps_and_all_that_it_confirmed(place: Place, root: Path) -> None:
    watch = fresh()
    for kill in range(KILLS):
        process = committing(root, place.url, watch)
        confirmed = await asyncio.to_thread(killed_after, process, 3 + 5 * kill)
        async with place.store(watch) as store:
            assert confirmed <= await steps_of(store) <= confirmed + 1


async def test_a_killed_redis_that_appends_to_its_file_holds_all_it_confirmed(server: Server, root: Path) -> None:
    place, watch = Place(server.url), fresh()
    for kill in range(2):
        process = committing(root, place.url, watch)
        assert process.stdout
        said = [process.stdout.readline() for _ in range(10 + kill)]
        server.kill()
        rest, _ = await asyncio.to_thread(process.communicate)
        lines = "".join([*said, rest]).splitlines()
        server.again()
        async with place.store(watch) as store:
            assert int(lines[-2]) <= await steps_of(store) <= int(lines[-2]) + 1
        assert lines[-1].startswith("permanent False")


async def test_a_file_that_may_not_grow_holds_whole_steps_and_its_writer_says_so(tmp_path: Path, root: Path) -> None:
    place = Place(f"sqlite:///{tmp_path / 'small.db'}")
    process = committing(root, place.url, "watch", "300000")
    said, _ = await asyncio.to_thread(process.communicate)
    *numbers, fault = said.splitlines()
    assert fault.startswith("permanent False")
    assert "nothing was written" in fault
    async with place.store("watch") as store:
        assert await steps_of(store) == int(numbers[-1])
