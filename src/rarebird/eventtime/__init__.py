"""Event time: repeats dropped, events put in order behind a watermark, and cut into ticks."""
