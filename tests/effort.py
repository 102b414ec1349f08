"""How long tests search: the profiles of hypothesis, from what `make test` takes to a search for new examples."""

from __future__ import annotations

import math
from typing import Any, Final

import pytest
from hypothesis import is_hypothesis_test, settings

FULL: Final = 60
SHARE: Final = 4
"""`make test` takes one example of so many: every law is tried, at a third of the time of the whole (measured)."""
_OWN: Final = "_hypothesis_internal_use_settings"
"""Where hypothesis keeps the settings that a test was decorated with; it has no public name."""


def few(examples: int) -> int:
    """How many examples the fast profile takes where the full one takes so many; at least one."""
    return math.ceil(examples / SHARE)


# "full" and "fast" find the same examples each time; `pytest --hypothesis-profile=search` looks for new ones.
settings.register_profile("full", derandomize=True, max_examples=FULL, deadline=None, print_blob=True)
settings.register_profile("fast", settings.get_profile("full"), max_examples=few(FULL))
settings.register_profile("search", max_examples=2_000, deadline=None, print_blob=True)
settings.load_profile("full")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Takes a part of the examples, in the fast profile, also where a test names their number."""
    if config.getoption("--hypothesis-profile") != "fast":
        return
    for test in {getattr(item, "obj", None) for item in items} - {None}:
        if is_hypothesis_test(test):
            shorten(getattr(test, "__func__", test))


def shorten(test: Any) -> None:
    """Lets a test of hypothesis take its part of the examples that it names, once."""
    own = getattr(test, _OWN)
    default = settings.get_profile("fast").max_examples
    if own.max_examples != default:
        setattr(test, _OWN, settings(own, max_examples=few(own.max_examples)))


def slow_after_first(*values: object) -> list[object]:
    """Parameters of which `make test` takes the first, and `make test-all` every one; a tuple holds several."""
    cases = [value if type(value) is tuple else (value,) for value in values]
    return [pytest.param(*case, marks=(pytest.mark.slow,) if at else ()) for at, case in enumerate(cases)]
