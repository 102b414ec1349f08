"""The real program where the system gives it little, and where others ask much of it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from urllib.parse import urlsplit

import apsw
import pytest
from aiohttp import web

from rarebird.source.compressed import _zstd
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


NESTED = b'{"x":' + b"[" * 1_200 + b'\n{"x":' + b'{"a":' * 1_200 + b"\n"
FAR = b'{"time":"9999-12-31T23:59:59Z","category":"a","gap_s":1,"count":1,"text":"a"}\n' * 2
STAGES = ("gaps", "insert-gaps", "insert-distribution", "detect", "unusual", "push stdout")


@pytest.mark.parametrize("stage", STAGES)
async def test_a_stage_counts_what_no_calendar_and_no_stack_holds_as_malformed(stage: str, tmp_path: Path) -> None:
    store = () if stage in {"gaps", "detect", "push stdout"} else ("--store", f"sqlite:///{tmp_path}/a.db")
    if stage == "unusual":
        await run("pipe", "insert-distribution", *store, stdin=b'{"time":"2026-01-01T00:00:00Z","category":"a"}\n')
    for lines in (NESTED, FAR):
        code, out, err = await run("pipe", *stage.split(), *store, stdin=lines)
        assert (code, out, "Traceback" in err) == (1, "", False), err
        assert "2 of 2 lines are no" in err


@pytest.mark.parametrize("words", ["pipe ingest -", "summary -", "backtest -", "watch - --no-web --no-store"])
async def test_so_does_every_other_reader(words: str) -> None:
    code, _, err = await run(*words.split(), "--time", "time", "--by", "category", stdin=NESTED + FAR)
    assert ("Traceback" in err, code) == (False, 1), err


@pytest.mark.parametrize(
    "words",
    [
        ("watch", "n" * 300), ("summary", "n" * 300), ("status", "--store", "sqlite:///" + "n" * 300),
        ("status", "--store", "sqlite:///"), ("backup", "n" * 300), ("score", "n" * 300, "--truth", "n"),
        ("watch", "/dev/null", "--store", "sqlite:///" + "n" * 300), ("watch", "sqlite:///"),
    ],
)  # fmt: skip
async def test_a_name_that_no_disk_takes_is_an_error_in_words(words: tuple[str, ...]) -> None:
    code, _, err = await run(*words)
    assert (code in {1, 2}, "Traceback" in err, "rarebird: " in err) == (True, False, True), err


@pytest.mark.parametrize("words", ["summary", "backtest", "watch --no-web --no-store"])
async def test_a_file_with_a_window_that_is_too_large_is_not_called_broken(words: str, tmp_path: Path) -> None:
    zstd = _zstd()
    options = {zstd.CompressionParameter.window_log: 30, zstd.CompressionParameter.compression_level: 1}
    packer = zstd.ZstdCompressor(options=options)
    path = tmp_path / "lines.jsonl.zst"
    path.write_bytes(packer.compress(LINES) + packer.flush())
    code, _, err = await run(*words.split(), str(path), "--time", "t", "--by", "c")
    assert (code, "compress it without --long" in err, "broken" in err) == (1, True, False), err


async def test_a_store_whose_checkpoint_is_damaged_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_bytes(LINES)
    words = ("watch", str(path), *SUMMARY[2:], "--no-web", "--store", f"sqlite:///{tmp_path}/watch.db")
    assert (await run(*words))[0] == 0
    connection = apsw.Connection(str(tmp_path / "watch.db"))
    (whole,) = connection.execute("SELECT body FROM checkpoint").fetchone() or (b"",)
    for damaged in (b"", b"\x00" * 10, whole[: len(whole) // 2], whole[:100] + b"\xff" * 50 + whole[150:], whole[::-1]):
        connection.execute("UPDATE checkpoint SET body = ?", (damaged,))
        for command in (words, ("api", "--store", words[-1], "--port", "0"), ("forget", "--store", words[-1])):
            code, _, err = await run(*command)
            if code or "Traceback" in err:
                assert (code in {1, 2}, "Traceback" in err) == (True, False), (command, err)
        code, _, err = await run(*words)
        assert (code, "Traceback" in err, "backup" in err) == (1, False, True), err
    connection.close()


@pytest.mark.slow
async def test_a_question_is_answered_while_hundreds_listen_or_only_pretend_to() -> None:
    async with served(endless) as url, running("watch", url, "--port", "0", "--time", "t", "--by", "c") as watch:
        port = urlsplit(watch.site).port or 0

        async def opened(sent: bytes) -> asyncio.StreamWriter:
            _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
            writer.write(sent)
            return writer

        feed = b"GET /feed HTTP/1.1\r\nHost: localhost\r\n\r\n"
        # None of them is read on this side beyond the buffers of the system.
        others = [await opened(feed) for _ in range(500)]
        loop = asyncio.get_running_loop()
        took = []
        for _ in range(20):
            others += await asyncio.gather(*[opened(b"GET /rate HTTP/1.1\r\nHost: lo") for _ in range(100)])
            begun = loop.time()
            assert (await watch.get("/rate"))["count"] >= 0
            took.append(loop.time() - begun)
        for writer in others:
            writer.transport.abort()
        code, said = await watch.end()
    assert ("Traceback" in said, code) == (False, 0), said
    # Most of it is this process, which opens a hundred connections meanwhile.
    assert sorted(took)[len(took) // 2] < 0.1, took
