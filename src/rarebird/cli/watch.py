"""`rarebird watch`: follow a stream, and show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rarebird.cli.options import (
    AliveOptions,
    Dash,
    DetectOptions,
    FieldOptions,
    Flag,
    MuteOptions,
    Several,
    StoreUrl,
    WatchRuleOptions,
    checked,
)
from rarebird.config.chosen import KEEP
from rarebird.config.parts import HOLD, shared_by

if TYPE_CHECKING:
    from rarebird.config.settings import Settings
    from rarebird.run.keeping import Former, Keeping
    from rarebird.run.running import Running
    from rarebird.run.sending import Sending
    from rarebird.source.presets import Preset


def watch(
    *source: Dash,
    fields: FieldOptions | None = None,
    detect: DetectOptions | None = None,
    name: str | None = None,
    store: StoreUrl = None,
    no_store: Flag = False,
    fresh: Flag = False,
    keep: str = KEEP,
    part: str | None = None,
    hold: str = HOLD,
    host: str = "127.0.0.1",
    port: int = 8000,
    no_web: Flag = False,
    public_url: str | None = None,
    notify: Several = (),
    mutes: MuteOptions | None = None,
    rules: WatchRuleOptions | None = None,
    alive: AliveOptions | None = None,
) -> None:
    """Follow SOURCE and show it on a page, until its end or Ctrl-C.

    Parameters
    ----------
    source
        -, a file (JSON lines or CSV, also .gz and .zst), http(s)://…, ws(s)://… or a preset (wikipedia).
        Files are read one after another, all else at the same time.
    name
        What the watch is called, by which its store knows it; from its sources and category unless set.
    store
        Where what is learned is kept, so that the next start goes on from there: sqlite:///FILE,
        redis://HOST:PORT/0, rediss://… or unix:///SOCKET. Unless set a SQLite file, rarebird/rarebird.db in
        ~/.local/state (or $XDG_STATE_HOME), on macOS in ~/Library/Application Support, on Windows in %LOCALAPPDATA%.
    no_store
        Keep nothing.
    fresh
        Forget what the store holds of this watch, and begin anew.
    keep
        How long history is kept by the hour; by the minute it is 7 days of that, by the second 2 hours.
    part
        NUMBER/COUNT, such as 1/3: SOURCE is one of so many parts of the watch NAME, each followed by a process of its
        own into the same Redis, no event in two of them. One of the processes puts the parts together; `rarebird api`
        shows the whole.
    hold
        How long the whole waits for a part that stands still; what that part brings later is late.
    host
        The address on which the page is served: this machine only unless set.
    port
        The port of the page.
    no_web
        Serve no page.
    public_url
        How people reach the page, such as https://birds.example.org: notices get a link to the page of their incident,
        on which whoever has the link may acknowledge, mute and say what it was. The key that signs links is made once
        and kept beside the store, or comes from RAREBIRD_LINK_KEY or the file that RAREBIRD_LINK_KEY_FILE names.
    notify
        stdout, slack, webhook, alertmanager or apprise: send incidents as they begin and end, and what rules find where
        any are on; may be given several times. With a store, what is not sent yet is sent after a restart. For slack
        the address of an incoming webhook comes from RAREBIRD_SLACK_WEBHOOK_URL, or from the file that
        RAREBIRD_SLACK_WEBHOOK_URL_FILE names; with RAREBIRD_SLACK_BOT_TOKEN and RAREBIRD_SLACK_CHANNEL (an id) a bot
        writes one message an incident there, and edits it as the incident goes on; with RAREBIRD_SLACK_APP_TOKEN, too,
        it has buttons to acknowledge, snooze and say that it was expected. In the same way the address of a
        webhook comes from RAREBIRD_WEBHOOK_URL (with a key in RAREBIRD_WEBHOOK_SECRET it is signed), that of
        Alertmanager from RAREBIRD_ALERTMANAGER_URL, those of services that Apprise writes to (e-mail and many more)
        from RAREBIRD_APPRISE_URL, a line each.

    """
    import asyncio

    from rarebird.cli.hearing import hearing
    from rarebird.cli.live import run
    from rarebird.cli.main import app
    from rarebird.cli.notifying import Telling, attach
    from rarebird.cli.parted import follow_part
    from rarebird.config.settings import settings
    from rarebird.config.sources import preset_for

    checked(source, app["watch"])
    options = fields or FieldOptions()
    preset = preset_for(source, options.preset)
    chosen = settings((detect or DetectOptions()).added(options.chosen(name)), source, preset)
    found_by = (rules or WatchRuleOptions()).wanted()
    to = Telling(keep, notify, found_by, (mutes or MuteOptions()).muted(), public_url, alive or AliveOptions())
    if part is not None:
        follow_part(shared_by(part, hold, store, name, unkept=no_store, fresh=fresh), chosen, source, preset, to)
        return
    running = _opened(chosen, source, preset)
    heard = hearing(running, notify, public_url, store, kept=not no_store)
    sending = attach(running, to, kept=not no_store, heard=heard)
    former = None if name else _former(chosen, source)
    intake = None if no_store else _keeping(running, store, keep, sending, former, fresh=fresh)
    asyncio.run(run(running, intake, host=host, port=None if no_web else port, heard=heard, heart=to.alive.heart))


def _opened(chosen: Settings, names: tuple[str, ...], preset: Preset | None) -> Running:
    from rarebird.cli.clock import now, steady
    from rarebird.config.sources import open_sources
    from rarebird.run.running import Running

    watch = chosen.watch()
    sources = open_sources(names, watch.fields, watch.categories, preset=preset, clock=now, steady=steady)
    live = any(each.live for each in sources)
    return Running(watch, chosen, sources, now if live else None)


def _former(chosen: Settings, names: tuple[str, ...]) -> Former:
    from functools import partial

    from rarebird.config.settings import former_name, without_secrets
    from rarebird.run.keeping import Former

    return Former(former_name(names, chosen.fields), partial(without_secrets, names))


def _keeping(
    running: Running, url: str | None, keep: str, sending: Sending | None, former: Former | None, *, fresh: bool
) -> Keeping:
    from rarebird.config.stores import kept_for, open_store, retention_of
    from rarebird.run.keeping import Keeping

    retention = retention_of(keep)
    store = open_store(url, running.settings.name, retention=retention)
    return Keeping(running, store, keeps=kept_for(retention), fresh=fresh, sending=sending, former=former)
