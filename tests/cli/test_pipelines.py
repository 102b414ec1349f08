"""The three pipelines in a real shell on a real Redis tell what `rarebird watch` tells of the same input."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from rarebird.config.chosen import Chosen
from rarebird.config.rules import rules, sightings
from rarebird.config.settings import settings
from rarebird.config.wanted import Wanted
from rarebird.incident.wording import plain
from rarebird.model import instant
from rarebird.model.instant import SECOND
from rarebird.notify.contract import Notice
from rarebird.pipe.insert import distribution_of, gaps_of
from rarebird.run.alerts import Alerts
from rarebird.simulate.change import parse_all
from rarebird.simulate.world import World
from rarebird.source.presets import MEETUP
from rarebird.watch import Watch
from tests.cli.shell import PIPELINES, Job, job, script, shell, status
from tests.effort import slow_after_first
from tests.store.places import PROGRAMS, serving

pytestmark = pytest.mark.anyio
PIPELINE_1, PIPELINE_2, PIPELINE_3 = (PIPELINES / f"{name}.sh" for name in ("1-stream-ingest", "2-notify", "3-unusual"))
RULES = "--entropy-above 3.0:2.95 --entropy-below 2.97:2.99 --mean-gap 2.1:0.02 --mean-gap-move 0.1".split()
RULES += "--watched-share 0.5:0.001 --least 100".split()
"""Close to what the streams are, so that there is much to tell."""
UNUSUAL = "0.05:0.055"
"""The homework's number, as the input is shorter than the hour in which rules learn."""
NO_INCIDENTS = ["--false-alarms", "0.1 per year"]
"""A watch tells incidents besides, which no pipeline looks for: with this budget the stream here brings none."""


async def told_by_watch(source: str, env: dict[str, str]) -> list[str]:
    watch = [
        "rarebird",
        "watch",
        source,
        "--preset",
        "meetup",
        "--no-web",
        "--no-store",
        "--notify",
        "stdout",
        "--rules",
        "meetup",
        *RULES,
        "--unusual",
        UNUSUAL,
        "--notify-past",
    ]
    watch += NO_INCIDENTS
    async with job(*watch, env=env) as running:
        code, out, _ = await running.end()
    assert code == 0
    opening, *told = out.splitlines()
    assert f"rarebird watches Meetup RSVPs by US state from here on, read from {plain(source)}" in opening
    return told


@pytest.mark.parametrize("kind", slow_after_first(*PROGRAMS, "sqlite"))
async def test_the_recording_through_the_pipelines_is_the_recording_in_a_watch(
    recording: str, env: dict[str, str], kind: str, tmp_path: Path
) -> None:
    if kind == "sqlite":
        await compare(recording, env | {"RAREBIRD_STORE": f"sqlite:///{tmp_path / 'all.db'}"})
        return
    with serving(tmp_path, program=PROGRAMS[kind]) as server:
        await compare(recording, env | {"RAREBIRD_STORE": server.url})


async def compare(recording: str, env: dict[str, str]) -> None:
    """All that the pipelines tell and keep, against a watch and a summary."""
    env = env | {"RAREBIRD_UNUSUAL": UNUSUAL}
    assert (await script("1-stream-ingest.sh", recording, "--preset", "meetup", env=env))[0] == 0
    code, crossings, said = await script("2-notify.sh", "stdout", *RULES, env=env)
    assert code == 0
    code, unusual, said_unusual = await script("3-unusual.sh", "stdout", recording, "--preset", "meetup", env=env)
    assert code == 0
    told = await told_by_watch(recording, env)
    assert sorted([*crossings.splitlines(), *unusual.splitlines()]) == sorted(told)
    kinds = ("mean gap", "entropy", "watched categories", "Over:", "Unusual:")
    assert all(any(kind in line for line in told) for kind in kinds)
    assert said.count("this threshold alerts on") == 4
    _, out, _ = await shell(f"rarebird summary {recording} --preset meetup --json", env)
    summary, kept = json.loads(out), await status(env, distribution_of(env["RAREBIRD_NAME"]))
    share = 100 * unusual.count("Unusual:") / summary["kept"]
    assert f"this threshold alerts on {share:.0f} % of events so far" in said_unusual
    for name in ("kept", "categories", "histogram", "entropy_nats", "entropy_bits", "mean_gap_s", "first", "last"):
        assert kept[name] == summary[name]
    gaps = await status(env, gaps_of(env["RAREBIRD_NAME"]))
    assert (gaps["kept"], gaps["mean_gap_s"], gaps["ended"]) == (summary["kept"], summary["mean_gap_s"], True)


async def test_a_window_of_15_minutes_and_the_life_of_the_stream_are_those_of_a_watch(
    recording: str, env: dict[str, str]
) -> None:
    await script("1-stream-ingest.sh", recording, "--preset", "meetup", env=env)
    watch = settings(Chosen(), [], MEETUP).watch()
    watch.feed(Path(recording).read_bytes())
    watch.finish()
    for window, length in (("15m", 900 * SECOND), ("life", None)):
        _, out, _ = await shell(f"rarebird pipe poll --preset meetup --window {window} | tail -2 | head -1", env)
        reading, entropy = json.loads(out), watch.entropy(length)
        assert entropy
        assert reading["entropy_nats"] == entropy.nats
        assert reading["watched_share"] == watch.watched_share(length)
        assert reading["rate_per_s"] == watch.rate().rate_per_s
    _, out, _ = await shell("rarebird pipe average | tail -2 | head -1", env)
    assert json.loads(out)["mean_gap_s"] == watch.rate().mean_gap_s


START = 1_700_000_000 * SECOND
PAST = 300 * SECOND
LONG_AFTER = 1_750_000_000 * SECOND
SAME = ("/histogram", "/entropy?window=15m", "/rate")
CHANGES = ("surge@1s+20s:ME:30", "silence@5s+1h")
"""Maine books thirty times as much, and after five seconds nothing follows."""


def simulated() -> tuple[Watch, list[Notice]]:
    """All that the simulated server has to send, in a watch of this process, and what the rules find in it."""
    watch = settings(Chosen(lateness="500ms"), [], MEETUP).watch()
    wanted = Wanted(
        mean_gap="2.1:0.02",
        mean_gap_move=0.1,
        entropy_above="3.0:2.95",
        entropy_below="2.97:2.99",
        watched_share="0.5:0.001",
        least=100,
    )
    alerts, found = Alerts(watch, rules(wanted), sightings(UNUSUAL)), []
    for chunk in World(40.0, 1, START, parse_all(CHANGES)).lines(START - PAST, START + 60 * SECOND):
        later = zip(chunk.lines, (chunk.mtime > START - PAST).tolist(), strict=True)
        found += alerts.take(watch.feed([line for line, is_later in later if is_later], arrival=LONG_AFTER))
    return watch, found


async def until(running: Job, time: str) -> dict[str, Any]:
    """The reading of a second, as a stage writes it."""
    while True:
        reading: dict[str, Any] = json.loads(await running.line())
        if reading["time"] >= time:
            return reading


async def lines_of(running: Job, count: int) -> list[str]:
    return [(await running.line()).rstrip("\n") for _ in range(count)]


@pytest.mark.slow
async def test_the_simulated_server_through_the_pipelines_is_the_server_in_a_watch(env: dict[str, str]) -> None:
    truth, news = simulated()
    env = env | {"RAREBIRD_UNUSUAL": UNUSUAL}
    unusual = sum("Unusual" in notice.text for notice in news)
    assert truth.watermark is not None
    end = instant.text(truth.watermark // SECOND * SECOND)
    changes = [word for change in CHANGES for word in ("--change", change)]
    name = ["--name", env["RAREBIRD_NAME"], "--preset", "meetup"]
    words = ["--serve", "127.0.0.1:0", "--rate", "40", "--seed", "1", "--start", str(START // SECOND), *changes]
    async with job("rarebird", "simulate", *words, env=env) as server:
        url = (await server.said("serving ")).split()[1] + f"?since_mtime={(START - PAST) // 1000}"
        source = [url, "--preset", "meetup", "--lateness", "500ms"]
        async with (
            job(
                "rarebird",
                "watch",
                *source,
                "--port",
                "0",
                "--no-store",
                "--notify-past",
                "--notify",
                "stdout",
                "--rules",
                "meetup",
                *RULES,
                "--unusual",
                UNUSUAL,
                *NO_INCIDENTS,
                env=env,
            ) as watch,
            job(str(PIPELINE_1), *source, env=env) as first,
            job("rarebird", "pipe", "average", env=env) as average,
            job("rarebird", "pipe", "poll", "--preset", "meetup", env=env) as poll,
            job("bash", "-c", f"{PIPELINE_2} stdout {' '.join(RULES)}", env=env) as second,
            job("bash", "-c", f"{PIPELINE_3} stdout '{url}' --preset meetup --lateness 500ms", env=env) as third,
        ):
            site = (await watch.said("the page is at ")).partition("at ")[2].strip().removesuffix("/vis")
            gap, reading = await until(average, end), await until(poll, end)
            await settled(site, truth.watermark // SECOND * SECOND)
            async with aiohttp.ClientSession() as session:
                answers = [await get(session, f"{site}{path}") for path in SAME]
            async with job("rarebird", "api", "--store", env["RAREBIRD_STORE"], *name, "--port", "0", env=env) as api:
                shown = (await api.said("the page is at ")).partition("at ")[2].strip().removesuffix("/vis")
                await settled(shown, truth.watermark // SECOND * SECOND)
                async with aiohttp.ClientSession() as session:
                    same = [await get(session, f"{shown}{path}") for path in SAME]
            kept = await status(env, distribution_of(env["RAREBIRD_NAME"]))
            await first.end(signal.SIGINT)
            opening, *told = await lines_of(watch, 1 + len(news))
            parts = [*await lines_of(second, len(news) - unusual), *await lines_of(third, unusual)]
            rest = [(await each.end(signal.SIGINT))[1] for each in (watch, second, third)]
    assert same[:2] == answers[:2]
    assert same[2]["mean_gap_s"] == answers[2]["mean_gap_s"]
    assert kept["histogram"] == answers[0] == truth.histogram()
    assert reading["entropy_nats"] == answers[1]["entropy"]
    assert gap["mean_gap_s"] == answers[2]["mean_gap_s"]
    assert f"rarebird watches Meetup RSVPs by US state from here on, read from {url.partition('?')[0]}" in opening
    assert sorted(parts) == sorted(told)
    assert [line[22:] for line in told] == [notice.text for notice in news]
    assert rest == ["", "", ""]
    assert any("Unusual: an event of ME" in line for line in told)
    assert any("entropy" in line for line in told)


async def get(session: aiohttp.ClientSession, url: str) -> Any:
    async with session.get(url) as answer:
        return await answer.json()


async def settled(site: str, until: int) -> None:
    """Waits until a watch has closed all ticks before an event time."""
    async with aiohttp.ClientSession() as session, session.get(f"{site}/feed") as answer:
        async for line in answer.content:
            if line.startswith(b"data: "):
                snapshot: dict[str, Any] = json.loads(line[6:])["snapshot"]
                if snapshot["watermark"] is not None and snapshot["watermark"] >= until:
                    return
    raise AssertionError("the feed has ended")
