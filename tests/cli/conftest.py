"""A real Redis for the pipelines, and a stream of its own in it for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import run
from tests.cli.shell import environment
from tests.store.places import serving


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@pytest.fixture
def env(redis: str, request: pytest.FixtureRequest) -> dict[str, str]:
    """A stream of its own for each test."""
    return environment(RAREBIRD_STORE=redis, RAREBIRD_NAME=request.node.name, RAREBIRD_DETECT="off")


@pytest.fixture
def recording(rsvps: Path) -> str:
    return str(rsvps)


@pytest.fixture(scope="session")
async def silence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated world, in which nothing comes for a quarter of an hour."""
    path = tmp_path_factory.mktemp("silence") / "world.jsonl"
    start = ("--start", "2026-03-02T12:00:00Z", "--rate", "2", "--hours", "4", "--seed", "3")
    await run("simulate", *start, "--change", "silence@3h+15m", "--out", str(path))
    return path
