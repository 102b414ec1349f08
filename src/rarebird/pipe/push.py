"""The last stage: hands on the text of each line to people."""

from __future__ import annotations

import asyncio

from rarebird.errors import NotifyError
from rarebird.notify.contract import ChannelClosed, Notice
from rarebird.notify.outgoing import Outgoing, not_sent
from rarebird.pipe.inflow import Inflow, Say
from rarebird.pipe.line import TextLine


async def push(inflow: Inflow[TextLine], outgoing: Outgoing, say: Say) -> None:
    """To the end of input; reads no faster than it can send, so nothing is lost. Raises NotifyError.

    Says how much of what it has read was not sent, where it is stopped before. What was refused for its content is
    said, and an error at the end.
    """
    try:
        async for lines in inflow.lines():
            await outgoing.send([Notice(line.at, str(line.text)) for line in lines if not line.is_mark])
    except asyncio.CancelledError:
        if outgoing.unsent:
            say(f"stopped: {not_sent(outgoing.unsent)}")
        raise
    except ChannelClosed:
        raise BrokenPipeError from None
    if outgoing.unsent:
        raise NotifyError(f"{not_sent(outgoing.unsent)}: see above why they were refused")
