"""What all tests share. How a test is written here:

- **A recording.** Take the fixture `rsvps` (JSON lines) or `earthquakes` (CSV): a path. The test runs on a simulated
  stream of the same shape and, where the real recordings lie beside the project, a second time on those. Say what it
  expects by a law or a plain count, not by the numbers of one of them. A test about the real recording's own numbers is
  marked `@pytest.mark.recordings` and takes the fixture `recordings`, their folder. Nothing else may open them
  (tests/recordings.py sees to it).
- **Slow.** `make test` has to end within six minutes, `make test-all` runs everything. A test that takes more than five
  seconds is marked `@pytest.mark.slow`, and a small example of it stays unmarked: of parameters the first, by
  `slow_after_first` (tests/effort.py). A law of hypothesis needs no mark: of its examples, and of the number that it
  names, `make test` takes a quarter.
- **Extras.** What needs the optional packages or a browser is marked `@pytest.mark.extras`; what cannot be imported
  without them stands in tests/extras. `make test` leaves it out, and so does every run in an environment without them.
"""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

pytest_plugins = ["tests.recordings", "tests.extra", "tests.effort"]
ROOT = Path(__file__).resolve().parent.parent


def pytest_configure() -> None:
    """Programs that tests start can be ended by signals, however the tests themselves were started.

    Under nohup, or in the background of a shell without job control, SIGHUP and SIGINT are ignored, and who is started
    takes that over; what is handled, if only by nothing, is as by default there.
    """
    for sign in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(sign) is signal.SIG_IGN:
            signal.signal(sign, lambda *_: None)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio, as rarebird does."""
    return "asyncio"


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def chromium() -> str | None:
    """The browser for tests of the page: a path, or None for the one that Playwright brought itself."""
    return os.environ.get("RAREBIRD_CHROMIUM") or shutil.which("chromium")
