"""What is said of decisions, on the page and to people elsewhere."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from rarebird.incident.life import Decision, Reason, Tells
from rarebird.incident.telling import Nouns
from rarebird.model.incident import Incident, Joined
from rarebird.run.decided import noted, told
from tests.incident.test_telling import incident

BEGAN = incident("mix", "up", category="ME", id=3)
OVER = replace(BEGAN, ended=9 * BEGAN.detected, phase="recovering")
JOINED = replace(BEGAN, joined=(Joined("rate", "up", "rate up", None, 7),))
NOUNS = Nouns("RSVPs", "states", {"ME": "Maine"})
CAME = "RSVPs from Maine came 12 times as often as expected"


@pytest.mark.parametrize(
    ("of", "reason", "mark", "begins", "ends"),
    [
        (BEGAN, "began", "!", CAME, "in 4 min."),
        (replace(BEGAN, reopened=1), "reopened", "!", "Again: RSVPs from Maine came 12 times", "in 4 min."),
        (BEGAN, "returned", "!", CAME, "It came back."),
        (replace(BEGAN, phase="pending"), "pending", "!", CAME, "It came back; not sent unless it lasts."),
        (replace(BEGAN, muted="2h"), "muted", "!", CAME, "Not sent: muted, 2h."),
        (JOINED, "joined", "!", "Of the same cause: more RSVPs than expected.", ""),
        (OVER, "recovering", "*", "RSVPs from Maine", "."),
        (OVER, "brief", "*", "RSVPs from Maine", "."),
        (
            replace(OVER, lasting=True),
            "lasting",
            "*",
            "RSVPs from Maine: what changed 36 min ago has stayed",
            "in 4 min.",
        ),
    ],
)
def test_each_decision_is_noted_in_words(of: Incident, reason: Reason, mark: str, begins: str, ends: str) -> None:
    line = noted(Decision(0, of, reason), NOUNS)
    assert line is not None
    assert line[0].startswith(begins)
    assert line[0].endswith(ends)
    assert line[2] == mark


def test_that_it_stays_over_was_noted_as_it_was_over() -> None:
    assert noted(Decision(0, OVER, "over", "message"), NOUNS) is None


@pytest.mark.parametrize(("tells", "quiet"), [("message", False), ("edit", True)])
def test_a_notice_says_whether_it_is_worth_a_message(tells: Tells, quiet: bool) -> None:
    notice = told(Decision(0, BEGAN, "began", tells), NOUNS)
    assert notice is not None
    assert (notice.quiet, notice.time, notice.key) == (quiet, BEGAN.detected, "incident 3 began")


def test_nobody_is_told_what_tells_nothing() -> None:
    assert told(Decision(0, BEGAN, "muted"), NOUNS) is None
