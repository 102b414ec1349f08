"""Links to the page of an incident, each with a token: whoever holds one may answer for that incident and no other."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from urllib.parse import urlsplit

from msgspec import structs

from rarebird.model.incident import Incident
from rarebird.notify.contract import Notice


class Links:
    """The links of one watch. `site` is the address by which people reach its page, without a slash at its end.

    The token is an HMAC-SHA256 over the name of the watch, the incident's number and when it was told: it can not be
    guessed, and does not hold for the incident that has the same number after the watch was begun anew.
    """

    def __init__(self, site: str, key: bytes, watch: str) -> None:
        self.site = site
        self._key, self._watch = key, watch

    @property
    def host(self) -> str:
        """The name of the machine in the address, without a port."""
        return urlsplit(self.site).hostname or ""

    def to(self, incident: Incident) -> str:
        """The address of the page of an incident."""
        return f"{self.site}/incidents/{incident.id}?token={self.token(incident)}"

    def token(self, incident: Incident) -> str:
        """What lets its holder answer.

        >>> from rarebird.notify.example import example
        >>> told = example(0).incident
        >>> links = Links("https://example.org", b"key", "rsvps")
        >>> len(links.token(told)), links.allows(told, links.token(told)), links.allows(told, "")
        (64, True, False)
        """
        # The name comes last: nothing in it can look like the numbers of another watch.
        about = f"{incident.key} {self._watch}".encode(errors="surrogateescape")
        return hmac.new(self._key, about, hashlib.sha256).hexdigest()

    def allows(self, incident: Incident, token: str) -> bool:
        """Whether a token is that of an incident, in a time that does not depend on how much of it is right."""
        return hmac.compare_digest(self.token(incident).encode(), token.encode(errors="surrogatepass"))

    def added(self, notices: Sequence[Notice]) -> list[Notice]:
        """The same notices, those of incidents with their links."""
        return [
            notice if notice.incident is None else structs.replace(notice, link=self.to(notice.incident))
            for notice in notices
        ]
