"""`rarebird pipe push`: to people."""

from __future__ import annotations

import os

from rarebird.cli.output import write_some
from rarebird.cli.pipe.stage import inflow, run, say


def push(to: str, /) -> None:
    """Read lines with a text, as `rarebird pipe detect` and `unusual` write them, and send the texts.

    For slack the address of an incoming webhook comes from RAREBIRD_SLACK_WEBHOOK_URL, or from the file that
    RAREBIRD_SLACK_WEBHOOK_URL_FILE names, which may be a CONFIG_SLACK.py; one that lies in this folder is taken where
    neither is set. Likewise RAREBIRD_WEBHOOK_URL, RAREBIRD_ALERTMANAGER_URL and RAREBIRD_APPRISE_URL. What a service
    does not take is tried again for an hour, no sooner than it asks; meanwhile nothing more is read, so nothing is
    lost.

    Parameters
    ----------
    to
        stdout, slack, webhook, alertmanager or apprise.

    """
    from rarebird.config.notifiers import open_notifier
    from rarebird.notify.outgoing import PATIENCE_S, Outgoing
    from rarebird.pipe.line import TextLine
    from rarebird.pipe.push import push as stage
    from rarebird.source.live import Backoff

    outgoing = Outgoing(open_notifier(to, os.environ, write_some, say=say), say, Backoff(), patience_s=PATIENCE_S)
    run(stage(inflow(TextLine), outgoing, say))
