"""Counts with a noun: one of a thing is said in the singular, in every text."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from rarebird.backtest.outcome import Outcome
from rarebird.backtest.table import outcome_lines
from rarebird.decode.complaint import nothing
from rarebird.incident.sentence import sentence
from rarebird.incident.telling import Nouns, telling
from rarebird.incident.wording import pace
from rarebird.model.plural import counted
from rarebird.model.reading import Rate
from rarebird.model.snapshot import Counters
from rarebird.model.tally import Tally
from rarebird.pipe.ingest import told
from rarebird.run.age import withheld_text
from tests.incident.test_telling import incident
from tests.web.view_double import calm, waiting

SRC = Path(__file__).resolve().parents[2] / "src" / "rarebird"
NOUNS = (
    "alerts attempts categories events gaps hours incidents lines messages notices parts reconnects repeats rows "
    "seconds sources states times"
).split()
ONE_OF_MANY = re.compile(rf"(?<![\d.,])1 (?:RSVPs|{'|'.join(NOUNS)})\b")
NEVER_ONE = frozenset(
    {
        "cli/report.py: watch.categories.cap",
        "config/calendars.py: MOST",
        "decode/complaint.py: expected",
        "decode/complaint.py: tally.malformed",
        "decode/complaint.py: tally.read",
        "decode/rows.py: total",
        "incident/digest.py: ratio",
        "incident/health.py: arrivals.recent",
        "incident/health.py: arrivals.unkept",
        "incident/sentence.py: len(snapshot.sources)",
        "model/lacking.py: self.messages",
        "notify/apprise.py: len(group)",
        "pipe/insert.py: name",
        "supervise.py: quick",
        "web/question.py: names.count(name)",
    }
)
"""Numbers that stand before a plural, each looked at: a limit, what is shown where it is more than one, a factor."""


@pytest.mark.parametrize("count", [0, 1, 2])
def test_every_text_counts_one_of_a_thing_in_the_singular(count: int) -> None:
    tally = Tally(read=count, kept=0, repeats=count)
    counters = Counters(count, count, 0, 0, 0, 0, 0, 0)
    texts = [
        counted(count, "RSVPs"),
        told(tally),
        withheld_text(count),
        nothing(Tally(), count, []),
        nothing(Tally(read=count, filtered=count), 0, []),
        pace(count / 86_400, "RSVPs"),
        sentence(waiting(counters=counters)).detail,
        sentence(calm(counters=counters, finished=True, categories=1)).headline,
        sentence(calm(rate=Rate(count, 120.0, None, 1.0, None, None), usual_per_s=0.3)).detail,
        telling(incident("mix", "up", category="ME", events=count, expected=0.2), Nouns("RSVPs")),
        "\n".join(outcome_lines(an_outcome(count), 120)),
    ]
    assert not [text for text in texts if ONE_OF_MANY.search(text)]
    assert any(re.search(rf"\b{count} RSVP{'' if count == 1 else 's'}\b", text) for text in texts)


def an_outcome(count: int) -> Outcome:
    return Outcome(
        first=0, last=1, span_s=10_800.0, learned_s=0, events=count, categories=count, incidents=count, open=0,
        by_kind={"rate": count}, incidents_per_day=None, incidents_per_week=None, incidents_per_week_low=None,
        incidents_per_week_high=None, budget_per_week=1.0, time_in_alarm=0.0,
        counters=Counters(count, count, 0, count, 0, 0, 0, 0), rules=(),
    )  # fmt: skip


def test_no_text_puts_a_number_before_a_plural_but_by_the_one_function() -> None:
    found = {
        f"{path.relative_to(SRC).as_posix()}: {ast.unparse(value.value)}"
        for path in SRC.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.JoinedStr)
        for value, text in zip(node.values, node.values[1:], strict=False)
        if isinstance(value, ast.FormattedValue)
        and isinstance(text, ast.Constant)
        and re.match(rf" (?:{'|'.join(NOUNS)})\b", str(text.value))
        and not (isinstance(value.value, ast.Call) and ast.unparse(value.value).startswith(("number(", "_figure(")))
    }
    assert found <= NEVER_ONE


def test_what_is_counted_over_three_hours_is_not_said_of_a_week() -> None:
    (line,) = [line for line in outcome_lines(an_outcome(2), 120) if line.startswith("incidents")]
    assert line.split(maxsplit=1)[1] == "2 in 3 h: 2 rate"
