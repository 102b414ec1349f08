"""Recordings of real streams: which tests may read them, and simulated ones of the same shape for all others.

The recordings are no part of the project. They are looked for in `../shared/data`, or in the folder that
RAREBIRD_RECORDINGS names; where there are none, the tests marked `recordings` are left out.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any, Final

import pytest

from tests import simulated

ROOT: Final = Path(__file__).resolve().parent.parent
RECORDINGS: Final = Path(os.environ.get("RAREBIRD_RECORDINGS") or ROOT.parent / "shared" / "data")
RSVPS: Final = "meetup-rsvps-2017-03-19.jsonl"
EARTHQUAKES: Final = "usgs-earthquakes-2020-01.csv"
MARK: Final = "recordings"
BOTH: Final = ["simulated", pytest.param("recorded", marks=pytest.mark.recordings)]


class Guard:
    """Refuses to open what lies in a folder, in this process or by a command line, unless `allowed`."""

    def __init__(self, folder: Path) -> None:
        self._folders = tuple(f"{each}{os.sep}" for each in {folder.absolute(), folder.resolve()})
        self._refused: list[str] = []
        self.allowed = False

    def event(self, name: str, args: tuple[Any, ...]) -> None:
        """An audit hook (PEP 578). Raises where something is opened that may not be."""
        if self.allowed or name not in _NAMED:
            return
        for path in _NAMED[name](args):
            if isinstance(path, str | bytes | os.PathLike) and self._holds(os.fsdecode(path)):
                self._refused.append(os.fsdecode(path))
                pytest.fail(self._text(self._refused[-1]))

    def settle(self) -> None:
        """Fails where something was refused since the last time, whoever caught it; forgets it."""
        refused, self._refused = self._refused, []
        if refused:
            pytest.fail(self._text(refused[0]))

    def _holds(self, path: str) -> bool:
        whole = path if path.startswith(os.sep) else os.path.abspath(path)
        return whole.startswith(self._folders)

    def _text(self, path: str) -> str:
        return (
            f"{path} was opened by a test that is not marked: take the fixture rsvps or earthquakes, which has a "
            "simulated form, or mark the test with pytest.mark.recordings"
        )


def _words(args: tuple[Any, ...]) -> Iterable[Any]:
    command = args[1]
    return (command,) if isinstance(command, str | bytes | os.PathLike) else command


_NAMED: Final = {
    "open": lambda args: args[:1],
    "os.link": lambda args: args[:1],
    "os.symlink": lambda args: args[:1],
    "subprocess.Popen": _words,
}
"""The paths that an audit event names."""

guard: Final = Guard(RECORDINGS)


def pytest_configure() -> None:
    """Puts the guard up; it stands until the process ends."""
    sys.addaudithook(guard.event)


def pytest_report_header() -> str | None:
    """Says when tests are left out, and why."""
    if RECORDINGS.is_dir():
        return None
    return "recordings: none; the tests that need them are left out (name their folder in RAREBIRD_RECORDINGS)"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out the tests that need recordings where there are none."""
    needing = [] if RECORDINGS.is_dir() else [item for item in items if item.get_closest_marker(MARK)]
    if needing:
        config.hook.pytest_deselected(items=needing)
        items[:] = [item for item in items if item not in needing]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Lets a test that is marked open recordings."""
    guard.allowed = item.get_closest_marker(MARK) is not None
    try:
        return (yield)
    finally:
        guard.allowed = False


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, object, object]:
    """Fails a test whose code has caught what the guard raised."""
    result = yield
    guard.settle()
    return result


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of the recordings, for tests that are marked `recordings`."""
    return RECORDINGS


@pytest.fixture(scope="session", params=BOTH)
def rsvps(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nineteen minutes of Meetup RSVPs as JSON lines: repeats, late ones, of the US and of elsewhere."""
    if request.param == "recorded":
        return RECORDINGS / RSVPS
    return simulated.rsvps(tmp_path_factory.mktemp("rsvps") / RSVPS)


@pytest.fixture(scope="session", params=BOTH)
def earthquakes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A feed of earthquakes as CSV, the newest first: `net` is the category; a swarm in `pr` ends the first week."""
    if request.param == "recorded":
        return RECORDINGS / EARTHQUAKES
    return simulated.earthquakes(tmp_path_factory.mktemp("earthquakes") / EARTHQUAKES)
