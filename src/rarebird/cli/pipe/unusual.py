"""`rarebird pipe unusual`: events that were hard to expect."""

from __future__ import annotations

from rarebird.cli.output import write
from rarebird.cli.pipe.stage import ANY, StoreOptions, inflow, run, say, seconds, with_store
from rarebird.config.chosen import HALF_LIFE
from rarebird.config.wanted import MEETUP


def unusual(*, where: StoreOptions = ANY, unusual: str = MEETUP.unusual, half_life: str = HALF_LIFE) -> None:
    """Read events, as `rarebird pipe ingest` writes them, and write those that were hard to expect.

    The probability of an event is that of its category under what the store holds from before the first event and the
    events since, up to the second before its own. A line has time, category, p, surprisal_bits, text, and
    alerting_share: which share of the events so far the threshold alerts on.

    Parameters
    ----------
    unusual
        auto: those of categories that come so seldom that all such together bring about one event a day; FIRE:RECOVER,
        two probabilities: events of a category are news from the first one below FIRE until one is at RECOVER or above,
        0.05:0.055 in the homework.
    half_life
        After how long the mix has forgotten half.

    """
    from rarebird.config.rules import sightings
    from rarebird.config.stores import open_store
    from rarebird.pipe.insert import distribution_of
    from rarebird.pipe.learned import Learned
    from rarebird.pipe.line import EventLine
    from rarebird.pipe.unusual import Unusual

    rule = sightings(unusual)
    store = open_store(where.url, distribution_of(where.name))
    stage = Unusual(store, Learned(seconds("--half-life", half_life)), rule, write, say)
    run(with_store(store, stage.run(inflow(EventLine))))
