"""Over an incoming webhook: none lost, in order, every repeat marked, no request before its time, whatever happens.

The double answers as it likes, also that it did not take what it took, and the process is killed at random.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from rarebird.notify.contract import REPEAT
from tests.cli.shell import environment, job
from tests.effort import slow_after_first
from tests.notify.moody import NOTED_S, Asked, Moody, moody
from tests.notify.workspace import CHANNEL, TOKEN, Workspace, key_of, workspace
from tests.run.teller import notices
from tests.store.places import serving

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("kind", "count"), slow_after_first(("sqlite", 60), ("sqlite", 500), ("redis", 120)))
async def test_none_is_lost_repeats_say_so_and_the_order_holds_however_often_the_process_is_killed(
    kind: str, count: int, tmp_path: Path
) -> None:
    async with moody(seed=count) as double:
        if kind == "sqlite":
            kills = await told(double, f"sqlite:///{tmp_path / 'watch.db'}", count)
        else:
            with serving(tmp_path) as server:
                kills = await told(double, server.url, count)
    every = [notice.text for notice in notices(count)]
    assert len(kills) >= count / 20
    none_lost(double.asked, every)
    in_order(double.asked, every)
    repeats_marked(double.asked, len(kills))
    waits_kept(double.asked, kills)
    long = [each for each in double.asked if each.wait_s > 1]
    assert any(each.at + NOTED_S < kill < each.at + each.wait_s for each in long for kill in kills)


@pytest.mark.slow
async def test_a_bot_leaves_one_message_an_incident_in_its_last_state_and_asks_nothing_before_its_time(
    tmp_path: Path,
) -> None:
    count, bot = 60, {"RAREBIRD_SLACK_BOT_TOKEN": TOKEN, "RAREBIRD_SLACK_CHANNEL": CHANNEL}
    async with workspace(faulty=0.1, seed=5) as double:
        env = environment(**bot, RAREBIRD_SLACK_API_URL=double.api)
        kills = await killed(double, f"sqlite:///{tmp_path / 'watch.db'}", count, env)
    assert len(kills) >= count / 10
    assert len(double.messages) == len(set(map(key_of, double.messages))) == count
    assert all(" over " in message["text"] for message in double.messages)
    asked = [Asked(at, "", False, "429" if wait_s else "ok", int(wait_s)) for at, wait_s in double.times]
    waits_kept(asked, kills)


async def told(double: Moody, url: str, count: int) -> list[float]:
    """Runs a process until all is told over a webhook; when it was killed, by the clock of the double."""
    return await killed(double, url, count, environment(RAREBIRD_SLACK_WEBHOOK_URL=double.url))


async def killed(double: Moody | Workspace, url: str, count: int, env: Mapping[str, str]) -> list[float]:
    """Runs a process until all is told; when it was killed, by the clock of the double."""
    draws, kills = random.Random(count), list[float]()
    while True:
        double.left = draws.randrange(1, 40)
        async with job(sys.executable, "-m", "tests.run.teller", url, str(count), env=env) as running:
            double.struck = running.strike
            code, out, err = await running.end()
        if code == 0:
            assert out.splitlines()[-1] == "done 0"
            return kills
        assert code == -9, err
        kills.append(time.monotonic())


def plain(text: str) -> str:
    return text.removeprefix(REPEAT)


def none_lost(asked: Sequence[Asked], every: Sequence[str]) -> None:
    """The end of each incident was taken, and nothing that there was not."""
    taken = {plain(each.text) for each in asked if each.taken}
    assert taken <= set(every)
    assert {text for text in every if " over " in text} <= taken
    assert any(" began " in text for text in taken)


def in_order(asked: Sequence[Asked], every: Sequence[str]) -> None:
    """What was taken, each when it was taken first."""
    first = dict.fromkeys(plain(each.text) for each in asked if each.taken)
    places = [every.index(text) for text in first]
    assert places == sorted(places)


def repeats_marked(asked: Sequence[Asked], kills: int) -> None:
    """What was taken before says so; what says so was tried before, but for a process that died as it began to."""
    taken, tried, needless = set[str](), set[str](), 0
    for each in asked:
        is_marked, text = each.text.startswith(REPEAT), plain(each.text)
        assert is_marked or text not in taken, f"{text!r} was taken before"
        needless += is_marked and text not in tried
        tried.add(text)
        if each.taken:
            taken.add(text)
    assert needless <= kills


def waits_kept(asked: Sequence[Asked], kills: Sequence[float]) -> None:
    """After a 429 nothing is asked before the time is over, also by the next process."""
    held = [(one, other) for one, other in pairwise(asked) if one.mood == "429"]
    unnoted = [one for one, _ in held if any(one.at <= kill < one.at + NOTED_S for kill in kills)]
    assert held
    for one, other in held:
        assert other.at - one.at >= one.wait_s or one in unnoted
