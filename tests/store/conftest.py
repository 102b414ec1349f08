"""The places that the contract is tested in: each is started once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .places import PROGRAMS, Place, Server, serving


@pytest.fixture(scope="session", params=["sqlite", *PROGRAMS])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A place for stores, one after the other of each kind."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "sqlite":
        yield Place(f"sqlite:///{folder / 'all.db'}")
        return
    with serving(folder, program=PROGRAMS[request.param]) as server:
        yield Place(server.url)


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Redis of its own, that a test may stop."""
    with serving(tmp_path_factory.mktemp("redis")) as server:
        yield server
