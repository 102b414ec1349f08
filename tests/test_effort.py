"""`make test` takes a part of the examples of each law; what is left out of it is run by make test-all."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from tests.effort import FULL, few, slow_after_first

LAWS = """
from hypothesis import given, settings, strategies as st
import pytest

COUNTS = {}
FEW = settings(max_examples=8)

def count(name): COUNTS[name] = COUNTS.get(name, 0) + 1

@given(st.integers())
def test_default(number): count("default")

@settings(max_examples=200)
@given(st.integers())
def test_many(number): count("many")

@pytest.mark.parametrize("form", [1, 2])
@FEW
@given(st.integers())
def test_of_two(form, number): count(f"form {form}")

class TestOne:
    @settings(max_examples=5)
    @given(st.integers())
    def test_method(self, number): count("method")

@settings(max_examples=1)
@given(st.integers())
def test_one(number): count("one")

def test_said(): print(sorted(COUNTS.items()))
"""


@pytest.mark.parametrize(
    ("profile", "wanted"),
    [
        ("full", {"default": FULL, "form 1": 8, "form 2": 8, "many": 200, "method": 5, "one": 1}),
        ("fast", {"default": 15, "form 1": 2, "form 2": 2, "many": 50, "method": 2, "one": 1}),
    ],
)
def test_a_law_is_tried_as_often_as_the_profile_says(
    profile: str, wanted: dict[str, int], tmp_path: Path, root: Path
) -> None:
    (tmp_path / "test_laws.py").write_text(LAWS)
    (tmp_path / "pytest.ini").write_text(f"[pytest]\npythonpath = {root}\n")
    plugins = ["-p", "tests.effort", "-p", "no:cacheprovider", f"--hypothesis-profile={profile}"]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-s", *plugins, str(tmp_path)],
        capture_output=True, text=True, cwd=tmp_path, check=False, timeout=120, env=dict(os.environ),
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout
    assert str(sorted(wanted.items())) in ran.stdout


def test_every_law_is_tried_at_least_once() -> None:
    assert [few(examples) for examples in (1, 2, 4, 5, FULL)] == [1, 1, 1, 2, 15]
    assert settings.get_profile("fast").max_examples == few(FULL) < settings.get_profile("full").max_examples == FULL


def test_of_parameters_the_first_is_quick() -> None:
    first, second = slow_after_first(("a", 1), ("b", 2))
    assert (first, second) == (pytest.param("a", 1), pytest.param("b", 2, marks=(pytest.mark.slow,)))


def test_a_quick_run_leaves_out_what_is_marked_and_the_whole_run_nothing(root: Path) -> None:
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    runs = dict(re.findall(r"^(test|test-all):.*\n(?:\t.*\n)*\t@.*(pytest|PYTEST\).*)$", makefile, re.MULTILINE))
    assert '-m "not slow and not recordings"' in runs["test"]
    assert "-m" not in runs["test-all"]
    assert "--hypothesis-profile fast" in runs["test"]
