"""`rarebird pipe average` and `rarebird pipe poll`: a reading a second from a store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rarebird.cli.output import write
from rarebird.cli.pipe.stage import ANY, StoreOptions, run, say, seconds, with_store
from rarebird.config.chosen import Chosen

if TYPE_CHECKING:
    from rarebird.pipe.seconds import Seconds
    from rarebird.store.contract import Store

LIFE = "life"


def average(*, where: StoreOptions = ANY, window: str = "2m", past: str | None = None) -> None:
    """Write the mean gap of the gaps in a store, a reading a second: {"time": …, "mean_gap_s": …, "count": …}.

    Live a reading comes with each second that closes; on a replay, one for each second of event time. Ends when the
    stream is marked as ended.

    Parameters
    ----------
    window
        How long a gap counts, in event time.
    past
        Of a live stream give also the readings of so long before, marked as past: `rarebird pipe detect` says how
        often its rules would have alerted on them.

    """
    from rarebird.config.stores import open_store
    from rarebird.pipe.insert import gaps_of
    from rarebird.pipe.readings import average as averaging

    length = seconds("--window", window)
    store = open_store(where.url, gaps_of(where.name))
    closed = _seconds(store, past).closed()
    run(with_store(store, averaging(closed, write, window=length)))


def poll(
    *,
    where: StoreOptions = ANY,
    window: str = "15m",
    watched: str | None = None,
    preset: str | None = None,
    past: str | None = None,
) -> None:
    """Write rate and entropy of the categories in a store, a reading a second.

    A line is {"time": …, "rate_per_s": …, "entropy_nats": …, "watched_share": …, "count": …}; the rate is that of the
    last two minutes, count says how many events entropy and share rest on. Live a reading comes with each second that
    closes; on a replay, one for each second of event time. Ends when the stream is marked as ended.

    Parameters
    ----------
    window
        How long an event counts for entropy and share, in event time; "life" for as long as the stream is known.
    watched
        Categories whose joint share is read, with commas between: CA,NY.
    preset
        A public stream whose watched categories are meant: meetup.
    past
        Of a live stream give also the readings of so long before, marked as past: `rarebird pipe detect` says how
        often its rules would have alerted on them.

    """
    from rarebird.config.settings import settings
    from rarebird.config.sources import preset_for
    from rarebird.config.stores import open_store
    from rarebird.pipe.insert import distribution_of
    from rarebird.pipe.readings import Poll

    length = None if window == LIFE else seconds("--window", window)
    names = settings(Chosen(watched=watched), [], preset_for([], preset)).watched
    store = open_store(where.url, distribution_of(where.name))
    polling = Poll(store, write, window=length, watched=names)
    run(with_store(store, polling.run(_seconds(store, past).closed())))


def _seconds(store: Store, past: str | None) -> Seconds:
    from rarebird.cli.clock import now
    from rarebird.pipe.seconds import Seconds

    return Seconds(store, say, clock=now, past_s=0 if past is None else seconds("--past", past))
