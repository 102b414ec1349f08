"""What becomes of a message without the field of its category."""

from __future__ import annotations

from typing import Final, Literal

Missing = Literal["auto", "none", "malformed", "before"]
"""auto: malformed until the field was there once within the first messages, "(none)" from then on; none: "(none)";
malformed: malformed; before: malformed, and so is a category of null, as versions did that knew no such rule."""
CHOICES: Final[tuple[Missing, ...]] = ("none", "malformed")
"""Those that a user may ask for."""
EARLY: Final = 1_000
"""Messages within which the field has to be there once: what comes up later only may be of another kind."""
