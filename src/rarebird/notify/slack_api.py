"""One call of Slack's Web API, and what its answer means.

The token is a secret: it goes in a header alone, and stands in no text. slack_sdk's client is not used here: it follows
redirections, reads answers of any size, and takes any text that comes with 200 for an object.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from rarebird.notify.contract import Undelivered, one_line
from rarebird.notify.post import Answer, Request, ask, refused, seconds, unreadable

URL: Final = "https://slack.com/api/"
VARIABLE: Final = "RAREBIRD_SLACK_API_URL"
NAME: Final = "Slack"
_READ: Final = 4 * 2**20
"""Bytes of an answer, of which a page of 200 messages is the largest."""
_LESS: Final = frozenset(("ratelimited", "rate_limited"))
_PASSING: Final = _LESS | frozenset(
    "internal_error fatal_error service_unavailable request_timeout team_added_to_org".split()
)
_OF_CONTENT: Final = frozenset(
    (
        "invalid_blocks invalid_blocks_format msg_too_long msg_blocks_too_long no_text too_many_attachments "
        "invalid_metadata_format invalid_metadata_schema metadata_too_large invalid_arguments invalid_arg_name "
        "invalid_array_arg invalid_charset invalid_json json_not_object cannot_reply_to_message thread_not_found "
        "message_not_found cant_update_message edit_window_closed"
    ).split()
)
"""What Slack says where it refuses what a message holds; all else that it refuses is about app, token or channel."""


class SlackRefused(Undelivered):
    """Slack has read what it was asked and refuses it; `word` is what it says."""

    word: str = ""


class SlackApi:
    """Slack's Web API for one token. `advice` is what to do about a refusal that somebody has to mend, by its word."""

    def __init__(
        self, token: str, url: str = URL, *, answer_s: float = 30, advice: Mapping[str, str], otherwise: str
    ) -> None:
        self._token, self._url, self._answer_s = token, url.rstrip("/") + "/", answer_s
        self._login = {"Authorization": f"Bearer {token}"}
        self._advice, self._otherwise = advice, otherwise

    async def write(self, method: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Asks a method that changes something. Raises Undelivered."""
        headers = {"Content-Type": "application/json; charset=utf-8", **self._login}
        return await self._ask(Request("POST", self._url + method, json.dumps(body).encode(), headers))

    async def read(self, method: str, params: Mapping[str, str]) -> dict[str, Any]:
        """Asks a method that only reads, which takes no JSON. Raises Undelivered."""
        return await self._ask(Request("GET", self._url + method, headers=self._login, params=params))

    async def _ask(self, request: Request) -> dict[str, Any]:
        answer = await ask(NAME, request, answer_s=self._answer_s, most=_READ)
        found = _object(answer)
        word = _word(found)
        if answer.status != 200:
            raise refused(NAME, answer.status, seconds(answer.headers), self._shown(word), self._advised(word))
        if found is None or not isinstance(found.get("ok"), bool):
            raise unreadable(NAME, answer.status)
        if not found["ok"]:
            raise self._refused(word, seconds(answer.headers))
        return found

    def _refused(self, word: str, after: float | None) -> SlackRefused:
        text = f"Slack answered {self._shown(word)!r}"
        if word in _PASSING:
            error = SlackRefused(text, in_doubt=word not in _LESS, after_s=after)
        elif word in _OF_CONTENT:
            error = SlackRefused(text, about="notification", after_s=after)
        else:
            error = SlackRefused(f"{text}; {self._advised(word)}", about="channel", after_s=after)
        error.word = word
        return error

    def _shown(self, word: str) -> str:
        return one_line(word.replace(self._token, "…"), 100)

    def _advised(self, word: str) -> str:
        return self._advice.get(word, self._otherwise)


def _object(answer: Answer) -> dict[str, Any] | None:
    if not answer.is_whole:
        return None
    try:
        return msgspec.json.decode(answer.body, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return None


def _word(found: dict[str, Any] | None) -> str:
    """The word by which Slack says why it refuses; empty where it says none."""
    word = (found or {}).get("error")
    return word if isinstance(word, str) else ""
