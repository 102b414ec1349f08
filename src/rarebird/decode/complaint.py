"""What people should hear of an input that cannot be read, or of which nothing counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from rarebird.model.batch import Batch, Reject
from rarebird.model.lacking import Lacking
from rarebird.model.outside import capital
from rarebird.model.plural import counted, were
from rarebird.model.tally import Tally

_ENOUGH: Final = 100
"""Messages after which it is no chance that none of them is an event."""

_NO_JSON: Final = ("JSON is malformed", "Input data was truncated", "expected a JSON object")


class Complaints:
    """What is wrong with the first messages that a process reads, each complaint once."""

    def __init__(self) -> None:
        self._reported: set[str] = set()
        self._tally = Tally()
        self._rejects: list[Reject] = []

    def take(self, batch: Batch) -> Iterator[str]:
        """What is to be said with a batch, a sentence each."""
        for each in batch.lacking or ():
            if each.due and each.path not in self._reported:
                self._reported.add(each.path)
                yield capital(each.text)
        if _counts(self._tally):
            return
        self._tally += Tally(read=batch.read, filtered=batch.filtered, malformed=batch.malformed)
        self._rejects = [*self._rejects, *batch.rejects][:_ENOUGH]
        expected = self._tally.read - self._tally.filtered
        if not self._reported and expected >= _ENOUGH and not _counts(self._tally):
            self._reported.add("")
            yield f"None of the first {expected:,} messages is an event. {_most_often(self._rejects)}."


def fault(tally: Tally, rejects: Sequence[Reject], lacking: Sequence[Lacking]) -> str:
    """Why nothing could be read of an input that has ended; empty where something could, or where nothing came.

    `rejects` are the first of its malformed messages, `lacking` what its first messages do not have.

    >>> fault(Tally(read=2, malformed=2), [Reject(1, "t: expected a time, got nothing")], [])
    'none of the 2 messages read is an event. Most often, such as in message 1: t: expected a time, got nothing'
    """
    if not tally.malformed or _counts(tally):
        return ""
    messages = "the only message" if tally.malformed == 1 else f"none of the {tally.malformed:,} messages"
    text = f"{messages} read is {'no' if tally.malformed == 1 else 'an'} event"
    if tally.filtered:
        text = f"{text}, beside {tally.filtered:,} that --where left out"
    return ". ".join([text, *([_most_often(rejects)] if rejects else []), *(capital(each.text) for each in lacking)])


def nothing(tally: Tally, before: int, lacking: Sequence[Lacking]) -> str:
    """Why nothing counts of an input that has ended though nothing is wrong; empty where something does.

    `before`: how many of its messages were read at an earlier start.

    >>> nothing(Tally(), 0, []), nothing(Tally(), 7, [])
    ('the input is empty: no message was read', 'nothing new: the 7 messages were read before')
    """
    if not tally.read:
        return (
            f"nothing new: the {counted(before, 'messages')} {were(before)} read before"
            if before
            else "the input is empty: no message was read"
        )
    if tally.filtered < tally.read:
        return ""
    text = f"--where left out {'the only message' if tally.read == 1 else f'all {tally.read:,} messages'}"
    return ". ".join([text, *(capital(each.text) for each in lacking)])


def _counts(tally: Tally) -> bool:
    """Whether any message was neither malformed nor left out."""
    return tally.read > tally.filtered + tally.malformed


def _most_often(rejects: Sequence[Reject]) -> str:
    kinds = Counter(_kind(reject) for reject in rejects)
    (kind, _), *_ = kinds.most_common(1)
    first = next(reject for reject in rejects if _kind(reject) == kind)
    form = "; expected JSON lines, or CSV with a header" if kind.startswith(_NO_JSON) else ""
    return f"Most often, such as in message {first.line:,}: {first.reason}{form}"


def _kind(reject: Reject) -> str:
    """The reason without what was found in one message."""
    return reject.reason.partition(", got ")[0].partition(" (byte ")[0]
