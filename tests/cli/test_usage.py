"""What is wrong is said in one line: what was expected, what was found, what to do. Never a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rarebird.cli import main
from tests.cli.program import run

WRONG = [
    (["summary"], "expected a SOURCE"),
    (["summary", "none.jsonl"], "there is no such file"),
    (["summary", "--jsn", "x"], "did you mean --json"),
    (["summary", "ftp://x"], "expected -, a file, http"),
    (["summary", "x", "--preset", "metup"], "did you mean meetup"),
    (["summary", "-", "--where", "a"], "expected PATH=VALUE"),
    (["summary", "-", "--where", "a=1", "--where", "a=2"], "expected one value for a path"),
    (["summary", "-", "--by", "a..b"], "expected the path of a field"),
    (["summary", "-", "--id", "a,,b"], "expected names with commas"),
    (["summary", "-", "--time-unit", "min"], "expected one of auto"),
    (["summary", "-", "--lateness", "soon"], "expected a duration such as 5s"),
    (["summary", "-", "--half-life", "0s"], "expected at least 1s"),
    (["summary", "-", "--max-categories", "0"], "expected a number of at least 1"),
    (["summary", "-", "--time", "a", "--by", "a.b"], "but it is used as a field itself"),
    (["watch", "meetup"], "retired"),
    (["watch", "-", "--port", "70000"], "expected 0 to 65535"),
    (["simulate"], "expected one of --out"),
    (["simulate", "--serve", "8001"], "expected HOST:PORT"),
    (["simulate", "--out", "-", "--start", "yesterday"], "expected ISO 8601"),
    (["simulate", "--out", "-", "--change", "boom@1s+1s"], "--change: expected"),
    (["simulate", "--out", "-", "--rate", "-1"], "expected"),
    (["demo", "--speed", "0"], "expected a number above 0"),
    (["backtest"], "expected a SOURCE"),
    (["backtest", "none.jsonl"], "there is no such file"),
    (["backtest", "-", "--jsn"], "did you mean --json"),
    (["backtest", "-", "--false-alarms", "often"], "--false-alarms: expected how many may come by chance"),
    (["backtest", "-", "--false-alarms", "9 per day"], "at most '3 per day'"),
    (["backtest", "-", "--zone", "America/NewYork"], "did you mean America/New_York?"),
    (["watch", "-", "--heartbeat", "example.org"], "RAREBIRD_HEARTBEAT_URL: expected an address"),
    (["watch", "-", "--digest", "9:00"], "--digest: expected --notify beside it"),
    (["watch", "-", "--notify", "stdout", "--digest", "noon"], "--digest: expected a time of day"),
    (["watch", "-", "--heartbeat-every", "0s"], "--heartbeat-every: expected at least 1s"),
    (["watch", "-", "--mute", "tomorrow 9:00"], "--mute: expected when to be silent"),
    (["watch", "-", "--mute", "Tue 2:00-4:00 Europe/Pairs"], "did you mean Europe/Paris?"),
    pytest.param(
        ["watch", "-", "--mute-calendar", "none.ics"],
        "--mute-calendar: none.ics: expected a calendar file, got: No such",
        marks=pytest.mark.extras,
    ),
    pytest.param(
        ["watch", "-", "--mute-holidays", "US-QQ"],
        "--mute-holidays: expected a part of US by its code",
        marks=pytest.mark.extras,
    ),
]


@pytest.mark.parametrize(("tokens", "told"), WRONG, ids=str)
def test_wrong_usage_ends_with_2_and_one_line(tokens: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(tokens) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("rarebird: ")
    assert told in said.err
    assert said.err.count("\n") == 1


HELP = """
import sys
from rarebird.cli.main import app, main
stages = [name for name in app["pipe"] if not name.startswith("-")]
commands = [[name] for name in app if not name.startswith("-")] + [["pipe", name] for name in stages]
assert len(commands) >= 20
for command in commands:
    assert main([*command, "--help"]) == 0
print([name for name in ("numpy", "asyncio", "aiohttp", "apsw", "redis", "starlette") if name in sys.modules])
"""


def test_help_of_every_command_imports_nothing_that_takes_long() -> None:
    done = subprocess.run([sys.executable, "-c", HELP], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"


LINE = b'{"t": 1489925470, "c": "a"}\n'
BAD = {
    "nothing": (b"", 0),
    "one event": (LINE, 0),
    "broken JSON": (b'{"t": 1489\n' + LINE, 1),
    "a broken last line": (LINE + b'{"t": 14899', 1),
    "wrong types": (b'{"t": [], "c": "a"}\n{"t": 1489925470, "c": {}}\n[]\n7\n' + LINE, 4),
    "missing fields": (b'{"c": "a"}\n{"t": 1489925470}\n{}\n' + LINE, 3),
    "invalid UTF-8": (b'{"t": 1489925470, "c": "\xff"}\n' + LINE, 1),
    "impossible times": (
        b"".join(b'{"t": %s, "c": "a"}\n' % t for t in (b"0", b"NaN", b"-5", b"1e300", b'""')) + LINE,
        5,
    ),
    "zeros": (bytes(10_000) + b"\n" + LINE, 1),
    "deep nesting": (b"[" * 100_000 + b"\n" + LINE, 1),
}


@pytest.mark.anyio
@pytest.mark.parametrize("name", BAD)
async def test_bad_input_is_counted_and_never_stops_the_stream(name: str, tmp_path: Path) -> None:
    stream, malformed = BAD[name]
    path = tmp_path / "stream.jsonl"
    path.write_bytes(stream)
    for source, stdin in ((str(path), b""), ("-", stream)):
        code, out, err = await run("summary", source, "--time", "t", "--by", "c", "--json", stdin=stdin)
        assert code == 0
        assert "Traceback" not in err
        report = json.loads(out)
        assert report["malformed"] == malformed
        assert report["kept"] == (0 if name == "nothing" else 1)
        assert report["read"] == report["kept"] + malformed


@pytest.mark.anyio
async def test_an_event_of_the_far_future_moves_nothing(tmp_path: Path) -> None:
    times = [1_489_925_470 + second for second in range(100)]
    rogue = [*times[:50], 7_258_118_400, times[50] + 7200, *times[50:]]
    path = tmp_path / "stream.jsonl"
    path.write_text("".join(f'{{"t": {time}, "c": "a"}}\n' for time in rogue))
    _, out, _ = await run("summary", str(path), "--time", "t", "--by", "c", "--json")
    report = json.loads(out)
    assert (report["kept"], report["future"], report["late"]) == (100, 2, 0)


@pytest.mark.anyio
async def test_a_silence_of_two_hours_is_not_taken_for_a_wrong_stamp(tmp_path: Path) -> None:
    times = [1_489_925_470 + second + (7200 if second >= 50 else 0) for second in range(100)]
    path = tmp_path / "stream.csv"
    path.write_text("t,c\n" + "".join(f"{time},a\n" for time in times))
    _, out, _ = await run("summary", str(path), "--time", "t", "--by", "c", "--json")
    assert json.loads(out)["kept"] == 100
