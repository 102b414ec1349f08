"""A replay: a watch that is moved by event time alone, and what it finds."""

from __future__ import annotations

from rarebird.backtest.curve import Curve
from rarebird.model.batch import Batch
from rarebird.model.incident import Incident
from rarebird.model.instant import UNKNOWN
from rarebird.watch import Closed, Watch


class Replay:
    """Takes batches in as if they were read from a recording, whatever clock they came by.

    The watch sees nothing that it would not have seen live: its limits come from the past alone. How the input is cut
    into batches changes nothing.
    """

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.curve = Curve()
        self.incidents: dict[int, Incident] = {}
        """By id, each as it was told last."""

    def take(self, batch: Batch) -> tuple[Incident, ...]:
        """The incidents that began or ended with a batch, in the order in which they did."""
        return self._told(self.watch.feed(batch._replace(arrival=UNKNOWN, idle=False)))

    def finish(self) -> tuple[Incident, ...]:
        """Those with the end of the input."""
        return self._told(self.watch.finish())

    def _told(self, closed: Closed) -> tuple[Incident, ...]:
        if closed.ticks is not None:
            self.curve.add(closed.ticks.cells)
        self.incidents.update((incident.id, incident) for incident in closed.incidents)
        return closed.incidents
