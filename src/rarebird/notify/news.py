"""News in plain words, as people get it."""

from __future__ import annotations

from rarebird.detect.limit import Limit
from rarebird.detect.rare import Sighting, Sightings, Singles
from rarebird.detect.record import Record
from rarebird.detect.rules import Reach, Told
from rarebird.incident.wording import figured, number, percent, plain
from rarebird.model.plural import counted

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


_SHORT = {"mean_gap_s": "the mean gap", "entropy_nats": "entropy", "watched_share": "the watched share"}


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
    >>> news_text(Told(News("mean_gap_s", "down", "fired", 0.5, 0.67, usual=1.0), 0.01))
    'The mean gap between events has fallen to 0.5 s (1 s is usual): events come more often.'
    """
    news = told.news
    name, more, less = _METRICS[news.metric]
    up = news.direction == "up"
    beside = "above" if up else "below"
    value, limit = amount(news.metric, news.value), amount(news.metric, news.limit)
    behind = f", {beside} {limit}" if news.usual is None else f" ({amount(news.metric, news.usual)} is usual)"
    often = f" This threshold alerts on {percent(told.share)} of readings so far." if news.usual is None else ""
    if news.moved:
        return f"The new usual: {name} stays at {value}, and its limit has followed to {limit}.{often}"
    if news.phase == "recovered":
        return f"Over: {name} is back at {value}{behind}.{often}"
    went = "risen" if up else "fallen"
    return f"{_begun(name)} has {went} to {value}{behind}: {more if up else less}.{often}"


def record_text(record: Record) -> str:
    """How often a rule would have told something so far.

    >>> from rarebird.detect.rule import Sample
    >>> record = Record(Limit("mean_gap_s", "up", fire=20.0, recover=18.0))
    >>> told = [record.step(Sample(value)) for value in (10.0, 21.0, 22.0, 17.0)]
    >>> record_text(record)
    'mean_gap_s above 20 s: this threshold alerts on 50 % of readings so far (2 of 4), fired once'
    """
    rule, often = record.rule, "once" if record.fired == 1 else counted(record.fired, "times")
    which = rule.metric
    if isinstance(rule, Limit):
        which += f" {'above' if rule.direction == 'up' else 'below'} {amount(rule.metric, rule.fire)}"
    share = f"{percent(record.share)} of readings so far ({record.alerting:,} of {record.readings:,})"
    return f"{which}: this threshold alerts on {share}, fired {often}"


def reach_text(reach: Reach) -> str:
    """What a rule that follows the stream can tell at the rate of its first hour, in words.

    >>> reach_text(Reach("entropy_nats", 1.0, 900, 3.02, 2.88, 3.16, True))
    'At 1 event a second entropy (usually 3.02 nats) rests on 900 events: it is news below 2.88 or above 3.16 nats.'
    >>> reach_text(Reach("entropy_nats", 0.2, 180, 3.0, 2.7, 3.3, False))
    'At 0.2 events a second entropy rests on 180 events: that is too few, so nothing is told of it (--least).'
    """
    at = "" if reach.rate_per_s is None else f"at {figured(number(reach.rate_per_s), 'events')} a second "
    rests = counted(reach.events, "events")
    name = _SHORT[reach.metric]
    if not reach.is_told:
        least = " (--least)" if reach.metric != "mean_gap_s" else ""
        return _begun(f"{at}{name} rests on {rests}: that is too few, so nothing is told of it{least}.")
    usual, low, high = (amount(reach.metric, value) for value in (reach.usual, reach.low, reach.high))
    low = low.partition(" ")[0]
    text = f"{at}{name} (usually {usual}) rests on {rests}: it is news below {low} or above {high}."
    return _begun(text)


def unusual_text(category: str, told: Sighting) -> str:
    """An event that was hard to expect, or several, in words.

    >>> from rarebird.detect.rare import Sighting
    >>> unusual_text("ME", Sighting(0, 0, 6.0, share=0.44))
    'Unusual: an event of ME, with a probability of 1.6 % (6.0 bits). This threshold alerts on 44 % of events so far.'
    >>> unusual_text("GU", Sighting(0, 0, 18.0, per_day=0.0))
    'Unusual: an event of GU, which was not seen before: 1 in 262,144 events is expected to be (18.0 bits).'
    >>> unusual_text("GU", Sighting(0, 0, 18.0, events=7, is_more=True, per_day=0.2))
    'Unusual: 7 more events of GU in this hour.'
    """
    name = plain(category)
    if told.is_more:
        return f"Unusual: {told.events:,} more {'event' if told.events == 1 else 'events'} of {name} in this hour."
    share, bits = percent(2**-told.bits), f"({told.bits:.1f} bits)."
    if told.per_day is None:
        often = f"This threshold alerts on {percent(told.share or 0.0)} of events so far."
        return f"Unusual: an event of {name}, with a probability of {share} {bits} {often}"
    before = f"of which some {number(told.per_day)} come a day" if told.per_day else "which was not seen before"
    return f"Unusual: an event of {name}, {before}: 1 in {number(2**told.bits)} events is expected to be {bits}"


def sightings_text(single: Singles) -> str:
    """How often single events were news so far.

    >>> from rarebird.detect.rare import Rare
    >>> sightings_text(Sightings(Rare(0.05, 0.06)))
    'events with a probability below 5.0 %: this threshold alerts on 0 % of events so far (0 of 0)'
    """
    if isinstance(single, Sightings):
        share = f"{percent(single.share)} of events so far ({single.found:,} of {single.events:,})"
        return f"events with a probability below {percent(single.rule.fire)}: this threshold alerts on {share}"
    return f"events of seldom categories: this rule told {single.found:,} of {counted(single.events, 'events')} so far"


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]
