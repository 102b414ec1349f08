"""The app: every path, on one port."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from rarebird.web.answer import Fault
from rarebird.web.api import Api, answering, reply
from rarebird.web.feed import Pace
from rarebird.web.guard import Guard
from rarebird.web.incident import Incidents
from rarebird.web.openapi import OPERATIONS
from rarebird.web.replying import Replying
from rarebird.web.view import View

STATIC: Final = Path(__file__).parent / "static"
_FRESH: Final = {"Cache-Control": "no-cache"}
"""A browser may keep the file but asks each time whether it changed: a new version shows at once."""


class _Files(StaticFiles):
    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers.update(_FRESH)
        return response


def app(
    view: View,
    ending: asyncio.Event | None = None,
    names: Iterable[str] = (),
    pace: Pace | None = None,
    replying: Replying | None = None,
) -> Starlette:
    """The app over one view. `ending` ends its feeds; `names` are host names that it answers to besides localhost.

    `replying` is where what people say of incidents goes; without it they can be read only.
    """
    api = Api(view, ending or asyncio.Event(), pace or Pace())
    readings = [api.histogram, api.entropy, api.probability, api.rate]
    probes = [api.livez, api.readyz, api.healthz, api.metrics]
    asked = [*readings, *probes, api.snapshot, api.incidents, api.history, api.moments, api.feed]
    routes = [Route(f"/{ask.__name__}", answering(ask)) for ask in asked]
    return Starlette(
        routes=[
            *routes,
            Route("/incidents/{id}", Incidents(view, replying).answer, methods=["GET", "POST"]),
            Route("/openapi.json", answering(api.openapi)),
            Route("/vis", _page),
            Route("/", _root),
            Mount("/static", _Files(directory=STATIC)),
        ],
        middleware=[Middleware(Guard, names=tuple(names)), Middleware(GZipMiddleware, compresslevel=6)],
        exception_handlers={HTTPException: _fault},
    )


async def _page(_request: Request) -> Response:
    return FileResponse(STATIC / "index.html", headers=_FRESH)


async def _root(request: Request) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/vis{query}")


async def _fault(request: Request, fault: Exception) -> Response:
    status = fault.status_code if isinstance(fault, HTTPException) else 500
    path, headers = request.url.path, getattr(fault, "headers", None) or {}
    allowed = " or ".join(sorted(headers.get("Allow", "").split(", ")))
    text = {
        404: f"expected one of the paths below, got {path}",
        405: f"expected {allowed} at {path}, got {request.method}",
    }.get(status, str(fault))
    response = reply(Fault(text, list(OPERATIONS) if status == 404 else None), status)
    response.headers.update(headers)
    return response
