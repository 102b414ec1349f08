"""The blocks of a message in Slack that tells of an incident.

What comes from the stream stands in objects of plain text alone, in which Slack looks for no mention, link, format or
emoji. Marked-up text holds only our own words and numbers, and the link that was given. A message stays under 12 blocks
and 10,000 characters: all blocks of one together fail near 13,200.
"""

from __future__ import annotations

import re
from typing import Any, Final

from rarebird.incident.likely import headline, likely, parts, sparkline
from rarebird.incident.wording import number, span
from rarebird.model import instant
from rarebird.model.incident import Incident
from rarebird.model.instant import SECOND
from rarebird.notify.contract import Notice, one_line

Block = dict[str, Any]
_HEADER: Final = 150
_SECTION: Final = 1_000
_PART: Final = 200
_URL: Final = 2_000
"""Characters at most; Slack takes a header of 150, a section of 3,000 and an address of 3,000."""


def blocks(notice: Notice, watch: str = "") -> list[Block]:
    """What Slack shows of a notice of an incident: plain words first, then the numbers that explain them.

    >>> from rarebird.notify.example import example
    >>> [each["type"] for each in blocks(example(0))]
    ['header', 'section', 'section', 'section', 'section', 'context']
    """
    incident, nouns = notice.incident, notice.nouns
    assert incident is not None
    shown = [
        {"type": "header", "text": plain(headline(incident, nouns), _HEADER)},
        _words(notice.text),
        {"type": "section", "fields": _numbers(incident)},
    ]
    if incident.title or incident.link:
        shown.append(_event(incident))
    if told := parts(incident, nouns):
        shown.append(
            _words(*(f"{part.name}  {part.events}{f' ({part.share})' if part.share else ''}" for part in told))
        )
    if line := sparkline(incident.course):
        shown.append(_words(f"{line}  the last {span(incident.course_s)}"))
    if why := likely(incident, nouns):
        shown.append(_words(why))
    said = [f"muted: {incident.muted}"] if incident.muted else []
    said += [f"looked after by {incident.acknowledged}"] if incident.acknowledged else []
    said += [f"said to be {incident.feedback}"] if incident.feedback else []
    about = [f"Incident {incident.id}", *([f"of {watch}"] if watch else []), *said]
    elements = [plain(", ".join(about), _PART)]
    if notice.link and len(notice.link) < _URL:
        elements.append({"type": "mrkdwn", "text": f"<{_address(notice.link)}|Look and answer>"})
    return [*shown, {"type": "context", "elements": elements}]


def plain(text: str, longest: int) -> Block:
    """A text in which nothing has a meaning, on one line and never empty.

    >>> plain("<!channel> :x:", 100)["text"], plain("", 9)["text"]
    ('<!channel> :x:', '(nothing)')
    """
    return {"type": "plain_text", "text": one_line(text, longest) or "(nothing)", "emoji": False}


def escaped(text: str) -> str:
    """The text with the three signs that mean something to Slack, & first, written so that they mean themselves."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _event(incident: Incident) -> Block:
    """What a single event is called, and a link to it that is named by where it leads."""
    elements = [plain(incident.title, _PART)] if incident.title else []
    host = re.fullmatch(r"https?://([A-Za-z0-9.-]+)(?::\d+)?(?:[/?#][!-~]*)?", incident.link)
    if host and len(incident.link) < _URL:
        elements.append({"type": "mrkdwn", "text": f"<{_address(incident.link)}|{host[1][:_PART]}>"})
    return {"type": "context", "elements": elements or [plain(incident.link, _PART)]}


def _address(link: str) -> str:
    """An address within angle brackets."""
    return escaped(link).replace("|", "%7C")


def _words(*lines: str) -> Block:
    text = "\n".join(one_line(line, _SECTION // len(lines)) for line in lines)
    return {"type": "section", "text": {"type": "plain_text", "text": text or "(nothing)", "emoji": False}}


def _numbers(incident: Incident) -> list[Block]:
    """Numbers of ours alone, with their names in bold; times as each reader's clock shows them."""
    wide = f"{number(incident.low)} to {number(incident.high)}"
    told = [
        ("Now" if incident.ended is None else "Was", f"{incident.events:,} in {span(incident.window_s)}"),
        ("Expected", f"{number(incident.expected)} ({wide})"),
        ("Since", _date(incident.began)),
    ]
    if incident.ended is not None:
        told.append(("Until", _date(incident.ended)))
    return [{"type": "mrkdwn", "text": f"*{name}*\n{value}"} for name, value in told]


def _date(at: int) -> str:
    """An instant by the reader's clock; in UTC where that cannot be shown."""
    shown = instant.shown(at)
    return f"<!date^{at // SECOND}^{{date_short_pretty}} {{time_secs}}|{shown} UTC>"
