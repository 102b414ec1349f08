"""The Meetup RSVP protocol: resume by `since_mtime`, and errors that come as messages. Pure."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from rarebird.model.instant import SECOND, UNKNOWN
from rarebird.model.outside import UNREADABLE
from rarebird.model.position import Position

OVERLAP: Final = 60 * SECOND
"""How far before the watermark a resume starts, µs: what comes twice is dropped by its identity later."""
_LONGEST_REFUSAL: Final = 4096


def resume(url: str, since: Position, *, overlap: int = OVERLAP) -> str:
    """The address that sends again all that changed after the position's time less the overlap.

    The largest `mtime` seen would lose late messages, and one wrong stamp all that follow. `since_mtime` and
    `since_count` exclude each other.

    >>> resume("http://127.0.0.1/2/rsvps?since_count=5", Position(since=1489925470960000))
    'http://127.0.0.1/2/rsvps?since_mtime=1489925410960'
    """
    if since.since == UNKNOWN:
        return url
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query) if pair[0] not in {"since_mtime", "since_count"}]
    query.append(("since_mtime", str((since.since - overlap) // 1000)))
    return urlunsplit(parts._replace(query=urlencode(query)))


def refusal(frame: bytes) -> str:
    """What an object with `errors` complains of; "" for every other message.

    >>> refusal(b'{"errors": [{"code": "bad", "message": "no such event"}]}')
    'no such event'
    """
    if len(frame) > _LONGEST_REFUSAL or b'"errors"' not in frame:
        return ""
    try:
        message: Any = msgspec.json.decode(frame)
    except UNREADABLE:
        return ""
    if not isinstance(message, dict) or "errors" not in message:
        return ""
    errors = message["errors"]
    found = errors if isinstance(errors, list) else [errors]
    return "; ".join(_text(error) for error in found) or "errors without a text"


def _text(error: object) -> str:
    return str(error.get("message") or error) if isinstance(error, dict) else str(error)
