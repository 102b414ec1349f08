"""What a webhook and Alertmanager get, what they may answer, and that docs/webhook.md says so."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.errors import ConfigError
from rarebird.incident.telling import Nouns
from rarebird.model.incident import Incident
from rarebird.notify.alertmanager import Alertmanager, alert, alertmanager
from rarebird.notify.contract import About, Notice, Notifier, Undelivered
from rarebird.notify.webhook import Told, Webhook, message, webhook
from tests.notify.local import Answer
from tests.notify.receiver import PATH, receiver

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "webhook.md").read_text(encoding="utf-8")
NOTICE = Notice(1_489_925_470_960_000, "Something.", "a key")
KEY = "a-key-that-nobody-may-see"
FAULTS: list[tuple[Answer, About, float | None, str]] = [
    ((429, {"Retry-After": "7"}), "attempt", 7.0, "asked to send less"),
    ((503, {"Retry-After": "9"}), "attempt", 9.0, "answered 503"),
    ((503, {"Retry-After": "soon"}), "attempt", None, "answered 503"),
    (500, "attempt", None, "answered 500"),
    (408, "attempt", None, "answered 408"),
    (400, "notification", None, "answered 400"),
    (404, "channel", None, "check its address"),
    ((302, {"Location": "http://127.0.0.1:1/elsewhere"}), "channel", None, "answered 302"),
    ("reset", "attempt", None, "could not be reached"),
    ("stall", "attempt", None, "no answer within 1 s; it may have taken the message"),
]
NAMES = st.text(st.characters(), max_size=300) | st.sampled_from(
    ["<!channel>", "a\nb", "\x1b[2J", "\u202eabc", "x" * 10_000, "", "\ud800", '"}],"labels":{"x":"', "{{ .x }}"]
)


def an_incident(category: str | None = "ME", ended: int | None = None) -> Incident:
    return Incident(
        id=7, kind="mix", direction="up", family="surge", category=category, began=60_000_000, detected=240_000_000,
        ended=ended, lasting=False, score=1.2, budget_share=0.2, chance_per_week=0.3, events=24, expected=2.0, low=0.0,
        high=4.8, whole=0.0, contributions=(),
    )  # fmt: skip


def a_service(kind: str, url: str) -> Notifier:
    return Webhook(url, KEY, answer_s=1) if kind == "webhook" else Alertmanager(url, answer_s=1)


@pytest.mark.anyio
@pytest.mark.parametrize("kind", ["webhook", "alertmanager"])
@pytest.mark.parametrize(("answer", "about", "after", "told"), FAULTS, ids=[str(fault[0]) for fault in FAULTS])
async def test_a_fault_says_what_it_is_about(
    kind: str, answer: Answer, about: About, after: float | None, told: str
) -> None:
    async with receiver(answer) as double:
        with pytest.raises(Undelivered) as raised:
            await a_service(kind, double.url).send([NOTICE])
    assert (raised.value.about, raised.value.after_s) == (about, after)
    assert told in str(raised.value)
    assert len(double.asked) == 1, "a notifier never tries again by itself, nor goes elsewhere"
    assert KEY not in str(raised.value)
    assert kind == "alertmanager" or PATH not in str(raised.value)


@pytest.mark.anyio
async def test_where_nobody_listens_that_is_said_without_the_address() -> None:
    async with receiver() as double:
        url = double.url
    with pytest.raises(Undelivered) as raised:
        await Webhook(url).send([NOTICE])
    assert raised.value.about == "attempt"
    assert PATH not in str(raised.value)


@pytest.mark.anyio
async def test_a_password_in_an_address_stands_in_no_error() -> None:
    async with receiver(400) as double:
        with pytest.raises(Undelivered) as raised:
            await Alertmanager(double.url.replace("127.0.0.1", "me:hidden@127.0.0.1")).send([NOTICE])
    assert "hidden" not in str(raised.value)
    assert "Authorization" in double.asked[0][1]


@pytest.mark.anyio
@given(NAMES, NAMES, st.integers(0, 2_000_000_000))
async def test_the_documented_check_takes_what_is_sent_and_nothing_else(text: str, secret: str, now: int) -> None:
    checks: dict[str, Any] = {}
    exec(re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)[0], checks)
    genuine, key = checks["is_genuine"], "k" + secret.encode(errors="replace").decode()
    async with receiver() as double:
        await Webhook(double.url, key, clock=lambda: now + 0.5).send([Notice(5, text, text)])
    ((_, headers, body),) = double.asked
    assert genuine(key, headers, body, now + 300)
    assert not genuine(key, headers, body, now + 302)
    assert not genuine(key + "x", headers, body, now)
    assert not genuine(key, headers, body + b" ", now)
    assert not genuine(key, headers | {"X-Rarebird-Timestamp": str(now + 1)}, body, now)


@pytest.mark.anyio
async def test_without_a_key_nothing_is_signed() -> None:
    async with receiver() as double:
        await Webhook(double.url).send([NOTICE])
    assert not [name for name in double.asked[0][1] if name.startswith("X-Rarebird")]


@given(NAMES, NAMES)
def test_the_same_notice_has_the_same_id_and_another_one_another(text: str, key: str) -> None:
    notice = Notice(5, text, key.encode(errors="replace").decode())
    assert message(notice).id == message(notice).id
    others = [Notice(6, text, notice.key), Notice(5, text + "!", notice.key), Notice(5, text, notice.key + "!")]
    assert len({message(each).id for each in [notice, *others]}) == 4


@pytest.mark.anyio
async def test_what_is_posted_has_the_documented_form() -> None:
    incident = an_incident()
    async with receiver() as double:
        await Webhook(double.url).send([msgspec.structs.replace(NOTICE, incident=incident)])
    told = msgspec.json.decode(double.asked[0][2], type=Told)
    assert (told.version, told.time, told.text) == (1, "2017-03-19T12:11:10.960000Z", "Something.")
    assert told.incident == incident
    shown = json.loads(re.findall(r"The schema:\n\n```json\n(.*?)```", DOCS, re.DOTALL)[0])
    assert shown == json.loads(msgspec.json.encode(msgspec.json.schema(Told)))


@pytest.mark.anyio
@given(NAMES, NAMES, NAMES)
async def test_names_from_the_stream_are_values_of_labels_alone(category: str, noun: str, text: str) -> None:
    incident = an_incident(category)
    async with receiver() as double:
        await Alertmanager(double.url + "/").send([Notice(5, text, text, incident, Nouns(noun)), Notice(6, text, text)])
    ((path, _, body),) = double.asked
    assert path == f"{PATH}/api/v2/alerts"
    first, second = json.loads(body)
    assert set(first) == set(second) == {"labels", "annotations", "startsAt", "endsAt"}
    assert {"alertname", "kind", "direction", "family"} <= set(first["labels"])
    assert set(first["labels"]) <= {"alertname", "events", "kind", "direction", "family", "category"}
    assert set(second["labels"]) <= {"alertname", "about"}
    values = [*first["labels"].values(), *second["labels"].values()]
    assert all(value and value.isprintable() and len(value) <= 200 for value in values)


def test_an_incident_is_one_alert_from_its_beginning_to_its_end() -> None:
    begins, ends = (alert(Notice(5, "x", incident=an_incident(ended=ended))) for ended in (None, 600_000_000))
    assert begins["labels"] == ends["labels"]
    assert (begins["startsAt"], begins["endsAt"]) == ("1970-01-01T00:01:00.000000Z", "1970-01-02T00:04:00.000000Z")
    assert (ends["startsAt"], ends["endsAt"]) == ("1970-01-01T00:01:00.000000Z", "1970-01-01T00:10:00.000000Z")
    assert alert(Notice(0, "x"))["endsAt"] == "1970-01-01T00:05:00.000000Z"


def test_addresses_and_keys_come_from_the_environment_or_from_files(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("https://example.org/x\n")
    webhook({"RAREBIRD_WEBHOOK_URL_FILE": str(file), "RAREBIRD_WEBHOOK_SECRET_FILE": str(file)})
    alertmanager({"RAREBIRD_ALERTMANAGER_URL": "http://alertmanager:9093"})
    with pytest.raises(ConfigError, match="RAREBIRD_WEBHOOK_URL, or in a file named by RAREBIRD_WEBHOOK_URL_FILE"):
        webhook({})
    with pytest.raises(ConfigError, match="RAREBIRD_ALERTMANAGER_URL, or in a file"):
        alertmanager({"RAREBIRD_ALERTMANAGER_URL": " "})
    with pytest.raises(ConfigError, match="RAREBIRD_WEBHOOK_SECRET_FILE: expected a file that can be read"):
        webhook({"RAREBIRD_WEBHOOK_URL": "https://x", "RAREBIRD_WEBHOOK_SECRET_FILE": str(tmp_path / "none")})


@pytest.mark.parametrize(
    "url", ["example.org/secret", "http://me:secret@example.org", "http:///secret", "ftp://secret"]
)
def test_an_address_that_a_secret_may_not_be_sent_to_is_refused_and_not_shown(url: str) -> None:
    for kind in ("webhook", "alertmanager"):
        with pytest.raises(ConfigError) as raised:
            a_service(kind, url)
        assert "secret" not in str(raised.value)
