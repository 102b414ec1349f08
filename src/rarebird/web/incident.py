"""The page of one incident: what it is, in words and numbers, and what its reader can say of it.

It needs no script. Reading it changes nothing, however often it is fetched: what is said comes as a form, by POST, with
the token of the link in it. No cookie is involved, so no other site can send the form in somebody's name.
"""

from __future__ import annotations

from html import escape
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from rarebird.errors import InputError, StoreError
from rarebird.incident.telling import Nouns, begun, telling
from rarebird.incident.wording import number, span
from rarebird.model import instant
from rarebird.model.incident import Incident
from rarebird.model.instant import SECOND
from rarebird.model.plural import counted
from rarebird.notify.contract import one_line
from rarebird.web.replying import CHOICES, Replying, reply_of
from rarebird.web.view import View

POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS: Final = {"Cache-Control": "no-store", "Content-Security-Policy": POLICY, "X-Robots-Tag": "noindex"}
_FORM: Final = 4_096
"""Bytes of a form that are read."""
_FIELDS: Final = 8
_LONGEST: Final = 2_000
_NAMED: Final = 8
_WRONG: Final = (
    "This link is not one for this incident. Open the link of its message again; a new key or a watch that was begun "
    "anew makes old links void."
)
_READ_ONLY: Final = "To answer, open the link that came with its message."
_UNLINKED: Final = "To answer here, start rarebird with --public-url; `rarebird ack` and `rarebird mute` do it, too."


class Incidents:
    """The pages of the latest incidents of a view; without `replying` they can only be read."""

    def __init__(self, view: View, replying: Replying | None) -> None:
        self._view, self._replying = view, replying

    async def answer(self, request: Request) -> Response:
        """One request for one page."""
        id = request.path_params["id"]
        incident = next((each for each in self._view.incidents() if str(each.id) == id), None)
        if incident is None:
            return _plain("No such incident", "It is none of the latest incidents of this watch.", 404)
        if request.method == "POST":
            return await self._said(request, incident)
        token = request.query_params.get("token")
        if token is not None and not self._allows(incident, token):
            return _plain("This link does not hold", _WRONG, 403)
        done = CHOICES.get(request.query_params.get("said", "")) if token is not None else None
        return _page(self._shown(incident, token or "", "" if done is None else done.done))

    async def _said(self, request: Request, incident: Incident) -> Response:
        form = await _form(request)
        token = form.get("token", "")
        if self._replying is None or not self._allows(incident, token):
            return _plain("This link does not hold", _WRONG, 403)
        try:
            await self._replying.reply(reply_of(form, incident, self._replying.clock()))
        except InputError as error:
            return _plain("Nothing was said", str(error), 400)
        except StoreError as error:
            return _plain("Nothing was said", f"That could not be kept, so it was not said: {error}", 503)
        # The next load of the page is a GET, which says it no second time.
        return RedirectResponse(f"{incident.id}?token={token}&said={form['do']}", 303, headers=_HEADERS)

    def _allows(self, incident: Incident, token: str) -> bool:
        return self._replying is not None and self._replying.links.allows(incident, token)

    def _shown(self, incident: Incident, token: str, done: str) -> str:
        snapshot = self._view.snapshot()
        about = {incident.category, *(one.category for one in incident.contributions)} - {None}
        names = {*(one.name for one in snapshot.mix), *map(str, about)}
        nouns = Nouns.of(snapshot.noun, snapshot.noun_by, names)
        told = (
            f'<p class="done" role="status">{_text(done)} The watch takes that in within seconds.</p>' if done else ""
        )
        unable = _READ_ONLY if self._replying is not None else _UNLINKED
        answers = _answers(incident, token) if token else f'<p class="dim">{_text(unable)}</p>'
        first, stop, rest = telling(incident, nouns).partition(". ")
        if incident.ended is not None:
            rest = f"It was: {begun(incident, nouns)}"
        return (
            f'<section class="card news"><h1>{_name(first + stop.strip())}</h1><p>{_name(rest)}</p>{told}</section>'
            f'<section class="card"><h2>In numbers</h2>{_numbers(incident)}{_contributions(incident, nouns)}</section>'
            f'<section class="card"><h2>Answer</h2>{answers}</section>'
        )


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form; none where it is too long to be one of ours."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _FORM:
            return {}
    try:
        return dict(parse_qsl(body.decode("ascii"), max_num_fields=_FIELDS, errors="replace"))
    except ValueError:
        return {}


def _numbers(incident: Incident) -> str:
    rows = [
        ("Which", f"number {incident.id}, {incident.kind}, {incident.phase}"),
        ("Counted", f"{incident.events:,} in {span(incident.window_s)}"),
        ("Expected", f"{number(incident.expected)} ({number(incident.low)} to {number(incident.high)})"),
        ("Began", f"about {_time(incident.began)}"),
        ("Told", _time(incident.detected)),
        ("Over", "" if incident.ended is None else _time(incident.ended)),
        ("Lasted", "" if incident.ended is None else span((incident.ended - incident.began) / SECOND)),
        ("Came back", counted(incident.reopened, "times") if incident.reopened else ""),
        ("Beside it", ", ".join(f"{one.kind} {one.category or ''}".strip() for one in incident.joined)),
        ("Looked after by", incident.acknowledged),
        ("Said of it", incident.feedback),
        ("Muted", incident.muted),
    ]
    return "".join(
        ('<dl class="numbers">', *(f"<dt>{label}</dt><dd>{_name(told)}</dd>" for label, told in rows if told), "</dl>")
    )


def _contributions(incident: Incident, nouns: Nouns) -> str:
    """The categories that make it up, as a table."""
    if not incident.contributions:
        return ""
    rows = (
        f'<tr><th scope="row">{_name(_called(one.category, nouns))}</th><td>{one.events:+,.1f}</td></tr>'
        for one in incident.contributions[:_NAMED]
    )
    head = f"<tr><th>{_text(nouns.noun_by)}</th><th>beyond what is expected</th></tr>"
    return f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


def _called(category: str | None, nouns: Nouns) -> str:
    return "all others" if category is None else nouns.names.get(category, category) or "(no name)"


def _answers(incident: Incident, token: str) -> str:
    offered = [word for word in CHOICES if word != "unsay" or incident.feedback]
    buttons = "".join(f'<button name="do" value="{word}">{_text(CHOICES[word].label)}</button>' for word in offered)
    return (
        f'<form method="post" action="{incident.id}" class="answers"><input type="hidden" name="token" '
        f'value="{_text(token)}"><label>Your name, if you like <input name="by" maxlength="60" autocomplete="name">'
        f"</label><div>{buttons}</div></form>"
    )


def _plain(title: str, says: str, status: int) -> Response:
    return _page(f'<section class="card news"><h1>{_text(title)}</h1><p>{_name(says)}</p></section>', status)


def _page(body: str, status: int = 200) -> Response:
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><title>rarebird: an incident</title>'
        '<link rel="icon" href="../static/icon.svg" type="image/svg+xml"><link rel="stylesheet" '
        'href="../static/page.css">'
    )
    bar = '<header><span class="brand">rarebird</span><a class="dim" href="../vis">the page of the watch</a></header>'
    whole = (
        f'<!doctype html><html lang="en"><head>{head}</head><body>{bar}<main class="one">{body}</main></body></html>'
    )
    return HTMLResponse(whole, status, headers=_HEADERS)


def _text(text: str) -> str:
    return escape(one_line(text, _LONGEST))


def _name(text: str) -> str:
    """A text that may hold names from the stream: shown as it stands, its direction its own affair."""
    return f"<bdi>{_text(text)}</bdi>" if text else ""


def _time(time: int) -> str:
    return f"{instant.shown(time)} UTC"
