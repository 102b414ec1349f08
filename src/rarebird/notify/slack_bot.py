"""Messages to a channel of Slack by a bot: one message an incident, which is edited as the incident goes on.

Whether a message stands already is asked of Slack itself: each carries in its metadata which incident it is of. So
nothing has to be kept here: what a process posted before it died, or posted while its answer got lost, is found by the
next one and edited rather than posted again. That costs one request more for each incident.

The token is a secret; it comes from the environment or from a file, and stands in no text and no log.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from rarebird.errors import ConfigError
from rarebird.incident.telling import joined
from rarebird.model.incident import Incident
from rarebird.model.instant import SECOND
from rarebird.notify import slack_api
from rarebird.notify.contract import Notice
from rarebird.notify.post import unreadable
from rarebird.notify.secret import checked, given
from rarebird.notify.slack import message
from rarebird.notify.slack_api import SlackApi, SlackRefused
from rarebird.notify.slack_buttons import buttons as answers

TOKEN: Final = "RAREBIRD_SLACK_BOT_TOKEN"
CHANNEL: Final = "RAREBIRD_SLACK_CHANNEL"
EVENT: Final = "rarebird_incident"
_PAGE: Final = 200
_PAGES: Final = 5
"""A message that lies more than a thousand others back is not found, and posted again."""
_DAY_S: Final = 86_400
_MOST: Final = 10
_KNOWN: Final = 1_000
_ADVICE: Final = {
    "missing_scope": "give the app chat:write, channels:history and groups:history, and install it anew",
    "not_in_channel": "invite the app into the channel",
    "channel_not_found": "give the id of a channel that the app was invited to",
    "is_archived": "the channel is archived; give another",
}
_LOGIN: Final = "check the token of the bot, which Slack shows under OAuth & Permissions of the app"
_GONE: Final = frozenset(("message_not_found", "cant_update_message", "edit_window_closed"))
"""What Slack says of a message that cannot be edited, so that another one is needed."""


class SlackBot:
    """A bot that writes into one channel, by its id. Nothing is tried again here.

    `watch` tells the incidents of one watch from those of others in the same channel; `buttons` says whether somebody
    listens to clicks: a button that does nothing is worse than none.
    """

    name = "Slack"
    edits = True
    records = False
    most = _MOST

    def __init__(  # noqa: PLR0913 - where to, as whom and about what, each by name
        self,
        token: str,
        channel: str,
        watch: str,
        *,
        api: str = slack_api.URL,
        pause_s: float = 1.0,
        answer_s: float = 30,
        buttons: Callable[[], bool] = lambda: False,
    ) -> None:
        self.pause_s = pause_s
        self._channel, self._watch, self._buttons = channel, watch, buttons
        self._api = SlackApi(token, api, answer_s=answer_s, advice=_ADVICE, otherwise=_LOGIN)
        self._standing: dict[str, str] = {}

    async def send(self, group: Sequence[Notice]) -> None:
        """Hands over a group as one message; of an incident that one message has told already, by an edit of it."""
        incident = group[-1].incident
        if incident is None:
            await self._post({"channel": self._channel, **message(group, self._watch)})
            return
        key = f"{self._watch} {incident.key}"
        about = {"event_type": EVENT, "event_payload": {"key": key}}
        body = {"channel": self._channel, **message(group, self._watch), "metadata": about}
        if self._buttons() and (block := answers(self._watch, incident)):
            body["blocks"] = [*body["blocks"], block]
        stands = self._standing.pop(key, None) or await self._found(key, incident)
        if stands is not None and await self._edit(body, stands):
            await self._reply(group[-1], key, stands)
        elif group[-1].quiet and not group[-1].addition:
            return
        else:
            stands = await self._post(body)
        self._standing[key] = stands
        if len(self._standing) > _KNOWN:
            del self._standing[next(iter(self._standing))]

    async def _post(self, body: Mapping[str, Any]) -> str:
        """The time of a new message, by which Slack knows it."""
        return await self._write("chat.postMessage", body)

    async def _write(self, method: str, body: Mapping[str, Any]) -> str:
        time = (await self._api.write(method, body)).get("ts")
        if not isinstance(time, str):
            raise unreadable(self.name, 200)
        return time

    async def _edit(self, body: Mapping[str, Any], stands: str) -> bool:
        """Whether the message was still there, and could be edited."""
        try:
            await self._write("chat.update", {**body, "ts": stands})
        except SlackRefused as error:
            if error.word in _GONE:
                return False
            raise
        return True

    async def _reply(self, notice: Notice, key: str, stands: str) -> None:
        """What has happened to an incident, below its message: once, however often it is told."""
        detail = _detail(notice)
        if detail is None:
            return
        what, text = detail
        if await self._carrying("conversations.replies", {"ts": stands}, f"{key} {what}") is None:
            about = {"event_type": EVENT, "event_payload": {"key": f"{key} {what}"}}
            body = {"channel": self._channel, **message([Notice(notice.time, text)]), "metadata": about}
            await self._post({**body, "thread_ts": stands})

    async def _found(self, key: str, incident: Incident) -> str | None:
        """The message of an incident among the latest of the channel: when it was posted, by which Slack knows it."""
        since = min((incident.opened or incident.detected) / SECOND, time.time()) - _DAY_S
        return await self._carrying("conversations.history", {"oldest": f"{since:.6f}"}, key)

    async def _carrying(self, method: str, where: Mapping[str, str], key: str) -> str | None:
        """The message with a key among those that a method gives, some pages of them."""
        asked = {"channel": self._channel, "limit": str(_PAGE), "include_all_metadata": "1", **where}
        cursor = ""
        for _ in range(_PAGES):
            page = await self._api.read(method, asked | ({"cursor": cursor} if cursor else {}))
            messages, behind = page.get("messages") or [], page.get("response_metadata") or {}
            if not isinstance(messages, list) or not isinstance(behind, dict):
                raise unreadable(self.name, 200)
            for each in messages:
                if _key(each) == key:
                    return str(each["ts"])
            cursor = behind.get("next_cursor") or ""
            if not isinstance(cursor, str):
                raise unreadable(self.name, 200)
            if not cursor:
                break
        return None


def _key(message: object) -> str | None:
    """What one of our messages is of; None for others, which may hold anything."""
    about = message.get("metadata") if isinstance(message, dict) and isinstance(message.get("ts"), str) else None
    payload = about.get("event_payload") if isinstance(about, dict) and about.get("event_type") == EVENT else None
    key = payload.get("key") if isinstance(payload, dict) else None
    return key if isinstance(key, str) else None


def _detail(notice: Notice) -> tuple[str, str] | None:
    """What a change is known by, and what stands of it in the thread; None where the message says enough."""
    incident = notice.incident
    assert incident is not None
    is_return = incident.phase == "firing" and incident.detected != incident.opened
    which = f"{incident.phase} {incident.reopened}" + (f" {incident.detected}" if is_return else "")
    if not notice.quiet:
        return which, notice.text
    if incident.phase == "firing" and incident.joined:
        return f"joined {len(incident.joined)}", joined(incident, notice.nouns)
    return (which, notice.text) if is_return and incident.returned else None


def bot_of(environment: Mapping[str, str], watch: str, buttons: Callable[[], bool]) -> SlackBot | None:
    """The bot that the environment names, for what a watch tells; None where it names none. Raises ConfigError."""
    token = given(environment, TOKEN)
    if not token:
        return None
    if not re.fullmatch(r"[!-~]+", token):
        raise ConfigError(f"{TOKEN}: expected a token such as xoxb-…, without spaces (it is not shown here)")
    channel = environment.get(CHANNEL, "").strip()
    if not re.fullmatch(r"[CGD][A-Z0-9]{6,}", channel):
        raise ConfigError(
            f"{CHANNEL}: expected the id of a channel such as C0123456789, got {channel!r}; "
            "it stands at the end of the link to the channel, and under its details"
        )
    api = checked(environment.get(slack_api.VARIABLE, "").strip() or slack_api.URL, slack_api.VARIABLE)
    return SlackBot(token, channel, watch, api=api, buttons=buttons)
