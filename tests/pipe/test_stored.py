"""What detectors find in the seconds of a store is what a watch finds in the stream, over restarts and kills."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from rarebird.cli.options import DetectOptions
from rarebird.cli.pipe.finding import find, settings_of
from rarebird.config.stores import open_store
from rarebird.errors import SourceError
from rarebird.model.incident import Incident
from rarebird.model.instant import SECOND
from rarebird.pipe.insert import Insertion, distribution_of, incidents_of, of_event
from rarebird.store.contract import Retention
from rarebird.watch import Watch
from tests.pipe.lines import START, Event, Stage, messages, stream

pytestmark = pytest.mark.anyio
HOURS = 5


def world(seed: int = 1) -> list[Event]:
    """Five hours at two events a second over six categories, with a surge of the rarest and a silence."""
    random = np.random.default_rng(seed)
    time = np.sort(random.integers(0, HOURS * 3_600_000, HOURS * 7_200))
    shares = np.array([0.4, 0.3, 0.2, 0.07, 0.02, 0.01])
    found = list(zip(time.tolist(), random.choice(list("abcdef"), len(time), p=shares).tolist(), strict=True))
    found += [(at, "f") for at in range(4 * 3_600_000, 4 * 3_600_000 + 600_000, 3_000)]
    return sorted((at, name) for at, name in found if not 3 * 3_600_000 < at < 3 * 3_600_000 + 300_000)


def by_watch(events: list[Event]) -> list[Incident]:
    """What one process finds, each incident as it began and as it ended."""
    watch = Watch(time="t", by="k", lateness="0s", false_alarms=1.0)
    return [*watch.feed(messages(events)).incidents, *watch.finish().incidents]


def told(incidents: list[Incident]) -> dict[int, tuple[object, ...]]:
    """Kind, category, begin, end, counts and score of each, as it was told last."""
    return {
        each.id: (each.kind, each.direction, each.category, each.began, each.ended, each.events, round(each.score, 9))
        for each in incidents
    }


async def insert(url: str, events: list[Event], retention: Retention | None = None, *, end: bool = True) -> None:
    store = open_store(url, distribution_of("s"), retention=retention)
    stage = Stage()
    await Insertion(store, of_event, stage.said.append).run(stage.events(stream(events, end=end)))
    await store.close()


async def stored(folder: Path) -> tuple[str, list[Event]]:
    """A store with the seconds of a world, and its events."""
    url, events = f"sqlite:///{folder / 'all.db'}", world()
    await insert(url, events, Retention(s=6 * 3600))
    return url, events


async def found(url: str) -> list[Incident]:
    store = open_store(url, incidents_of("s"))
    try:
        return [msgspec.json.decode(body, type=Incident) for body in await store.incidents(100)]
    finally:
        await store.close()


async def run(url: str, *, notify_past: bool = True, fresh: bool = False) -> None:
    own = settings_of("s", None, DetectOptions())
    await find(url, "s", own, ["stdout"], fresh=fresh, notify_past=notify_past)


async def test_the_incidents_of_kept_seconds_are_those_of_a_watch(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    url, events = await stored(tmp_path)
    await run(url)
    expected = told(by_watch(events))
    assert len(expected) >= 2
    assert told(await found(url)) == expected
    out = capfd.readouterr().out
    assert out.count("At that time: entropy ") == len(expected)


async def test_started_again_it_tells_nothing_twice_and_goes_on_behind_its_checkpoint(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    url, _ = await stored(tmp_path)
    await run(url)
    first = capfd.readouterr().out
    expected = told(await found(url))
    await run(url)
    assert capfd.readouterr().out == ""
    assert told(await found(url)) == expected
    assert first.count("\n") >= 2 * len(expected)


async def test_the_inserter_is_not_fenced(tmp_path: Path) -> None:
    url, events = f"sqlite:///{tmp_path / 'all.db'}", world()
    store = open_store(url, distribution_of("s"))
    stage = Stage()
    insertion = Insertion(store, of_event, stage.said.append)
    await insertion.run(stage.events(stream(events)))
    await run(url)
    saved = await store.open(write=False)
    assert saved.checkpoint is not None
    await store.close()


async def test_where_seconds_are_not_kept_any_more_minutes_teach_and_are_not_looked_at(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    url, events = f"sqlite:///{tmp_path / 'all.db'}", world()
    await insert(url, events, Retention(s=3600))
    await run(url)
    err = capfd.readouterr().err
    assert "no seconds are kept from" in err
    assert "counted by the minute and not looked at" in err
    listed = await found(url)
    # The silence lay in the minutes; the surge is found in the seconds, held against what the minutes taught.
    surges = [each for each in listed if each.category == "f"]
    assert len(surges) == 1
    assert surges[0].detected - (START + 4 * 3600) * SECOND < 120 * SECOND
    assert all(each.began >= (START + 3 * 3600) * SECOND for each in listed)
    store = open_store(url, incidents_of("s"))
    body = await store.status()
    await store.close()
    assert body is not None
    assert msgspec.json.decode(body)["kept"] == len(events)


async def test_a_stream_that_has_begun_again_is_refused_until_its_incidents_begin_again(tmp_path: Path) -> None:
    url, events = f"sqlite:///{tmp_path / 'all.db'}", world()
    await insert(url, events)
    await run(url)
    store = open_store(url, distribution_of("s"))
    stage = Stage()
    short = stage.events(stream(events[:2000], end=True))
    await Insertion(store, of_event, stage.said.append).run(short, fresh=True)
    await store.close()
    with pytest.raises(SourceError, match="it began again"):
        await run(url)
    await run(url, fresh=True)
