"""What Slack may answer, and where its address may come from. The address stands in no text."""

from __future__ import annotations

from pathlib import Path

import pytest

from rarebird.errors import ConfigError
from rarebird.notify.contract import About, Notice, Undelivered
from rarebird.notify.slack import VARIABLE, Slack, webhook_url
from tests.notify.double import SECRET, slack
from tests.notify.local import Answer

NOTICE = Notice(1_489_925_470_960_000, "Something.")
FAULTS: list[tuple[Answer, About, float | None, str]] = [
    ((429, {"Retry-After": "7"}), "attempt", 7.0, "asked to send less"),
    ((429, {"Retry-After": "soon"}), "attempt", None, "asked to send less"),
    (429, "attempt", None, "asked to send less"),
    (500, "attempt", None, "answered 500"),
    (503, "attempt", None, "answered 503"),
    (408, "attempt", None, "answered 408"),
    (404, "channel", None, "check that its webhook still exists"),
    (403, "channel", None, "check that its webhook still exists"),
    (400, "notification", None, "answered 400"),
    ("reset", "attempt", None, "could not be reached"),
    ("stall", "attempt", None, "no answer within 1 s; it may have taken the message"),
]


@pytest.mark.anyio
@pytest.mark.parametrize(("answer", "about", "after", "told"), FAULTS, ids=[str(fault[0]) for fault in FAULTS])
async def test_a_fault_says_what_it_is_about(answer: Answer, about: About, after: float | None, told: str) -> None:
    async with slack(answer) as double:
        with pytest.raises(Undelivered) as raised:
            await Slack(double.url, answer_s=1).send([NOTICE])
    assert (raised.value.about, raised.value.after_s) == (about, after)
    assert told in str(raised.value)
    assert len(double.bodies) == 1, "a notifier never tries again by itself"
    assert SECRET not in str(raised.value)


@pytest.mark.anyio
async def test_where_nobody_listens_that_is_said_without_the_address() -> None:
    async with slack() as double:
        url = double.url
    with pytest.raises(Undelivered) as raised:
        await Slack(url).send([NOTICE])
    assert raised.value.about == "attempt"
    assert SECRET not in str(raised.value)


def test_the_address_comes_from_the_environment_or_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("https://hooks.example.org/from-a-file\n")
    assert webhook_url({VARIABLE: " https://hooks.example.org/x "}) == "https://hooks.example.org/x"
    assert webhook_url({f"{VARIABLE}_FILE": str(file)}) == "https://hooks.example.org/from-a-file"
    assert webhook_url({VARIABLE: "https://a.org", f"{VARIABLE}_FILE": str(file)}) == "https://a.org"


def test_a_missing_address_is_asked_for_by_name(tmp_path: Path) -> None:
    empty = tmp_path / "url"
    empty.write_text("\n")
    for environment in ({}, {VARIABLE: ""}, {VARIABLE: " "}, {f"{VARIABLE}_FILE": str(empty)}):
        with pytest.raises(
            ConfigError, match=f"{VARIABLE}, in a file named by {VARIABLE}_FILE, or in a CONFIG_SLACK.py in this folder"
        ):
            webhook_url(environment)
    with pytest.raises(ConfigError, match="expected a file that can be read"):
        webhook_url({f"{VARIABLE}_FILE": str(tmp_path / "none")})


@pytest.mark.parametrize(
    "url",
    ["hooks.slack.com/secret", "http://example.org/secret", "https:///secret", "https://a b/secret", "ftp://x/secret"],
)
def test_an_address_that_a_secret_may_not_be_sent_to_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ConfigError) as raised:
        Slack(url)
    assert "secret" not in str(raised.value)
    assert VARIABLE in str(raised.value)
