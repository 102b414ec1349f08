"""From bytes to columns: typed decoding of the needed fields only. A bad line is counted and never stops the stream."""

from rarebird.decode.decoder import Decoder

__all__ = ["Decoder"]
