"""`python -m benchmarks`: run all, or those that are named, and write results.md."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from benchmarks.machine import machine
from benchmarks.section import RESULTS, Section, keep

NAMES = ("path", "loop", "memory", "live", "page", "start", "store", "history", "bank", "detection", "pairs", "rules")
LONG = ("detection", "pairs", "rules")
"""Run only when named."""


def main() -> int:
    """Runs the benchmarks in their order; each is kept as soon as it is done."""
    about = "\n".join(f"  {name:9} {import_module(f'benchmarks.{name}').ABOUT}" for name in NAMES)
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=f"benchmarks, all but those that take long unless named:\n{about}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="*", help="which to run")
    parser.add_argument("--quick", action="store_true", help="the long ones in minutes, rough; writes nothing")
    parser.add_argument("--dry", action="store_true", help="print the results and write nothing")
    chosen = parser.parse_args()
    if unknown := [name for name in chosen.name if name not in NAMES]:
        parser.error(f"expected one of {', '.join(NAMES)}, got {', '.join(unknown)}")
    for name in chosen.name or [name for name in NAMES if name not in LONG]:
        where = machine()
        module = import_module(f"benchmarks.{name}")
        found: Section = module.quick() if chosen.quick and name in LONG else module.run()
        print(f"## {found.name}\n\n{found.text}\n", flush=True)
        if not (chosen.dry or chosen.quick):
            keep(Section(found.name, f"{found.text}\n\n{where}."), NAMES)
    if not (chosen.dry or chosen.quick):
        print(f"written to {RESULTS}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
