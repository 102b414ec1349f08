"""Readings: what is known of a stream at one moment, as values that the API and the page show."""

from __future__ import annotations

from msgspec import Struct


class Rate(Struct, frozen=True):
    """How often events come, over the last `window_s` seconds."""

    count: int
    window_s: float
    mean_gap_s: float | None
    """Mean time between neighbours, s; None below two events."""
    rate_per_s: float | None
    """Events a second; None below two events."""
    low_per_s: float | None
    high_per_s: float | None
    """The exact 95 % interval of a Poisson rate (Garwood 1936); None below two events."""


class Entropy(Struct, frozen=True):
    """How evenly the events spread over the categories."""

    count: int
    """Events it rests on."""
    categories: int
    """Categories with at least one of them."""
    nats: float
    bits: float
    corrected_nats: float
    corrected_bits: float
    """The same corrected for the bias that small counts bring."""


class Probability(Struct, frozen=True):
    """How likely the next event is to be of a category."""

    category: str
    p: float
    """Probability under the mix as it stands, greater than 0 for every category, seen or not."""
    surprisal_bits: float
    """-log2 p."""
    seen: bool
    """Whether the category has ever been seen."""


class History(Struct, frozen=True):
    """What was counted in spans of one length, as columns, oldest first; only spans in which something happened."""

    seconds: int
    """Length of a span, s: 1, 60 or 3600, the finest that is kept for all of the range and gives not too many."""
    start: list[int]
    """Beginning of each span, s since 1970 UTC."""
    events: list[int]
    mean_gap_s: list[float | None]
    """Mean time between neighbours in the span; None below two events."""
    entropy_bits: list[float]
    """Of the shares in the span."""
    of_category: list[int] | None = None
    """Events of the category that was asked for; None where none was."""


class Moment(Struct, frozen=True):
    """One point of the curves on the page: what was true when a tick closed."""

    time: int
    """Event time, µs UTC."""
    rate_per_s: float | None
    low_per_s: float | None
    high_per_s: float | None
    entropy_bits: float | None
    """Of the shares of the last 15 minutes."""
