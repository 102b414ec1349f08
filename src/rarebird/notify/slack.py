"""Messages to a channel of Slack, by an incoming webhook.

The address of a webhook is a secret: whoever has it can write to the channel. It comes from the environment or from a
file, and stands in no text and no log.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from slack_sdk.webhook.async_client import AsyncWebhookClient

from rarebird.errors import ConfigError
from rarebird.model import instant
from rarebird.notify.contract import Notice, one_line
from rarebird.notify.post import reached, refused, seconds
from rarebird.notify.secret import checked, given, is_here
from rarebird.notify.slack_blocks import blocks, escaped

VARIABLE: Final = "RAREBIRD_SLACK_WEBHOOK_URL"
_SECTION: Final = 3_000
"""Characters of one section, the most that Slack takes."""
_MOST: Final = 10


class Slack:
    """An incoming webhook: it can only add messages, about one a second. Nothing is tried again here."""

    name = "Slack"
    edits = False
    records = False
    most = _MOST

    def __init__(self, url: str, watch: str = "", *, pause_s: float = 1.0, answer_s: int = 30) -> None:
        self.pause_s, self._answer_s, self._watch = pause_s, answer_s, watch
        # slack_sdk writes the address to its log.
        silent = logging.Logger("rarebird.slack", logging.CRITICAL + 1)
        self._client = AsyncWebhookClient(checked(url, VARIABLE), timeout=answer_s, logger=silent, retry_handlers=[])
        if is_here(url):
            self._client.proxy = None

    async def send(self, group: Sequence[Notice]) -> None:
        """Hands over a group as one message. Raises Undelivered."""
        with reached(self.name, self._answer_s):
            answer = await self._client.send_dict(message(group, self._watch))
        if answer.status_code != 200:
            told = one_line(answer.body.replace(self._client.url, "…"), 100)
            advice = "check that its webhook still exists"
            raise refused(self.name, answer.status_code, seconds(answer.headers), told, advice)


def webhook_url(environment: Mapping[str, str]) -> str:
    """The address of the webhook, from the environment or the file that it names. Raises ConfigError."""
    return given(environment, VARIABLE) or _missing()


def message(group: Sequence[Notice], watch: str = "") -> dict[str, Any]:
    """The body that Slack takes: an incident in blocks, else a line a notice; as text that holds no orders.

    >>> message([Notice(0, "<!channel> & co")])["text"]
    '00:00:00 UTC: &lt;!channel&gt; &amp; co'
    """
    # Its newline included, so that all lines fit into a section and none is left out.
    longest = _SECTION // len(group)
    text = "\n".join(_line(notice, longest) for notice in group)
    shown = [{"type": "section", "text": {"type": "plain_text", "text": text, "emoji": False}}]
    if len(group) == 1 and group[0].incident is not None:
        shown = blocks(group[0], watch)
    return {"text": text, "blocks": shown, "unfurl_links": False, "unfurl_media": False}


def _line(notice: Notice, longest: int) -> str:
    """A notice as it is sent, shorter than `longest`."""
    signs = map(escaped, one_line(f"{instant.text(notice.time)[11:19]} UTC: {notice.text}", longest))
    line, rest = "", longest - 2
    for sign in signs:
        if len(sign) > rest:
            return line + "…"
        line, rest = line + sign, rest - len(sign)
    return line


def _missing() -> str:
    raise ConfigError(
        f"expected the address of a Slack webhook in {VARIABLE}, or in a file named by {VARIABLE}_FILE, got neither; "
        "Slack gives one under Incoming Webhooks of an app"
    )
