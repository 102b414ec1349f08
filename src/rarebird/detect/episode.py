"""Episodes: what an alarm has begun, followed minute by minute until it is over or has become the usual.

The evidence that it is over is a CUSUM (Page 1954) of the usual against a change by the factor r that was estimated at
the alarm, and corrected by each minute since: a minute adds M (r - 1) - N ln r. Limit: a small change may still be over
before it has gone back, and told again.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.detect import lean
from rarebird.detect.finding import Finding
from rarebird.detect.judge import LEAN, MIX, SURGE
from rarebird.detect.level import MINUTE

OVER: Final = 9.0
"""Nats for the usual against the change, with which it is over."""
MOST: Final = 64
"""Categories that are open of their own at most; beyond that one episode is about many at once."""
LASTING: Final = 3 * 3600
"""A change that lasts so long, s, is the usual from then on."""
SMALL: Final = ((0.25, 480), (0.35, 1200))
"""One by a small factor, as its logarithm, is so sooner: levels wander."""
RECENT: Final = 20


class Episode(NamedTuple):
    """An incident that is open."""

    incident: Finding
    family: int
    factor: float
    """What the change multiplies by, as far as it is known; never near 1."""
    ratio: float
    """Of the whole stream: the level before it began, over what the hour of the week makes expect."""
    against: float
    """Nats for the usual since the alarm, never below 0."""
    recent: tuple[tuple[float, float], ...]
    """Of each of the last minutes events and what was expected of it; of a leaning mix what its events said, and how
    many they were: for what is usual from then on."""
    held: bool = False
    """Held back by feedback: followed, and not told."""
    joined: bool = False
    """Of the cause of another that is open: followed, and not told by itself."""
    tilt: float = 0.0
    """How far the mix leans by its form; see `lean.tilt`."""

    @property
    def category(self) -> int | None:
        """The category that it is about, by its code."""
        return self.incident.category

    @property
    def of_whole(self) -> bool:
        """Whether it is about all that is not open of its own."""
        return self.family < MIX

    @property
    def is_silence(self) -> bool:
        """Whether nothing at all came, of any category."""
        return self.of_whole and self.incident.kind == "silence"

    @property
    def of_form(self) -> bool:
        """Whether it is about a form of the mix."""
        return MIX <= self.family < SURGE and self.category is None

    @property
    def of_many(self) -> bool:
        """Whether it is about categories for which there is no room of their own."""
        return self.family >= SURGE and self.category is None

    @property
    def of_watched(self) -> bool:
        """Whether it is about how large a part the watched set has."""
        return self.of_form and self.form >= len(lean.BENDS)

    @property
    def form(self) -> int:
        """The form of the mix, where it is about one."""
        return self.family - LEAN

    @property
    def forms(self) -> NDArray[np.int64]:
        """Those of its kind."""
        return next(rows for rows in lean.KINDS if self.form in rows)

    @property
    def subject(self) -> int:
        """What it is about: at most one of each is open. A category by its code, a kind of form, the whole, or many."""
        if self.category is not None:
            return self.category
        if self.of_many:
            return -1 - len(lean.KINDS) - 1
        return -1 if self.of_whole else -1 - next(at for at, rows in enumerate(lean.KINDS, 1) if self.form in rows)

    def patience(self) -> int:
        """After how many seconds the change is the usual."""
        size = abs(math.log(self.factor))
        return next((seconds for limit, seconds in SMALL if size < limit), LASTING)

    def is_over(self) -> bool:
        """Whether enough speaks for the usual, or nothing has come for long of what came too often.

        Of what is hardly ever expected even that says little against a factor that is not known.
        """
        told = self.incident
        pace = told.events / max(told.detected - told.since, 1) * MINUTE * RECENT
        is_gone = len(self.recent) == RECENT and not any(events for events, _ in self.recent)
        return self.against > OVER or (self.factor > 1 and told.category is not None and is_gone and pace > OVER)

    def ending(self, now: int, *, lasting: bool) -> list[Finding]:
        """What there is to tell of its end."""
        return [] if self.held or self.joined else [self.over(now, lasting=lasting)]

    def over(self, now: int, *, lasting: bool) -> Finding:
        """The incident at its end."""
        return self.incident._replace(ended=now, lasting=lasting)


def first_factor(incident: Finding) -> float:
    """What a change of counts is taken to multiply by as it is told.

    What comes too often is told first where it came by chance far more often yet.
    """
    if incident.direction == "up":
        return _apart(max(math.sqrt(_multiple(incident)), incident.factor), up=True)
    return _apart(incident.factor, up=False)


def _apart(factor: float, *, up: bool) -> float:
    """A factor kept away from 1, and from 0."""
    return max(factor, 1.1) if up else min(max(factor, 0.03), 0.9)


def _multiple(incident: Finding) -> float:
    """What a change of counts multiplies by, as its window says; of none at all no less than of half an event."""
    if incident.direction == "up":
        return incident.events / max(incident.expected, 1e-9)
    return incident.factor


def counted(episode: Episode, events: float, expected: float, hour: float) -> Episode:
    """After a minute with so many events, of which the usual expects `expected` and the hour of the week `hour`.

    Evidence for the usual, nats: M (r - 1) - N ln r, for a change by the factor r; its sum never falls below 0.
    """
    usual = expected * (episode.factor - 1) - events * math.log(episode.factor)
    recent = (*episode.recent[1 - RECENT :], (events, hour))
    factor = _followed(episode, events, expected, hour)
    return episode._replace(against=max(0.0, episode.against + usual), recent=recent, factor=factor)


def _followed(episode: Episode, events: float, expected: float, hour: float) -> float:
    """The factor after such a minute, not nearer to 1 than the square root of that at the alarm.

    At an alarm it is rather too large: what looks larger than it is is told first.
    """
    if expected <= 0:
        return episode.factor
    before = max(episode.incident.expected, sum(each for _, each in episode.recent) * expected / hour)
    factor = (episode.factor * before + events) / (before + expected)
    least = math.sqrt(_multiple(episode.incident))
    up = episode.factor > 1
    return max(_apart(factor, up=up), least) if up else min(_apart(factor, up=up), least)


def leaned(episode: Episode, says: float, events: float, evidence: float) -> Episode:
    """After a minute whose events said so much for the form, nats, and spoke so much for a mix that leans so far."""
    recent = (*episode.recent[1 - RECENT :], (says, events))
    return episode._replace(against=max(0.0, episode.against - evidence), recent=recent)
