"""The notes of a running watch on their way to its terminal: each once and in order, in bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

from rarebird.model.snapshot import Note

MOST: Final = 10_000
"""Notes that wait; some 3 MB, and more than anybody reads line by line."""


class NoteQueue:
    """What is beyond `most` waiting notes is counted, for it can be looked up.

    >>> queue = NoteQueue(most=1)
    >>> queue.put(Note(0, "One.")), queue.put(Note(0, "Two."))
    (None, None)
    >>> [note.text for note in queue.take()[0]], queue.take()
    (['One.'], ([], 0))
    """

    def __init__(self, *, most: int = MOST) -> None:
        self._most = most
        self._notes: deque[Note] = deque()
        self._left_out = 0

    def put(self, note: Note) -> None:
        """Takes one more in, as long as there is room."""
        if len(self._notes) < self._most:
            self._notes.append(note)
        else:
            self._left_out += 1

    def restart(self, notes: Iterable[Note]) -> None:
        """These in place of what waits, oldest first."""
        self._notes, self._left_out = deque(notes), 0

    def take(self) -> tuple[list[Note], int]:
        """What has come since this was asked last, and how much more there was no room for."""
        taken, left_out = list(self._notes), self._left_out
        self._notes.clear()
        self._left_out = 0
        return taken, left_out
