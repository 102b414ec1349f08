"""News in plain words, as people get it."""

from __future__ import annotations

from rarebird.detect.limit import Limit
from rarebird.detect.rare import Sightings
from rarebird.detect.record import Record
from rarebird.detect.rules import Told
from rarebird.incident.wording import number, percent, plain

_METRICS = {
    "mean_gap_s": ("the mean gap between events", "events come more rarely", "events come more often"),
    "rate_per_s": ("the rate of events", "events come more often", "events come more rarely"),
    "entropy_nats": (
        "the entropy of the mix",
        "events spread more evenly over the categories",
        "fewer categories hold more of the events",
    ),
    "watched_share": ("the share of the watched categories", "more of the events are theirs", "fewer of them are"),
}


def amount(metric: str, value: float) -> str:
    """A value with its unit.

    >>> amount("mean_gap_s", 24.06), amount("entropy_nats", 3.104), amount("watched_share", 0.152)
    ('24 s', '3.10 nats', '15.2 %')
    """
    if metric == "mean_gap_s":
        return f"{number(value)} s"
    if metric == "entropy_nats":
        return f"{value:.2f} nats"
    if metric == "watched_share":
        return f"{100 * value:.1f} %"
    return f"{number(value)} a second"


def news_text(told: Told) -> str:
    """A crossing in words, and how often its rule alerts.

    >>> from rarebird.detect.rule import News
    >>> news_text(Told(News("mean_gap_s", "up", "fired", 24.0, 21.0), 0.012))[:79]
    'The mean gap between events has risen to 24 s, above 21 s: events come more rar'
    >>> news_text(Told(News("watched_share", "up", "recovered", 0.17, 0.16), 0.5))[-49:]
    'This threshold alerts on 50 % of readings so far.'
    """
    news = told.news
    name, more, less = _METRICS[news.metric]
    up = news.direction == "up"
    beside = "above" if up else "below"
    value, limit = amount(news.metric, news.value), amount(news.metric, news.limit)
    often = f"This threshold alerts on {percent(told.share)} of readings so far."
    if news.moved:
        return f"The new usual: {name} stays at {value}, and its limit has followed to {limit}. {often}"
    if news.phase == "recovered":
        return f"Over: {name} is back at {value}, {beside} {limit}. {often}"
    went = "risen" if up else "fallen"
    return f"{_begun(name)} has {went} to {value}, {beside} {limit}: {more if up else less}. {often}"


def record_text(record: Record) -> str:
    """How often a rule would have told something so far.

    >>> record = Record(Limit("mean_gap_s", "up", fire=20.0, recover=18.0))
    >>> told = [record.step(value) for value in (10.0, 21.0, 22.0, 17.0)]
    >>> record_text(record)
    'mean_gap_s above 20 s: this threshold alerts on 50 % of readings so far (2 of 4), fired once'
    """
    rule, often = record.rule, "once" if record.fired == 1 else f"{record.fired:,} times"
    which = rule.metric
    if isinstance(rule, Limit):
        which += f" {'above' if rule.direction == 'up' else 'below'} {amount(rule.metric, rule.fire)}"
    share = f"{percent(record.share)} of readings so far ({record.alerting:,} of {record.readings:,})"
    return f"{which}: this threshold alerts on {share}, fired {often}"


def unusual_text(category: str, bits: float, share: float) -> str:
    """An event that was hard to expect, in words; `share` of all events were.

    >>> unusual_text("ME", 6.0, 0.44)
    'Unusual: an event of ME, with a probability of 1.6 % (6.0 bits). This threshold alerts on 44 % of events so far.'
    """
    often = f"This threshold alerts on {percent(share)} of events so far."
    return (
        f"Unusual: an event of {plain(category)}, with a probability of {percent(2**-bits)} ({bits:.1f} bits). {often}"
    )


def sightings_text(sightings: Sightings) -> str:
    """How often single events were news so far.

    >>> from rarebird.detect.rare import Rare
    >>> sightings_text(Sightings(Rare(0.05, 0.06)))
    'events with a probability below 5.0 %: this threshold alerts on 0 % of events so far (0 of 0)'
    """
    share = f"{percent(sightings.share)} of events so far ({sightings.news:,} of {sightings.events:,})"
    return f"events with a probability below {percent(sightings.rule.fire)}: this threshold alerts on {share}"


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]
