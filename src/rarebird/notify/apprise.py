"""Messages by e-mail and to some hundred services through Apprise; docs/apprise.md says how they look there.

The address of a service holds its password or token. It comes from the environment or from a file, and stands in no
text and no log.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from rarebird.errors import ConfigError
from rarebird.model import instant
from rarebird.notify.contract import REPEAT, Notice, Undelivered, linked, one_line
from rarebird.notify.secret import given

if TYPE_CHECKING:
    from apprise import Apprise, NotifyType

VARIABLE: Final = "RAREBIRD_APPRISE_URL"
_TITLE: Final = 150
_LINE: Final = 2_000
_FORM: Final = "such as mailtos://NAME:PASSWORD@example.org or tgram://TOKEN/CHAT, one a line"


class AppriseServices:
    """One or more services, by their addresses as Apprise writes them. Nothing is tried again here.

    `watch` is what is watched, for people. A group that some of the services have taken goes to the others alone when
    it is sent again. Raises ConfigError where Apprise is missing or an address is none.
    """

    name = "Apprise"
    edits = False
    records = False
    most = 20
    pause_s = 1.0

    def __init__(self, urls: Sequence[str], watch: str = "", *, answer_s: float = 60) -> None:
        self._services = _opened(urls, answer_s)
        self._watch = watch
        self._group: list[Notice] = []
        self._taken: set[int] = set()

    async def send(self, group: Sequence[Notice]) -> None:
        """Hands over a group as one message to each service. Raises Undelivered; Apprise says no more than that."""
        plain = [replace(notice, text=notice.text.removeprefix(REPEAT), repeat=False) for notice in group]
        if plain != self._group:
            self._group, self._taken = plain, set()
        waiting = [number for number in range(len(self._services)) if number not in self._taken]
        title, body = message(group, self._watch)
        # In threads: Apprise waits for each answer, no longer than it is told to.
        sending = (asyncio.to_thread(_send, self._services[number], title, body, _mood(group)) for number in waiting)
        taken = await asyncio.gather(*sending)
        self._taken.update(number for number, done in zip(waiting, taken, strict=True) if done)
        if refusing := [_called(self._services[number]) for number in waiting if number not in self._taken]:
            raise Undelivered(
                f"{' and '.join(refusing)} did not take a message from Apprise; check the address in {VARIABLE}",
                about="unknown",
                in_doubt=True,
            )


def apprise_of(environment: Mapping[str, str], watch: str) -> AppriseServices:
    """The services that the environment, or the file that it names, tells of. Raises ConfigError."""
    lines = [line.strip() for line in given(environment, VARIABLE).splitlines()]
    urls = [line for line in lines if line and not line.startswith("#")]
    if not urls:
        raise ConfigError(
            f"expected addresses of services in {VARIABLE}, or in a file named by {VARIABLE}_FILE, got none; {_FORM}"
        )
    return AppriseServices(urls, watch)


def message(group: Sequence[Notice], watch: str) -> tuple[str, str]:
    r"""Title and body of a group, as plain text.

    >>> message([Notice(0, "Something came. Chance does so once a year.")], "RSVPs")
    ('Something came.', 'Chance does so once a year.\n1970-01-01 00:00:00 UTC, RSVPs')
    """
    about = one_line(watch, _TITLE)
    if len(group) > 1:
        lines = (f"{_time(notice)}: {linked(notice, _LINE)}" for notice in group)
        return f"{len(group)} notices{f' of {about}' if about else ''}", "\n".join(lines)
    (notice,) = group
    text = one_line(notice.text, _LINE)
    first, stop, rest = text.partition(". ")
    title = first + stop.strip()
    if len(title) > _TITLE:
        title, rest = one_line(title, _TITLE), text
    place = f"{_time(notice)}{f', {about}' if about else ''}"
    return title or about or "rarebird", "\n".join(filter(None, (rest, place, notice.link)))


def _opened(urls: Sequence[str], answer_s: float) -> list[Apprise]:
    try:
        import apprise
    except ImportError:
        raise ConfigError(
            "to send through Apprise, rarebird needs one more package: pip install 'rarebird[apprise]'"
        ) from None
    # What goes wrong is logged with parts of addresses by Apprise, and what is sent with all of them by urllib3.
    for name in ("apprise", "urllib3"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    logging.getLogger("apprise").propagate = False
    asset = apprise.AppriseAsset(
        app_id="rarebird",
        app_desc="rarebird",
        app_url="",
        storage_mode="memory",
        http_redirects=False,
        service_timeout=answer_s,
    )
    services = []
    for number, url in enumerate(urls, 1):
        service = apprise.Apprise(asset=asset)
        if not service.add(apprise.Apprise.instantiate(url, asset=asset) or ()) or not len(service):
            raise ConfigError(
                f"{VARIABLE}: expected addresses of services that Apprise knows, {_FORM}; number {number} is none "
                "(it is not shown here)"
            )
        services.append(service)
    return services


def _send(service: Apprise, title: str, body: str, mood: NotifyType) -> bool:
    """Whether the service took the message, which holds no marks that mean anything."""
    from apprise import NotifyFormat

    return bool(service.notify(body, title, mood, body_format=NotifyFormat.TEXT, interpret_escapes=False))


def _mood(group: Sequence[Notice]) -> NotifyType:
    from apprise import NotifyType

    incident = group[-1].incident
    if incident is None:
        return NotifyType.INFO
    return NotifyType.WARNING if incident.ended is None else NotifyType.SUCCESS


def _called(service: Apprise) -> str:
    (one,) = service.find()
    return str(one.service_name)


def _time(notice: Notice) -> str:
    return f"{instant.shown(notice.time)} UTC"
