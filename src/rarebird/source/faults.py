"""Faults of a connection, in words, and whether trying again can help."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from rarebird.errors import SourceError
from rarebird.source.live import Interrupted

if TYPE_CHECKING:
    from yarl import URL

LATEST_S = 3600.0
"""The longest `Retry-After` that is heeded."""
_REASON = 100
"""Characters of what a server says that are repeated."""
_PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


def fault(error: Exception, url: URL) -> SourceError:
    """What a client error means for people. `url` only gives host and port."""
    import aiohttp

    place = f"{url.host}:{url.port}"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return SourceError(
            f"expected a valid certificate from {place}, found: {error.certificate_error}; check the address",
            permanent=True,
        )
    if isinstance(error, aiohttp.InvalidURL | aiohttp.TooManyRedirects):
        return SourceError(f"{place} redirects to an address that cannot be followed", permanent=True)
    return Interrupted(_passing(error, place, url.host or ""))


def _passing(error: Exception, place: str, host: str) -> str:
    import aiohttp

    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"no host named {host} was found"
    if isinstance(error, aiohttp.ClientConnectorError):
        refused = isinstance(error.os_error, ConnectionRefusedError)
        return f"connection refused by {place}" if refused else f"cannot reach {place}: {_reason(error)}"
    if isinstance(error, asyncio.TimeoutError):
        return f"no answer from {place} in time"
    if isinstance(error, aiohttp.ClientResponseError):
        return f"{place} gave an answer that is no HTTP: {error.message}"
    return f"the connection to {place} broke off"


def check_status(status: int, reason: str | None, headers: Mapping[str, str], name: str) -> None:
    """Passes where the status is fine; raises what it means otherwise."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    text = f"{name} answered {status} {(reason or '')[:_REASON]}".rstrip()
    if status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Interrupted(text, after_s=retry_after(headers))
    raise SourceError(f"{text}, expected a stream of events; check the address and what it asks for", permanent=True)


def retry_after(headers: Mapping[str, str]) -> float:
    """How long the answer asks to wait, s: `Retry-After` in seconds, or a date against the answer's own `Date`.

    >>> retry_after({"Retry-After": "7"}), retry_after({}), retry_after({"Retry-After": "soon"})
    (7.0, 0.0, 0.0)
    """
    value = headers.get("Retry-After", "")
    if value.isdecimal() and value.isascii():
        return min(float(value), LATEST_S)
    then, now = _date(value), _date(headers.get("Date", ""))
    if then is None or now is None:
        return 0.0
    return min(max((then - now).total_seconds(), 0.0), LATEST_S)


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
