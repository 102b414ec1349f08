"""The bank of rarebird as a detector that can be measured here."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from benchmarks.detection.contract import Setting

MODULE = "rarebird.detect.bank"


def bank(setting: Setting) -> Any:
    """A new bank with one false alarm a week."""
    return import_module(MODULE).Bank(categories=setting.categories, watched=setting.watched, zone=setting.zone)
