"""What `rarebird backtest` writes: JSON lines, or words and a picture."""

from __future__ import annotations

from collections.abc import Sequence
from shutil import get_terminal_size
from typing import Final

from rarebird.backtest.lines import is_listed, last_line, line
from rarebird.backtest.outcome import Outcome
from rarebird.backtest.picture import picture
from rarebird.backtest.replay import Replay
from rarebird.backtest.table import decision_lines, outcome_lines
from rarebird.cli.output import show, write
from rarebird.config.settings import Settings
from rarebird.incident.decision import Decision
from rarebird.incident.telling import Nouns

_WIDEST: Final = 120


class Json:
    """JSON lines on standard output, each as soon as it is known."""

    def decisions(self, decided: Sequence[Decision]) -> None:
        """What is sent, as it is, and what is not."""
        if lines := b"".join(line(each) for each in decided if is_listed(each)):
            write(lines)

    def end(self, found: Outcome) -> None:
        """What was found in all."""
        write(last_line(found))


class Text:
    """Words on standard output, and a picture at the end."""

    def __init__(self, chosen: Settings, replay: Replay) -> None:
        self._chosen, self._replay = chosen, replay
        self._width = min(get_terminal_size().columns, _WIDEST)

    def decisions(self, decided: Sequence[Decision]) -> None:
        """What is sent, as it is, and what is not."""
        for each in filter(is_listed, decided):
            nouns = Nouns.of(self._chosen.noun, self._chosen.noun_by, self._replay.watch.categories.names)
            show("\n".join(decision_lines(each, nouns, self._width)))

    def end(self, found: Outcome) -> None:
        """What was found in all."""
        replay = self._replay
        if replay.incidents:
            show("")
        show("\n".join(outcome_lines(found, self._width)))
        drawn = picture(replay.curve, replay.incidents.values(), self._width, self._chosen.noun)
        if drawn:
            show("\n" + "\n".join(drawn))
