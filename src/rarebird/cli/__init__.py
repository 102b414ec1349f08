"""The command line: what a user types, and nothing else; each command calls the layer that does the work."""

from rarebird.cli.main import main

__all__ = ["main"]
