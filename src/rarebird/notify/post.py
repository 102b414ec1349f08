"""One request to a service over HTTP, and what its answer means.

Whatever answers: no redirection is followed, no more than some bytes are read, and nothing takes longer than it may.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal, NamedTuple

import aiohttp

from rarebird.notify.contract import Undelivered, one_line
from rarebird.notify.secret import is_here, reason

_TOO_MANY: Final = 429
_PASSING: Final = frozenset((408, 421, 425))
_OF_CONTENT: Final = frozenset((400, 413, 422))
"""Statuses that are about what was sent; any other refusal is about where it was sent to."""
_SERVER_FAULTS: Final = 500
READ: Final = 2_000
"""Bytes of an answer that are read where it need only say yes."""
_PAGE: Final = (b"<html", b"<!doctype html")


class Answer(NamedTuple):
    """What came back, of its body the first bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_whole: bool = True
    """Whether that is all of it."""

    @property
    def text(self) -> str:
        """The body as one short line."""
        return one_line(self.body.decode(errors="replace"), 200)

    @property
    def is_yes(self) -> bool:
        """Whether its status says that the request was taken."""
        return 200 <= self.status < 300

    @property
    def is_page(self) -> bool:
        """Whether it is a page for people, such as that of a login or of a proxy: no service answers with one."""
        body = self.body.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        return body.startswith(b"<") and any(mark in body for mark in _PAGE)


class Request(NamedTuple):
    """What a service is asked."""

    method: Literal["GET", "POST"]
    url: str
    body: bytes | None = None
    headers: Mapping[str, str] = {}
    params: Mapping[str, str] | None = None


async def ask(name: str, request: Request, *, answer_s: float, most: int = READ) -> Answer:
    """What a service that is called `name` in errors answers to one request, in no more than `answer_s`.

    Raises Undelivered, which never holds the address, where no answer came or it broke off. A redirection is an answer.
    """
    # Nothing is expanded: a few bytes that stand for gigabytes stay a few bytes.
    headers = {"User-Agent": "rarebird", "Accept-Encoding": "identity", **request.headers}
    timeout = aiohttp.ClientTimeout(total=answer_s)
    with reached(name, answer_s):
        async with (
            aiohttp.ClientSession(
                timeout=timeout, trust_env=not is_here(request.url), auto_decompress=False
            ) as session,
            session.request(
                request.method,
                request.url,
                data=request.body,
                params=request.params,
                headers=headers,
                allow_redirects=False,
            ) as answer,
        ):
            read = b""
            while len(read) < most and (part := await answer.content.read(most - len(read))):
                read += part
            return Answer(answer.status, answer.headers, read, is_whole=len(read) < most)


class Address:
    """An address of a service that takes JSON; `name` is what the service is called in errors.

    `shown`: what it answers holds no secret and may be told.
    """

    def __init__(self, name: str, url: str, *, answer_s: float, shown: bool = False) -> None:
        self._name, self._url, self._answer_s, self._shown = name, url, answer_s, shown

    async def post(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Posts a body once. Raises Undelivered, which names the service and never its address."""
        whole = {"Content-Type": "application/json", **headers}
        answer = await ask(self._name, Request("POST", self._url, body, whole), answer_s=self._answer_s)
        check(self._name, answer, answer.text if self._shown else "")


def check(name: str, answer: Answer, told: str = "") -> None:
    """Raises Undelivered where an answer is no yes of the service: `told` is what may be shown of it."""
    if not answer.is_yes:
        raise refused(name, answer.status, seconds(answer.headers), told, "check its address")
    if answer.is_page:
        raise Undelivered(
            f"{name} answered {answer.status} with a page of HTML, which may be that of a login or a proxy; "
            "check its address, and that it answers with something else",
            about="channel",
            in_doubt=True,
        )


@contextmanager
def reached(name: str, answer_s: float) -> Iterator[None]:
    """Asks a service within the block, which is called `name` in errors; Undelivered where no answer came of it."""
    try:
        yield
    except TimeoutError:
        raise Undelivered(
            f"{name} gave no answer within {answer_s:g} s; it may have taken the message", in_doubt=True
        ) from None
    except aiohttp.ClientConnectorError as error:
        raise Undelivered(f"{name} could not be reached ({reason(error)})") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise Undelivered(f"{name} could not be reached ({reason(error)})", in_doubt=True) from None


def unreadable(name: str, status: int) -> Undelivered:
    """What it means that a service answered success with something else than its yes."""
    return Undelivered(
        f"{name} gave no answer that can be read (status {status}); it may have taken the message", in_doubt=True
    )


def refused(name: str, status: int, after: float | None, told: str = "", advice: str = "") -> Undelivered:
    """What an answer with such a status means; `advice` is given where somebody has to mend something.

    >>> str(refused("Slack", 404, None, "no_service", "check its address")), refused("Slack", 503, 2.0).after_s
    ('Slack answered 404 no_service; check its address', 2.0)
    >>> refused("Slack", 400, None).about, refused("Slack", 404, None).about, refused("Slack", 503, None).about
    ('notification', 'channel', 'attempt')
    """
    if status == _TOO_MANY:
        return Undelivered(f"{name} asked to send less (429)", after_s=after)
    text = f"{name} answered {status} {told}".rstrip()
    if status >= _SERVER_FAULTS or status in _PASSING:
        return Undelivered(text, in_doubt=True, after_s=after)
    if status in _OF_CONTENT:
        return Undelivered(text, about="notification", after_s=after)
    return Undelivered(f"{text}; {advice}" if advice else text, about="channel", after_s=after)


def seconds(headers: Mapping[str, Any]) -> float | None:
    """What Retry-After says, s: a number, or a date behind that of the answer; None where it cannot be read.

    >>> seconds({"retry-after": "7"}), seconds({"Retry-After": "soon"}), seconds({"Retry-After": "-1"}), seconds({})
    (7.0, None, None, None)
    >>> seconds({"Date": "Wed, 21 Oct 2026 07:28:00 GMT", "Retry-After": "Wed, 21 Oct 2026 07:28:30 GMT"})
    30.0
    """
    found = {name.lower(): str(value).strip() for name, value in headers.items()}
    text = found.get("retry-after", "")
    if text.isascii() and text.isdecimal():
        return float(text)
    try:
        apart = parsedate_to_datetime(text) - parsedate_to_datetime(found.get("date", ""))
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, apart.total_seconds())
