"""The OpenAPI 3.1 document, built from the structs of the answers."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec

from rarebird.model.incident import Incident
from rarebird.model.reading import History, Moment, Probability, Rate
from rarebird.web.answer import EntropyAnswer, Fault, HealthAnswer, Opening, Probe, Shown, Tick

_REF = "#/components/schemas/{name}"
_JSON = "application/json"


class Parameter(NamedTuple):
    """A parameter of the query, or of the path."""

    name: str
    says: str
    example: str
    place: str = "query"


class Operation(NamedTuple):
    """What one path answers to GET."""

    summary: str
    answer: Any = None
    """The type of its JSON, if it is JSON."""
    parameters: tuple[Parameter, ...] = ()
    media: str = _JSON
    statuses: tuple[tuple[str, str], ...] = (("200", "The answer"),)
    form: tuple[Parameter, ...] = ()
    """The fields of a form that it takes by POST."""


_WINDOW = Parameter("window", "Only the last such time, as a duration; without it the life of the watch.", "15m")
_CATEGORY = (
    Parameter("state", "A category; another word for `category`.", "CA"),
    Parameter("category", "A category by name.", "CA"),
)
_RANGE = (
    Parameter("from", "Beginning, ISO 8601 or an epoch time; without it a day before the end.", "2026-01-31T12:00:00Z"),
    Parameter("to", "End, likewise; without it now.", "2026-02-01"),
)
_MESSAGE = Parameter("message", "A message of the stream, whose category counts.", '{"group":{"group_state":"CA"}}')
_TOKEN = Parameter("token", "That of the link in its message: without it the page can be read only.", 64 * "0")
_SNAPSHOT = "All that the page shows, with the sentence that says what is going on"
_HEALTH = (("200", "It is ok or degraded, which `status` says, with the reasons"), ("503", "It is failing"))
_ALIVE = (("200", "Every task lives, or is about to be started again"), ("503", "A task was given up"))
_READY = (("200", "They are"), ("503", "Not yet"))

OPERATIONS: Final[dict[str, Operation]] = {
    "/histogram": Operation("Share of each category; they sum to 1", dict[str, float], (_WINDOW,)),
    "/entropy": Operation("Entropy of the shares, in nats and in bits", EntropyAnswer, (_WINDOW,)),
    "/probability": Operation("How likely the next event is of a category", Probability, (*_CATEGORY, _MESSAGE)),
    "/rate": Operation("Mean gap and rate over the last seconds, with a 95 % interval", Rate, _CATEGORY),
    "/livez": Operation("Whether the process lives", Probe, statuses=_ALIVE),
    "/readyz": Operation("Whether the store and the state are open", Probe, statuses=_READY),
    "/healthz": Operation("Whether the watch does its work, and why not", HealthAnswer, statuses=_HEALTH),
    "/metrics": Operation("The same and more in numbers, as Prometheus reads them", media="text/plain"),
    "/incidents": Operation("What was out of the ordinary: what is open first, the newest first", list[Incident]),
    "/incidents/{id}": Operation(
        "The page of an incident; by POST what somebody says of it",
        parameters=(Parameter("id", "Its number.", "1", "path"), _TOKEN),
        media="text/html",
        statuses=(("200", "The page"), ("403", "A wrong token"), ("404", "None of the latest incidents")),
        form=(_TOKEN, Parameter("do", "What is said.", "ack", "form"), Parameter("by", "Who says it.", "Ann", "form")),
    ),
    "/snapshot": Operation(_SNAPSHOT, Shown),
    "/history": Operation("What was counted, by the second, minute or hour", History, (*_RANGE, *_CATEGORY)),
    "/moments": Operation("The history of rate and entropy, oldest first", list[Moment]),
    "/feed": Operation("Server-sent events: one `snapshot`, then `tick`s", media="text/event-stream"),
    "/openapi.json": Operation("This document", dict[str, Any]),
    "/vis": Operation("The page", media="text/html"),
    "/": Operation("Leads to the page", statuses=(("307", "To /vis"),)),
    "/static/{path}": Operation(
        "The files of the page",
        parameters=(Parameter("path", "A file's name.", "page.js", "path"),),
        media="*/*",
        statuses=(("200", "The file"), ("404", "No such file")),
    ),
}

_UNASKED: Final = frozenset({"/livez", "/readyz", "/healthz", "/openapi.json"})
"""No parameter of these can be wrong."""


def document(name: str) -> dict[str, Any]:
    """The document for a watch called `name`, in terms of JSON."""
    types = [operation.answer for operation in OPERATIONS.values() if operation.answer is not None]
    found, components = msgspec.json.schema_components([*types, Fault, Opening, Tick], ref_template=_REF)
    schemas = iter(found)
    paths = {
        path: {"get": _described(path, operation, next(schemas) if operation.answer is not None else None)}
        | ({"post": _posted(path, operation)} if operation.form else {})
        for path, operation in OPERATIONS.items()
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": f"rarebird: {name}", "version": "1", "license": {"name": "Apache-2.0"}},
        "paths": paths,
        "components": {"schemas": components},
    }


def _described(path: str, operation: Operation, schema: dict[str, Any] | None) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for status, says in operation.statuses:
        body = {"content": {operation.media: {"schema": schema or {"type": "string"}}}} if status != "307" else {}
        answers[status] = {"description": says, **body}
    if operation.media == _JSON and schema is not None and path not in _UNASKED:
        fault = {"schema": {"$ref": _REF.format(name="Fault")}}
        answers["400"] = {"description": "A parameter was wrong", "content": {_JSON: fault}}
    return {
        "operationId": _called(path),
        "summary": operation.summary,
        "parameters": [_parameter(one) for one in operation.parameters],
        "responses": answers,
    }


def _posted(path: str, operation: Operation) -> dict[str, Any]:
    """The same path as it takes a form."""
    fields = {one.name: {"type": "string", "description": one.says} for one in operation.form}
    schema = {"type": "object", "properties": fields, "required": ["token", "do"]}
    refused = {status: {"description": says} for status, says in operation.statuses if status != "200"}
    return {
        "operationId": f"{_called(path)}_post",
        "summary": operation.summary,
        "parameters": [_parameter(one) for one in operation.parameters if one.place == "path"],
        "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": schema}}},
        "responses": {"303": {"description": "It was said; leads back to the page"}, **refused},
    }


def _called(path: str) -> str:
    return "_".join(part.strip("{}").replace(".", "_") for part in path.strip("/").split("/")) or "root"


def _parameter(one: Parameter) -> dict[str, Any]:
    return {
        "name": one.name,
        "in": one.place,
        "required": one.place == "path",
        "description": one.says,
        "schema": {"type": "string"},
        "example": one.example,
    }
