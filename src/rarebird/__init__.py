"""rarebird tells you when the rate, the mix or a single event of a stream is out of the ordinary, and why."""

__version__ = "0.1.0"
