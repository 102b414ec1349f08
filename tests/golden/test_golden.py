"""Every golden store opens with the code of today and goes on: whatever has changed since, nothing of it is lost."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from rarebird import watch
from rarebird.model import instant
from rarebird.model.instant import SECOND
from rarebird.notify.contract import REPEAT
from rarebird.store import contract, schema
from tests.golden.day import BOTH, next_day
from tests.golden.stores import HERE, MOST, STREAM, expanded, placed

EQUAL: dict[str, frozenset[str]] = {
    "format-6": frozenset(),
    "format-7": frozenset(),
    "format-8": frozenset(),
}
"""What the next day of a format still brings as the code of then did: "incidents", "notifications" (when each is sent,
of what) and their "texts". Whoever takes one out says in CHANGELOG.md why it changed: what must hold whatever is
detected is asserted of all stores."""
EQUAL_ALONE: dict[str, frozenset[str]] = {"format-8/checkpoint": frozenset({"incidents", "notifications"})}
"""The same of single stores. The others hold a journal and find its day anew, by other rules of how a fall ends in a
silence: of 15 incidents they miss one and date eight otherwise."""
RELEARNED: frozenset[str] = frozenset({"format-6", "format-7"})
"""Formats whose learned state means something else now: level and shares are relearned from history, said in a line."""
SAID = "relearned from history"
"""What that line holds."""
GONE = re.compile(r" Chance alone does this .*?(?:week|month|years?)\.")
"""What messages of then said and those of today do not (docs/decisions/0015)."""
STATED = ("id", "kind", "direction", "category", "began", "detected", "ended", "lasting", "events", "phase", "muted")
SENT = ("time", "incident", "phase", "category")
ANSWERED = ("acknowledged", "feedback")
COUNTED = ("read", "kept", "filtered", "repeats", "late", "future", "malformed", "categories", "histogram")
MUTED, DAY_BEGINS, MUTED_UNTIL = "WA", "2026-03-12T00:00", "2026-03-12T20:00"
"""What comes more often on the next day, and is muted."""
JOURNAL, ANEW = "2026-03-11", 600 * SECOND
"""The day that a journal holds, and by how much what is found in it may be found sooner or later."""
CASES = sorted(HERE.glob("*/*.json"))


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


class Case:
    """A golden store with its next day as the code of then took it in, and as the code of today does."""

    def __init__(self, path: Path, now: dict[str, Any]) -> None:
        self.format, self.now = path.parent.name, now
        self.equal = EQUAL[self.format] | EQUAL_ALONE.get(named(path), frozenset())
        expected = json.loads(path.read_text(encoding="utf-8"))
        self.parts: int = expected["parts"]
        self.before, self.after = expected["before"], expected["after"]
        self.waiting: dict[str, list[dict[str, Any]]] = self.before["waiting"]


def is_quick(path: Path) -> bool:
    """Whether every run has it: one store of each format."""
    return path.stem == "sqlite"


@pytest.fixture(
    scope="module",
    params=[pytest.param(path, id=named(path), marks=() if is_quick(path) else pytest.mark.slow) for path in CASES],
)
async def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    path: Path = request.param
    expected = json.loads(path.read_text(encoding="utf-8"))
    folder, stream = tmp_path_factory.mktemp("golden"), expanded(path.parent / STREAM)
    with placed(expected["kind"], folder, expanded(path.with_suffix(".store"))) as place:
        return Case(path, await next_day(expected["at"], place, folder, stream, expected["parts"]))


def by_id(incidents: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    return {each["id"]: each for each in incidents}


def stated(incidents: list[dict[str, Any]], names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{name: each.get(name) for name in names} for each in incidents]


def reworded(text: str) -> str:
    """A text as the code of today words it."""
    return GONE.sub("", text)


def texts(day: dict[str, Any]) -> list[str]:
    return [reworded(each["text"]) for each in day["webhook"]]


def test_a_golden_store_of_todays_format_is_there() -> None:
    made = [json.loads(path.read_text(encoding="utf-8"))["format"] for path in CASES]
    today = {"watch": watch.FORMAT, "store": contract.FORMAT, "tables": schema.VERSION}
    assert today in made, "python -m tests.golden.make FOLDER makes those of a new format; see tests/golden/README.md"


def test_every_folder_is_named_in_what_still_holds() -> None:
    assert {path.parent.name for path in CASES} == EQUAL.keys()
    assert {named(path) for path in CASES} >= EQUAL_ALONE.keys()
    assert EQUAL.keys() >= RELEARNED


def test_no_golden_file_is_larger_than_a_checkout_should_carry() -> None:
    sizes = {
        str(path.relative_to(HERE)): path.stat().st_size for end in ("xz", "zst") for path in HERE.glob(f"*/*.{end}")
    }
    assert len(sizes) > len(CASES)
    assert not {name: size for name, size in sizes.items() if size > MOST}


@pytest.mark.parametrize("folder", sorted(EQUAL))
def test_the_stores_of_a_format_hold_all_that_must_survive(folder: str) -> None:
    cases = [json.loads(path.read_text(encoding="utf-8")) for path in CASES if path.parent.name == folder]
    before = [each["before"] for each in cases]
    incidents = [each for held in before for each in held["incidents"]]
    waiting = [each for held in before for of_channel in held["waiting"].values() for each in of_channel]
    assert any(each["ended"] is None for each in incidents), "an open incident"
    assert all(any(each[name] for each in incidents) for name in ANSWERED), "feedback, acknowledgements"
    assert {each["in_doubt"] for each in waiting} == {False, True}, "waiting notifications"
    assert {bool(held["journal"]) for held in before} == {False, True}, "in a checkpoint, and in a journal behind one"
    assert any(held["replies"] for held in before), "what somebody said and no process has heard"
    assert all(len(held["mutes"]) == 2 for held in before), "mutes, one of a time and one of each week"
    assert {each["kind"] for each in cases} == {"sqlite", "redis"}
    assert max(each["parts"] for each in cases) > 1, "a shared watch"


@pytest.mark.anyio
async def test_every_message_is_counted_once_over_the_end_of_the_process(case: Case) -> None:
    assert stated([case.now["status"]], COUNTED) == stated([case.after["status"]], COUNTED)


@pytest.mark.anyio
async def test_incidents_keep_their_numbers_and_their_answers_and_new_ones_go_on_above(case: Case) -> None:
    before, now = by_id(case.before["incidents"]), by_id(case.now["incidents"])
    assert len(now) == len(case.now["incidents"])
    # What this run finds has a number above all that were listed; what is behind the last commit may be listed now.
    assert before.keys() <= now.keys()
    for id, old in before.items():
        # What the journal holds is decided anew: it may be found somewhat sooner or later, and another finding may be
        # its latest return.
        moved = abs(now[id]["opened"] - old["opened"])
        assert moved <= (ANEW if instant.text(old["opened"])[:10] == JOURNAL else 0), id
        if now[id]["detected"] == old["detected"]:
            assert now[id]["kind"] == old["kind"], id
    assert min(now.keys() - before.keys()) > max(before)
    answered = [each for each in case.after["incidents"] if any(each[name] for name in ANSWERED)]
    assert answered
    assert stated(answered, ("id", *ANSWERED)) == stated([now[each["id"]] for each in answered], ("id", *ANSWERED))


@pytest.mark.anyio
async def test_what_was_open_is_over_by_the_evening(case: Case) -> None:
    was_open = [each["id"] for each in case.before["incidents"] if each["ended"] is None]
    assert [by_id(case.now["incidents"])[id]["phase"] for id in was_open] == ["resolved"] * len(was_open)


@pytest.mark.anyio
async def test_what_waited_is_sent_once_in_its_order_before_what_is_new(case: Case) -> None:
    posts = [each["id"] for each in case.now["webhook"]]
    assert max(Counter(posts).values()) == 1
    expected = [each["id"] for each in case.waiting.get("webhook", [])]
    assert posts[: len(expected)] == expected
    others = {channel: told for channel, told in case.waiting.items() if channel not in BOTH}
    assert case.now["waiting"] == others, "what was sent is off the outbox, and what waits for another start stays"


@pytest.mark.anyio
async def test_in_a_chat_only_what_is_in_doubt_says_that_it_may_be_a_repeat(case: Case) -> None:
    waiting = case.waiting.get("slack", [])
    doubtful = {each["incident"] for each in waiting if each["in_doubt"]}
    texts = [text.partition(": ")[2] for text in case.now["slack"]]
    assert sum(text.startswith(REPEAT) for text in texts) == len(doubtful)
    assert all(text.startswith(REPEAT) for text in texts[: len(doubtful)])
    over = {each["id"] for each in case.before["incidents"] if each["ended"] is not None}
    last = {each["incident"]: each["text"] for each in waiting if each["incident"] in over}
    assert [sum(text in told for told in texts) for text in last.values()] == [1] * len(last)


@pytest.mark.anyio
async def test_mutes_still_hold(case: Case) -> None:
    assert case.now["mutes"] == case.after["mutes"]
    of_muted = [each["time"] for each in case.now["webhook"] if each["category"] == MUTED]
    assert not [time for time in of_muted if DAY_BEGINS < time < MUTED_UNTIL]
    found = [each for each in case.now["incidents"] if each["category"] == MUTED and each["muted"]]
    assert found, "it is listed all the same"


@pytest.mark.anyio
async def test_what_is_relearned_is_said_in_one_line(case: Case) -> None:
    assert sum(SAID in line for line in case.now["said"]) == (case.format in RELEARNED)


@pytest.mark.anyio
async def test_incidents_are_those_that_the_code_of_then_gave(case: Case) -> None:
    if "incidents" in case.equal:
        assert stated(case.now["incidents"], STATED) == stated(case.after["incidents"], STATED)


@pytest.mark.anyio
async def test_notifications_are_those_that_the_code_of_then_sent(case: Case) -> None:
    if "notifications" in case.equal:
        # A webhook got an end twice then, the first time as it was recovering.
        ends = [each for each in case.after["webhook"] if each["phase"] != "recovering"]
        assert stated(case.now["webhook"], SENT) == stated(ends, SENT)


@pytest.mark.anyio
async def test_they_say_what_they_said_then(case: Case) -> None:
    if "texts" in case.equal:
        assert texts(case.now) == texts(case.after)
        # How much of it is folded into one message depends on how fast the day is taken in.
        assert {reworded(text) for text in case.after["slack"]} <= {reworded(text) for text in case.now["slack"]}
