"""Numbers of any size, as options and as questions: a clear text, and never a traceback."""

from __future__ import annotations

import contextlib
import io

import pytest

from rarebird.cli.main import main
from rarebird.simulate.world import World
from tests.web.test_api import site

pytestmark = pytest.mark.anyio
HUGE = ("1e400", "9" * 400, "9" * 5_000, "1" + "0" * 20, "-1e400", "nan", "inf", "1e308", "-" + "9" * 400)
WATCH = ("watch", "/dev/null", "--no-store", "--no-web", "--rules", "meetup")
OPTIONS = [
    *((*WATCH, option) for option in ("--least", "--max-categories", "--mean-gap-move", "--mean-gap-up-after")),
    *((*WATCH, option) for option in ("--mean-gap", "--lateness", "--half-life", "--false-alarms")),
    *(("simulate", "--out", "/dev/null", option) for option in ("--rate", "--hours", "--seed", "--start", "--change")),
    *(("backtest", "/dev/null", "--forget"), ("explain",), ("ack",), ("preview",), ("feedback",), ("demo", "--speed")),
    ("watch", "/dev/null", "--no-store", "--port"),
    ("score", "/dev/null", "--truth", "/dev/null", "--grace"),
]


@pytest.mark.parametrize("words", OPTIONS, ids=" ".join)
def test_a_number_of_any_size_is_refused_in_words(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAREBIRD_STORE", "sqlite:////nowhere/at/all.db")
    for number in HUGE:
        told = io.StringIO()
        with contextlib.redirect_stderr(told), contextlib.redirect_stdout(told):
            code = main([*words, number])
        assert code in {1, 2}, (number, told.getvalue())
        assert "Traceback" not in told.getvalue()


@pytest.mark.parametrize("rate", [1e308, 100_001.0, float("inf"), float("nan"), 0.0])
def test_a_simulated_world_has_a_rate_that_can_be_made(rate: float) -> None:
    with pytest.raises(Exception, match="--rate"):
        World(rate, 1, 1_700_000_000_000_000)


@pytest.mark.parametrize("number", HUGE)
async def test_a_question_with_such_a_number_is_a_wrong_one(number: str) -> None:
    async with site() as one:
        for path in ("/histogram?window=", "/entropy?window=", "/history?from=", "/history?to="):
            for text in (number, f"{number}d", f"{number}s"):
                status, answer = await one.get(path + text)
                assert (status, "expected" in answer["error"]) == (400, True), (path, text)
