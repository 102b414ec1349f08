"""Reports: a summary as JSON or as a table, and hints where the numbers look as if something is set wrong."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, TextIO

import msgspec

from rarebird.stats.summary import Summary
from rarebird.watch import Watch

_AT_ONCE: Final = 10_000
_SHOWN: Final = 15


def print_json(summary: Summary, out: TextIO) -> None:
    """One JSON object. The histogram is written in parts, so that a million categories need no second copy."""
    for part in _json(summary.as_object()):
        out.write(part)
    out.write("\n")
    out.flush()


def _json(report: dict[str, Any]) -> Iterator[str]:
    start = "{"
    for key, value in report.items():
        yield f'{start}"{key}": '
        start = ", "
        if not isinstance(value, dict):
            yield msgspec.json.encode(value).decode()
            continue
        yield "{"
        items, gap = iter(value.items()), ""
        while part := dict(islice(items, _AT_ONCE)):
            yield gap + msgspec.json.encode(part).decode()[1:-1]
            gap = ","
        yield "}"
    yield "}"


def print_table(summary: Summary, out: TextIO, time_form: str) -> None:
    """A table for people: the counters, the statistics, the largest categories."""
    report = summary.as_object()
    histogram = report.pop("histogram")
    if time_form:
        report["time"] = time_form
    for key, value in report.items():
        out.write(f"{key.replace('_', ' '):<22}{_shown(value)}\n")
    if histogram:
        out.write("\n")
    width = max((len(name) for name in islice(histogram, _SHOWN)), default=0)
    for name, share in islice(histogram.items(), _SHOWN):
        out.write(f"  {name:<{width}}  {100 * share:6.2f} %  {'█' * round(60 * share)}\n")
    if len(histogram) > _SHOWN:
        out.write(f"  and {len(histogram) - _SHOWN:,} more\n")
    out.flush()


def hints(watch: Watch) -> Iterator[str]:
    """What the numbers suggest to set otherwise."""
    tally = watch.tally
    judged = tally.kept + tally.late + tally.future
    for reject in watch.rejects[:3]:
        yield f"malformed, message {reject.line:,}: {reject.reason}"
    if judged and tally.late + tally.future > judged / 2:
        yield (
            f"{tally.late:,} events are late and {tally.future:,} ahead of time: if the input has the newest first, "
            "sort it by time before; if it is somewhat out of order, allow more with --lateness"
        )
    if watch.categories.folded:
        yield (
            f"{watch.categories.folded:,} events have a category beyond the first {watch.categories.cap:,} and were "
            'counted as "other": allow more with --max-categories'
        )


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4f}" if isinstance(value, float) else str(value)
