"""The API: each question of a request answered from the view."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from inspect import isawaitable

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from rarebird.errors import InputError, StoreError
from rarebird.web import answer, feed, question
from rarebird.web.metrics import MEDIA, metrics
from rarebird.web.openapi import document
from rarebird.web.view import View

_MEDIA = "application/json"


class Api:
    """The endpoints over one view; every method answers one path."""

    def __init__(self, view: View, ending: asyncio.Event, pace: feed.Pace) -> None:
        self._view = view
        self._feed = feed.Feed(view, ending, pace)

    def histogram(self, request: Request) -> object:
        """Share by category."""
        return self._view.histogram(question.window(request))

    def entropy(self, request: Request) -> object:
        """Entropy of the same shares."""
        return answer.EntropyAnswer.of(self._view.entropy(question.window(request)))

    def probability(self, request: Request) -> object:
        """Probability of a category, or of a message's category."""
        category = question.category(request, "message")
        if category is None:
            message = question.message(request)
            if message is None:
                raise InputError("expected `state`, `category` or `message`, got none; example: /probability?state=CA")
            category = self._view.category_of(message)
        return self._view.probability(category)

    def rate(self, request: Request) -> object:
        """Rate and mean gap."""
        return self._view.rate(question.category(request))

    def snapshot(self, request: Request) -> object:
        """All that the page shows."""
        question.only(request, example="/snapshot")
        return answer.shown(self._view.snapshot())

    async def history(self, request: Request) -> object:
        """What was counted from one time to another."""
        start, end = question.span(request)
        return await self._view.history(start, end, question.category(request, beside=("from", "to")))

    def incidents(self, request: Request) -> object:
        """What was out of the ordinary."""
        question.only(request, example="/incidents")
        return self._view.incidents()

    def moments(self, request: Request) -> object:
        """The history of the curves."""
        question.only(request, example="/moments")
        return self._view.moments()

    def healthz(self, _request: Request) -> Response:
        """Whether all is well, and why not; by status 503 while the watch is failing."""
        snapshot = self._view.snapshot()
        return reply(answer.HealthAnswer.of(snapshot), 503 if snapshot.health.status == "failing" else 200)

    def livez(self, _request: Request) -> Response:
        """Whether the process lives: by status 503 where it should be started again."""
        return _probe(answer.Probe.alive(self._view.health()))

    def readyz(self, _request: Request) -> Response:
        """Whether the store and the state are open: by status 503 before."""
        return _probe(answer.Probe.ready(self._view.health()))

    def metrics(self, _request: Request) -> Response:
        """What Prometheus reads."""
        told = metrics(self._view.snapshot(), self._view.incidents(), self._view.vitals())
        return Response(told, headers={"Cache-Control": "no-store"}, media_type=MEDIA)

    def openapi(self, _request: Request) -> Response:
        """The document that describes all of this."""
        return reply(document(self._view.name))

    def feed(self, request: Request) -> Response:
        """The live feed; to HEAD its headers alone."""
        if request.method == "HEAD":
            return Response(headers=feed.HEADERS, media_type="text/event-stream")
        return StreamingResponse(self._feed.events(), headers=feed.HEADERS, media_type="text/event-stream")


def answering(ask: Callable[[Request], object]) -> Callable[[Request], object]:
    """The endpoint for a method of `Api`: its value as JSON, or 400 (a wrong question) or 503 (the store fails)."""

    async def endpoint(request: Request) -> Response:
        try:
            value = ask(request)
            if isawaitable(value):
                value = await value
        except InputError as fault:
            return reply(answer.Fault(str(fault)), 400)
        except StoreError as fault:
            return reply(answer.Fault(str(fault)), 503)
        return value if isinstance(value, Response) else reply(value)

    return endpoint


def _probe(probe: answer.Probe) -> Response:
    return reply(probe, 200 if probe.status == "ok" else 503)


def reply(value: object, status: int = 200) -> Response:
    """A value as JSON, never kept by a cache: the next tick changes it."""
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(value), status, headers=headers, media_type=_MEDIA)
