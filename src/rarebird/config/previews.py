"""From the name of a notifier to what it would send."""

from __future__ import annotations

from typing import Any

import msgspec

from rarebird.config.notifiers import no_notifier
from rarebird.notify.contract import Notice


def preview(name: str, notice: Notice, watch: str) -> bytes:
    """What a notifier would send of a notice of a watch: lines of text, or of JSON. Raises ConfigError.

    Nothing is needed that is secret. A bot of Slack adds its channel, and by which it finds its message again.
    """
    if name == "stdout":
        from rarebird.notify.stdout import message as lines

        return lines([notice]).encode()
    if name == "slack":
        from rarebird.notify.slack import message as body

        return _json(body([notice], watch))
    if name == "webhook":
        from rarebird.notify.webhook import message as told

        return _json(told(notice))
    if name == "alertmanager":
        from rarebird.notify.alertmanager import alert

        return _json([alert(notice, watch)])
    if name == "apprise":
        from rarebird.notify.apprise import message as letter

        return ("\n\n".join(letter([notice], watch)) + "\n").encode()
    raise no_notifier(name)


def _json(body: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(body)) + b"\n"
