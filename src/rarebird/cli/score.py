"""`rarebird score`: how well what a backtest told fits what is known to have happened."""

from __future__ import annotations

from typing import Final

from rarebird.cli.options import Dash, Flag

GRACE: Final = "5m"
"""How long after its end a change may still be told: what it did lies in the windows that are looked at."""


def score(
    incidents: Dash,
    truth: str,
    *,
    grace: str = GRACE,
    json: Flag = False,
) -> None:
    """Hold what a backtest told against what is known to have happened.

    Parameters
    ----------
    incidents
        What `rarebird backtest --json` wrote; - for standard input.
    truth
        The changes that happened, as `rarebird simulate --truth` writes them: JSON lines of kind, began, ended and
        category. An incident tells a change when it was detected from its beginning to --grace after its end.
    grace
        How long after its end a change may still be told.
    json
        Print one JSON object instead of a table.

    """
    import msgspec

    from rarebird.backtest.read import findings, truths
    from rarebird.backtest.score import score as scored
    from rarebird.backtest.table import score_lines
    from rarebird.cli.output import show, write
    from rarebird.model import duration

    allowed = duration.chosen("--grace", grace, least=0)
    found = findings(incidents)
    result = scored(found.told, truths(truth), found.span, allowed)
    if json:
        write(msgspec.json.encode(result) + b"\n")
        return
    show("\n".join(score_lines(result)))
