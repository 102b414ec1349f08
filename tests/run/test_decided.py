"""What is said of decisions, on the page and to people elsewhere."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from rarebird.incident.decision import Decision
from rarebird.incident.telling import Nouns
from rarebird.model.incident import Incident, Joined, Reason, Tells
from rarebird.model.instant import SECOND
from rarebird.run.decided import noted, told
from tests.incident.test_telling import incident

BEGAN = incident("mix", "up", category="ME", id=3)
OVER = replace(BEGAN, ended=9 * BEGAN.detected, phase="recovering")
JOINED = replace(BEGAN, joined=(Joined("rate", "up", "rate up", None, 7),))
NOUNS = Nouns("RSVPs", "states", {"ME": "Maine"})
NOUNS_OF_TWO = Nouns("RSVPs", "states", {"ME": "Maine", "CA": "California"})
CAME = "RSVPs from Maine came 12 times as often as expected"


@pytest.mark.parametrize(
    ("of", "reason", "mark", "begins", "ends"),
    [
        (BEGAN, "began", "!", CAME, "in 4 min."),
        (replace(BEGAN, reopened=1), "reopened", "!", "Again: RSVPs from Maine came 12 times", "in 4 min."),
        (BEGAN, "returned", "!", CAME, "It came back."),
        (BEGAN, "larger", "!", CAME, "It grew larger."),
        (replace(BEGAN, phase="pending"), "pending", "!", CAME, "It came back; not sent unless it lasts."),
        (replace(BEGAN, muted="2h"), "muted", "!", CAME, "Not sent: muted, 2h."),
        (JOINED, "joined", "!", "With it: more RSVPs than expected.", ""),
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


def test_that_a_part_comes_back_while_all_goes_on_is_no_line() -> None:
    assert noted(Decision(0, BEGAN, "known"), NOUNS) is None


def test_what_joins_is_named_with_its_numbers_also_where_the_message_cannot_be_changed() -> None:
    part = Joined("silence", "down", "absence", "CA", 7 * SECOND + 180 * SECOND, 7 * SECOND, 0, 31.4)
    notice = told(Decision(9 * SECOND, replace(BEGAN, joined=(part,)), "joined", "edit"), NOUNS_OF_TWO)
    assert notice is not None
    assert notice.addition == (
        "With incident 3 (more RSVPs from Maine than expected): no RSVPs from California (0 instead of 31 in 3 min)."
    )
    assert "With it: no RSVPs from California." in notice.text
    assert (notice.quiet, notice.time) == (True, 9 * SECOND)


def test_nobody_is_told_what_tells_nothing() -> None:
    assert told(Decision(0, BEGAN, "muted"), NOUNS) is None
