"""What `rarebird backtest` writes: JSON lines, or words and a picture."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from shutil import get_terminal_size
from typing import Final

from rarebird.backtest.lines import last_line, line
from rarebird.backtest.outcome import Outcome
from rarebird.backtest.picture import picture
from rarebird.backtest.replay import Replay
from rarebird.backtest.table import incident_lines, outcome_lines
from rarebird.config.settings import Settings
from rarebird.incident.telling import Nouns
from rarebird.model.incident import Incident

_WIDEST: Final = 120


class Json:
    """JSON lines on standard output, each as soon as it is known."""

    def incidents(self, incidents: Sequence[Incident]) -> None:
        """Incidents as they are found, and as they end."""
        if incidents:
            sys.stdout.buffer.write(b"".join(map(line, incidents)))
            sys.stdout.buffer.flush()

    def end(self, found: Outcome) -> None:
        """What was found in all."""
        sys.stdout.buffer.write(last_line(found))
        sys.stdout.buffer.flush()


class Text:
    """Words on standard output, and a picture at the end."""

    def __init__(self, chosen: Settings, replay: Replay) -> None:
        self._chosen, self._replay = chosen, replay
        self._width = min(get_terminal_size().columns, _WIDEST)

    def incidents(self, incidents: Sequence[Incident]) -> None:
        """Incidents as they are found, and as they end."""
        for incident in incidents:
            nouns = Nouns.of(self._chosen.noun, self._chosen.noun_by, self._replay.watch.categories.names)
            print("\n".join(incident_lines(incident, nouns, self._width)), flush=True)

    def end(self, found: Outcome) -> None:
        """What was found in all."""
        replay = self._replay
        if replay.incidents:
            print()
        print("\n".join(outcome_lines(found, self._width)))
        drawn = picture(replay.curve, replay.incidents.values(), self._width, self._chosen.noun)
        if drawn:
            print("\n" + "\n".join(drawn))
        sys.stdout.flush()
