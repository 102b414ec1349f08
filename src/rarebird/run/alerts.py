"""Alerts: what the rules find in the ticks that a watch closes, as notices."""

from __future__ import annotations

from collections.abc import Iterator

from rarebird.detect.rare import Singles
from rarebird.detect.reading import RECENT_S, Readings
from rarebird.detect.rule import News
from rarebird.detect.rules import Rules, Told
from rarebird.model.history import Span
from rarebird.model.instant import SECOND, UNKNOWN
from rarebird.model.state import State
from rarebird.model.ticks import Ticks
from rarebird.notify.contract import Notice
from rarebird.notify.news import news_text, reach_text, unusual_text
from rarebird.run.withheld import Hushing, Withheld
from rarebird.stats.spans import spans_of
from rarebird.watch import Closed, Watch


class Alerts:
    """Holds the ticks that a watch closes against rules.

    The same ticks give the same notices, however they are cut into steps, and over a restart. `window`: seconds that
    entropy and watched share look back, at most `RECENT_S`. What `mutes` keep from people is no news.
    """

    def __init__(
        self,
        watch: Watch,
        rules: Rules,
        sightings: Singles | None,
        *,
        window: int = RECENT_S,
        mutes: Hushing | None = None,
    ) -> None:
        self.rules, self.sightings = rules, sightings
        self._watch, self._window = watch, window
        self._readings = Readings(window, watched=bool(watch.watched))
        self._at: int | None = None
        self._withheld = Withheld(mutes)
        self.restarted = False
        """Whether what was brought back was learned by rules that were set otherwise, which have begun again."""

    def take(self, closed: Closed) -> list[Notice]:
        """What is news in ticks that were closed, in order of time."""
        if closed.ticks is None:
            return []
        codes = map(self._watch.categories.code, self._watch.watched)
        self._readings.codes = [code for code in codes if code is not None]
        found = [*self._crossings(closed.ticks), *self._unusual(closed), *self._withheld.settle(closed.ticks.until)]
        found.sort(key=lambda notice: notice.time)
        return found

    def remarks(self) -> list[str]:
        """What rules have come to know that they can tell, since this was asked last, in words."""
        return [reach_text(reach) for reach in self.rules.reaches()]

    def review(self, at: int) -> None:
        """The mutes have changed, at an instant of event time, µs UTC."""
        self._withheld.review(at)

    @property
    def old(self) -> int:
        """News of this run that were too old to be told."""
        return self._withheld.old

    def state(self) -> State:
        """What the rules have learned; what they look back on is in the state of the watch."""
        single = None if self.sightings is None else self.sightings.state()
        return {"rules": self.rules.state(), "sightings": single, "withheld": self._withheld.state()}

    def restore(self, state: State) -> None:
        """Goes on from a state, or from nothing but what the watch holds, which is brought back before."""
        if state:
            self.rules.restore(state["rules"])
            self.restarted = self.rules.restarted
            self._withheld.restore(state.get("withheld", {}), {repr(record.rule) for record in self.rules.records})
        if state and self.sightings is not None and state["sightings"] is not None:
            self.restarted |= not self.sightings.restore(state["sightings"])
        first, until = self._watch.gaps.first, self._watch.recent.until
        if first == UNKNOWN:
            return
        self._readings = Readings(self._window, watched=bool(self._watch.watched), since=first // SECOND)
        known = {span.start: span for span in spans_of(self._watch.recent.window(RECENT_S)).each()}
        for at in range(max(first // SECOND, until - RECENT_S), until):
            self._readings.add(at, known.get(at))
        self._at = until

    def _unusual(self, closed: Closed) -> Iterator[Notice]:
        if self.sightings is None or closed.ticks is None:
            return
        found = self.sightings.news(closed.time, closed.category, closed.surprisal_bits, closed.ticks.until)
        names = self._watch.categories.names if found else []
        for each in found:
            name = names[each.category]
            if not self._withheld.mutes_event(each.time, name):
                yield Notice(each.time, unusual_text(name, each), f"unusual {name!r}{' more' if each.is_more else ''}")

    def _crossings(self, ticks: Ticks) -> Iterator[Notice]:
        for span in spans_of(ticks.cells).each():
            self._at = span.start if self._at is None else self._at
            yield from self._quiet(span.start)
            yield from self._second(span)
        yield from self._quiet(ticks.until // SECOND)

    def _quiet(self, end: int) -> Iterator[Notice]:
        """The seconds up to one, in which nothing happened; those that change nothing any more at once."""
        while self._at is not None and self._at < end and not self._readings.still:
            yield from self._second(None)
        if self._at is not None and self._at < end:
            times, self._at = end - self._at, end
            yield from self._notices(self.rules.hold(self._readings.reading(), times), end)

    def _second(self, span: Span | None) -> Iterator[Notice]:
        at = self._at if self._at is not None else 0
        self._readings.add(at, span)
        self._at = at + 1
        return self._notices(self.rules.step(self._readings.reading()), at + 1)

    def _notices(self, told: list[Told], end: int) -> Iterator[Notice]:
        for each in told:
            notice = Notice(end * SECOND, news_text(each), _key(each.news))
            yield from self._withheld.told(each.rule, notice, fired=each.news.phase == "fired")


def _key(news: News) -> str:
    return f"rule {news.metric} {news.direction} {'moved' if news.moved else news.phase}"
