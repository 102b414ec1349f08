"""A few kills of each kind: `make campaign` makes hundreds."""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path

import pytest

from tests.campaign import parts
from tests.campaign.kills import campaign, crashed, recording
from tests.store.places import serving


def test_a_watch_on_sqlite_that_is_killed_at_any_moment_counts_what_an_uninterrupted_one_counts(tmp_path: Path) -> None:
    found = campaign(f"sqlite:///{tmp_path / 'all.db'}", recording(tmp_path, 5_000), 4, random.Random(1))
    assert (found.kills >= 4, found.faults) == (True, [])


@pytest.mark.slow
def test_a_watch_on_redis_that_is_killed_at_any_moment_counts_what_an_uninterrupted_one_counts(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        found = campaign(server.url, recording(tmp_path, 5_000), 4, random.Random(2))
    assert (found.kills >= 4, found.faults) == (True, [])


@pytest.mark.slow
def test_a_redis_that_forgets_its_last_steps_in_the_middle_costs_nothing(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        draws = random.Random(3)
        crash = partial(crashed, server, tmp_path, draws)
        found = campaign(server.url, recording(tmp_path, 5_000), 6, draws, crash)
    assert (found.kills >= 6, found.faults) == (True, [])


@pytest.mark.slow
def test_parts_of_a_watch_that_are_killed_at_any_moment_count_together_what_one_watch_counts(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        found = parts.campaign(server.url, recording(tmp_path, 5_000), 5, random.Random(4))
    assert (found.kills >= 5, found.faults) == (True, [])
