"""The examples in the docstrings of the benchmark of detection are true."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import pytest

from benchmarks import detection

MODULES = [found.name for found in pkgutil.walk_packages(detection.__path__, "benchmarks.detection.")]


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("__main__")])
def test_examples_are_true(name: str) -> None:
    assert doctest.testmod(import_module(name)).failed == 0
