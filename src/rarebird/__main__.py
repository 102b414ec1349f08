"""`python -m rarebird` is `rarebird`."""

import sys

from rarebird.cli import main

sys.exit(main())
