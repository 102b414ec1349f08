"""`rarebird pipe insert-gaps` and `rarebird pipe insert-distribution`: into a store, second by second."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from rarebird.cli.options import Flag
from rarebird.cli.pipe.stage import ANY, StoreOptions, inflow, run, say, seconds, with_store

if TYPE_CHECKING:
    from rarebird.pipe.inflow import Kind
    from rarebird.store.contract import Store

EXPIRE_S: Final = 86_400
"""Redis drops what no stage has written to for a day: a backstop, as lifetimes count in event time."""


def insert_gaps(*, where: StoreOptions = ANY, keep: str = "2h", fresh: Flag = False) -> None:
    """Read gaps, as `rarebird pipe gaps` writes them, and keep them in a store.

    Ends with its input. Started again it goes on where it was: what comes a second time is not counted again.

    Parameters
    ----------
    keep
        How much of the event time before the newest event is kept second by second, such as 2h or 7d.
    fresh
        Forget what the store holds of this stream's gaps, and begin anew.

    """
    from rarebird.pipe.insert import gaps_of, of_gap
    from rarebird.pipe.line import GapLine

    _insert(_store(where, gaps_of(where.name), keep), GapLine, of_gap, fresh=fresh)


def insert_distribution(*, where: StoreOptions = ANY, keep: str = "2h", fresh: Flag = False) -> None:
    """Read events, as `rarebird pipe ingest` writes them, and count their categories in a store.

    Ends with its input. Started again it goes on where it was: what comes a second time is not counted again.

    Parameters
    ----------
    keep
        How much of the event time before the newest event is kept second by second, such as 2h or 7d.
    fresh
        Forget what the store holds of this stream's categories, and begin anew.

    """
    from rarebird.pipe.insert import distribution_of, of_event
    from rarebird.pipe.line import EventLine

    _insert(_store(where, distribution_of(where.name), keep), EventLine, of_event, fresh=fresh)


def _store(where: StoreOptions, watch: str, keep: str) -> Store:
    from rarebird.config.stores import open_store
    from rarebird.store.contract import Retention

    return open_store(where.url, watch, retention=Retention(s=seconds("--keep", keep)), expire_s=EXPIRE_S)


def _insert(store: Store, kind: type[Kind], counted_as: Callable[[Kind], str], *, fresh: bool) -> None:
    from rarebird.pipe.insert import Insertion

    inserting: Insertion[Kind] = Insertion(store, counted_as, say)
    run(with_store(store, inserting.run(inflow(kind), fresh=fresh)))
