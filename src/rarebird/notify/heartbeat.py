"""A heartbeat: an address that is asked while a watch is well, for a service that tells people when it no longer is.

The address is a secret, for whoever has it can pretend that the watch lives. It stands in no text and no log.
"""

from __future__ import annotations

from typing import Final

import aiohttp

from rarebird.notify.post import reached, refused, seconds
from rarebird.notify.secret import checked, is_here

VARIABLE: Final = "RAREBIRD_HEARTBEAT_URL"
_NAME: Final = "the heartbeat's service"


class Heartbeat:
    """An address that answers a GET with success. Nothing is tried again here. Raises ConfigError."""

    def __init__(self, url: str, every_s: float = 60.0, *, answer_s: float = 10.0) -> None:
        self._url, self.every_s, self._answer_s = checked(url, VARIABLE, plain=True), every_s, answer_s

    async def beat(self) -> None:
        """Asks the address once. Raises Undelivered, which does not name it. A redirection is not followed."""
        timeout = aiohttp.ClientTimeout(total=self._answer_s)
        with reached(_NAME, self._answer_s):
            async with (
                aiohttp.ClientSession(timeout=timeout, trust_env=not is_here(self._url)) as session,
                session.get(self._url, headers={"User-Agent": "rarebird"}, allow_redirects=False) as answer,
            ):
                status, after = answer.status, seconds(answer.headers)
        if not 200 <= status < 300:
            raise refused(_NAME, status, after, advice="check its address")
