"""Every error that rarebird raises on purpose.

    RarebirdError
    ├── ConfigError      an option, a preset or a file of settings is wrong
    ├── InputError       what a stream contains cannot be used
    ├── SourceError      a stream cannot be opened or read
    ├── StoreError       what was learned cannot be kept or loaded
    └── NotifyError      a message could not be handed over

A text says what was expected, what was found, where, and what to do next. The command line prints it
without a traceback and ends with `exit_code`.
"""

from __future__ import annotations


class RarebirdError(Exception):
    """The root: catch it to catch all that rarebird raises on purpose."""

    exit_code = 1


class ConfigError(RarebirdError):
    """An option, a preset or a file of settings is wrong; nothing was started."""

    exit_code = 2


class InputError(RarebirdError):
    """What a stream contains cannot be used, such as no line with the field that holds the time."""


class SourceError(RarebirdError):
    """A stream cannot be opened or read. `permanent` says that trying again cannot help."""

    def __init__(self, text: str, *, permanent: bool = False) -> None:
        super().__init__(text)
        self.permanent = permanent


class StoreError(RarebirdError):
    """What was learned cannot be kept or loaded. `permanent` says that trying again cannot help.

    `fenced`: another process has taken the watch.
    `lost`: the store has forgotten something that it had confirmed; opening it again gives what it still holds.
    """

    def __init__(self, text: str, *, permanent: bool = False, fenced: bool = False, lost: bool = False) -> None:
        super().__init__(text)
        self.permanent = permanent or fenced or lost
        self.fenced = fenced
        self.lost = lost


class NotifyError(RarebirdError):
    """A message could not be handed over."""
