"""Reports: a summary as JSON or as a table, and hints where the numbers look as if something is set wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final

import msgspec

from rarebird.model.plural import are, counted, were
from rarebird.watch import Watch

_AT_ONCE: Final = 10_000
_SHOWN: Final = 15


def print_json(report: dict[str, Any], put: Callable[[str], object]) -> None:
    """One JSON object. The histogram is written in parts, so that a million categories need no second copy."""
    for part in _json(report):
        put(part)
    put("\n")


def _json(report: dict[str, Any]) -> Iterator[str]:
    start = "{"
    for key, value in report.items():
        yield f'{start}"{key}": '
        start = ", "
        if not isinstance(value, Iterator):
            yield msgspec.json.encode(value).decode()
            continue
        yield "{"
        gap = ""
        while part := dict(islice(value, _AT_ONCE)):
            yield gap + msgspec.json.encode(part).decode()[1:-1]
            gap = ","
        yield "}"
    yield "}"


def print_table(report: dict[str, Any], put: Callable[[str], object], time_form: str) -> None:
    """A table for people: the counters, the statistics, the largest categories."""
    rows = {**report, **({"time": time_form} if time_form else {})}
    shown = list(islice(rows.pop("histogram"), _SHOWN))
    for key, value in rows.items():
        put(f"{key.replace('_', ' '):<22}{_shown(value)}\n")
    if shown:
        put("\n")
    width = max((len(name) for name, _ in shown), default=0)
    for name, share in shown:
        put(f"  {name:<{width}}  {100 * share:6.2f} %  {'█' * round(60 * share)}\n")
    if rows["categories"] > len(shown):
        put(f"  and {rows['categories'] - len(shown):,} more\n")


def hints(watch: Watch) -> Iterator[str]:
    """What the numbers suggest to set otherwise."""
    tally = watch.tally
    judged = tally.kept + tally.late + tally.future
    for reject in watch.first_rejects[:3]:
        yield f"malformed, message {reject.line:,}: {reject.reason}"
    if judged and tally.late + tally.future > judged / 2:
        yield (
            f"{counted(tally.late, 'events')} {are(tally.late)} late and {tally.future:,} ahead of time: if the input "
            "has the newest first, sort it by time before; if it is somewhat out of order, allow more with --lateness"
        )
    if folded := watch.categories.folded:
        yield (
            f"{counted(folded, 'events')} beyond the first {watch.categories.cap:,} categories {were(folded)} "
            'counted as "other": allow more with --max-categories'
        )


def _shown(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "-", True: "yes", False: "no"}[value]
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4f}" if isinstance(value, float) else str(value)
