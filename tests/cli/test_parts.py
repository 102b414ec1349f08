"""A stream in parts, each followed by a process of its own, as a user meets it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.campaign.parts import split
from tests.cli.program import run, running
from tests.cli.test_restart import kept_by
from tests.store.places import serving

pytestmark = pytest.mark.anyio


async def test_the_parts_of_a_recording_are_the_recording(rsvps: Path, tmp_path: Path) -> None:
    whole = tmp_path / rsvps.name
    whole.write_bytes(rsvps.read_bytes())
    files = split(whole, 3)
    _, summary, _ = await run("summary", str(whole), "--preset", "meetup", "--json")
    with serving(tmp_path) as server:
        at = ("--store", server.url, "--name", "rsvps")
        tokens = ("--preset", "meetup", *at)
        for _ in range(2):
            ran = await asyncio.gather(
                *(run("watch", str(file), *tokens, "--part", f"{n}/3") for n, file in enumerate(files, 1))
            )
            assert [code for code, _, _ in ran] == [0, 0, 0]
            code, out, _ = await run("status", "--store", server.url, "--json")
            counted, shown = json.loads(summary), json.loads(out)
            assert (code, {key: shown[key] for key in counted}) == (0, counted)
            assert shown["set_aside"] == []
        async with running("api", *at, "--port", "0") as api:
            snapshot = await kept_by(api, json.loads(summary)["kept"])
            assert (snapshot["name"], snapshot["counters"]["read"]) == ("rsvps", json.loads(summary)["read"])
        code, _, err = await run("watch", str(files[0]), *tokens, "--part", "1/2")
        assert (code, "found one in 3" in err) == (1, True)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--part", "4/3"), "--part: expected NUMBER/COUNT such as 1/3"),
        (("--part", "1/3", "--store", "sqlite:///a.db"), "--part: expected --store redis://"),
        (("--part", "1/3", "--no-store"), "--part: expected --store redis://"),
        (("--part", "1/3", "--store", "redis://127.0.0.1"), "--part: expected --name"),
        (("--part", "1/3", "--store", "redis://127.0.0.1", "--name", "a", "--fresh"), "--fresh: expected no --part"),
        (("--part", "1/3", "--store", "redis://127.0.0.1", "--name", "a", "--hold", "soon"), "--hold: "),
        (
            ("--part", "1/3", "--store", "redis://127.0.0.1", "--name", "a", "--hold", "1ms"),
            "--hold: expected at least",
        ),
    ],
)
async def test_what_a_part_needs_is_told(options: tuple[str, ...], told: str) -> None:
    code, _, err = await run("watch", "-", *options)
    assert (code, told in err) == (2, True)
