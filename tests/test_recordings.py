"""No test reads a recording unless it is marked so, and every shape of a recording is there without one."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.test_recording import plain_count
from tests.recordings import RECORDINGS, Guard, guard

SECRET = RECORDINGS / "a file that is nowhere.jsonl"


def read_by_descriptor(path: Path) -> None:
    os.close(os.open(path, os.O_RDONLY))


def hand_to_a_program(path: Path) -> None:
    subprocess.run(["cat", str(path)], check=False, capture_output=True)


WAYS: list[Callable[[Path], object]] = [
    Path.read_bytes,
    read_by_descriptor,
    hand_to_a_program,
    lambda path: Path(os.path.relpath(path)).read_text(),
    lambda path: os.symlink(path, "link"),
    lambda path: shutil.copyfile(path, "copy"),
]


@pytest.mark.parametrize("way", WAYS)
def test_what_is_not_marked_opens_no_recording(way: Callable[[Path], object]) -> None:
    with pytest.raises(pytest.fail.Exception, match="was opened by a test that is not marked"):
        way(SECRET)
    with pytest.raises(pytest.fail.Exception, match="nowhere"):
        guard.settle()
    guard.settle()


@pytest.mark.recordings
def test_what_is_marked_opens_one(recordings: Path) -> None:
    assert (recordings / "README.md").read_bytes()
    hand_to_a_program(recordings / "README.md")


def test_the_guard_looks_at_its_folder_alone(tmp_path: Path) -> None:
    own = Guard(tmp_path / "data")
    for path in (str(tmp_path / "database"), tmp_path / "a", b"/data", 5, "relative"):
        own.event("open", (path, "r", 0))
    own.event("import", (str(tmp_path / "data" / "a"),))
    own.settle()
    own.allowed = True
    own.event("open", (tmp_path / "data" / "a", "r", 0))
    own.settle()


TESTS = """
import contextlib, os, pathlib, pytest
PATH = pathlib.Path(os.environ["RAREBIRD_RECORDINGS"]) / "a.txt"

def test_reads(): assert PATH.read_text() == "a"

def test_hides_that_it_reads():
    with contextlib.suppress(BaseException): PATH.read_text()

@pytest.mark.recordings
def test_marked(): assert PATH.read_text() == "a"

def test_shapes(rsvps): assert rsvps.read_bytes()

def test_plain(): pass
"""


@pytest.mark.parametrize(
    ("there", "wanted"), [(True, "1 failed, 5 passed, 2 errors"), (False, "1 failed, 3 passed, 2 deselected, 2 errors")]
)
def test_a_test_that_opens_a_recording_unmarked_fails_and_without_any_the_marked_are_left_out(
    there: bool, wanted: str, tmp_path: Path, root: Path
) -> None:
    (tmp_path / "test_some.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text(f"[pytest]\nmarkers =\n    recordings: some\npythonpath = {root}\n")
    data = tmp_path / "data"
    if there:
        data.mkdir()
        (data / "a.txt").write_text("a")
        (data / "meetup-rsvps-2017-03-19.jsonl").write_text("{}")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.recordings", "-p", "no:cacheprovider", str(tmp_path)]
    env = {**os.environ, "RAREBIRD_RECORDINGS": str(data)}
    ran = subprocess.run(command, capture_output=True, text=True, env=env, cwd=tmp_path, check=False, timeout=120)
    assert wanted in ran.stdout, ran.stdout
    assert "take the fixture rsvps or earthquakes" in ran.stdout


def test_the_rsvps_hold_every_kind_of_message(rsvps: Path) -> None:
    data = rsvps.read_bytes()
    found = plain_count(data)
    assert 1_300 < found["read"] < 1_800
    assert 0.3 < (found["kept"] + found["repeats"]) / found["read"] < 0.5
    assert found["repeats"] > 50
    assert found["late"] > 5
    assert 30 < found["categories"] < 52


def test_the_earthquakes_are_rows_with_the_newest_first_and_names_with_commas(earthquakes: Path) -> None:
    with earthquakes.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    times = [row["time"] for row in rows]
    assert times == sorted(times, reverse=True)
    assert len({row["net"] for row in rows}) >= 10
    assert all("," in row["place"] for row in rows[:5])
    assert '"' in earthquakes.read_text(encoding="utf-8")
    assert (len(rows[0]), len({row["id"] for row in rows})) == (22, len(rows))
