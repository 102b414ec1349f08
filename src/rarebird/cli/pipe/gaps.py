"""`rarebird pipe gaps`: the time between neighbours."""

from __future__ import annotations

from rarebird.cli.output import write
from rarebird.cli.pipe.stage import inflow, run, say


def gaps() -> None:
    """Read events and write for each {"time": …, "gap_s": …}: the seconds since the event before, null for the first.

    Reads what `rarebird pipe ingest` writes.
    """
    from rarebird.pipe.gaps import gaps as stage
    from rarebird.pipe.line import EventLine

    run(stage(inflow(EventLine), write, say))
