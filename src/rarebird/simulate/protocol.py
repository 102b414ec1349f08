"""The retired Meetup protocol: what a request asks for, what is wrong with it, and how messages stand on the wire."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from rarebird.errors import InputError
from rarebird.simulate.feed import MOST_RECENT, Wish

PATH: Final = "/2/rsvps"
_NAME = re.compile(r"[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*", re.ASCII)
_WHOLE = re.compile(r"\d{1,15}", re.ASCII)
_EVENT = re.compile(r"\w{1,40}", re.ASCII)
_MILLISECOND = 1_000
_TEXT_FRAME = 0x81
_TWO_BYTES, _EIGHT_BYTES = 126, 127
"""What stands in place of the length of a longer WebSocket frame (RFC 6455, 5.2)."""


def wish(query: Mapping[str, str]) -> Wish:
    """What the parameters of a request ask for; unknown ones are let pass. Raises InputError for a wrong one."""
    if "since_count" in query and "since_mtime" in query:
        raise InputError("expected since_count or since_mtime, got both: leave one out")
    event_id = query.get("event_id", "")
    if "event_id" in query and not _EVENT.fullmatch(event_id):
        raise InputError(f"event_id: expected letters and digits, got {event_id!r}")
    count, mtime = _whole(query, "since_count"), _whole(query, "since_mtime")
    return Wish(
        event_id=event_id,
        since_count=min(count or 0, MOST_RECENT),
        since_mtime=None if mtime is None else mtime * _MILLISECOND,
    )


def callback(query: Mapping[str, str]) -> str:
    """The name of the function that a long poll asks for, empty for a stream. Raises InputError for a wrong one."""
    name = query.get("callback", "")
    if "callback" in query and not _NAME.fullmatch(name):
        raise InputError(f"callback: expected the name of a function, got {name!r}")
    return name


def errors(code: str, text: str) -> dict[str, list[dict[str, str]]]:
    """The object by which the server says that something is wrong."""
    return {"errors": [{"code": code, "message": text}]}


def frames(messages: list[bytes]) -> bytes:
    """One WebSocket text frame for each message, as a server sends them: not masked, not compressed."""
    parts: list[bytes] = []
    for message in messages:
        size = len(message)
        if size < _TWO_BYTES:
            head = bytes((_TEXT_FRAME, size))
        elif size < 1 << 16:
            head = bytes((_TEXT_FRAME, _TWO_BYTES)) + size.to_bytes(2, "big")
        else:
            head = bytes((_TEXT_FRAME, _EIGHT_BYTES)) + size.to_bytes(8, "big")
        parts += (head, message)
    return b"".join(parts)


def padded(name: str, messages: list[bytes]) -> bytes:
    """The answer to a long poll (JSONP): a call of the named function with an array of messages."""
    return b"%b([%b]);" % (name.encode(), b",".join(messages))


def _whole(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name)
    if text is not None and not _WHOLE.fullmatch(text):
        raise InputError(f"{name}: expected a whole number from 0, got {text!r}")
    return None if text is None else int(text)
