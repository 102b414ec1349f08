"""The real program where the system gives it little, and where others ask much of it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from tests.cli.program import run, running
from tests.source.doubles import messages, served, streamed

pytestmark = pytest.mark.anyio


async def endless(request: web.Request) -> web.StreamResponse:
    """A stream of a hundred messages that stays open."""
    response = await streamed(request, messages(100))
    await asyncio.Event().wait()
    return response


async def test_a_watch_with_few_descriptors_and_many_idle_connections_goes_on_and_says_little() -> None:
    async with (
        served(endless) as url,
        running("watch", url, "--port", "0", "--time", "t", "--by", "c", shell="ulimit -n 100") as watch,
    ):
        port = urlsplit(watch.site).port or 0
        others = [await asyncio.open_connection("127.0.0.1", port) for _ in range(150)]
        for _ in range(20):
            assert (await watch.get("/rate"))["count"] >= 0
        for _, writer in others:
            writer.close()
        code, said = await watch.end()
    assert ("Traceback" in said, code) == (False, 0), said
    assert len(said.splitlines()) < 20


LINES = b"".join(b'{"t":%d,"c":"a"}\n' % (1_700_000_000 + second) for second in range(60))
SUMMARY = ("summary", "-", "--time", "t", "--by", "c")


@pytest.mark.parametrize("shell", ["exec >/dev/full", "exec >&-"])
@pytest.mark.parametrize(
    "words", [SUMMARY, (*SUMMARY, "--json"), ("backtest", *SUMMARY[1:]), ("--help",), ("--version",)]
)
async def test_a_command_that_cannot_write_what_was_asked_for_says_so_in_one_line(
    shell: str, words: tuple[str, ...]
) -> None:
    code, _, err = await run(*words, stdin=LINES, shell=shell)
    assert (code, len(err.splitlines())) == (1, 1), err
    assert "rarebird: " in err


@pytest.mark.parametrize("shell", ["exec 2>/dev/full", "exec 2>&-", "exec 0<&- 2>&-"])
async def test_what_people_are_told_may_be_lost_and_nothing_else_is(shell: str, tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_bytes(LINES)
    code, out, _ = await run("summary", str(path), *SUMMARY[2:], "--json", shell=shell)
    assert (code, json.loads(out)["kept"]) == (0, 60)
    store = f"sqlite:///{tmp_path}/watch.db"
    code, _, _ = await run("watch", str(path), *SUMMARY[2:], "--no-web", "--store", store, shell=shell)
    assert code == 0
    code, out, _ = await run("status", "--store", store, "--json")
    assert (code, json.loads(out)["kept"]) == (0, 60)


async def test_what_a_server_says_reaches_no_terminal_as_it_is() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 \x1b]0;owned\x07\x1b[2J\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        code, out, err = await run("watch", f"http://127.0.0.1:{port}/", "--no-web", "--no-store")
    assert (code, "\x1b" in out + err, "\x07" in err) == (1, False, False)
    assert "owned" in err or "no HTTP" in err


async def test_a_category_that_acts_on_a_terminal_is_shown_in_letters() -> None:
    line = b'{"t":1700000000,"c":"\\u001b[31mred\\u202e\\u009b"}\n'
    code, out, _ = await run(*SUMMARY, stdin=line)
    assert (code, r"\x1b[31mred\u202e\x9b" in out) == (0, True)
    assert not set(out) & set("\x1b\u202e\x9b")
