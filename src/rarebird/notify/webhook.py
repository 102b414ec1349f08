"""Messages as JSON to an address of one's own, signed where there is a key.

docs/webhook.md says what is posted, and how a receiver checks the signature.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from rarebird.errors import ConfigError
from rarebird.model import instant
from rarebird.model.incident import Incident
from rarebird.notify.contract import Notice, one_line
from rarebird.notify.post import Address
from rarebird.notify.secret import checked, given

VARIABLE: Final = "RAREBIRD_WEBHOOK_URL"
SECRET: Final = "RAREBIRD_WEBHOOK_SECRET"
_LONGEST: Final = 2_000


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What is posted, one notice a message."""

    version: int = 1
    """Of this form; a higher one may lack what this one has."""
    id: str
    """The same whenever the same is sent again."""
    time: str
    """When it happened, ISO 8601, UTC."""
    text: str
    """In plain words, one line."""
    incident: Incident | None
    """In numbers, as in GET /incidents; null where it is no incident."""
    link: str
    """The page of the incident, where people can answer; empty without --public-url."""


class Webhook:
    """An address that takes JSON. Nothing is tried again here."""

    name = "the webhook"
    edits = True
    records = True
    most = 1
    pause_s = 0.0

    def __init__(
        self, url: str, secret: str = "", *, answer_s: float = 30, clock: Callable[[], float] = time.time
    ) -> None:
        self._address = Address(self.name, checked(url, VARIABLE), answer_s=answer_s)
        self._secret, self._clock = secret, clock

    async def send(self, group: Sequence[Notice]) -> None:
        """Posts the notice of a group of one. Raises Undelivered."""
        (notice,) = group
        body = msgspec.json.encode(message(notice))
        headers = {}
        if self._secret:
            stamp = str(int(self._clock()))
            headers = {"X-Rarebird-Timestamp": stamp, "X-Rarebird-Signature": signature(self._secret, stamp, body)}
        await self._address.post(body, headers)


def webhook(environment: Mapping[str, str]) -> Webhook:
    """The webhook that the environment, or the files that it names, tell of. Raises ConfigError."""
    url = given(environment, VARIABLE)
    if not url:
        raise ConfigError(
            f"expected the address of a webhook in {VARIABLE}, or in a file named by {VARIABLE}_FILE, got neither"
        )
    return Webhook(url, given(environment, SECRET))


def message(notice: Notice) -> Told:
    """What is posted of a notice.

    >>> message(Notice(0, "Something.", "a")).time
    '1970-01-01T00:00:00.000000Z'
    """
    about = ascii((notice.time, notice.key, notice.text)).encode()
    return Told(
        id=hashlib.sha256(about).hexdigest()[:32],
        time=instant.text(notice.time),
        text=one_line(notice.text, _LONGEST),
        incident=notice.incident,
        link=notice.link,
    )


def signature(secret: str, stamp: str, body: bytes) -> str:
    """HMAC-SHA256 over stamp, a full stop and body, as it stands in the header.

    >>> signature("key", "1", b"{}")[:15]
    'sha256=1ba6b817'
    """
    return (
        "sha256="
        + hmac.new(secret.encode(errors="surrogateescape"), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    )
