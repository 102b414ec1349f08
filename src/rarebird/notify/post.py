"""A body posted to a service over HTTP, once, and what its answer means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import aiohttp

from rarebird.notify.contract import Undelivered, one_line
from rarebird.notify.secret import is_here, reason

_TIMED_OUT: Final = 408
_TOO_MANY: Final = 429
_SERVER_FAULTS: Final = 500
_READ: Final = 2_000
"""Bytes of an answer that are read."""


class Address:
    """An address of a service that takes JSON; `name` is what the service is called in errors.

    `shown`: what it answers holds no secret and may be told.
    """

    def __init__(self, name: str, url: str, *, answer_s: float, shown: bool = False) -> None:
        self._name, self._url, self._answer_s, self._shown = name, url, answer_s, shown

    async def post(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Posts a body once. Raises Undelivered, which names the service and never its address.

        A redirection is not followed: what is sent goes to the address that was given and to no other.
        """
        timeout = aiohttp.ClientTimeout(total=self._answer_s)
        whole = {"Content-Type": "application/json", "User-Agent": "rarebird", **headers}
        with reached(self._name, self._answer_s):
            async with (
                aiohttp.ClientSession(timeout=timeout, trust_env=not is_here(self._url)) as session,
                session.post(self._url, data=body, headers=whole, allow_redirects=False) as answer,
            ):
                status, after = answer.status, seconds(answer.headers)
                told = await answer.content.read(_READ) if self._shown and status >= 300 else b""
        if not 200 <= status < 300:
            raise refused(self._name, status, after, one_line(told.decode(errors="replace"), 200), "check its address")


@contextmanager
def reached(name: str, answer_s: float) -> Iterator[None]:
    """Asks a service within the block, which is called `name` in errors; Undelivered where no answer came of it."""
    try:
        yield
    except TimeoutError:
        raise Undelivered(
            f"{name} gave no answer within {answer_s:g} s; it may have taken the message", in_doubt=True
        ) from None
    except aiohttp.ClientConnectorError as error:
        raise Undelivered(f"{name} could not be reached ({reason(error)})") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise Undelivered(f"{name} could not be reached ({reason(error)})", in_doubt=True) from None


def refused(name: str, status: int, after: float | None, told: str = "", advice: str = "") -> Undelivered:
    """What an answer with such a status means; `advice` is given where trying again cannot help.

    >>> str(refused("Slack", 404, None, "no_service", "check its address")), refused("Slack", 503, 2.0).after_s
    ('Slack answered 404 no_service; check its address', 2.0)
    """
    if status == _TOO_MANY:
        return Undelivered(f"{name} asked to send less (429)", after_s=after)
    permanent = status < _SERVER_FAULTS and status != _TIMED_OUT
    text = f"{name} answered {status} {told}".rstrip() + (f"; {advice}" if permanent and advice else "")
    return Undelivered(text, permanent=permanent, in_doubt=not permanent, after_s=None if permanent else after)


def seconds(headers: Mapping[str, Any]) -> float | None:
    """What Retry-After says, s; None where it says nothing that can be read.

    >>> seconds({"retry-after": "7"}), seconds({"Retry-After": "soon"}), seconds({})
    (7.0, None, None)
    """
    for name, value in headers.items():
        text = str(value).strip()
        if name.lower() == "retry-after" and text.isascii() and text.isdecimal():
            return float(text)
    return None
