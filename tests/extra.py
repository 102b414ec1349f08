"""Tests of the optional packages and of the page in a browser: left out where those are not installed."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

import pytest

PACKAGES: Final = (
    "apprise", "axe_playwright_python", "holidays", "icalendar", "playwright", "recurring_ical_events",
)  # fmt: skip
MISSING: Final = [name for name in PACKAGES if find_spec(name) is None]


def pytest_report_header() -> str | None:
    """Says when tests are left out, and why."""
    return f"extras: without {', '.join(MISSING)}; their tests are left out (make test-all)" if MISSING else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out the tests that need what is not installed."""
    needing = [item for item in items if item.get_closest_marker("extras")] if MISSING else []
    if needing:
        config.hook.pytest_deselected(items=needing)
        items[:] = [item for item in items if item not in needing]
