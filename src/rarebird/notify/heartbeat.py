"""A heartbeat: an address that is asked while a watch is well, for a service that tells people when it no longer is.

The address is a secret, for whoever has it can pretend that the watch lives. It stands in no text and no log.
"""

from __future__ import annotations

from typing import Final

from rarebird.notify.post import Request, ask, check
from rarebird.notify.secret import checked

VARIABLE: Final = "RAREBIRD_HEARTBEAT_URL"
_NAME: Final = "the heartbeat's service"


class Heartbeat:
    """An address that answers a GET with success. Nothing is tried again here. Raises ConfigError."""

    def __init__(self, url: str, every_s: float = 60.0, *, answer_s: float = 10.0) -> None:
        self._url, self.every_s, self._answer_s = checked(url, VARIABLE, plain=True), every_s, answer_s

    async def beat(self) -> None:
        """Asks the address once. Raises Undelivered, which does not name it. A redirection is not followed."""
        check(_NAME, await ask(_NAME, Request("GET", self._url), answer_s=self._answer_s))
