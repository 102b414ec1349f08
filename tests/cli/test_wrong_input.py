"""Wrong input never looks like a quiet stream: it is said what is wrong and what may be meant, and the end is 1."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.cli.program import PROGRAM, run
from tests.effort import slow_after_first

pytestmark = pytest.mark.anyio
LINES = b"".join(
    json.dumps({"t": 1489925470 + at, "status": "ok", "req": {"method": "GET"}}).encode() + b"\n" for at in range(200)
)
CSV = b"t,Status\n" + b"".join(b"%d,ok\n" % (1489925470 + at) for at in range(200))


@pytest.fixture
def log(tmp_path: Path) -> str:
    path = tmp_path / "log.jsonl"
    path.write_bytes(LINES)
    return str(path)


@pytest.mark.parametrize(
    "command", [["summary"], ["backtest"], ["watch", "--no-web"], ["explain", "--at", "1489925500"], ["pipe", "ingest"]]
)
async def test_a_misspelt_field_ends_with_1_and_what_may_be_meant(command: list[str], log: str, tmp_path: Path) -> None:
    for source, stdin in ((log, b""), ("-", LINES)):
        for by, meant in (("statsu", "status"), ("req.methd", "req.method"), ("STATUS", "status")):
            tokens = (*command, source, "--time", "t", "--by", by)
            code, _, err = await run(*tokens, stdin=stdin, state=tmp_path / f"{by}{source == '-'}")
            last = err.splitlines()[-1]
            assert code == 1
            assert "none of the 200 messages read is an event" in last
            assert f"{by}: expected a category, got a message without this field" in last
            assert f"did you mean {meant}?" in last
            assert "Traceback" not in err
    path = tmp_path / "log.csv"
    path.write_bytes(CSV)
    code, _, err = await run(*command, str(path), "--time", "t", "--by", "stats", state=tmp_path / "csv")
    assert (code, "did you mean Status? found: t, Status" in err) == (1, True)


async def test_a_live_pipe_is_told_within_100_messages(tmp_path: Path) -> None:
    tokens = (PROGRAM, "watch", "-", "--time", "t", "--by", "statsu", "--no-web", "--no-store")
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*tokens, stdin=pipe, stderr=pipe)
    assert process.stdin
    assert process.stderr
    process.stdin.writelines(LINES.splitlines(keepends=True)[:100])
    line = b""
    while b"None of the first 100 messages has the field statsu (--by); did you mean status?" not in line:
        line = await asyncio.wait_for(process.stderr.readline(), 30)
        assert line
    process.stdin.close()
    await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 1


@pytest.mark.parametrize(
    "command", slow_after_first(["summary"], ["backtest"], ["watch", "--no-web"], ["pipe", "ingest"])
)
async def test_what_is_empty_or_left_out_ends_with_0_and_says_so(command: list[str], log: str, tmp_path: Path) -> None:
    code, _, err = await run(*command, "-", "--time", "t", state=tmp_path / "empty")
    assert (code, "the input is empty: no message was read" in err) == (0, True)
    tokens = (*command, log, "--time", "t", "--where", "statsu=ok")
    code, _, err = await run(*tokens, state=tmp_path / "left out")
    assert (code, "--where left out all 200 messages" in err, "did you mean status?" in err) == (0, True, True)


async def test_a_start_that_finds_nothing_new_ends_with_0_and_says_so(log: str, tmp_path: Path) -> None:
    for is_again in (False, True):
        code, _, err = await run("watch", log, "--time", "t", "--no-web", state=tmp_path)
        assert (code, "nothing new: the 200 messages were read before" in err) == (0, is_again)


async def test_a_broken_file_of_which_nothing_can_be_read_ends_with_1(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl.gz"
    path.write_bytes(b"\x1f\x8b\x08\x00broken")
    code, _, err = await run("summary", str(path), "--time", "t")
    assert (code, "rarebird: " in err) == (1, True)


async def test_a_stage_that_can_read_none_of_its_lines_ends_with_1() -> None:
    code, _, err = await run("pipe", "gaps", stdin=b"nonsense\n" * 3)
    assert (code, "each one event, and found none" in err) == (1, True)
    code, _, err = await run("pipe", "gaps", stdin=b'{"time":"2020-01-01","category":"a"}\nnonsense\n')
    assert code == 0


async def test_missing_takes_only_what_it_knows(log: str) -> None:
    code, _, err = await run("summary", log, "--missing", "nun")
    assert (code, "--missing: expected one of none, malformed, got 'nun'" in err) == (2, True)
    code, out, _ = await run("summary", log, "--time", "t", "--by", "x", "--missing", "none", "--json")
    assert (code, json.loads(out)["histogram"]) == (0, {"(none)": 1.0})
