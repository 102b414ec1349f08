"""A mute: when incidents are not told, and which."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Struct, structs

from rarebird.incident.wording import clock
from rarebird.model.clock import DAY, Zone
from rarebird.model.instant import EARLIEST, SECOND

WEEK: Final = 7 * DAY
Zones = Callable[[str], Zone]
"""From the name of a time zone to its offsets: the core knows no database of them."""


class Once(Struct, frozen=True, tag="once"):
    """From an instant until another one, µs UTC. It does not hold at `until` any more."""

    until: int
    since: int = EARLIEST

    def names(self, at: int, zones: Zones) -> str | None:  # noqa: ARG002 - the same question to all three
        """Empty where it holds at an instant, µs UTC; else None."""
        return "" if self.since <= at < self.until else None

    def holds_until(self, at: int, zones: Zones) -> int:  # noqa: ARG002 - the same question to all three
        """When it holds no more, of an instant at which it does; µs UTC."""
        return max(at, self.until)


class Weekly(Struct, frozen=True, tag="weekly"):
    """Each week, while the clock on the wall of a zone shows certain times.

    In the night in which clocks go back, a time that they show twice is muted twice; one that they skip is not.
    """

    spans: tuple[tuple[int, int], ...]
    """Start and end, s since Monday began; the end lies beyond the week where the next one has begun by then."""
    zone: str

    until = None

    def names(self, at: int, zones: Zones) -> str | None:
        """Empty where it holds at an instant, µs UTC; else None."""
        zone = zones(self.zone)
        return "" if self._rest(zone.of_week(zone.local(at // SECOND))) else None

    def holds_until(self, at: int, zones: Zones) -> int:
        """When it holds no more, of an instant at which it does; µs UTC. Where clocks change before, when they do."""
        zone, second = zones(self.zone), at // SECOND
        over = second + self._rest(zone.of_week(zone.local(second)))
        return min(over, zone.changes_after(second, over)) * SECOND

    def _rest(self, shown: int) -> int:
        """For how many seconds more the clock on the wall shows such a time."""
        rests = [end - at for start, end in self.spans for at in (shown, shown + WEEK) if start <= at < end]
        return max(rests, default=0)


class Span(Struct, frozen=True, array_like=True):
    """From an instant until another one, µs UTC, with what goes on meanwhile."""

    start: int
    end: int
    name: str = ""


class Spans(Struct, frozen=True, tag="spans"):
    """Spans that were listed: by a calendar, or the holidays of a country. In order of time, none over another."""

    spans: tuple[Span, ...]

    @classmethod
    def of(cls, spans: Iterable[Span]) -> Spans:
        """Spans in any order; where two lie over each other, the one that began first is named.

        >>> Spans.of([Span(3, 9, "b"), Span(0, 5, "a"), Span(1, 2, "c")]).spans
        (Span(start=0, end=5, name='a'), Span(start=5, end=9, name='b'))
        """
        found: list[Span] = []
        until = EARLIEST
        for span in sorted(spans, key=structs.astuple):
            if span.end > max(until, span.start):
                found.append(structs.replace(span, start=max(span.start, until)))
                until = span.end
        return cls(tuple(found))

    @property
    def until(self) -> int:
        """The end of the last one."""
        return self.spans[-1].end if self.spans else EARLIEST

    def names(self, at: int, zones: Zones) -> str | None:  # noqa: ARG002 - the same question to all three
        """What goes on at an instant, µs UTC; None where nothing does."""
        span = self._over(at)
        return None if span is None else span.name

    def holds_until(self, at: int, zones: Zones) -> int:  # noqa: ARG002 - the same question to all three
        """The end of what goes on at an instant, µs UTC."""
        span = self._over(at)
        return at if span is None else span.end

    def _over(self, at: int) -> Span | None:
        behind = bisect_right(self.spans, at, key=_start)
        return self.spans[behind - 1] if behind and at < self.spans[behind - 1].end else None


def _start(span: Span) -> int:
    return span.start


class Mute(Struct, frozen=True, kw_only=True):
    """When incidents are not told, and which: all, or those of a kind, of a category, or of both."""

    text: str
    """As the user wrote it."""
    when: Once | Weekly | Spans
    kind: str = ""
    """Empty for all."""
    category: str | None = None
    """None for all. An incident over several categories is of none."""
    id: int = 0
    """Counted from 1 in each watch; 0 where no watch has it yet."""
    given: bool = False
    """It came with the options of a start, and holds until another start has others."""

    @property
    def told(self) -> str:
        """Its text, with when it ends and where it comes from, as the text alone may not say.

        >>> Mute(text="2h", when=Once(7_200_000_000)).told
        '2h, until 02:00 UTC on 1970-01-01'
        """
        end = f", until {clock(self.when.until)}" if isinstance(self.when, Once) else ""
        return f"{self.text}{end}{' (an option of the watch)' if self.given else ''}"

    @property
    def until(self) -> int | None:
        """From when on it never holds again, µs UTC; None where it comes again every week."""
        return self.when.until

    def is_past(self, at: int) -> bool:
        """Whether it does not hold at an instant, nor ever after."""
        return self.until is not None and self.until <= at

    def is_about(self, kind: str, category: str | None) -> bool:
        """Whether it is about incidents of a kind and a category."""
        return self.kind in ("", kind) and self.category in (None, category)
