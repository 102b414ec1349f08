"""Messages to a channel of Slack by a bot: one message an incident, which is edited as the incident goes on.

Whether a message stands already is asked of Slack itself: each carries in its metadata which incident it is of. So
nothing has to be kept here: what a process posted before it died, or posted while its answer got lost, is found by the
next one and edited rather than posted again. That costs one request more for each incident.

The token is a secret; it comes from the environment or from a file, and stands in no text and no log.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from rarebird.errors import ConfigError
from rarebird.incident.telling import alike
from rarebird.model.incident import Incident
from rarebird.model.instant import SECOND
from rarebird.notify.contract import Notice, Undelivered, one_line
from rarebird.notify.post import reached, refused, seconds
from rarebird.notify.secret import checked, given, is_here
from rarebird.notify.slack import message
from rarebird.notify.slack_buttons import buttons as answers

TOKEN: Final = "RAREBIRD_SLACK_BOT_TOKEN"
CHANNEL: Final = "RAREBIRD_SLACK_CHANNEL"
API_URL: Final = "RAREBIRD_SLACK_API_URL"
API: Final = "https://slack.com/api/"
EVENT: Final = "rarebird_incident"
_PAGE: Final = 200
_PAGES: Final = 5
"""A message that lies more than a thousand others back is not found, and posted again."""
_DAY_S: Final = 86_400
_MOST: Final = 10
_KNOWN: Final = 1_000
PASSING: Final = frozenset(
    "ratelimited rate_limited internal_error fatal_error service_unavailable request_timeout team_added_to_org".split()
)
_LESS: Final = frozenset(("ratelimited", "rate_limited"))
_ADVICE: Final = {
    "missing_scope": "give the app chat:write, channels:history and groups:history, and install it anew",
    "not_in_channel": "invite the app into the channel",
    "channel_not_found": "give the id of a channel that the app was invited to",
    "is_archived": "the channel is archived; give another",
}
_LOGIN: Final = "check the token of the bot, which Slack shows under OAuth & Permissions of the app"
_GONE: Final = "message_not_found"


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
        api: str = API,
        pause_s: float = 1.0,
        answer_s: int = 30,
        buttons: Callable[[], bool] = lambda: False,
    ) -> None:
        self.pause_s, self._answer_s = pause_s, answer_s
        self._token, self._channel, self._watch, self._buttons = token, channel, watch, buttons
        # slack_sdk writes what it sends to its log.
        silent = logging.Logger("rarebird.slack", logging.CRITICAL + 1)
        self._client = AsyncWebClient(token, base_url=api, timeout=answer_s, logger=silent, retry_handlers=[])
        if is_here(api):
            self._client.proxy = None
        self._standing: dict[str, str] = {}

    async def send(self, group: Sequence[Notice]) -> None:
        """Hands over a group as one message; of an incident that one message has told already, by an edit of it."""
        incident = group[-1].incident
        if incident is None:
            await self._answer(self._client.chat_postMessage(channel=self._channel, **message(group, self._watch)))
            return
        key = f"{self._watch} {incident.key}"
        about = {"event_type": EVENT, "event_payload": {"key": key}}
        body = {"channel": self._channel, **message(group, self._watch), "metadata": about}
        if self._buttons() and (block := answers(self._watch, incident)):
            body["blocks"] = [*body["blocks"], block]
        stands = self._standing.pop(key, None) or await self._found(key, incident)
        if stands is not None and await self._edit(body, stands):
            await self._reply(group[-1], key, stands)
        elif group[-1].quiet:
            return
        else:
            stands = str((await self._answer(self._client.chat_postMessage(**body))).get("ts", ""))
        self._standing[key] = stands
        if len(self._standing) > _KNOWN:
            del self._standing[next(iter(self._standing))]

    async def _edit(self, body: Mapping[str, Any], stands: str) -> bool:
        """Whether the message was still there."""
        try:
            await self._answer(self._client.chat_update(**body, ts=stands))
        except Undelivered as error:
            if isinstance(error.__cause__, SlackApiError) and error_of(error.__cause__) == _GONE:
                return False
            raise
        return True

    async def _reply(self, notice: Notice, key: str, stands: str) -> None:
        """What has happened to an incident, below its message: once, however often it is told."""
        detail = _detail(notice)
        if detail is None:
            return
        what, text = detail
        asked = {"channel": self._channel, "ts": stands, "limit": _PAGE, "include_all_metadata": True}
        if await self._carrying(self._client.conversations_replies, asked, f"{key} {what}") is None:
            about = {"event_type": EVENT, "event_payload": {"key": f"{key} {what}"}}
            body = {"channel": self._channel, **message([Notice(notice.time, text)]), "metadata": about}
            await self._answer(self._client.chat_postMessage(**body, thread_ts=stands))

    async def _found(self, key: str, incident: Incident) -> str | None:
        """The message of an incident among the latest of the channel: when it was posted, by which Slack knows it."""
        since = min((incident.opened or incident.detected) / SECOND, time.time()) - _DAY_S
        asked = {"channel": self._channel, "limit": _PAGE, "include_all_metadata": True, "oldest": f"{since:.6f}"}
        return await self._carrying(self._client.conversations_history, asked, key)

    async def _carrying(
        self, ask: Callable[..., Awaitable[AsyncSlackResponse]], asked: Mapping[str, Any], key: str
    ) -> str | None:  # fmt: skip
        """The message with a key among those that are asked for, some pages of them."""
        cursor = ""
        for _ in range(_PAGES):
            # Methods that read take no JSON.
            page = await self._answer(ask(**asked, **({"cursor": cursor} if cursor else {})))
            for each in page.get("messages") or []:
                about = each.get("metadata") or {}
                if about.get("event_type") == EVENT and (about.get("event_payload") or {}).get("key") == key:
                    return str(each["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        return None

    async def _answer(self, asking: Awaitable[AsyncSlackResponse]) -> Mapping[str, Any]:
        """What Slack answers. Raises Undelivered."""
        try:
            with reached(self.name, self._answer_s):
                answer = await asking
        except SlackApiError as error:
            raise self._refused(error) from error
        except AttributeError:
            # slack_sdk reads any text that comes with 200 as an object.
            raise Undelivered(
                "Slack gave no answer that can be read; it may have taken the message", in_doubt=True
            ) from None
        return dict(answer.data) if isinstance(answer.data, dict) else {}

    def _refused(self, error: SlackApiError) -> Undelivered:
        status, what = error.response.status_code, error_of(error)
        if status != 200:
            return refused(self.name, status, seconds(error.response.headers))
        told = f"Slack answered {one_line(what.replace(self._token, '…'), 100)!r}"
        if what in PASSING:
            return Undelivered(told, in_doubt=what not in _LESS)
        return Undelivered(f"{told}; {_ADVICE.get(what, _LOGIN)}", permanent=True)


def _detail(notice: Notice) -> tuple[str, str] | None:
    """What a change is known by, and what stands of it in the thread; None where the message says enough."""
    incident = notice.incident
    assert incident is not None
    if not notice.quiet:
        return f"{incident.phase} {incident.reopened}", notice.text
    if incident.phase == "firing" and incident.joined:
        return f"joined {len(incident.joined)}", alike(incident.joined[-1], notice.nouns)
    return None


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
    api = checked(environment.get(API_URL, "").strip() or API, API_URL)
    return SlackBot(token, channel, watch, api=api, buttons=buttons)


def error_of(error: SlackApiError) -> str:
    """The word by which Slack says why it refuses; empty where it says none."""
    data = error.response.data
    return str(data.get("error", "")) if isinstance(data, dict) else ""
