"""Health: whether a watch does its work, and each reason why it does not."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Status = Literal["ok", "degraded", "failing"]
ReasonName = Literal[
    "task_given_up",
    "store_not_writable",
    "all_sources_failing",
    "nothing_kept",
    "source_failing",
    "store_failing",
    "channel_failing",
    "channel_late",
    "all_channels_failing",
    "clock_off",
    "rejects",
    "time_stands",
    "time_ahead",
    "task_restarting",
    "nothing_new",
]


class HealthReason(Struct, frozen=True):
    """One reason why a watch is not well or, where its status is ok, why little is heard of it."""

    name: ReasonName
    status: Status
    text: str
    """For people."""
    about: str = ""
    """The source, channel or task that it is about; empty where it is about the watch."""


class Health(Struct, frozen=True):
    """The health of a watch at one moment; `reasons` begins with what is worst."""

    status: Status = "ok"
    reasons: tuple[HealthReason, ...] = ()
    alive: bool = True
    """Whether every task lives or is about to be started again."""
    ready: bool = True
    """Whether the store and the state are open."""
    beats: bool = True
    """Whether the heartbeat goes on: not while the watch is failing, nor while no channel takes anything."""
