"""Questions: what the parameters of a request ask for, or an error that says how to ask."""

from __future__ import annotations

from starlette.requests import Request

from rarebird.errors import InputError
from rarebird.model import duration, instant


def only(request: Request, *allowed: str, example: str) -> None:
    """InputError where the request has a parameter besides the allowed, or one of them twice."""
    names = [name for name, _ in request.query_params.multi_items()]
    expected = " or ".join(f"`{name}`" for name in allowed) or "no parameter"
    for name in names:
        if name not in allowed:
            raise InputError(f"expected {expected}, got the parameter `{name}`; example: {example}")
        if names.count(name) > 1:
            raise InputError(f"expected `{name}` once, got it {names.count(name)} times; example: {example}")


def window(request: Request) -> int | None:
    """The window in µs that `?window=` names; None for the life of the watch."""
    example = f"{request.url.path}?window=15m"
    only(request, "window", example=example)
    text = request.query_params.get("window")
    if text is None:
        return None
    try:
        length = duration.parse(text)
    except ValueError as fault:
        raise InputError(f"window: {fault}; example: {example}") from None
    if length <= 0:
        raise InputError(f"window: expected more than 0, got {text!r}; example: {example}")
    return length


def span(request: Request) -> tuple[int | None, int | None]:
    """The instants that `?from=` and `?to=` name, µs UTC; None where one is missing."""
    example = f"{request.url.path}?from=2026-01-31T12:00:00Z&to=2026-02-01"
    start, end = (_instant(request, name, example) for name in ("from", "to"))
    if start is not None and end is not None and end <= start:
        raise InputError(f"expected `to` behind `from`; example: {example}")
    return start, end


def _instant(request: Request, name: str, example: str) -> int | None:
    text = request.query_params.get(name)
    try:
        return None if text is None else instant.parse(text)
    except ValueError as fault:
        raise InputError(f"{name}: {fault}; example: {example}") from None


def category(request: Request, *others: str, beside: tuple[str, ...] = ()) -> str | None:
    """The category that `?state=` or `?category=` names; None where neither stands.

    `others` may stand instead of it, those `beside` it with it.
    """
    example = f"{request.url.path}?state=CA"
    only(request, "state", "category", *others, *beside, example=example)
    given = [name for name in ("state", "category", *others) if name in request.query_params]
    if len(given) > 1:
        raise InputError(f"expected one of them, got `{given[0]}` and `{given[1]}`; example: {example}")
    if not given or given[0] in others:
        return None
    name = request.query_params[given[0]]
    if not name:
        raise InputError(f"{given[0]}: expected the name of a category, got nothing; example: {example}")
    return name


def message(request: Request) -> bytes | None:
    """The message that `?message=` holds; None where it is missing."""
    text = request.query_params.get("message")
    return None if text is None else text.encode(errors="replace")
