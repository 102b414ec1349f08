"""Messages as alerts of Prometheus Alertmanager, by its API v2; docs/webhook.md says how they look there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from rarebird.errors import ConfigError
from rarebird.model import instant
from rarebird.model.incident import Incident
from rarebird.notify.contract import Notice, one_line
from rarebird.notify.post import Address
from rarebird.notify.secret import checked, given

VARIABLE: Final = "RAREBIRD_ALERTMANAGER_URL"
OPEN: Final = 24 * 3600 * instant.SECOND
"""How long after it was told, or told to go on, an incident stays an alert of which nobody says the end, µs."""
BRIEF: Final = 300 * instant.SECOND
"""How long what is no incident is an alert, µs."""
_LABEL: Final = 200
_SUMMARY: Final = 2_000


class Alertmanager:
    """An Alertmanager, for what a watch tells. Nothing is tried again here."""

    name = "Alertmanager"
    edits = True
    records = False
    most = 64
    pause_s = 1.0

    def __init__(self, url: str, watch: str = "", *, answer_s: float = 30) -> None:
        self._watch = watch
        whole = checked(url, VARIABLE, plain=True).rstrip("/") + "/api/v2/alerts"
        self._address = Address(self.name, whole, answer_s=answer_s, shown="@" not in urlsplit(url).netloc)

    async def send(self, group: Sequence[Notice]) -> None:
        """Posts the alerts of a group. Raises Undelivered."""
        body = msgspec.json.encode([alert(notice, self._watch) for notice in group])
        await self._address.post(body, {})


def alertmanager(environment: Mapping[str, str], watch: str = "") -> Alertmanager:
    """The Alertmanager that the environment, or the file that it names, tells of. Raises ConfigError."""
    url = given(environment, VARIABLE)
    if not url:
        raise ConfigError(
            f"expected the address of an Alertmanager in {VARIABLE}, or in a file named by {VARIABLE}_FILE, "
            "got neither; for instance http://localhost:9093"
        )
    return Alertmanager(url, watch)


def alert(notice: Notice, watch: str = "") -> dict[str, Any]:
    """A notice as the API takes it. What comes from the stream stands in values alone, never in names of labels.

    >>> alert(Notice(0, "Something.", "a"), "rsvps")["labels"]
    {'alertname': 'RarebirdNews', 'about': 'a', 'watch': 'rsvps'}
    """
    incident = notice.incident
    if incident is None:
        labels = {"alertname": "RarebirdNews", "about": one_line(notice.key, _LABEL)}
        begun, over = notice.time, notice.time + BRIEF
    else:
        labels = _labels(incident, notice.nouns.noun)
        begun = incident.began
        over = max(notice.time, incident.detected) + OPEN if incident.ended is None else incident.ended
    labels["watch"] = one_line(watch, _LABEL)
    told = {
        "labels": {name: value for name, value in labels.items() if value},
        "annotations": {"summary": one_line(notice.text, _SUMMARY)},
        "startsAt": instant.text(begun),
        "endsAt": instant.text(min(max(begun, over), instant.LATEST)),
    }
    return told | {"generatorURL": notice.link} if notice.link else told


def _labels(incident: Incident, noun: str) -> dict[str, str]:
    """The same as it begins and as it is over: by its labels Alertmanager knows an alert again."""
    return {
        "alertname": "RarebirdIncident",
        "events": one_line(noun, _LABEL),
        "kind": incident.kind,
        "direction": incident.direction,
        "family": incident.family,
        "category": one_line(incident.category or "", _LABEL),
    }
