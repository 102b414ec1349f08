"""`rarebird backtest` on files: what it tells, whichever way the stream comes in."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import run

pytestmark = pytest.mark.anyio
FOUND = {
    "type", "id", "kind", "direction", "category", "began", "detected", "score", "budget_share", "chance_per_week",
    "family", "events", "expected", "low", "high", "whole", "contributions",
}  # fmt: skip


@pytest.fixture(scope="session")
async def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four hours of a simulated world, in which nothing comes for a quarter of an hour."""
    path = tmp_path_factory.mktemp("world") / "world.jsonl"
    start = ("--start", "2026-03-02T12:00:00Z", "--rate", "2", "--hours", "4", "--seed", "3")
    code, _, err = await run("simulate", *start, "--change", "silence@3h+15m", "--out", str(path))
    assert (code, err.count("\n")) == (0, 1)
    return path


@pytest.fixture(scope="session")
def quakes(earthquakes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A week of earthquakes and the next noon, the oldest first."""
    header, *rows = earthquakes.read_text(encoding="utf-8").splitlines()
    week = [row for row in reversed(rows) if row < "2020-01-06T12"]
    path = tmp_path_factory.mktemp("quakes") / "quakes.csv"
    path.write_text("\n".join([header, *week]) + "\n", encoding="utf-8")
    return path


def lines(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


async def test_an_incident_is_a_line_when_it_is_found_and_one_when_it_is_over(world: Path) -> None:
    code, out, err = await run("backtest", str(world), "--preset", "meetup", "--json")
    assert (code, err) == (0, "")
    found, ended, summary = lines(out)
    assert set(found) == FOUND
    assert (found["type"], found["kind"], found["direction"], found["events"]) == ("incident", "silence", "down", 0)
    assert found["began"].startswith("2026-03-02T14:59:5") or found["began"].startswith("2026-03-02T15:00:0")
    assert sum(one["events"] for one in found["contributions"]) == pytest.approx(found["whole"])
    assert ended == {"type": "ended", "id": found["id"], "ended": ended["ended"], "lasting": False}
    assert "2026-03-02T15:15" <= ended["ended"] < "2026-03-02T15:20"
    assert (summary["type"], summary["incidents"], summary["open"]) == ("summary", 1, 0)
    assert summary["incidents_per_day"] is summary["incidents_per_week"] is None
    assert summary["budget_per_week"] == 1.0
    assert summary["time_in_alarm"] == pytest.approx(15 / 240, abs=0.02)
    assert summary["read"] == sum(
        summary[name] for name in ("kept", "filtered", "repeats", "late", "future", "malformed")
    )


async def test_standard_input_and_the_file_tell_the_same(world: Path, quakes: Path) -> None:
    for path, options in ((world, ("--preset", "meetup")), (quakes, ("--by", "net"))):
        _, from_file, _ = await run("backtest", str(path), *options, "--json")
        _, from_pipe, _ = await run("backtest", "-", *options, "--json", stdin=path.read_bytes())
        assert from_file == from_pipe


async def test_the_recording_of_19_minutes_holds_nothing_out_of_the_ordinary(recording: str) -> None:
    code, out, _ = await run("backtest", recording, "--preset", "meetup", "--json")
    assert code == 0
    (summary,) = lines(out)
    assert (summary["incidents"], summary["time_in_alarm"]) == (0, 0.0)
    assert summary["read"] == len(Path(recording).read_bytes().splitlines())


async def test_a_week_of_earthquakes_tells_of_the_swarm_in_puerto_rico_and_few_other_things(quakes: Path) -> None:
    code, out, _ = await run("backtest", str(quakes), "--by", "net", "--json")
    assert code == 0
    *told, summary = lines(out)
    assert summary["events"] > 3000
    found = [one for one in told if one["type"] == "incident"]
    assert len(found) == summary["incidents"] <= 3
    # It grew from 10:32 on, with a shock of magnitude 5.8.
    assert [one["category"] for one in found if one["detected"] > "2020-01-06T10:32"] == ["pr"]


async def test_people_get_words_figures_and_a_picture(world: Path) -> None:
    code, out, err = await run("backtest", str(world), "--preset", "meetup", "--zone", "America/New_York")
    assert (code, err) == (0, "")
    words = " ".join(out.split())
    assert "No RSVPs for" in words
    assert "RSVPs come again, after" in words
    assert "1 in 4 h: 1 silence" in words
    assert "by chance at most 1 a week" in words
    assert "incidents a week" not in words
    assert "▲" in out
    assert "█" in out
    assert all(len(line) <= 80 for line in out.splitlines())


async def test_a_larger_budget_finds_no_less(world: Path) -> None:
    _, strict, _ = await run("backtest", str(world), "--preset", "meetup", "--json")
    _, loose, _ = await run("backtest", str(world), "--preset", "meetup", "--json", "--false-alarms", "3 per day")
    assert lines(loose)[-1]["incidents"] >= lines(strict)[-1]["incidents"]
    assert lines(loose)[-1]["budget_per_week"] == 21


@pytest.mark.parametrize("stream", [b"", b'{"t": 1489925470}\n', b"nonsense\n"])
async def test_a_stream_of_hardly_anything_is_a_summary(stream: bytes) -> None:
    code, out, _ = await run("backtest", "-", "--time", "t", "--json", stdin=stream)
    # Of the last nothing could be read.
    assert code == (stream == b"nonsense\n")
    (summary,) = lines(out)
    assert summary["incidents"] == 0
    assert summary["incidents_per_day"] is None
    code, out, _ = await run("backtest", "-", "--time", "t", stdin=stream)
    assert code == (stream == b"nonsense\n")
    assert "incidents             0" in out


async def test_a_watch_tells_in_words_what_a_backtest_finds(world: Path) -> None:
    code, _, err = await run("watch", str(world), "--preset", "meetup", "--no-web", "--no-store")
    assert code == 0
    (told,) = (line for line in err.splitlines() if "  ! " in line)
    assert told.startswith("2026-03-02 15:0")
    assert "! No RSVPs for " in told
    assert "* RSVPs come again, after" in err


async def test_counts_by_the_second_tell_the_same_as_the_events(quakes: Path, tmp_path: Path) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    with quakes.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        counts[row["time"][:19] + "Z", row["net"]] += 1
    path = tmp_path / "counts.csv"
    path.write_text("time,net,n\n" + "".join(f"{time},{net},{n}\n" for (time, net), n in sorted(counts.items())))
    _, counted, _ = await run("backtest", str(path), "--by", "net", "--count", "n", "--json")
    seconds = tmp_path / "seconds.csv"
    seconds.write_text("time,net\n" + "".join(f"{time},{net}\n" * n for (time, net), n in sorted(counts.items())))
    _, plain, _ = await run("backtest", str(seconds), "--by", "net", "--json")
    assert counted == plain
    assert lines(counted)[-1]["events"] == len(rows)


async def test_the_rules_say_on_what_part_of_their_readings_they_alert(world: Path) -> None:
    options = ("--preset", "meetup", "--rules", "meetup", "--entropy-above", "1.0:0.9", "--unusual", "off")
    code, out, _ = await run("backtest", str(world), *options, "--json")
    assert code == 0
    rules = {one["rule"]: one for one in lines(out)[-1]["rules"]}
    always = rules["entropy_nats above 1.00 nats"]
    assert always["fired"] <= 3
    assert always["share"] > 0.8
    assert always["readings"] > 10_000
    assert "mean_gap_s" in rules
    assert not any("probability" in name for name in rules)
    _, words, _ = await run("backtest", str(world), *options)
    assert "entropy_nats above 1.00 nats: alerts on " in " ".join(words.split())
    assert lines((await run("backtest", str(world), "--preset", "meetup", "--json"))[1])[-1]["rules"] == []


async def test_the_older_name_of_all_rules_works_and_says_the_newer_one(world: Path) -> None:
    newer = await run("backtest", str(world), "--preset", "meetup", "--rules", "meetup", "--json")
    code, out, err = await run("backtest", str(world), "--preset", "meetup", "--with-rules", "--json")
    assert (code, out) == newer[:2]
    assert "--rules meetup" in err


async def test_a_wrong_rule_is_said_before_anything_is_read() -> None:
    code, _, err = await run("backtest", "-", "--entropy-above", "x")
    assert code == 2
    assert "--entropy-above: expected FIRE:RECOVER" in err
