"""The tables of the SQLite file, and the check that a file is one of ours and of this version."""

from __future__ import annotations

from typing import Final

import apsw

from rarebird.errors import StoreError

VERSION: Final = 2
"""Of the tables; one more with each change that who knows the one before cannot read or write."""
APPLICATION: Final = 0x72617265
"""Says in the file's header whose it is: "rare"."""

_TABLES: Final = """
CREATE TABLE owner(
    watch INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE, token INTEGER NOT NULL, format INTEGER NOT NULL,
    seconds_from INTEGER NOT NULL, minutes_from INTEGER NOT NULL, hours_from INTEGER NOT NULL,
    replied INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE checkpoint(watch INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE status(watch INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE journal(entry INTEGER PRIMARY KEY, watch INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
CREATE INDEX journal_of_watch ON journal(watch);
CREATE TABLE position(watch INTEGER, source BLOB, body BLOB NOT NULL, PRIMARY KEY(watch, source)) STRICT, WITHOUT ROWID;
CREATE TABLE category(watch INTEGER, code INTEGER, name BLOB NOT NULL, PRIMARY KEY(watch, code)) STRICT, WITHOUT ROWID;
CREATE TABLE history(
    watch INTEGER NOT NULL, level INTEGER NOT NULL, start INTEGER NOT NULL, body BLOB NOT NULL,
    UNIQUE(watch, level, start)) STRICT;
CREATE TABLE outbox(
    watch INTEGER NOT NULL, id TEXT NOT NULL, channel TEXT NOT NULL, body BLOB NOT NULL, due INTEGER NOT NULL,
    tries INTEGER NOT NULL, free INTEGER NOT NULL, sent INTEGER NOT NULL DEFAULT 0, aside TEXT NOT NULL DEFAULT '',
    UNIQUE(watch, id)) STRICT;
CREATE INDEX outbox_by_channel ON outbox(watch, channel, free) WHERE NOT sent;
CREATE TABLE incident(
    watch INTEGER, id INTEGER, ended INTEGER, body BLOB NOT NULL, PRIMARY KEY(watch, id)) STRICT, WITHOUT ROWID;
CREATE INDEX incident_by_end ON incident(watch, ended) WHERE ended IS NOT NULL;
CREATE TABLE reply(
    watch INTEGER, number INTEGER, body BLOB NOT NULL, PRIMARY KEY(watch, number)) STRICT, WITHOUT ROWID;
"""
# A level is the length of its spans, s. An entry of the outbox is nobody's from `free` on, µs UTC. `replied` is the
# number of the last reply, which no other ever has; an incident `ended` at a second since 1970.

_ADDED: Final = """
ALTER TABLE outbox ADD COLUMN aside TEXT NOT NULL DEFAULT '';
DROP INDEX outbox_by_due;
CREATE INDEX outbox_by_channel ON outbox(watch, channel, free) WHERE NOT sent;
"""
"""What came to this version later; who does not know of it works with it all the same."""

OF_WATCH: Final = (
    "checkpoint", "status", "journal", "position", "category", "history", "outbox", "incident", "reply",
)  # fmt: skip
"""The tables that hold what a watch has learned; `owner` is left when that is forgotten."""


def is_older(connection: apsw.Connection) -> bool:
    """Whether a file is ours and lacks what came to this version later."""
    is_ours = connection.pragma("application_id") == APPLICATION and connection.pragma("user_version") == VERSION
    return (
        is_ours and not connection.execute("SELECT count(*) FROM pragma_table_info('outbox') WHERE name = 'aside'").get
    )


def prepare(connection: apsw.Connection, place: str, *, create: bool) -> None:
    """Makes the tables where there are none and checks whose they are, within a transaction that may write.

    Adds what they lack of it. Raises StoreError where the file is another program's, or of another version.
    """
    if is_older(connection):
        connection.execute(_ADDED)
    found = connection.pragma("user_version")
    if found == VERSION and connection.pragma("application_id") == APPLICATION:
        return
    empty = found == 0 and connection.execute("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)").get
    if empty and create:
        connection.execute(_TABLES)
        connection.pragma("application_id", APPLICATION)
        connection.pragma("user_version", VERSION)
        return
    if connection.pragma("application_id") == APPLICATION:
        raise StoreError(
            f"{place}: expected tables of version {VERSION}, found version {found}; use the rarebird that wrote "
            "them, or name another file",
            permanent=True,
        )
    what = "an empty file" if empty else "a database of another program"
    raise StoreError(f"{place}: expected a store of rarebird, found {what}; name another file", permanent=True)
