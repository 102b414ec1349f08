"""`rarebird test-alert`: whether what a watch finds would reach people."""

from __future__ import annotations

from rarebird.cli.output import say, write_some


def try_out(channel: str, /) -> None:
    """Send an example incident, which says that it is a test, the way that --notify sends, and say what came back.

    Parameters
    ----------
    channel
        stdout, slack, webhook, alertmanager or apprise. It is sent once; the exit code is 0 where it was taken, 1 where
        it was not, 2 where something is set wrong. Addresses and keys come from the environment as for `rarebird watch
        --notify`. Alertmanager shows it for 24 h.

    """
    import asyncio
    import os

    from rarebird.cli.clock import now
    from rarebird.config.notifiers import open_notifier
    from rarebird.notify.example import example

    notifier = open_notifier(channel, os.environ, write_some, say=say)
    asyncio.run(notifier.send([example(now())]))
    say(f"{notifier.name} took the test")
