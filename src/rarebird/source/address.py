"""Addresses as people may see them: without passwords and tokens."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

_NAMES: Final = re.compile(r"key|token|secret|passw|pwd|auth|sig|session|credential", re.IGNORECASE)
_VALUES: Final = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w.~+/=-]{20,}")
"""Long mixes of letters and digits."""


def public(url: str) -> str:
    """The address without user, password, fragment and the values of its query that look like secrets.

    >>> public("https://ann:pw@example.org/rsvps?event_id=7&api_key=s3cret")
    'https://example.org/rsvps?event_id=7&api_key=***'
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return f"{url.partition('://')[0]}://…"
    query = "&".join(
        f"{quote(name)}={'***' if _NAMES.search(name) or _VALUES.fullmatch(value) else quote(value, safe=',:')}"
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    )
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, ""))


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine, so that no proxy must come between.

    >>> is_loopback("127.0.0.1"), is_loopback("example.org")
    (True, False)
    """
    return host in {"localhost", "::1"} or (host or "").startswith("127.")
