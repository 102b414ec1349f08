"""What is decided of incidents, as notes for the page and the terminal and as notices for people elsewhere."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import structs

from rarebird.detect.reading import RECENT_S
from rarebird.incident.decision import Decision
from rarebird.incident.telling import Nouns, addition, joined, telling
from rarebird.incident.wording import clock
from rarebird.model.incident import Incident
from rarebird.model.instant import SECOND
from rarebird.notify.contract import Notice
from rarebird.notify.news import amount
from rarebird.watch import Watch

LATE: Final = 60 * SECOND
"""After so long a line says when that was found of which it tells, µs."""
Mark = Literal["*", "!"]
_WHY: Final = {
    "muted": "Not sent: muted, {0}.",
    "old": "Not sent: {0}.",
    "pending": "It came back; not sent unless it lasts.",
    "returned": "It came back.",
    "larger": "It grew larger.",
}


def noted(decision: Decision, nouns: Nouns) -> tuple[str, int, Mark] | None:
    """What the page and the terminal say of it, when, and how; None where it was said before.

    The time is that of the decision, so that no line is older than the one before it.
    """
    incident, reason = decision.incident, decision.reason
    if reason in {"over", "unfollowed", "open", "known", "grown"}:
        return None
    if incident.ended is not None:
        return telling(incident, nouns), decision.time, "*"
    if reason == "joined":
        return joined(incident, nouns), decision.time, "!"
    why = _WHY.get(reason, "").format(incident.muted)
    late = f"It was found at {clock(incident.detected, decision.time)}."
    parts = (telling(incident, nouns), why, late if decision.time - incident.detected >= LATE else "")
    return " ".join(filter(None, parts)), decision.time, "!"


def told(decision: Decision, nouns: Nouns) -> Notice | None:
    """The notice of a decision; None where nobody is told."""
    incident, reason = decision.incident, decision.reason
    if decision.tells == "nothing":
        return None
    which = {"joined": f" {len(incident.joined)}", "open": f" {decision.time}"}.get(reason, "")
    is_quiet = decision.tells == "edit"
    notice = standing(incident, nouns, f"{reason}{which}", quiet=is_quiet)
    notice = structs.replace(notice, provisional=is_quiet and reason in {"recovering", "returned"})
    if reason == "joined":
        return structs.replace(notice, time=decision.time, addition=addition(incident, notice.nouns))
    return structs.replace(notice, time=decision.time) if reason == "open" else notice


def last_reason(incident: Incident) -> str:
    """Why there was a message of it last, by its name."""
    if incident.phase == "resolved":
        return incident.turned if incident.turned == "unfollowed" else "lasting" if incident.lasting else "over"
    if incident.phase == "firing":
        return "reopened" if incident.reopened else "began"
    return incident.phase


def standing(incident: Incident, nouns: Nouns, why: str, *, quiet: bool = False) -> Notice:
    """An incident as it stands, as a notice; `why` tells one notice of it from another."""
    time = incident.detected if incident.ended is None else incident.ended
    key = f"incident {incident.id} {why}"
    return Notice(time, telling(incident, nouns), key, incident, nouns.of_incident(incident), quiet=quiet)


def readings_text(watch: Watch) -> str:
    """Entropy and mean gap as they stand, in a sentence behind another one; empty without events."""
    found, gap = watch.entropy(RECENT_S * SECOND), watch.rate().mean_gap_s
    parts = [f"entropy {amount('entropy_nats', found.nats)}"] if found is not None else []
    parts += [f"mean gap {amount('mean_gap_s', gap)}"] if gap is not None else []
    return f" At that time: {', '.join(parts)}." if parts else ""
