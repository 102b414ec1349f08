"""`rarebird preview`: what it prints is what was sent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.program import run
from tests.notify.double import slack
from tests.notify.receiver import receiver

pytestmark = pytest.mark.anyio
SITE = "https://birds.example.org"


async def test_what_is_previewed_of_an_incident_that_is_over_is_what_every_channel_got_last(
    silence: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = ("--store", f"sqlite:///{tmp_path / 'watch.db'}", "--name", "rsvps <!channel>")
    ways = ("stdout", "slack", "webhook", "alertmanager")
    words = ["--mean-gap", "1000:0.05", "--mean-gap-move", "0", "--public-url", SITE, *kept]
    async with slack() as incoming, receiver() as posted, receiver() as alerts:
        monkeypatch.setenv("RAREBIRD_SLACK_WEBHOOK_URL", incoming.url)
        monkeypatch.setenv("RAREBIRD_WEBHOOK_URL", posted.url)
        monkeypatch.setenv("RAREBIRD_ALERTMANAGER_URL", alerts.url)
        notify = ["--notify-past", *(word for way in ways for word in ("--notify", way))]
        code, out, err = await run("watch", str(silence), "--preset", "meetup", "--no-web", *words, *notify)
    assert code == 0, err
    for variable in ("SLACK_WEBHOOK", "WEBHOOK", "ALERTMANAGER"):
        monkeypatch.delenv(f"RAREBIRD_{variable}_URL")
    linked = {
        "slack": [body for body in incoming.posted if SITE in json.dumps(body)],
        "webhook": [json.loads(body) for _, _, body in posted.asked if b'"phase":"resolved"' in body],
        "alertmanager": [[each] for _, _, body in alerts.asked for each in json.loads(body) if "generatorURL" in each],
    }
    wanted = {way: messages[-1] for way, messages in linked.items()}
    number = str(wanted["webhook"]["incident"]["id"])
    assert wanted["webhook"]["link"].startswith(f"{SITE}/incidents/{number}?token=")
    shown = {way: await run("preview", number, "--channel", way, "--public-url", SITE, *kept) for way in ways}
    assert {code for code, _, _ in shown.values()} == {0}
    assert shown["stdout"][1] == [line for line in out.splitlines(keepends=True) if SITE in line][-1]
    assert {way: json.loads(shown[way][1]) for way in wanted} == wanted
    code, out, err = await run("preview", number, "--channel", "apprise", *kept)
    assert (code, err, SITE in out) == (0, "", False)
    assert out.splitlines()[-1].endswith("UTC, rsvps <!channel>")


async def test_what_is_wrong_is_said_and_nothing_is_printed(silence: Path, tmp_path: Path) -> None:
    kept = ("--store", f"sqlite:///{tmp_path / 'watch.db'}")
    assert (await run("preview", "1", *kept))[0] == 1
    await run("watch", str(silence), "--preset", "meetup", "--no-web", *kept)
    for words, code, wanted in (
        (("1", "--channel", "slak"), 2, "did you mean slack?"),
        (("99",), 1, "incident 99 is not known in"),
        (("1", "--public-url", "birds"), 2, "--public-url: expected an address"),
    ):
        assert (got := await run("preview", *words, *kept))[:2] == (code, "")
        assert wanted in got[2]
