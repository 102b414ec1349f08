"""`rarebird score` on what the other commands wrote, and what it says of files that are none of theirs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rarebird.cli import main
from tests.cli.program import run

FOUND = (
    '{"type":"incident","id":1,"kind":"silence","direction":"down","category":null,"began":"2026-03-02T15:00:00Z",'
    '"detected":"2026-03-02T15:01:00Z","score":0.1,"budget_share":0.1,"chance_per_week":0.9,"family":"silence",'
    '"events":0,"expected":9.0,"low":4.0,"high":15.0,"whole":-9.0,"contributions":[]}\n'
)
ENDED = '{"type":"ended","id":1,"ended":"2026-03-02T15:20:00Z","lasting":false}\n'
LAST = '{"type":"summary","first":"2026-03-02T12:00:00Z","last":"2026-03-02T22:00:00Z"}\n'
TRUTH = '{"kind":"silence","began":"2026-03-02T15:00:00Z","ended":"2026-03-02T15:15:00Z"}\n'


@pytest.mark.anyio
async def test_what_was_put_into_a_world_is_scored(tmp_path: Path) -> None:
    world, truth, told = (str(tmp_path / name) for name in ("world.jsonl", "truth.jsonl", "told.jsonl"))
    begin = ("--start", "2026-03-02T12:00:00Z", "--rate", "2", "--hours", "4", "--seed", "3")
    await run("simulate", *begin, "--change", "silence@3h+15m", "--out", world, "--truth", truth)
    _, out, _ = await run("backtest", world, "--preset", "meetup", "--json")
    Path(told).write_text(out, encoding="utf-8")
    code, scored, err = await run("score", told, truth, "--json")
    assert (code, err) == (0, "")
    found = json.loads(scored)
    assert (found["changes"], found["told"], found["false_alarms"]) == (1, 1, 0)
    assert 10 < found["delay_median_s"] == found["delay_mean_s"] == found["delay_90_s"] < 300
    code, words, _ = await run("score", "-", truth, stdin=out.encode())
    assert "changes told          1 of 1 (100 %)" in words
    assert "silence       told after" in words


def files(folder: Path, told: str, truth: str) -> list[str]:
    paths = [folder / "told.jsonl", folder / "truth.jsonl"]
    for path, text in zip(paths, (told, truth), strict=True):
        path.write_text(text, encoding="utf-8")
    return [str(path) for path in paths]


def test_instants_are_read_as_people_write_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", *files(tmp_path, FOUND + ENDED + LAST, TRUTH), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["told"], found["delay_median_s"]) == (1, 60.0)
    assert found["time_in_alarm"] == pytest.approx(19 / 600)


WRONG = {
    "no summary": (FOUND + ENDED, TRUTH, "told.jsonl: expected a summary in the last line"),
    "no JSON": ("nonsense\n", TRUTH, "told.jsonl, line 1: expected a line of `rarebird backtest --json`"),
    "an end of nothing": (ENDED + LAST, TRUTH, "line 1: expected the end of an incident told before, got 1"),
    "no change": (FOUND + LAST, '{"began": 5}\n', "truth.jsonl, line 1: expected a change"),
    "no instant": (FOUND + LAST, TRUTH.replace("2026-03-02T15:15:00Z", "noon"), "expected an instant in ISO 8601"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_such_file_is_said_with_its_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told, truth, said = WRONG[name]
    assert main(["score", *files(tmp_path, told, truth)]) == 1
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_wrong_options_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", *files(tmp_path, FOUND + LAST, TRUTH), "--grace", "soon"]) == 2
    assert main(["score", str(tmp_path / "none"), str(tmp_path / "none")]) == 1
    said = capsys.readouterr().err
    assert "--grace: expected a duration" in said
    assert "expected a file to read" in said


def test_a_truth_that_cannot_be_written_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "none" / "truth.jsonl"
    assert main(["simulate", "--out", "-", "--hours", "0.01", "--truth", str(missing)]) == 1
    assert "--truth: expected a file to write to" in capsys.readouterr().err
