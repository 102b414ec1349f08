"""The watch: the composition of decoding, order and statistics, from messages to readings."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.decode import Decoder
from rarebird.detect.detection import Detection
from rarebird.detect.relearn import LeftOut
from rarebird.errors import InputError
from rarebird.eventtime.order import Order
from rarebird.model import budget, duration
from rarebird.model.batch import Batch, Reject
from rarebird.model.categories import CAP, Categories
from rarebird.model.clock import UTC, Zone
from rarebird.model.fields import Fields
from rarebird.model.history import Past
from rarebird.model.incident import Incident
from rarebird.model.instant import SECOND, UNKNOWN
from rarebird.model.lacking import Lacking
from rarebird.model.missing import CHOICES, Missing
from rarebird.model.reading import Entropy, Probability, Rate
from rarebird.model.state import Part, State, check
from rarebird.model.tally import Tally
from rarebird.model.ticks import Ticks
from rarebird.stats.columns import trimmed
from rarebird.stats.counts import Counts, by_name
from rarebird.stats.entropy import entropy
from rarebird.stats.gaps import Gaps
from rarebird.stats.mix import Mix
from rarebird.stats.rate import rate
from rarebird.stats.recent import Recent
from rarebird.stats.summary import Summary, report

TICK: Final = SECOND
RATE_WINDOW: Final = 120 * SECOND
LONGEST_WINDOW: Final = 3600 * SECOND
_REJECTS: Final = 100
FORMAT: Final = 8
"""The version of a watch's state: one more whenever what one of its parts gives changes, or comes to mean."""
OLDEST: Final = 6
"""The oldest version that is read: what it had learned of level and shares is relearned from history."""


class Closed(NamedTuple):
    """What a step closed: events in order of event time, n rows, with the surprisal of each."""

    time: NDArray[np.int64]
    """Event time, µs UTC, shape (n,)."""
    category: NDArray[np.int32]
    """Codes; `Watch.categories.names` has their names, shape (n,)."""
    surprisal_bits: NDArray[np.float64]
    """-log2 of each event's probability under the mix at the close of the tick before its own, shape (n,)."""
    ticks: Ticks | None
    """The closed ticks themselves; None where no tick closed."""
    incidents: tuple[Incident, ...] = ()
    """What began or ended with them, where the watch looks for it."""


class Watch:
    """Follows one stream of events: feed it messages, and read rate, mix, entropy and each event's surprisal.

    `time`, `by`, `id`, `count`, `title`, `link` and `where` are paths into a message (see `Fields`); `missing` is what
    becomes of a message without a category (see `Missing`). Durations are texts such as "5s". It reads no clock: event
    time alone moves it, or the arrival time that is handed in. With `false_alarms`, how many a week may come by chance,
    it looks for what is out of the ordinary; `zone` is that of the stream's day and week.

    >>> watch = Watch(time="at", by="city")
    >>> closed = watch.feed(['{"at": 1600000000, "city": "Oslo"}', '{"at": 1600000009, "city": "Rome"}'])
    >>> closed = watch.finish()
    >>> watch.summary().counts
    {'Oslo': 1, 'Rome': 1}
    """

    def __init__(  # noqa: PLR0913 - one argument for each thing that a user may choose
        self,
        *,
        time: str = "",
        by: str = "",
        id: str | Iterable[str] = (),
        where: dict[str, str] | None = None,
        lateness: str = "5s",
        half_life: str = "6h",
        watched: Iterable[str] = (),
        form: str = "json",
        max_categories: int = CAP,
        time_unit: str = "auto",
        count: str = "",
        title: str = "",
        link: str = "",
        false_alarms: float | None = None,
        zone: Zone = UTC,
        missing: Missing = "auto",
    ) -> None:
        ids = (id,) if isinstance(id, str) else tuple(id)
        conditions = tuple((where or {}).items())
        self.fields = Fields(
            time=time, by=by, id=ids, where=conditions, count=count, time_unit=time_unit, title=title, link=link
        )
        self.categories = Categories(cap=max_categories, missing=missing)
        self.watched = tuple(watched)
        self.tally, self.time_form = Tally(), ""
        self.rejects, self.first_rejects = list[Reject](), list[Reject]()
        """The latest messages that could not be read, and the first of this process; those are no part of the state."""
        self.lacking: tuple[Lacking, ...] = ()
        """Fields that were named and that the first messages do not have; not part of the state."""
        self.order = Order(duration.chosen("lateness", lateness, least=0), TICK)
        self.mix = Mix(duration.chosen("half-life", half_life, least=TICK) // TICK)
        self.recent = Recent(LONGEST_WINDOW // TICK)
        self.counts, self.gaps = Counts(), Gaps()
        self.surprisal = self._extra = 0
        self._decoder = Decoder(self.fields, self.categories, form)
        self._parts: dict[str, Part] = {"order": self.order, "mix": self.mix, "recent": self.recent}
        self._parts["decoder"] = self._decoder
        self.detection: Detection | None = None
        if false_alarms is not None:
            self.detection = Detection(self.categories, budget=false_alarms, zone=zone, watched=self.watched)
            self._parts["detection"] = self.detection
        self._false_alarms, self._zone, self._missing, self.is_outdated = false_alarms, zone, missing, False

    def feed(self, messages: bytes | Iterable[str | bytes] | Batch, *, arrival: int = UNKNOWN) -> Closed:
        """Takes messages in: a block of whole lines, lines, or a batch of columns (see `columns`).

        `arrival`: when they arrived, µs UTC; unknown for a recording. Returns what they closed; never raises for what
        a message contains.
        """
        if not isinstance(messages, Batch):
            messages = self.decode(messages, arrival=arrival)
        self.time_form = messages.time_form or self.time_form
        ticks, tally = self.order.take(messages)
        self.tally += tally
        self._extra += messages.extra
        self.rejects = [*self.rejects, *messages.rejects][-_REJECTS:]
        self.first_rejects += messages.rejects[: _REJECTS - len(self.first_rejects)]
        self.lacking = self.lacking if messages.lacking is None else messages.lacking
        if messages.handed is not None:
            self.miss(messages.handed.missed)
        return self._scan(ticks)

    def decode(self, messages: bytes | Iterable[str | bytes], *, arrival: int = UNKNOWN) -> Batch:
        """The batch of a block of whole lines, or of lines, as `feed` would take it in."""
        lines = [messages] if isinstance(messages, str) else messages
        block = lines if isinstance(lines, bytes) else _block(lines)
        return self._decoder.decode(block, arrival=arrival, lines=self.tally.read - self._extra)

    def miss(self, until: int) -> None:
        """What happened up to an event time, µs UTC, was not all read: that little of it came is no news."""
        if self.detection is not None:
            self.detection.miss(until)

    def finish(self) -> Closed:
        """The end of the input: closes all ticks, and judges what still waited for later messages."""
        ticks, tally = self.order.finish()
        self.tally += tally
        return self._scan(ticks)

    def close(self, ticks: Ticks) -> Closed:
        """Takes in ticks of this watch that another process has closed; what it closed, as `feed` gives it."""
        self.order.watermark = max(self.order.watermark, ticks.until)
        return self._scan(ticks)

    def columns(self, time: NDArray[np.int64], categories: list[str], *, arrival: int = UNKNOWN) -> Batch:
        """A batch of events that are columns already: event times in µs UTC and a category each."""
        if len(time) != len(categories):
            raise InputError(f"expected as many categories as times, got {len(categories)} and {len(time)}")
        codes = self.categories.encode(list(categories))
        return Batch(np.asarray(time, np.int64), codes, np.zeros(len(time), np.uint64), arrival, read=len(time))

    def state(self) -> State:
        """All that the watch has learned but the names of its categories, which only grow: see `model.state`.

        A watch of the same settings that takes it by `restore` goes on to the same bits.
        """
        own = {
            "tally": list(self.tally),
            "time_form": self.time_form,
            "rejects": [list(reject) for reject in self.rejects],
            "counts": trimmed(self.counts.events),
            "gaps": list(self.gaps),
            # As text: it may pass 64 bits.
            "surprisal": str(self.surprisal),
            "folded": self.categories.folded,
            "extra": self._extra,
            "missing": self.categories.missing,
        }
        parts = {name: part.state() for name, part in self._parts.items()}
        return {"format": FORMAT, "settings": self._settings(), "own": own, "parts": parts}

    def restore(self, state: State, names: Sequence[str]) -> None:
        """Takes a state in place of its own, with the names of the categories by code.

        What becomes of messages without a category stays as it was, unless this watch was asked for something else.
        Raises StoreError for the state of another version, or of a watch with other settings.
        """
        check(state, range(OLDEST, FORMAT + 1), self._settings())
        self.is_outdated = self.detection is not None and state["format"] < FORMAT
        own = state["own"]
        self.tally, self.gaps = Tally(*own["tally"]), Gaps(*own["gaps"])
        self.time_form, self.rejects = own["time_form"], [Reject(*reject) for reject in own["rejects"]]
        self.counts, self.surprisal = Counts(own["counts"]), int(own["surprisal"])
        self.categories.restore(names, own["folded"])
        self._extra = own["extra"]
        if self._missing not in CHOICES:
            self.categories.missing = own.get("missing", "before")
        for name, part in self._parts.items():
            part.restore(state["parts"][name])

    def upgrade(self, past: Sequence[Past], left_out: Sequence[LeftOut], found: int) -> None:
        """Detects again from here on, with level and shares relearned from a history up to now.

        `found`: the largest number that an incident has. What an earlier version had open is over.
        """
        if self.detection is not None:
            self.detection.upgrade(past, left_out, self.recent.until, found)
        self.is_outdated = False

    def _settings(self) -> State:
        """What a state depends on, as people know it."""
        return {
            "--time": self.fields.time,
            "--by": self.fields.by,
            "--id": ",".join(self.fields.id),
            "--where": ", ".join(f"{path}={value}" for path, value in self.fields.where),
            "--count": self.fields.count,
            "--time-unit": self.fields.time_unit,
            "--lateness": duration.text(self.order.lateness),
            "--half-life": duration.text(self.mix.half_life * TICK),
            "--max-categories": self.categories.cap,
            "--false-alarms": None if self._false_alarms is None else budget.text(self._false_alarms),
            "--zone": None if self._false_alarms is None else self._zone.name,
        }

    def _scan(self, ticks: Ticks | None) -> Closed:
        if ticks is None:
            return Closed(np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0), None)
        scored = self.mix.step(ticks)
        self.surprisal += scored.total
        self.recent.add(ticks.cells, ticks.until // TICK)
        self.counts = self.counts.add(ticks.cells)
        self.gaps = self.gaps.merge(Gaps.of(ticks.cells))
        found = () if self.detection is None or self.is_outdated else tuple(self.detection.take(ticks))
        return Closed(ticks.time, ticks.category, scored.bits, ticks, found)

    @property
    def watermark(self) -> int | None:
        """Event time before which all is counted, µs UTC; None before the first event."""
        return None if self.order.watermark == UNKNOWN else self.order.watermark

    def counted(self, window: int | None = None) -> NDArray[np.int64]:
        """Events per category code over the life of the watch, or over the last `window` µs of event time."""
        if window is None:
            return self.counts.events
        ticks = self._ticks(window)
        if self.recent.cut_short(ticks):
            kept = duration.text(self.recent.reach * TICK)
            raise InputError(f"expected a window of at most {kept}: there are too many categories to keep more")
        return self.recent.counts(ticks, len(self.categories))

    def histogram(self, window: int | None = None) -> dict[str, float]:
        """Share of all events by category, summing to 1; empty without events. Horizon as in `counted`."""
        counts = self.counted(window)
        total, names = int(counts.sum()), self.categories.names
        return {name: count / total for name, count in by_name(counts, names).items()}

    def entropy(self, window: int | None = None) -> Entropy | None:
        """The entropy of `histogram`; None without events."""
        return entropy(self.counted(window))

    def rate(self, category: str | None = None, window: int = RATE_WINDOW) -> Rate:
        """Mean gap and rate over the last `window` µs of event time, or since the first event if that is later."""
        ticks = min(self._ticks(window), self.recent.reach)
        if category is None:
            return rate(self.recent.gaps(ticks), ticks * TICK / SECOND)
        code = self.categories.code(category)
        return rate(Gaps() if code is None else self.recent.gaps(ticks, code), ticks * TICK / SECOND)

    def probability(self, category: str) -> Probability:
        """How likely the next event is to be of a category, seen or not."""
        code = self.categories.code(category)
        at = self.mix.probabilities(np.array([len(self.mix.weights) if code is None else code], np.int32), self._now)
        p = float(at[0])
        seen = code is not None and code < len(self.counts.events) and bool(self.counts.events[code])
        return Probability(category=category, p=p, surprisal_bits=0.0 - math.log2(p), seen=seen)

    def usual_shares(self) -> NDArray[np.float64]:
        """The share that is expected of each category code, shape (categories,): as detection has learned it.

        Where nothing is looked for, or not yet, its probability under the mix as it stands.
        """
        shares = self.mix.probabilities(np.arange(len(self.categories), dtype=np.int32), self._now)
        known = None if self.detection is None or self.is_outdated else self.detection.usual_shares
        if known is not None:
            shares[: len(known)] = known[: len(shares)]
        return shares

    def usual_per_s(self) -> float | None:
        """Events a second that are expected now: as detection has learned it, so that no incident has moved it.

        Where nothing is looked for, or not yet, the mean over the memory of the mix: its events over the integral of
        its forgetting from the first to the last. None before an event.
        """
        if self.gaps.first == UNKNOWN:
            return None
        known = None if self.detection is None or self.is_outdated else self.detection.usual_per_s
        if known is not None:
            return known
        last, half_life = self.gaps.last // TICK, self.mix.half_life
        age = max(1, last - self.gaps.first // TICK + 1)
        memory = half_life / math.log(2) * -math.expm1(-age / half_life * math.log(2))
        return self.mix.events(last) / (memory * TICK / SECOND)

    def watched_share(self, window: int | None = None) -> float | None:
        """The share of the watched set of categories; None without events or a watched set. Horizon as in `counted`."""
        counts = self.counted(window)
        codes = [code for code in map(self.categories.code, self.watched) if code is not None and code < len(counts)]
        total = int(counts.sum())
        return int(counts[codes].sum()) / total if total and self.watched else None

    def category_of(self, message: bytes) -> str:
        """The category of one message. Raises InputError where it has none."""
        own = Categories()
        batch = Decoder(Fields(time=self.fields.time, by=self.fields.by), own).decode(message)
        if not len(batch.category):
            raise InputError(batch.rejects[0].reason if batch.rejects else "expected one message in JSON, got none")
        return own.names[int(batch.category[0])]

    def summary(self) -> Summary:
        """All that was counted over the life of the watch, as a value that adds up with others."""
        counts = by_name(self.counts.events, self.categories.names)
        return Summary(self.tally, counts, self.gaps, self.surprisal)

    def report(self) -> dict[str, Any]:
        """What `rarebird summary --json` prints, the histogram as an iterator: see `rarebird.stats.summary.report`."""
        return report(self.tally, self.categories.names, self.counts.events, self.gaps, self.surprisal)

    @property
    def _now(self) -> int:
        """The last closed tick."""
        return self.recent.until - 1

    def _ticks(self, window: int) -> int:
        if not TICK <= window <= LONGEST_WINDOW:
            longest = duration.text(LONGEST_WINDOW)
            raise InputError(f"expected a window from 1s to {longest}, got {duration.text(window)}")
        return window // TICK


def _block(lines: Iterable[str | bytes]) -> bytes:
    encoded = (line if isinstance(line, bytes) else line.encode(errors="surrogatepass") for line in lines)
    return b"\n".join(line.rstrip(b"\n") for line in encoded)
