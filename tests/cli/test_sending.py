"""A watch that is killed while it has something to tell: its next start tells it."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import signal
from collections import Counter
from pathlib import Path

import pytest

from rarebird.notify.contract import REPEAT
from tests.cli.program import run
from tests.cli.shell import job, shell
from tests.effort import slow_after_first
from tests.notify.double import SECRET, slack
from tests.notify.receiver import PATH, receiver
from tests.notify.workspace import CHANNEL, TOKEN, key_of, workspace

pytestmark = pytest.mark.anyio


@pytest.fixture(params=slow_after_first("sqlite", "redis"))
def place(request: pytest.FixtureRequest, tmp_path: Path, redis: str) -> str:
    return redis if request.param == "redis" else f"sqlite:///{tmp_path / 'watch.db'}"


async def test_what_was_found_before_a_kill_and_not_sent_is_sent_by_the_next_start(
    silence: Path, env: dict[str, str], place: str
) -> None:
    name = f"{env['RAREBIRD_NAME']} {place[:5]}"
    watch = f"rarebird watch {silence} --preset meetup --no-web --unusual 0.00001:0.00002 --mean-gap 5:0.05"
    watch = f"{watch} --name {shlex.quote(name)}"
    _, out, _ = await shell(f"{watch} --no-store --notify-past --notify stdout", env)
    wanted = Counter(line.partition("  ")[2] for line in out.splitlines())
    assert sum("rarebird watches" in text for text in wanted) == 1
    assert any("No RSVPs for" in text for text in wanted)
    assert any("It began as" in text for text in wanted)
    words = [*shlex.split(watch), "--store", place, "--notify-past", "--notify", "slack"]
    async with slack("stall") as double:
        secret = env | {"RAREBIRD_SLACK_WEBHOOK_URL": double.url}
        async with job(*words, env=secret) as killed:
            await asyncio.wait_for(double.asked.wait(), 60)
            assert not double.posted
            await killed.end(signal.SIGKILL)
        for _ in range(2):
            async with job(*words, env=secret) as again:
                code, _, said = await again.end()
            assert code == 0
            assert SECRET not in said
    texts = [text.partition(": ")[2] for text in double.texts]
    told = Counter(text.removeprefix(REPEAT) for text in texts)
    folded = Counter(text for text in wanted if "No RSVPs for" in text)
    assert wanted - folded <= told <= wanted, "only what was over before it was sent is told as it ended alone"
    assert [text for text in texts if text.startswith(REPEAT)] == texts[:1], "what may be a repeat says so"


@pytest.mark.slow
async def test_how_long_slack_asked_to_be_left_alone_holds_for_the_next_start_too(
    silence: Path, env: dict[str, str], place: str
) -> None:
    watch = f"rarebird watch {silence} --preset meetup --no-web --mean-gap 1000:0.05 --mean-gap-move 0"
    words = [*watch.split(), "--store", place, "--name", f"{env['RAREBIRD_NAME']} {place[:5]}", "--notify", "slack"]
    async with slack((429, {"Retry-After": "8"})) as double:
        secret = env | {"RAREBIRD_SLACK_WEBHOOK_URL": double.url}
        async with job(*words, env=secret) as killed:
            await killed.said("asked to send less (429); trying again in 8.0 s")
            await killed.end(signal.SIGKILL)
        async with job(*words, env=secret) as again:
            code, _, _ = await again.end()
    assert code == 0
    assert double.times[1] - double.times[0] >= 8
    assert len(double.posted) == len(double.bodies) - 1 > 0
    assert not any(text.partition(": ")[2].startswith(REPEAT) for text in double.texts), "it was surely refused"


async def test_a_webhook_knows_by_its_id_what_a_killed_watch_sends_again_and_the_store_holds_no_secret(
    silence: Path, env: dict[str, str], tmp_path: Path
) -> None:
    store = tmp_path / "watch.db"
    watch = f"rarebird watch {silence} --preset meetup --no-web --mean-gap 5:0.05"
    words = [*watch.split(), "--store", f"sqlite:///{store}", "--name", "ids", "--notify-past", "--notify", "webhook"]
    async with receiver("stall") as double:
        secret = env | {"RAREBIRD_WEBHOOK_URL": double.url, "RAREBIRD_WEBHOOK_SECRET": "a-planted-key"}
        async with job(*words, env=secret) as killed:
            await asyncio.wait_for(double.heard.wait(), 60)
            await killed.end(signal.SIGKILL)
        async with job(*words, env=secret) as again:
            code, _, said = await again.end()
    told = [json.loads(body) for _, _, body in double.asked]
    assert code == 0
    assert told[0] == told[1]
    assert len({each["id"] for each in told[1:]}) == len(told) - 1 > 1
    assert {each["incident"] and each["incident"]["ended"] is None for each in told} >= {True, False}
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("watch.db*"))
    assert kept
    for hidden in (PATH, "a-planted-key"):
        assert hidden not in said
        assert hidden.encode() not in kept


@pytest.mark.slow
async def test_a_bot_leaves_one_message_an_incident_however_often_the_watch_is_killed(
    silence: Path, env: dict[str, str], place: str
) -> None:
    watch = f"rarebird watch {silence} --preset meetup --no-web --mean-gap 1000:0.05 --mean-gap-move 0"
    _, out, _ = await shell(f"{watch} --no-store --notify-past --notify stdout", env)
    over = sum("It began as" in line for line in out.splitlines())
    assert over
    words = [
        *watch.split(),
        "--store",
        place,
        "--name",
        f"{env['RAREBIRD_NAME']} {place[:5]}",
        "--notify-past",
        "--notify",
        "slack",
    ]
    async with workspace(faulty=0.2) as double:
        bot = {"RAREBIRD_SLACK_BOT_TOKEN": TOKEN, "RAREBIRD_SLACK_CHANNEL": CHANNEL}
        secret = env | bot | {"RAREBIRD_SLACK_API_URL": double.api}
        for asked in (1, 1, 2):
            double.stall(asked)
            async with job(*words, env=secret) as killed:
                await asyncio.wait_for(double.reached.wait(), 60)
                await killed.end(signal.SIGKILL)
        double.stall(None)
        async with job(*words, env=secret) as last:
            code, _, said = await last.end()
        assert code == 0
        assert TOKEN not in said
    messages = [message for message in double.messages if "metadata" in message]
    told = [message["text"] for message in messages]
    assert len(told) == len(set(map(key_of, messages)))
    assert sum("It began as" in text for text in told) == over


async def test_a_start_without_the_mute_tells_what_still_goes_on_and_the_next_one_tells_nothing_again(
    env: dict[str, str], tmp_path: Path
) -> None:
    made, grows = tmp_path / "made.jsonl", tmp_path / "world.jsonl"
    start = ("--start", "2026-03-02T12:00:00Z", "--rate", "2", "--hours", "3.5", "--seed", "3")
    await run("simulate", *start, "--change", "rate@3h+2h:3", "--out", str(made))
    lines = made.read_bytes().splitlines(keepends=True)
    words = [
        "rarebird",
        "watch",
        str(grows),
        "--preset",
        "meetup",
        "--no-web",
        "--notify-past",
        "--notify",
        "stdout",
    ]
    words += ["--mean-gap", "1000:0.05", "--mean-gap-move", "0", "--store", f"sqlite:///{tmp_path / 'watch.db'}"]
    told = []
    for count, mutes in (
        (-2_000, ["--mute", "daily 00:00-24:00"]),
        (-1_000, []),
        (-500, []),
        (len(lines), ["--mute", "2h"]),
    ):
        grows.write_bytes(b"".join(lines[:count]))
        async with job(*words, *mutes, env=env) as one:
            code, out, _ = await one.end()
        assert code == 0
        told.append(out.count("RSVPs came"))
    assert told == [0, 1, 0, 0]


@pytest.mark.parametrize(
    ("mutes", "muted"),
    [
        ([], ""),
        (
            ["--mute", "Mon 10:00-11:00 America/New_York; kind=silence"],
            "Mon 10:00-11:00 America/New_York; kind=silence",
        ),
        (["--mute", "Mon 10:00-11:00 America/New_York; kind=mix"], ""),
        pytest.param(["--mute-calendar", "ops.ics"], "calendar ops.ics: Works", marks=pytest.mark.extras),
    ],
)
async def test_what_is_muted_is_said_in_the_terminal_and_not_sent(
    mutes: list[str], muted: str, silence: Path, tmp_path: Path
) -> None:
    calendar = tmp_path / "ops.ics"
    event = "BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260302T145500Z\r\nDURATION:PT2H\r\nSUMMARY:Works\r\nEND:VEVENT\r\n"
    calendar.write_text(f"BEGIN:VCALENDAR\r\n{event}END:VCALENDAR\r\n", encoding="utf-8")
    words = ["watch", str(silence), "--preset", "meetup", "--no-web", "--no-store"]
    words += ["--mean-gap", "1000:0.05", "--mean-gap-move", "0", "--notify-past", "--notify", "stdout"]
    code, out, said = await run(*words, *(str(calendar) if word == calendar.name else word for word in mutes))
    assert code == 0
    assert "No RSVPs for" in said
    assert ("No RSVPs for" in out) == (not muted)
    assert f"Not sent: muted, {muted}." in said or not muted


async def test_a_heartbeat_goes_on_while_a_watch_lives_and_its_address_is_nowhere_to_be_read(
    env: dict[str, str], tmp_path: Path
) -> None:
    store = tmp_path / "watch.db"
    words = ["rarebird", "simulate", "--serve", "127.0.0.1:0", "--rate", "5"]
    async with receiver(503, method="GET") as double, job(*words, env=env) as server:
        url = (await server.said("serving ")).split()[1]
        watch = ["rarebird", "watch", url, "--preset", "meetup", "--no-web", "--store", f"sqlite:///{store}"]
        secret = env | {"RAREBIRD_HEARTBEAT_URL": double.url}
        async with job(*watch, "--heartbeat-every", "1s", env=secret) as beating:
            lost = await beating.said("heartbeat")
            heard = await beating.said("the heartbeat is heard again")
            code, _, said = await beating.end(signal.SIGINT)
    assert code == 0
    assert "the heartbeat's service answered 503; it is tried on, every 1 s" in lost
    assert len(double.asked) >= 2
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("watch.db*"))
    assert kept
    assert PATH not in lost + heard + said
    assert PATH.encode() not in kept


@pytest.mark.slow
async def test_a_digest_of_each_day_comes_once_over_a_kill_and_restarts(env: dict[str, str], tmp_path: Path) -> None:
    world = tmp_path / "days.jsonl"
    start = ("--start", "2026-03-02T12:00:00Z", "--rate", "0.2", "--hours", "80", "--seed", "3")
    await run("simulate", *start, "--out", str(world))
    words = ["rarebird", "watch", str(world), "--preset", "meetup", "--no-web", "--notify-past"]
    words += ["--store", f"sqlite:///{tmp_path / 'watch.db'}", "--name", "days", "--notify", "webhook"]
    words += ["--digest", "09:00 America/New_York"]
    async with receiver("stall") as double:
        secret = env | {"RAREBIRD_WEBHOOK_URL": double.url}
        async with job(*words, env=secret) as killed:
            await asyncio.wait_for(double.heard.wait(), 60)
            await killed.end(signal.SIGKILL)
        for _ in range(2):
            async with job(*words, env=secret) as again:
                assert (await again.end())[0] == 0
    told = {each["id"]: each for each in (json.loads(body) for _, _, body in double.asked)}
    digests = [each for each in told.values() if "Alive; " in each["text"]]
    assert [each["time"][:16] for each in digests] == [f"2026-03-0{day}T14:00" for day in (2, 3, 4, 5)]
    assert len(double.asked) <= len(told) + 1
    assert all(" in 24 h" in each["text"] for each in digests[1:])
    assert all("usual." in each["text"] for each in digests[2:])


async def test_no_rule_is_at_work_unless_an_option_names_it(silence: Path, env: dict[str, str]) -> None:
    watch = f"rarebird watch {silence} --preset meetup --no-web --no-store --notify-past --notify stdout"
    _, plain, said = await shell(watch, env)
    assert [line.partition("  ")[2][:14] for line in plain.splitlines()] == [
        "rarebird watch",
        "No RSVPs for 2",
        "RSVPs come aga",
    ]
    assert "threshold" not in plain + said
    rules = {
        "--rules meetup": ("mean gap", "entropy", "watched categories", "Unusual"),
        "--mean-gap-move 5": ("mean gap",),
        "--unusual 0.01:0.02": ("Unusual",),
        "--entropy-above 2:1.9": ("entropy",),
    }
    every = {name for names in rules.values() for name in names}
    for option, names in rules.items():
        code, told, _ = await shell(f"{watch} {option}", env)
        assert code == 0
        beside = re.sub(r" At that time: .*", "", told)
        assert {name for name in every if name in beside} <= set(names)
        texts = [line.partition("  ")[2] for line in told.splitlines()]
        assert all(
            any(text.startswith(line.partition("  ")[2]) for text in texts) for line in plain.splitlines()[1:]
        ), "incidents come as ever"
        if option == "--rules meetup":
            assert "At that time: entropy" in told, "in its first hours no rule fires; incidents say its readings"
        else:
            assert len(told.splitlines()) > len(plain.splitlines()), option
