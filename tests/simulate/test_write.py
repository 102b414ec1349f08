"""Writing a world: the bytes are the world's, and what goes wrong is said or, for a closed pipe, passed over."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rarebird.errors import StoreError
from rarebird.simulate.world import World
from rarebird.simulate.write import write
from tests.simulate.stretch import SECOND, START, taken

SCRIPT = f"""
from rarebird.simulate.world import World
from rarebird.simulate.write import write
write(World(50.0, 1, {START}), 1.0, "-")
"""


def test_a_file_holds_the_messages_of_the_world_line_by_line(tmp_path: Path) -> None:
    world = World(5.0, 1, START)
    count = write(world, 0.25, str(tmp_path / "world.jsonl"))
    expected = [row[3] for row in taken(world, START, START + 900 * SECOND)]
    assert (tmp_path / "world.jsonl").read_bytes().splitlines() == expected
    assert count == len(expected)


def test_no_hours_give_an_empty_file(tmp_path: Path) -> None:
    assert write(World(5.0, 1, START), 0.0, str(tmp_path / "world.jsonl")) == 0
    assert (tmp_path / "world.jsonl").read_bytes() == b""


@pytest.mark.parametrize("out", ["missing/world.jsonl", ".", "/dev/full"])
def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path, out: str) -> None:
    with pytest.raises(StoreError, match=r"expected a place to write to, got .*; check"):
        write(World(5.0, 1, START), 0.1, str(tmp_path / out))


def test_a_reader_that_closes_the_pipe_ends_it_without_a_word() -> None:
    with subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b"{")
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0
