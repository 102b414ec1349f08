"""`rarebird pipe detect`: what is news in readings."""

from __future__ import annotations

from rarebird.cli.options import RuleOptions
from rarebird.cli.output import write
from rarebird.cli.pipe.stage import inflow, run, say


def detect(*, rules: RuleOptions | None = None) -> None:
    """Read readings, as `rarebird pipe average` and `poll` write them, and write what is news by the rules.

    A line has time, rule, direction (up or down), phase (fired or recovered), value, limit, text, and alerting_share:
    on which share of the readings so far the rule alerts. At the end each rule says that on standard error, and at
    the beginning of what it would have done on the readings of before, where `average --past` and `poll --past` give
    them.
    """
    from rarebird.config.rules import rules as rules_of
    from rarebird.pipe.detect import Detect
    from rarebird.pipe.line import ReadingLine

    wanted = (rules or RuleOptions()).wanted()
    run(Detect(rules_of(wanted), write, say).run(inflow(ReadingLine)))
