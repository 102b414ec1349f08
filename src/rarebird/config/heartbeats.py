"""From what a user says of a heartbeat to what beats."""

from __future__ import annotations

from collections.abc import Mapping

from rarebird.model import duration
from rarebird.model.instant import SECOND
from rarebird.notify.heartbeat import VARIABLE, Heartbeat
from rarebird.notify.secret import given


def heartbeat(url: str | None, every: str, environment: Mapping[str, str]) -> Heartbeat | None:
    """The heartbeat to an address, or to that of the environment; None where there is none. Raises ConfigError.

    >>> heartbeat("https://example.org/ping", "1m", {}).every_s
    60.0
    """
    apart = duration.chosen("--heartbeat-every", every, least=SECOND)
    address = url if url is not None else given(environment, VARIABLE)
    return Heartbeat(address, apart / SECOND) if url is not None or address else None
