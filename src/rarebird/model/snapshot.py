"""The snapshot: all that the page and the terminal show of a watch at one moment."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from rarebird.model.health import Health
from rarebird.model.incident import Incident
from rarebird.model.reading import Entropy, Rate


class CategoryReading(Struct, frozen=True):
    """One category: now against what is expected."""

    name: str
    count: int
    """Events over the life of the watch."""
    share: float
    """Share of all events over the life of the watch."""
    recent_count: int
    """Events in the recent window."""
    recent_share: float
    expected_share: float
    """As detection has learned it, so that no incident has moved it. Before it has learned 100 events, and where
    nothing is looked for, the share under the mix with half-life, as it stood before the recent window's last tick."""
    low_share: float
    high_share: float
    """Where 95 of 100 recent shares fall when the mix is as expected (binomial)."""
    watched: bool


class Surprise(Struct, frozen=True):
    """One event that was hard to expect."""

    time: int
    """Event time, µs UTC."""
    category: str
    bits: float
    """Its surprisal."""


class Note(Struct, frozen=True):
    """Something that the runner itself says, such as a change of the simulated story."""

    time: int
    """Event time, µs UTC."""
    text: str
    mark: Literal["*", "!"] = "*"
    """! where it tells of something out of the ordinary."""


class Missed(Struct, frozen=True):
    """A gap in a stream: what its source sent while nobody read, and does not send again."""

    source: str
    start: int
    """Event time up to which all was counted, µs UTC."""
    end: int
    """Event time of the first event behind the gap, µs UTC."""


class StoreReading(Struct, frozen=True):
    """How the store is doing that keeps what is learned."""

    name: str
    """Its address, without secrets."""
    kind: str
    """keeping or failing."""
    detail: str
    """Where it fails: why, and when it is tried again."""
    keeps: str
    """How long history is kept, for people."""
    since: int | None = None
    """Event time up to which all was counted when this run went on from what it held; None where it began anew."""
    failing_since: int | None = None
    """Since when it fails, µs UTC by the clock of the watch; None where it does not."""


class ChannelReading(Struct, frozen=True):
    """How a channel to people is doing; the counts are those of this run."""

    name: str
    """As `--notify` takes it."""
    waiting: int
    """Notices that are still to be sent, but for those that were set aside."""
    oldest_s: float | None
    """For how long the oldest of them waits, s; None where none does."""
    detail: str
    """Why the last attempt failed; empty where it did not."""
    sent: int
    failed: int
    retried: int
    repeated: int
    """Attempts at what may have been taken before."""
    failing_s: float | None = None
    """For how long no attempt was taken, s; None where the last one was, or there was none."""
    set_aside: int = 0
    """Notices that were refused for their content: they are kept, and hold up no other."""


class SourceReading(Struct, frozen=True):
    """How one source is doing."""

    name: str
    kind: str
    """starting, connected, failing or ended."""
    detail: str
    reconnects: int
    since: int = 0
    """When it came into this state, µs UTC by the reader's clock."""


class TaskReading(Struct, frozen=True):
    """How a background task is doing."""

    name: str
    kind: Literal["running", "restarting", "given up"]
    detail: str = ""
    """By which exception it ended last; empty where it never did."""
    restarts: int = 0


class ArrivalReading(Struct, frozen=True):
    """What the latest messages say of the stream and of the clocks. Instants are µs UTC by the clock of the watch."""

    recent: int = 0
    """The latest messages read: at least 1,000 where as many were."""
    rejected: int = 0
    """Those of them that could not be read as an event."""
    unkept: int = 0
    """Messages since the last one that was kept, without those that a filter dropped, and without repeats."""
    repeated: int = 0
    """Messages since the last one that was kept that are repeats."""
    watermark: int | None = None
    """Event time up to which all is counted, µs UTC, as of the last message."""
    read_at: int | None = None
    """When the last message came that is no repeat."""
    moved_at: int | None = None
    """When the watermark moved last; when the first message came, where it never has."""
    off_s: float = 0.0
    """How far the stamp nearest to the clock was ahead of it in the last batch, s; below 0 behind it."""
    off_since: int | None = None
    """Since when that was over a minute in every batch, and to the same side; None where it was not in the last."""
    off_count: int = 0
    """Events in those batches."""


class Counters(Struct, frozen=True):
    """What became of every message read; the other six add up to `read` but for those still `undecided`."""

    read: int
    kept: int
    filtered: int
    repeats: int
    late: int
    future: int
    malformed: int
    undecided: int


class Snapshot(Struct, frozen=True):
    """All that is shown of a watch at one moment. Times are µs UTC."""

    name: str
    """What is watched, for people: "Meetup RSVPs by US state"."""
    noun: str
    """What an event is called, plural: "RSVPs", "events"."""
    noun_by: str
    """What a category is called, plural: "states", "categories"."""
    version: int
    """Grows with each closed tick."""
    watermark: int | None
    """Event time up to which all is counted; None before the first event."""
    behind_s: float | None
    """Arrival clock less watermark, s; None for a recording."""
    first: int | None
    """Event time of the first event kept."""
    last: int | None
    """Event time of the last event counted."""
    past_until: int | None
    """Where the watch began with a simulated past: its end."""
    sources: tuple[SourceReading, ...]
    store: StoreReading | None
    """None where nothing is kept."""
    counters: Counters
    missed: tuple[Missed, ...]
    """The latest gaps in what the sources gave, newest first, at most 20."""
    missed_count: int
    """Gaps in all."""
    categories: int
    """Categories seen."""
    folded: int
    """Events that fell into "other" because the cap on categories was reached."""
    time_form: str
    """How the stream writes its times, for people; empty before the first event."""
    remembered: int
    """Identities remembered now."""
    remembered_cap: int
    rate: Rate
    """Over the last 120 s."""
    usual_per_s: float | None
    """Events a second that are expected now: as detection has learned it, so that no incident has moved it. Before its
    first minute, and where nothing is looked for, the mean over the memory of the mix (its half-life)."""
    recent_window_s: float
    """The window of the recent shares and of `entropy`, s."""
    entropy: Entropy | None
    """Of the recent window; None without events."""
    entropy_life: Entropy | None
    half_life_s: float
    watched_share: float | None
    """Recent share of the watched set; None where none is set or no event came."""
    watched_expected: float | None
    mix: tuple[CategoryReading, ...]
    """The categories by expected or recent share, largest first, at most 60."""
    surprises: tuple[Surprise, ...]
    """The most surprising of the latest events, newest first, at most 200."""
    notes: tuple[Note, ...]
    """Newest first, at most 20."""
    finished: bool
    """The input has ended; nothing will change any more."""
    incidents: tuple[Incident, ...] = ()
    """The latest, at most 10: those that are open first; of them and of the others the newest, of one minute the
    largest first."""
    incidents_open: int = 0
    """Incidents that go on, in all."""
    channels: tuple[ChannelReading, ...] = ()
    """To whom is told what is found."""
    tasks: tuple[TaskReading, ...] = ()
    """What is done in the background."""
    health: Health = Health()
