"""Pairs: two changes, one within or after the other, and whether people are sent the right thing of both, and when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from multiprocessing import get_context
from statistics import median
from typing import Final, NamedTuple

from benchmarks.pairs.people import Channel
from benchmarks.pairs.stream import GAPS, KINDS, LEARNED, PAIRS, Change, Pair, altered, batch, world
from benchmarks.section import Section, table
from rarebird.config.chosen import Chosen
from rarebird.config.settings import settings
from rarebird.model.incident import Incident, Joined
from rarebird.model.instant import SECOND
from rarebird.model.state import pack, unpack
from rarebird.run.incidents import Incidents
from rarebird.watch import Watch

ABOUT = "two changes in a row: what the bank finds of the second, and what people are sent (half an hour; if named)"
_SEEDS: Final = tuple(range(61, 71))
"""Nothing was chosen on these."""
_GRACE_S: Final = 1_800
"""How long after its end what is told of a change still counts, and how long the stream goes on."""
_HEAD = (
    "A lasts 30 min, B an hour; between them nothing, or they overlap by 15 min. 2 events a second over 50 categories, "
    "a day learned, a budget of 1 false alarm a week, {seeds} seeds of each pair, {pairs} pairs. A cell: how often the "
    "bank found B and named it for what it is, how often that was sent by a webhook of Slack, and by a bot, and the "
    "median seconds from the beginning of B to the message. Changes: silence; rate x2; rate x0.5; a category of 3 % "
    "x10; a category of 13 % gone; shares to the power 0.5. B is about another category than A. **none**: the bank "
    "never finds it, or never under its own name, so nobody can be sent it. *Known*: it was found as the return of "
    "what people had been sent and not been told to be over, or it did not last for a quarter of an hour."
)
_RETURNS: Final = {"returned", "known", "pending"}
"""Reasons of what comes back of what people know."""
_LAW = (
    "Of {found:,} findings in all these streams {sent:,} are named in a message or a line by the webhook and {bot:,} "
    "by the bot; {known:,} are the return of what people know; {rest:,} are neither."
)


class Outcome(NamedTuple):
    """What came of a pair with a seed."""

    pair: Pair
    seed: int
    found: float | None
    """Seconds from the beginning of B to the first finding that names it; None where there is none."""
    webhook: float | None
    """The same for the first message of it by the webhook."""
    bot: float | None
    findings: int
    sent: int
    sent_by_bot: int
    known: int
    """Findings that are the return of what people know."""
    is_return: bool
    """Whether that is so of the first finding of B."""
    messages: int
    """What came by the webhook, without ends."""


def run() -> Section:
    """All pairs with all seeds."""
    return _section(_SEEDS)


def quick() -> Section:
    """All pairs with one seed."""
    return _section(_SEEDS[:1])


def _section(seeds: Sequence[int]) -> Section:
    with get_context("spawn").Pool(2) as pool:
        outcomes = [each for part in pool.imap(of_seed, seeds) for each in part]
    parts = [_HEAD.format(seeds=len(seeds), pairs=len(PAIRS)), *_tables(outcomes)]
    found, sent, bot, known = (
        sum(getattr(each, name) for each in outcomes) for name in ("findings", "sent", "sent_by_bot", "known")
    )
    parts.append(_LAW.format(found=found, sent=sent, bot=bot, known=known, rest=found - sent - known))
    return Section("pairs", "\n\n".join(parts))


def of_seed(seed: int, pairs: Sequence[Pair] = PAIRS) -> list[Outcome]:
    """Each pair in the world of a seed, which is learned once."""
    watch, found = _watch(), Incidents()
    start = LEARNED - 86_400
    closed = watch.feed(batch(watch, world(seed).events(start, LEARNED)))
    found.step(closed.incidents, LEARNED * SECOND)
    learned, names = pack({"watch": watch.state(), "found": found.state()}), list(watch.categories.names)
    return [_of_pair(seed, pair, learned, names) for pair in pairs]


def _watch() -> Watch:
    return settings(Chosen(false_alarms="1 per week", time="time", by="category"), ["pairs"], None).watch()


def _of_pair(seed: int, pair: Pair, learned: bytes, names: list[str]) -> Outcome:
    watch, incidents = _watch(), Incidents()
    state = unpack(learned)
    watch.restore(state["watch"], names)
    incidents.restore(state["found"])
    second = pair.changes()[1]
    end = second.ended + _GRACE_S
    closed = [watch.feed(batch(watch, altered(seed, pair, end))), watch.finish()]
    found = [each for part in closed for each in part.incidents]
    decided = incidents.step(found, end * SECOND)
    channels = Channel(edits=False), Channel(edits=True)
    for decision in decided:
        for channel in channels:
            channel.take(decision)
    begun = [each for each in found if each.ended is None and not each.grown and each.detected > LEARNED * SECOND]
    webhook, bot = (_first(second, channel.news()) for channel in channels)
    named, by_bot = ([_is_sent(each, channel) for each in begun] for channel in channels)
    returns = {each.time for each in decided if each.reason in _RETURNS}
    first = _first(second, [(each, each.detected) for each in begun])
    return Outcome(
        pair=pair,
        seed=seed,
        found=first,
        webhook=webhook,
        bot=bot,
        findings=len(begun),
        sent=sum(named),
        sent_by_bot=sum(by_bot),
        known=sum(each.detected in returns for each, is_named in zip(begun, named, strict=True) if not is_named),
        is_return=first is not None and (second.began + first) * SECOND in returns,
        messages=len(channels[0].arrived),
    )


def _first(change: Change, told: Sequence[tuple[Incident | Joined, int]]) -> float | None:
    """Seconds from the beginning of a change to the first of what is told that names it."""
    last = change.ended + _GRACE_S
    times = [
        time / SECOND - change.began
        for name, time in told
        if change.began <= time / SECOND <= last and change.is_named(name)
    ]
    return min(times, default=None)


def _is_sent(found: Incident, channel: Channel) -> bool:
    """Whether what was found is what something is news of, and its text says so."""
    about = (found.category or "events").lower()
    return any(
        name.detected == found.detected and name.family == found.family and about in each.text.lower()
        for each in channel.arrived
        for name in each.names
    )


def _tables(outcomes: Sequence[Outcome]) -> Iterator[str]:
    for gap in GAPS:
        rows = [[f"A: {first}", *(_cell(outcomes, Pair(first, second, gap)) for second in KINDS)] for first in KINDS]
        yield f"### B {gap}\n\n{table(['', *(f'B: {kind}' for kind in KINDS)], rows)}"


def _cell(outcomes: Sequence[Outcome], pair: Pair) -> str:
    of = [each for each in outcomes if each.pair == pair]
    found = [each for each in of if each.found is not None]
    if not found:
        return "**none**"
    webhook = [each.webhook for each in of if each.webhook is not None]
    bot = [each.bot for each in of if each.bot is not None]
    delay = f", {median(webhook):.0f} s" if webhook else ""
    returns = sum(each.is_return and each.webhook is None for each in found)
    known = f", {returns} known" if returns else ""
    return f"{len(found)} / {len(webhook)} / {len(bot)}{delay}{known}"
