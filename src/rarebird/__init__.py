"""rarebird: how often the events of a stream come, how they spread, and how surprising each one is."""

from rarebird.watch import Watch

__version__ = "0.1.0"

__all__ = ["Watch", "__version__"]
