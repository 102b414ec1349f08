"""From a running watch to the snapshot of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rarebird.config.settings import Settings
from rarebird.model.instant import SECOND, UNKNOWN
from rarebird.model.reading import Moment
from rarebird.model.snapshot import CategoryReading, Counters, Snapshot, SourceReading, Surprise
from rarebird.run.surprises import Surprises
from rarebird.source.contract import Source
from rarebird.stats.binomial import range95
from rarebird.stats.entropy import entropy
from rarebird.watch import TICK, Watch

RECENT: Final = 900 * SECOND
"""The longest window of recent shares and their entropy."""
_SHOWN: Final = 60


def snapshot(watch: Watch, settings: Settings, sources: Sequence[Source], surprises: Surprises) -> Snapshot:
    """All that is shown of a watch as it stands; what only its runner knows is left empty."""
    mix, recent = _mix(watch)
    return Snapshot(
        name=settings.title,
        noun=settings.noun,
        noun_by=settings.noun_by,
        version=0,
        watermark=watch.watermark,
        behind_s=None,
        first=None if watch.gaps.first == UNKNOWN else watch.gaps.first,
        last=None if watch.gaps.last == UNKNOWN else watch.gaps.last,
        past_until=None,
        sources=tuple(map(source_reading, sources)),
        store=None,
        missed=(),
        missed_count=0,
        counters=Counters(**watch.tally._asdict(), undecided=watch.tally.undecided),
        categories=int(np.count_nonzero(watch.counts.events)),
        folded=watch.categories.folded,
        time_form=watch.time_form,
        remembered=len(watch.order.repeats),
        remembered_cap=watch.order.repeats.cap,
        rate=watch.rate(),
        usual_per_s=watch.usual_per_s(),
        recent_window_s=recent_window(watch) / SECOND,
        entropy=entropy(recent),
        entropy_life=watch.entropy(),
        half_life_s=watch.mix.half_life * TICK / SECOND,
        watched_share=watch.watched_share(recent_window(watch)),
        watched_expected=_watched_expected(watch),
        mix=mix,
        surprises=_surprises(watch, surprises),
        notes=(),
        finished=False,
    )


def moment(watch: Watch, time: int) -> Moment:
    """How often events come and how evenly they spread, at an instant of event time, µs UTC."""
    rate, spread = watch.rate(), watch.entropy(recent_window(watch))
    return Moment(time, rate.rate_per_s, rate.low_per_s, rate.high_per_s, None if spread is None else spread.bits)


def recent_window(watch: Watch) -> int:
    """The window of the recent shares, µs: shorter where the watch is younger, or cannot keep as much."""
    return max(TICK, min(RECENT, watch.recent.reach * TICK))


def source_reading(source: Source) -> SourceReading:
    """How a source is doing."""
    state = source.state
    return SourceReading(source.name, state.kind, state.detail, state.reconnects, state.since)


def _mix(watch: Watch) -> tuple[tuple[CategoryReading, ...], NDArray[np.int64]]:
    recent = watch.counted(recent_window(watch))
    life = np.zeros(len(recent), np.int64)
    life[: len(watch.counts.events)] = watch.counts.events[: len(life)]
    expected = watch.usual_shares()
    count, total = int(recent.sum()), int(life.sum())
    weight = np.where(life > 0, np.maximum(expected, recent / max(1, count)), -1)
    order = np.argsort(-weight, kind="stable")[:_SHOWN]
    low, high = range95(count, expected[order])
    names = watch.categories.names
    rows = [
        CategoryReading(
            name=names[code],
            count=int(life[code]),
            share=int(life[code]) / total,
            recent_count=int(recent[code]),
            recent_share=int(recent[code]) / max(1, count),
            expected_share=float(expected[code]),
            low_share=float(low[at]),
            high_share=float(high[at]),
            watched=names[code] in watch.watched,
        )
        for at, code in enumerate(order.tolist())
        if life[code]
    ]
    return tuple(rows), recent


def _watched_expected(watch: Watch) -> float | None:
    if not watch.watched or watch.gaps.first == UNKNOWN:
        return None
    codes = [code for code in map(watch.categories.code, watch.watched) if code is not None]
    return float(watch.usual_shares()[codes].sum())


def _surprises(watch: Watch, kept: Surprises) -> tuple[Surprise, ...]:
    names = watch.categories.names
    rows = np.argsort(-kept.time, kind="stable").tolist()
    return tuple(Surprise(int(kept.time[row]), names[kept.category[row]], float(kept.bits[row])) for row in rows)
