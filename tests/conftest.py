"""What all tests share: how properties are searched, the recorded streams, the browser."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
RECORDINGS = Path(os.environ.get("RAREBIRD_RECORDINGS") or ROOT.parent / "shared" / "data")

# "ci" finds the same examples each time; `pytest --hypothesis-profile=search` looks for new ones.
settings.register_profile("ci", derandomize=True, max_examples=60, deadline=None, print_blob=True)
settings.register_profile("search", max_examples=2_000, deadline=None, print_blob=True)
settings.load_profile("ci")


def pytest_report_header() -> str | None:
    """Says when tests are left out, and why."""
    if RECORDINGS.is_dir():
        return None
    return "recordings: none; the tests that need them are left out (name their folder in RAREBIRD_RECORDINGS)"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what needs the recorded streams where they are not: they are not part of the project."""
    if RECORDINGS.is_dir():
        return
    needing = [item for item in items if "recordings" in getattr(item, "fixturenames", ())]
    if needing:
        config.hook.pytest_deselected(items=needing)
        items[:] = [item for item in items if item not in needing]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio, as rarebird does."""
    return "asyncio"


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of the recorded streams."""
    return RECORDINGS


@pytest.fixture(scope="session")
def chromium() -> str | None:
    """The browser for tests of the page: a path, or None for the one that Playwright brought itself."""
    return os.environ.get("RAREBIRD_CHROMIUM") or shutil.which("chromium")
