"""The program killed and started again, as a user meets it."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path
from typing import Any

import pytest

from rarebird.model import instant
from rarebird.model.instant import SECOND
from tests.cli.program import Running, run, running
from tests.cli.test_recording import plain_count, served, without_surprisal

pytestmark = pytest.mark.anyio


async def kept_by(watch: Running, least: int) -> dict[str, Any]:
    """The first snapshot of a watch that is kept in a store and holds so many events."""
    async for snapshot in watch.snapshots():
        if snapshot["store"] and snapshot["counters"]["kept"] >= least:
            return snapshot
    raise AssertionError("the feed has ended")


@pytest.mark.parametrize("scheme", ["http", "ws"])
async def test_a_watch_on_meetup_that_is_killed_goes_on_and_keeps_every_event_once(
    recording: str, tmp_path: Path, scheme: str
) -> None:
    truth = plain_count(Path(recording).read_bytes())
    async with served(recording, scheme, close=False) as url:
        tokens = ("watch", url, "--preset", "meetup", "--port", "0")
        for _ in range(2):
            async with running(*tokens, state=tmp_path) as watch:
                await kept_by(watch, 1)
                watch.process.send_signal(signal.SIGKILL)
                await watch.process.wait()
        async with running(*tokens, state=tmp_path) as watch:
            snapshot = await kept_by(watch, truth["kept"])
            await watch.end()
    # Of a message that came late the server sends, after a restart, only the repetition, which may be in time.
    assert 0 <= snapshot["counters"]["kept"] - truth["kept"] <= truth["late"] - snapshot["counters"]["late"]
    assert snapshot["missed"] == []


async def test_what_a_store_holds_is_said_as_a_summary_and_copied(recording: str, tmp_path: Path) -> None:
    truth = plain_count(Path(recording).read_bytes())
    closed = instant.text(instant.parse(truth["last"]) // SECOND * SECOND - 5 * SECOND)
    _, summary, _ = await run("summary", recording, "--preset", "meetup", "--json")
    for going_on in (False, True):
        code, _, err = await run("watch", recording, "--preset", "meetup", "--no-web", state=tmp_path)
        assert (code, f"{truth['read']:,} messages read" in err) == (0, True)
        assert (f"Going on from {closed[:10]} {closed[11:19]} UTC, as kept in sqlite:///" in err) is going_on
    code, out, err = await run("status", "--json", state=tmp_path)
    counted, standing = json.loads(summary), json.loads(out)
    assert (code, {key: standing[key] for key in counted}, err) == (0, counted, "")
    assert standing["store"] == f"sqlite:///{tmp_path / 'rarebird' / 'rarebird.db'}"
    assert instant.parse(standing["watermark"]) > instant.parse(truth["last"]) - 6 * SECOND
    assert (standing["health"]["status"], standing["waiting"], standing["set_aside"]) == ("ok", [], [])
    assert without_surprisal(summary) == truth
    code, out, _ = await run("status", state=tmp_path)
    assert re.search(rf"kept +{truth['kept']}\b", out)
    copy = tmp_path / "copy.db"
    assert (await run("backup", str(copy), state=tmp_path))[0] == 0
    code, out, _ = await run("status", "--store", f"sqlite:///{copy}", "--json")
    assert json.loads(out) == standing | {"store": f"sqlite:///{copy}"}
    code, _, err = await run("backup", str(copy), state=tmp_path)
    assert (code, "expected a new file" in err) == (1, True)


async def test_a_store_with_several_watches_asks_which(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"t": 1489925470, "c": "a"}\n')
    for name in ("one", "other"):
        code, _, _ = await run("watch", str(path), "--time", "t", "--name", name, "--no-web", state=tmp_path)
        assert code == 0
    code, _, err = await run("status", state=tmp_path)
    assert (code, "--name" in err, "'one', 'other'" in err) == (2, True, True)
    code, out, _ = await run("status", "--name", "other", "--json", state=tmp_path)
    assert (code, json.loads(out)["read"]) == (0, 1)
    code, _, err = await run("status", "--name", "third", state=tmp_path)
    assert (code, "found 'one', 'other'" in err) == (1, True)


async def test_without_a_store_nothing_is_kept_and_none_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"t": 1489925470, "c": "a"}\n')
    code, _, _ = await run("watch", str(path), "--time", "t", "--no-store", "--no-web", state=tmp_path)
    await run("summary", str(path), "--time", "t", state=tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.jsonl"]
    code, _, err = await run("status", state=tmp_path)
    assert (code, "found no such file" in err) == (1, True)
    for tokens, told in (
        (("watch", str(path), "--time", "t", "--keep", "5m"), "--keep: expected at least 1h"),
        (("watch", str(path), "--time", "t", "--store", "x.db"), "did you mean sqlite:///x.db?"),
        (("backup", "x.db", "--store", "redis://127.0.0.1"), "BGSAVE"),
    ):
        code, _, err = await run(*tokens, state=tmp_path)
        assert (code, told in err) == (2, True)


async def test_a_pipe_that_is_cut_leaves_a_gap_that_is_shown(tmp_path: Path) -> None:
    first = b"".join(b'{"t": %d, "c": "a"}\n' % (1489925470 + at) for at in range(50))
    later = b"".join(b'{"t": %d, "c": "a"}\n' % (1489925970 + at) for at in range(50))
    told = [await run("watch", "-", "--time", "t", "--no-web", stdin=part, state=tmp_path) for part in (first, later)]
    assert [code for code, _, _ in told] == [0, 0]
    err = told[-1][2]
    assert "standard input did not send what came from 2017-03-19 12:11:54 to 12:19:54 UTC" in err
    assert "100 messages read: 100 kept" in err


async def test_the_page_of_a_watch_is_served_from_its_store_by_another_process(recording: str, tmp_path: Path) -> None:
    async with (
        served(recording, "http", close=False) as url,
        running("watch", url, "--preset", "meetup", "--port", "0", state=tmp_path) as watch,
    ):
        truth = plain_count(Path(recording).read_bytes())
        await kept_by(watch, truth["kept"])
        async with running("api", "--port", "0", state=tmp_path) as api:
            snapshot = await kept_by(api, truth["kept"])
            assert snapshot["counters"] == (await watch.get("/snapshot"))["snapshot"]["counters"]
            for question in ("/histogram", "/entropy", "/rate", "/probability?state=CA", "/history", "/moments"):
                assert await api.get(question) == await watch.get(question)
            code, _ = await api.end()
            assert code == 0
        code, _, err = await run("api", "--name", "none such", "--port", "0", state=tmp_path)
        assert (code, "expected the watch by that name" in err) == (1, True)


@pytest.mark.parametrize("options", [("--id", "n"), ()], ids=["id", "no id"])
async def test_a_pipe_that_is_replayed_from_its_start_brings_nothing_new(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    text = "".join(f'{{"t": {1489925470 + at // 2}, "n": {at}}}\n' for at in range(20_000)).encode()
    kept = []
    for start in range(2):
        tokens = ("watch", "-", "--time", "t", *options, "--name", "n", "--no-web")
        code, _, err = await run(*tokens, stdin=text, state=tmp_path)
        assert (code, "Failing" in err) == (0, False)
        assert not options or ("Nothing new since" in err) == (start == 1)
        _, out, _ = await run("status", "--json", state=tmp_path)
        counted = json.loads(out)
        kept.append(counted["kept"])
        assert (counted["late"], counted["future"]) == (0, 0)
    assert kept[0] == 20_000
    # Without an id the last seconds, which are still open, cannot be told from new events.
    assert kept[1] == kept[0] if options else kept[0] <= kept[1] <= kept[0] + 12


async def test_status_says_what_is_open_and_what_waits_since_when_and_why_while_a_watch_runs_and_after_it_died(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing listens at the discard port.
    monkeypatch.setenv("RAREBIRD_WEBHOOK_URL", "http://127.0.0.1:9/")
    path = tmp_path / "a.jsonl"
    path.write_text("".join(f'{{"t": {1489925470 + at}}}\n' for at in range(3_000) if not 2_000 < at < 2_700))
    tokens = ("watch", str(path), "--time", "t", "--name", "n", "--notify", "webhook", "--notify-past", "--port", "0")
    async with running(*tokens, state=tmp_path) as watch:
        while not (code_out := await run("status", "--json", state=tmp_path))[1].count('"count":'):
            assert code_out[0] in (0, 1)
        async for snapshot in watch.snapshots():
            if snapshot["finished"] and snapshot["channels"][0]["detail"]:
                break
        watch.process.kill()
        await watch.process.wait()
    _, out, _ = await run("status", "--json", state=tmp_path)
    told = json.loads(out)
    (waiting,) = told["waiting"]
    assert (waiting["channel"], waiting["count"] >= 2) == ("webhook", True)
    assert instant.parse(waiting["since"]) > instant.parse("2026-01-01")
    _, listed, _ = await run("incidents", "--json", state=tmp_path)
    still = [each["id"] for each in json.loads(listed) if each["ended"] is None]
    assert [each["id"] for each in told["open_incidents"]] == still
    _, out, _ = await run("status", state=tmp_path)
    assert re.search(rf"waiting to be sent +{waiting['count']}\n  webhook: {waiting['count']} since ", out)
    assert re.search(rf"open incidents +{len(still)}\n", out)
    assert f"{tmp_path / 'rarebird' / 'rarebird.db'}" in out
