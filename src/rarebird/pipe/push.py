"""The last stage: hands on the text of each line to people."""

from __future__ import annotations

from rarebird.notify.contract import Notice
from rarebird.notify.outgoing import Outgoing
from rarebird.pipe.inflow import Inflow
from rarebird.pipe.line import TextLine


async def push(inflow: Inflow[TextLine], outgoing: Outgoing) -> None:
    """To the end of input; reads no faster than it can send, so nothing is lost. Raises NotifyError."""
    async for lines in inflow.lines():
        await outgoing.send([Notice(line.at, str(line.text)) for line in lines if not line.is_mark])
