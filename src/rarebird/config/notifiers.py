"""From the name that a user gives to a notifier."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Final

from rarebird.errors import ConfigError
from rarebird.notify.contract import Notifier

NAMES: Final = ("stdout", "slack", "webhook", "alertmanager", "apprise")


def open_notifier(  # noqa: PLR0913, PLR0917 - from where, for whom, and who hears of it
    name: str,
    environment: Mapping[str, str],
    write: Callable[[bytes], int],
    watch: str = "",
    buttons: Callable[[], bool] = lambda: False,
    say: Callable[[str], None] = lambda _: None,
) -> Notifier:
    """The notifier of a name, for what a watch tells; `write` hands on bytes to standard output.

    Raises ConfigError where there is none.

    What is secret comes from the environment, or from a file that it names; `say` tells of such a file.
    """
    if name == "stdout":
        from rarebird.notify.stdout import TextLines

        return TextLines(write)
    if name == "slack":
        from rarebird.notify.slack import Slack, webhook_url
        from rarebird.notify.slack_bot import bot_of

        return bot_of(environment, watch, buttons) or Slack(webhook_url(environment, say), watch)
    if name == "webhook":
        from rarebird.notify.webhook import webhook

        return webhook(environment)
    if name == "alertmanager":
        from rarebird.notify.alertmanager import alertmanager

        return alertmanager(environment, watch)
    if name == "apprise":
        from rarebird.notify.apprise import apprise_of

        return apprise_of(environment, watch)
    raise no_notifier(name)


def no_notifier(name: str) -> ConfigError:
    """The error for a name that is none."""
    near = get_close_matches(name.lower(), NAMES, n=1)
    return ConfigError(f"expected {' or '.join(NAMES)}, got {name!r}{f'; did you mean {near[0]}?' if near else ''}")
