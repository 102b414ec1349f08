"""A running watch: what the page, the API and the terminal see of it, kept up to date as batches come in."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import Final, Literal

from msgspec import structs

from rarebird.config.settings import Settings
from rarebird.config.zones import zone
from rarebird.decode.complaint import Complaints
from rarebird.detect.relearn import LeftOut
from rarebird.incident.decision import Decision
from rarebird.incident.mutes import Mutes
from rarebird.incident.telling import Nouns
from rarebird.model.batch import Batch
from rarebird.model.history import Past
from rarebird.model.incident import Incident, Reason, Tells
from rarebird.model.reply import Reply
from rarebird.model.snapshot import Missed, Note, Snapshot, StoreReading
from rarebird.model.state import Part, State
from rarebird.model.tally import Tally
from rarebird.model.ticks import Ticks
from rarebird.notify.contract import Notice, Queue
from rarebird.run import past
from rarebird.run.age import Age, Hushes
from rarebird.run.alerts import Alerts
from rarebird.run.answering import Answers, answered, reply_of
from rarebird.run.arrivals import Arrivals
from rarebird.run.channels import Channels
from rarebird.run.course import known
from rarebird.run.decided import noted, readings_text, told
from rarebird.run.digests import Digests
from rarebird.run.incidents import Incidents
from rarebird.run.journal import Heard
from rarebird.run.missing import Missing
from rarebird.run.names import Names
from rarebird.run.note_queue import NoteQueue
from rarebird.run.outages import Outages
from rarebird.run.outbox import Outbox
from rarebird.run.snapshot import moment
from rarebird.run.surprises import Surprises
from rarebird.run.trail import Trail
from rarebird.run.watch_view import WatchView
from rarebird.run.withheld import Withheld
from rarebird.source.contract import Source
from rarebird.supervise import Supervisor
from rarebird.watch import TICK, Closed, Watch

_NOTES: Final = 20
_AS_BEFORE: Final = (
    "Messages without a category are malformed, as they were when this store was made; --missing none counts them as "
    '"(none)" from then on.'
)
RELEARNED: Final = (
    "Level and shares were relearned from history: an earlier version had learned them, and this one reads them in "
    "another way."
)
"""Said once when a store of an earlier version is opened."""


RESTARTED: Final = (
    "Rules that an earlier version, or other options, had set learn from here on what is usual: for an hour they are "
    "silent."
)
"""Said where a store holds what other rules have learned."""


class Running(WatchView):
    """A watch and all that is shown of it. Everything happens in one event loop: no locks.

    `clock` is the arrival clock in µs UTC, by which the watch is said to be behind; None for a recording.
    """

    tells_readings = False
    """Whether entropy and mean gap stand beside an incident that begins, as they do where rules judge them."""

    def __init__(
        self, watch: Watch, settings: Settings, sources: Sequence[Source], clock: Callable[[], int] | None = None
    ) -> None:
        super().__init__(watch)
        self.settings, self.sources, self.clock = settings, sources, clock
        self.tasks, self.is_open = Supervisor(), False
        self.notes: deque[Note] = deque(maxlen=_NOTES)
        self.lines, self.arrivals = NoteQueue(), Arrivals()
        self.missing = Missing()
        self.store: StoreReading | None = None
        self.committing_since: int | None = None
        self.archive: past.Archive | None = None
        self.surprises, self.trail = Surprises(), Trail()
        self.mutes, self.age = Mutes(zone), Age()
        self.hushes = Hushes(self.age, self.mutes)
        self.found = Incidents(self.hushes.hushed)
        self.decisions: Counter[tuple[Reason, Tells]] = Counter()
        """How often each reason was given in this run, with what people got."""
        self._parts: dict[str, Part] = {"surprises": self.surprises, "trail": self.trail, "incidents": self.found}
        self._parts |= {"mutes": self.mutes, "age": self.age}
        self.answers = self._parts["answers"] = Answers()
        self.names = self._parts["names"] = Names()
        self.queues: Sequence[Queue] = ()
        """Where what people are to hear of waits, by channel."""
        self.alerts: Alerts | None = None
        """The rules with limits of their own, where there are any."""
        self.outbox: Outbox | None = None
        self.digests: Digests | None = None
        self._welcome: Callable[[int], Notice] | None = None
        self.channels: Channels | None = None
        self.commits = self.failures = 0
        """Steps that the store has made durable in this run, and attempts at that which failed."""
        self.before = Tally()
        """What was read before this run, as the store held it."""
        self.past_until: int | None = None
        self.wake: Callable[[], None] = lambda: None
        """Called where there is news that no batch has brought."""
        self._complaints = Complaints()
        self._outages = Outages()
        self._hidden = Withheld(self.mutes)
        self._read_at: int | None = None
        self.finished = False
        self.version = 0
        self._changed = asyncio.Event()
        self._shown: Snapshot | None = None

    def take(self, batch: Batch, missed: Missed | None = None) -> Closed:
        """Takes a batch in, before which a source may have left a gap; what it closed."""
        if missed is not None:
            self.watch.miss(missed.end)
            if told := self.missing.take(missed):
                self.note(told, missed.end)
        if batch.read and self.clock is not None:
            self._read_at = self.clock()
        for complaint in self._complaints.take(batch):
            self._note_once(complaint, max(self.watch.watermark or 0, batch.arrival, 0))
        self.names.take(batch.named)
        self.age.came(batch.arrival)
        before = self.watch.tally
        closed = self.watch.feed(batch)
        self._greet()
        closed = self._follow(closed)
        self.arrivals.take(batch, self.watch.tally.less(before), self.watch.watermark, self.now)
        return closed

    def look_out(self, now: int) -> None:
        """Tells of connections that are lost, and that the watch is behind: by the clock, µs UTC, as no tick closes."""
        behind = None if self.watch.watermark is None else now - self.watch.watermark
        told: list[Notice] = []
        for notice in self._outages.look(now, self.sources, behind, self._read_at):
            about, _, what = notice.key.rpartition(" ")
            is_over = what in ("back", "over")
            self.note(notice.text, notice.time, "*" if is_over else "!")
            told += self._hidden.told(about, notice, fired=not is_over)
            self.wake()
        told += self._hidden.settle(now)
        self._enqueue(told)

    def close(self, ticks: Ticks) -> Closed:
        """Takes in ticks that another process has closed; what it closed."""
        return self._follow(self.watch.close(ticks))

    def list(self, incidents: Sequence[Incident]) -> None:
        """Shows incidents that another process has found, the oldest first."""
        self.found.take_over(incidents)
        self.found.count = max((each.id for each in incidents), default=0)
        self._tell()

    def answer(self, reply: Reply) -> None:
        """Takes in what somebody says, and tells what that changes. What cannot be taken in is noted."""
        self._enqueue(list(answered(self, reply)))
        self._tell()

    def hear(self, heard: Heard) -> None:
        """Takes in what was left in the store, once, whatever it is."""
        if heard.number <= self.answers.last:
            return
        self.answers.last = heard.number
        reply = reply_of(heard.body)
        if isinstance(reply, Reply):
            self.answer(reply)
        else:
            self.note(f"What somebody said could not be read: {reply}.", self.watch.watermark or 0)

    def finish(self) -> Closed:
        """The end of the input; what it closed."""
        closed = self._follow(self.watch.finish(), last=True)
        self.finished = True
        self._tell()
        return closed

    def state(self) -> State:
        """The state of the watch, and all that is shown of it besides."""
        own = {
            "notes": [[note.time, note.text, note.mark] for note in self.notes],
            "missed": self.missing.plain(),
            "missed_count": self.missing.count,
            "past_until": self.past_until,
            "settings": self.settings.state(),
            "live": self.clock is not None,
        }
        parts = {name: part.state() for name, part in self._parts.items()}
        return {"watch": self.watch.state(), "own": own, "parts": parts}

    def restore(self, state: State, names: Sequence[str]) -> None:
        """Takes a state in place of its own; `names` are those of the categories, by code."""
        self.watch.restore(state["watch"], names)
        own = state["own"]
        self.notes = deque((Note(*note) for note in own["notes"]), _NOTES)
        self.lines.restart(reversed(self.notes))
        self.arrivals.begin(self.watch.tally)
        self.missing.restore(own["missed"], own["missed_count"])
        self.past_until = own["past_until"]
        for name, part in self._parts.items():
            part.restore(state["parts"].get(name, {}))
        self._tell()

    def attach(
        self,
        queues: Sequence[Queue],
        alerts: Alerts | None = None,
        outbox: Outbox | None = None,
        digests: Digests | None = None,
        welcome: Callable[[int], Notice] | None = None,
    ) -> None:
        """Has what the detectors and the rules find put into queues, of which a store keeps `outbox`.

        `welcome` makes the first message at an instant, µs UTC: it goes out once an event was taken in.
        """
        self.queues, self.alerts, self.outbox, self.digests = queues, alerts, outbox, digests
        self._welcome = welcome
        if digests is not None:
            self._parts["digests"] = digests
        if alerts is not None:
            self._parts["alerts"] = alerts
        if outbox is not None:
            self._parts["outbox"] = outbox

    def go_on(self) -> bool:
        """All that is taken in from here on is new; whether it is muted or told otherwise than what came before."""
        self.before = self.watch.tally
        self.watch.first_rejects.clear()
        if self.watch.categories.missing == "before" and self.settings.fields.by:
            self._note_once(_AS_BEFORE, self.watch.watermark or 0)
        if self.alerts is not None and self.alerts.restarted:
            self._note_once(RESTARTED, self.watch.watermark or 0)
        is_muted_anew = self.mutes.go_on() | self.age.go_on()
        if is_muted_anew:
            self.review()
        is_told_otherwise = self.outbox is not None and self.outbox.go_on()
        self._greet()
        return is_told_otherwise or is_muted_anew

    def upgrade(self, past: Sequence[Past], left_out: Sequence[LeftOut]) -> None:
        """Detects again, with level and shares relearned from history, where an earlier version had learned them.

        What is open ends here; if it goes on it is found again, as the same incident.
        """
        at = self.watch.recent.until * TICK
        self.watch.upgrade(past, left_out, max((each.id for each in self.found.latest), default=0))
        self._enqueue([notice for _, notice in self._news(self.found.end_all(at))])
        self.note(RELEARNED, at)

    def review(self) -> None:
        """The mutes have changed: it is asked again of all that they keep from people, as the next tick closes."""
        at = self.watch.recent.until * TICK
        self.found.review(at)
        if self.clock is not None:
            self._hidden.review(self.clock())
        if self.alerts is not None:
            self.alerts.review(at)

    def note(self, text: str, time: int, mark: Literal["*", "!"] = "*") -> None:
        """Something to tell people, at an instant of event time."""
        note = Note(time, text, mark)
        self.notes.appendleft(note)
        self.lines.put(note)
        self._tell()

    def _note_once(self, text: str, time: int) -> None:
        """Something that may have been noted at an earlier start."""
        if all(note.text != text for note in self.notes):
            self.note(text, time, "!")

    def show(self, store: StoreReading) -> None:
        """How the store is doing; since when it fails is known from here."""
        since = None if self.store is None else self.store.failing_since
        if store.kind == "failing":
            store = structs.replace(store, failing_since=self.now if since is None else since)
        self.store = store
        self._tell()

    def _follow(self, closed: Closed, *, last: bool = False) -> Closed:
        decided: list[Decision] = []
        found: list[tuple[int, Notice]] = []
        if closed.ticks is not None:
            if self.alerts is not None:
                found = [(notice.time, notice) for notice in self.alerts.take(closed)]
                for remark in self.alerts.remarks():
                    self.note(remark, closed.ticks.until)
            self.surprises.take(closed, closed.ticks.until)
            if self.trail.due(closed.ticks.until):
                self.trail.note(moment(self.watch, closed.ticks.until))
            seen = [known(self.watch, self.names, each) for each in closed.incidents]
            decided = [] if self.watch.is_outdated else self.found.step(seen, closed.ticks.until)
            self.mutes.drop_past(closed.ticks.until)
        if last:
            decided += self.found.finish()
        found += self._news(decided)
        if closed.ticks is not None:
            found += self._of_days(closed.ticks)
        self._enqueue([notice for _, notice in sorted(found, key=itemgetter(0))])
        if closed.ticks is not None:
            self._tell()
        return closed

    def _news(self, decided: Sequence[Decision]) -> Iterator[tuple[int, Notice]]:
        """What there is to tell of incidents, and when it was decided."""
        if not decided:
            return
        nouns = self._nouns()
        for each in decided:
            self.decisions[each.reason, each.tells] += 1
            if (line := noted(each, nouns)) is not None:
                self.note(*line)
            if (notice := told(each, nouns)) is not None:
                yield each.time, self._beside(notice)

    def _beside(self, notice: Notice) -> Notice:
        """The notice of an incident that begins with the readings of then, where people are told of those."""
        is_new = notice.incident is not None and notice.incident.ended is None and not notice.quiet
        if not is_new or not (self.tells_readings or self.alerts is not None):
            return notice
        return structs.replace(notice, text=f"{notice.text}{readings_text(self.watch)}")

    def _of_days(self, ticks: Ticks) -> Iterator[tuple[int, Notice]]:
        """The digests that are due; what was too old is noted, once no more is."""
        if self.digests is not None:
            due = self.digests.take(ticks, self.age.now, lambda: (self.watch.tally, self.found.latest, self._nouns()))
            yield from ((notice.time, notice) for notice in due)
        if ticks.until >= self.age.limit and (told := self.withheld()):
            self.note(f"{told}.", ticks.until)

    def _enqueue(self, notices: Sequence[Notice]) -> None:
        for queue in self.queues if notices else ():
            queue.put(notices)

    def _greet(self) -> None:
        """The first message, before all others: not before there is something that a watch can be of."""
        if self._welcome is None or not self.watch.tally.kept:
            return
        if self.outbox is None:
            self._enqueue([self._welcome(self.now)])
            self._welcome = None
        elif self.outbox.has_new_channels:
            self.outbox.greet(self._welcome(self.now))

    def _nouns(self) -> Nouns:
        return Nouns.of(self.settings.noun, self.settings.noun_by, self.watch.categories.names)

    def withheld(self) -> str:
        """How much was too old to be sent since this was asked last, for people; empty where nothing was."""
        old = 0 if self.alerts is None else self.alerts.old
        return self.hushes.withheld(self.decisions["old", "nothing"] + old)

    def _tell(self) -> None:
        self.version += 1
        self._changed.set()
        self._changed = asyncio.Event()
