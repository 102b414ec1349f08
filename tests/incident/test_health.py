"""The table of docs/health.md, row by row: just before something counts, and from where on."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from msgspec.structs import replace

from rarebird.incident.health import Signs, health_of
from rarebird.model.health import Health, ReasonName
from rarebird.model.instant import SECOND
from rarebird.model.snapshot import ArrivalReading, ChannelReading, SourceReading, StoreReading, TaskReading

NOW = 1_800_000_000 * SECOND
MINUTE = 60 * SECOND
UP = SourceReading("up", "connected", "", 0, NOW)
DOWN = SourceReading("down", "failing", "refused", 3, NOW - 5 * MINUTE)
STORE = StoreReading("sqlite:///x", "failing", "disk full", "", None, NOW - MINUTE)
HUNG = StoreReading("sqlite:///x", "keeping", "", "")
SLACK = ChannelReading("slack", 0, None, "", 40, 0, 0, 0)
DEAD = replace(SLACK, waiting=1, oldest_s=301.0, detail="Slack answered 500", failing_s=301.0)
ARRIVALS = ArrivalReading(recent=1_000, read_at=NOW, moved_at=NOW)

Row = tuple[Signs, Signs | None]


def arrivals(**changes: object) -> Signs:
    return Signs(arrivals=replace(ARRIVALS, **changes))


def store(since: int) -> Signs:
    return Signs(store=replace(STORE, failing_since=since))


OFF = {"off_s": -61.0, "off_since": NOW - MINUTE, "off_count": 20}
STILL = {"read_at": NOW - MINUTE + 1, "moved_at": NOW - 5 * MINUTE}
ROWS: dict[ReasonName, list[Row]] = {
    "task_given_up": [
        (Signs(tasks=(TaskReading("page", "given up", "KeyError", 2),)), Signs(tasks=(TaskReading("page", "running"),)))
    ],
    "store_not_writable": [
        (store(NOW - MINUTE), store(NOW - MINUTE + 1)),
        (Signs(store=HUNG, committing_since=NOW - MINUTE), Signs(store=HUNG, committing_since=NOW - MINUTE + 1)),
    ],
    "all_sources_failing": [
        (Signs(sources=(DOWN, replace(DOWN, name="b"))), Signs(sources=(DOWN, replace(DOWN, since=DOWN.since + 1)))),
        (Signs(sources=(DOWN, replace(UP, kind="ended"))), Signs(sources=(DOWN, UP))),
        (Signs(sources=(DOWN,)), Signs(sources=(replace(UP, kind="ended"),))),
    ],
    "nothing_kept": [(arrivals(unkept=100), arrivals(unkept=99))],
    "source_failing": [
        (Signs(sources=(DOWN, UP)), Signs(sources=(UP, UP))),
        (Signs(sources=(replace(DOWN, since=NOW),)), Signs(sources=(replace(UP, kind="starting"),))),
    ],
    "store_failing": [(store(NOW), Signs(store=replace(STORE, kind="keeping", failing_since=None)))],
    "channel_failing": [(Signs(channels=(replace(SLACK, detail="refused"), SLACK)), Signs(channels=(SLACK,)))],
    "channel_late": [
        (Signs(channels=(replace(SLACK, oldest_s=300.1),)), Signs(channels=(replace(SLACK, oldest_s=300.0),)))
    ],
    "all_channels_failing": [
        (Signs(channels=(DEAD, DEAD)), Signs(channels=(DEAD, SLACK))),
        (Signs(channels=(DEAD,)), Signs(channels=(replace(DEAD, failing_s=300.0),))),
    ],
    "clock_off": [
        (arrivals(**OFF), arrivals(**OFF | {"off_since": NOW - MINUTE + 1})),
        (arrivals(**OFF | {"off_s": 3600.0}), arrivals(**OFF | {"off_count": 19})),
        (arrivals(**OFF), arrivals(**OFF | {"off_since": None})),
    ],
    "rejects": [
        (arrivals(rejected=11), arrivals(rejected=10)),
        (arrivals(recent=20, rejected=11), arrivals(recent=20, rejected=10)),
        (arrivals(recent=40, rejected=40, unkept=39), arrivals(recent=40, rejected=40, unkept=40)),
        (arrivals(recent=50_000, rejected=501), arrivals(recent=50_000, rejected=500)),
    ],
    "time_stands": [
        (arrivals(**STILL), arrivals(**STILL | {"moved_at": NOW - 5 * MINUTE + 1})),
        (arrivals(**STILL), arrivals(**STILL | {"read_at": NOW - MINUTE})),
    ],
    "time_ahead": [(arrivals(watermark=NOW + 5 * MINUTE + 1), arrivals(watermark=NOW + 5 * MINUTE))],
    "task_restarting": [(Signs(tasks=(TaskReading("page", "restarting", "KeyError", 1),)), Signs())],
    "nothing_new": [
        (arrivals(repeated=100, watermark=NOW), arrivals(repeated=99, watermark=NOW)),
        (arrivals(repeated=100), arrivals(repeated=100, unkept=100)),
    ],
}


def table(heading: str) -> dict[str, str]:
    """The first two columns of the table in the documentation whose first heading this is."""
    text = (Path(__file__).parents[2] / "docs" / "health.md").read_text()
    rows = text.partition(f"| {heading} |")[2].splitlines()[2:]
    found = {}
    for row in rows:
        if not row.startswith("|"):
            break
        cells = [cell.strip(" `") for cell in row.split("|")]
        found[cells[1]] = cells[2]
    return found


def named(health: Health) -> dict[str, str]:
    return {reason.name: reason.status for reason in health.reasons}


@pytest.mark.parametrize("name", get_args(ReasonName))
def test_each_row_of_the_table_holds_from_its_limit_on(name: ReasonName) -> None:
    for ill, well in ROWS[name]:
        health = health_of(ill, NOW)
        assert named(health)[name] == table("reason")[name]
        assert health.status == next(each for each in ("failing", "degraded", "ok") if each in named(health).values())
        assert all(reason.text.endswith(".") for reason in health.reasons)
        if well is not None:
            assert name not in named(health_of(well, NOW))


def test_the_table_has_all_reasons() -> None:
    assert set(table("reason")) == set(get_args(ReasonName)) == set(ROWS)


def test_nothing_known_is_ok_and_so_is_a_watch_whose_input_has_ended() -> None:
    assert health_of(Signs(), NOW) == Health()
    ended = Signs(sources=(replace(UP, kind="ended"),), arrivals=replace(ARRIVALS, read_at=0, moved_at=0))
    assert health_of(ended, NOW).status == "ok"


def test_what_is_worst_comes_first() -> None:
    ill = Signs(sources=(DOWN, UP), tasks=(TaskReading("page", "restarting", "KeyError", 1),), store=STORE)
    assert [reason.status for reason in health_of(ill, NOW).reasons] == ["failing", "degraded", "degraded"]


def test_only_a_task_that_was_given_up_calls_for_another_process() -> None:
    for name, rows in ROWS.items():
        for ill, _ in rows:
            assert health_of(ill, NOW).alive == (name != "task_given_up")


def test_it_is_ready_once_the_store_and_the_state_are_open() -> None:
    assert [health_of(Signs(is_open=is_open), NOW).ready for is_open in (False, True)] == [False, True]


def test_the_heartbeat_stops_while_the_watch_is_failing_or_no_channel_takes_anything() -> None:
    for name, rows in ROWS.items():
        for ill, _ in rows:
            health = health_of(ill, NOW)
            stops = health.status == "failing" or name == "all_channels_failing"
            assert health.beats == (not stops), name
