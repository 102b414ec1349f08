"""The channels of a running watch: what waits for each, since when, and what came of sending."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from rarebird.model.instant import SECOND
from rarebird.model.snapshot import ChannelReading
from rarebird.notify.backlog import Backlog
from rarebird.notify.outgoing import Outgoing


class Channel(NamedTuple):
    """A channel, what is on its way to it, and what waits."""

    name: str
    way: Outgoing
    backlog: Backlog


class Channels:
    """All channels of a watch. `clock` gives arrival time, µs UTC; `kept` says how much of a run waits in its store."""

    def __init__(
        self, channels: Iterable[Channel], clock: Callable[[], int], kept: Callable[[], Mapping[str, int]] = dict
    ) -> None:
        self._channels, self._clock, self._kept = list(channels), clock, kept

    def readings(self) -> tuple[ChannelReading, ...]:
        """How they are doing."""
        kept = self._kept()
        return tuple(self._reading(channel, kept.get(channel.name, 0)) for channel in self._channels)

    def _reading(self, channel: Channel, kept: int) -> ChannelReading:
        tally, since = channel.way.tally, channel.backlog.since
        # The store keeps what was set aside, too.
        kept -= channel.backlog.held - channel.backlog.size
        return ChannelReading(
            name=channel.name,
            waiting=max(channel.backlog.size, kept),
            oldest_s=None if since is None else max(0.0, (self._clock() - since) / SECOND),
            detail=tally.detail,
            sent=tally.sent,
            failed=tally.failed,
            retried=tally.retried,
            repeated=tally.repeated,
            failing_s=channel.way.failing_s,
            set_aside=channel.backlog.set_aside,
        )
