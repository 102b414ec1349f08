"""What cannot be imported without the optional packages and the browser's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.extra import MISSING

if MISSING:
    collect_ignore_glob = ["*.py"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks all that stands here."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.extras)
