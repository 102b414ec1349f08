"""What goes through the real Apprise, to a local receiver and to a local mailbox."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.errors import ConfigError
from rarebird.notify.apprise import AppriseServices, apprise_of, message
from rarebird.notify.contract import Notice, Undelivered
from tests.notify.local import Lie
from tests.notify.mailbox import mailbox
from tests.notify.receiver import PATH, receiver
from tests.notify.test_posted import an_incident

SECRET = "a-word-that-nobody-may-see"
NAMES = st.text(st.characters(), max_size=400) | st.sampled_from(
    ["<!channel>", "<https://a|b>", "<b>&lt;</b>", "a\r\nBcc: x@y.org", "\x1b[2J", "\u202eabc", "\ud800", "x" * 10_000,
     "*_`[a](b)", "\\n :smile: ${HOME} {{ x }}", "@everyone", "", ". . ."]
)  # fmt: skip
GROUPS = st.lists(st.builds(Notice, st.integers(0, 2_000_000_000_000_000), NAMES), min_size=1, max_size=20)


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Apprise waits some seconds between two messages to a service."""
    monkeypatch.setattr("apprise.plugins.base.NotifyBase.request_rate_per_sec", 0)


def json_of(url: str) -> str:
    return url.replace("http://", "json://")


def joined(text: str) -> str:
    return "".join(text.split())


@pytest.mark.anyio
@given(GROUPS, NAMES)
async def test_whatever_a_notice_holds_it_is_plain_text_in_its_line(group: list[Notice], watch: str) -> None:
    async with receiver() as double:
        await AppriseServices([json_of(double.url)], watch).send(group)
    ((_, _, raw),) = double.asked
    body = json.loads(raw)
    title, text = message(group, watch)
    assert (body["title"].strip(), body["message"].strip()) == (title.strip(), text.strip())
    assert all(sign.isprintable() or sign == "\n" for sign in title + text)
    assert len(text.splitlines()) == (len(group) if len(group) > 1 else 1 + (text.count("\n") > 0))
    assert "\n" not in title


@pytest.mark.anyio
@given(NAMES, NAMES)
async def test_a_mail_is_plain_text_and_has_the_headers_that_it_should(text: str, watch: str) -> None:
    async with mailbox() as box:
        await AppriseServices([box.url], watch).send([Notice(0, text)])
    (mail,) = box.mails
    title, body = message([Notice(0, text)], watch)
    assert mail.get_content_type() == "text/plain"
    assert joined(mail.get_content()) == joined(body)
    assert joined(mail["Subject"]) == joined(title)
    assert (mail["To"], mail["Bcc"]) == ("someone@example.org", None)


@pytest.mark.anyio
async def test_a_mail_reads_as_docs_say() -> None:
    told = "RSVPs from Maine came 12 times as often as expected: 24 instead of 2 (0 to 4.8) in 4 min. Chance does so."
    async with mailbox() as box:
        await AppriseServices([box.url], "Meetup RSVPs").send([Notice(1_489_925_470_960_000, told)])
    (mail,) = box.mails
    assert mail["From"] == "rarebird@example.org"
    assert mail["Subject"] == told.partition(". ")[0] + "."
    assert mail.get_content().splitlines() == ["Chance does so.", "2017-03-19 12:11:10 UTC, Meetup RSVPs"]


@pytest.mark.anyio
async def test_the_end_of_an_incident_looks_otherwise_than_its_beginning() -> None:
    async with receiver() as double:
        services = AppriseServices([json_of(double.url)])
        for ended in (None, 600_000_000):
            await services.send([Notice(5, "x", incident=an_incident(ended=ended))])
        await services.send([Notice(5, "x")])
    assert [json.loads(body)["type"] for _, _, body in double.asked] == ["warning", "success", "info"]


@pytest.mark.anyio
@pytest.mark.parametrize("answer", [404, 429, 500, 302, "reset"])
async def test_what_is_not_taken_is_undelivered_and_goes_again_only_to_those_that_have_not_taken_it(
    answer: int | str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    async with receiver(answer) as double, mailbox() as box:  # type: ignore[arg-type]
        url = json_of(double.url).replace("json://", f"json://me:{SECRET}@")
        services = AppriseServices([box.url, url])
        with pytest.raises(Undelivered) as raised:
            await services.send([Notice(5, "x")])
        assert raised.value.about == "unknown"
        assert str(raised.value).startswith("JSON did not take a message from Apprise")
        await services.send([Notice(5, "x")])
        await services.send([Notice(6, "x")])
    assert (len(double.asked), len(box.mails)) == (3, 2)
    everything = str(raised.value) + caplog.text + "".join(capfd.readouterr())
    assert SECRET not in everything
    assert PATH not in everything


@pytest.mark.anyio
async def test_a_mail_that_is_refused_is_undelivered() -> None:
    async with mailbox("550 no") as box:
        services = AppriseServices([box.url])
        with pytest.raises(Undelivered, match="E-Mail did not take"):
            await services.send([Notice(5, "x")])
        await services.send([Notice(5, "x")])
    assert len(box.mails) == 1


def test_addresses_come_from_the_environment_or_from_a_file_a_line_each(tmp_path: Path) -> None:
    file = tmp_path / "urls"
    file.write_text("# people\njson://localhost/a\n\n  mailto://localhost?from=a@b.org&to=c@d.org,e@f.org  \n")
    apprise_of({"RAREBIRD_APPRISE_URL_FILE": str(file)}, "w")
    apprise_of({"RAREBIRD_APPRISE_URL": "json://localhost/a\njson://localhost/b"}, "w")
    with pytest.raises(ConfigError, match="RAREBIRD_APPRISE_URL, or in a file named by RAREBIRD_APPRISE_URL_FILE"):
        apprise_of({"RAREBIRD_APPRISE_URL": "\n# none\n"}, "w")


@pytest.mark.parametrize("wrong", [f"{SECRET}", f"no://{SECRET}", f"tgram://{SECRET}", f"mailto://{SECRET}", "://"])
def test_an_address_that_is_none_is_named_by_its_number_and_not_shown(
    wrong: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ConfigError, match="number 2 is none") as raised:
        AppriseServices(["json://localhost/a", wrong])
    assert SECRET not in str(raised.value) + "".join(capfd.readouterr())


def test_where_apprise_is_missing_the_error_says_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ConfigError, match=r"pip install 'rarebird\[apprise\]'"):
        AppriseServices(["json://localhost/a"])


@pytest.mark.anyio
@pytest.mark.parametrize("lie", ["cut", "drip", "endless", "stall"])
async def test_an_answer_that_breaks_off_or_never_ends_is_undelivered_in_bounded_time(lie: Lie) -> None:
    async with receiver(lie) as double:
        with pytest.raises(Undelivered) as raised:
            await AppriseServices([json_of(double.url)], answer_s=0.5).send([Notice(5, "x")])
    assert (raised.value.about, raised.value.in_doubt) == ("unknown", True)
