"""Messages to a channel of Slack, by an incoming webhook.

The address of a webhook is a secret: whoever has it can write to the channel. It comes from the environment or from a
file, and stands in no text and no log.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rarebird.errors import ConfigError
from rarebird.model import instant
from rarebird.notify.contract import Notice, Undelivered, one_line
from rarebird.notify.post import Answer, Request, ask, refused, seconds, unreadable
from rarebird.notify.secret import checked, given
from rarebird.notify.slack_blocks import blocks, escaped
from rarebird.notify.slack_file import NAME, url_of

VARIABLE: Final = "RAREBIRD_SLACK_WEBHOOK_URL"
_SECTION: Final = 3_000
"""Characters of one section, the most that Slack takes."""
_MOST: Final = 10
_YES: Final = b"ok"
"""All that Slack answers where it has taken a message."""
_OF_CHANNEL: Final = frozenset(("user_not_found", "channel_not_found", "no_service", "no_team", "invalid_token"))
"""What Slack says of a webhook that is no more, whatever status comes with it."""


class Slack:
    """An incoming webhook: it can only add messages, about one a second. Nothing is tried again here."""

    name = "Slack"
    edits = False
    records = False
    most = _MOST

    def __init__(self, url: str, watch: str = "", *, pause_s: float = 1.0, answer_s: float = 30) -> None:
        self.pause_s, self._answer_s, self._watch = pause_s, answer_s, watch
        self._url = checked(url, VARIABLE)

    async def send(self, group: Sequence[Notice]) -> None:
        """Hands over a group as one message. Raises Undelivered."""
        body = json.dumps(message(group, self._watch)).encode()
        request = Request("POST", self._url, body, {"Content-Type": "application/json"})
        answer = await ask(self.name, request, answer_s=self._answer_s)
        if answer.status != 200:
            raise self._refused(answer)
        if not answer.is_whole or answer.body.strip() != _YES:
            raise unreadable(self.name, answer.status)

    def _refused(self, answer: Answer) -> Undelivered:
        # Slack says why in one word. Whatever else answers may hold the address, which is shown to nobody.
        told = answer.text if re.fullmatch("[a-z_]{1,50}", answer.text) else ""
        error = refused(self.name, answer.status, seconds(answer.headers), told, "check that its webhook still exists")
        if told in _OF_CHANNEL:
            error.about = "channel"
        return error


def webhook_url(
    environment: Mapping[str, str], say: Callable[[str], None] = lambda _: None, folder: Path = Path()
) -> str:
    """The address of the webhook: from the environment, the file that it names, or a CONFIG_SLACK.py in the folder.

    A file of Python is read by `slack_file`. Raises ConfigError.
    """
    named = environment.get(f"{VARIABLE}_FILE", "")
    if not environment.get(VARIABLE) and named.endswith(".py"):
        return checked(url_of(Path(named), say), named)
    if url := given(environment, VARIABLE):
        return url
    found = folder / NAME
    if not found.is_file():
        return _missing()
    say(f"Slack is written to at the address in {found}, as {VARIABLE} is not set")
    return checked(url_of(found, say), str(found))


def message(group: Sequence[Notice], watch: str = "") -> dict[str, Any]:
    """The body that Slack takes: an incident in blocks, else a line a notice; as text that holds no orders.

    What joins an incident is a line, where the message of the incident cannot be changed.

    >>> message([Notice(0, "<!channel> & co")])["text"]
    '00:00:00 UTC: &lt;!channel&gt; &amp; co'
    """
    # Its newline included, so that all lines fit into a section and none is left out.
    longest = _SECTION // len(group)
    text = "\n".join(_line(notice, longest) for notice in group)
    shown = [{"type": "section", "text": {"type": "plain_text", "text": text, "emoji": False}}]
    first = group[0]
    is_line = bool(first.addition) and not first.quiet
    if len(group) == 1 and first.incident is not None and not is_line:
        shown = blocks(first, watch)
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
        f"expected the address of a Slack webhook in {VARIABLE}, in a file named by {VARIABLE}_FILE, or in a {NAME} in "
        "this folder (url = 'https://hooks.slack.com/…'), got none; Slack gives one under Incoming Webhooks of an app"
    )
