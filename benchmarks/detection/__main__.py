"""`python -m benchmarks.detection`: one part of the benchmark, of a size that suits."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from importlib import import_module

from benchmarks.detection.changes import CHANGES
from benchmarks.detection.contract import Maker
from benchmarks.detection.delay import placed
from benchmarks.detection.plan import Plan
from benchmarks.detection.recording import earthquakes, incidents
from benchmarks.detection.regimes import REGIMES, Regime
from benchmarks.detection.scenes import scenes
from benchmarks.detection.strange import strange, strange_table
from benchmarks.detection.tables import delay_table, ending_table, first_told, known_table, quiet_table, rival_table
from benchmarks.detection.variants import VARIANTS, variant_table, variants
from benchmarks.detection.work import endings, known, matches, quiets, trials
from benchmarks.detection.world import World


def main() -> int:
    """Prints tables in Markdown."""
    chosen = _parser().parse_args()
    if chosen.part in _TABLES:
        print(_TABLES[chosen.part](chosen))
        return 0
    if chosen.part in _STORIES:
        for line in _STORIES[chosen.part](_maker(chosen.bank)):
            print(line, flush=True)
        return 0
    for name in chosen.regime:
        regime = REGIMES[name]._replace(
            **{field: value for field in Regime._fields if (value := getattr(chosen, field, None)) is not None}
        )
        began = time.perf_counter()
        print(f"## {chosen.part}, {name}, {regime.rate:g} events a second, {regime.categories} categories\n")
        print(_part(chosen, name, regime))
        print(f"\n{time.perf_counter() - began:.0f} s\n", flush=True)
    return 0


def _scenes(make: Maker) -> Iterator[str]:
    return (scene.text() for scene in scenes(make))


def _earthquakes(make: Maker) -> Iterator[str]:
    recording = earthquakes()
    return (f"{one.line()}: {recording.about(one)}" for one in incidents(make, recording))


def _variants(chosen: argparse.Namespace) -> str:
    plan = Plan(tuple(chosen.seeds), chosen.learn, chosen.weeks, chosen.number, workers=chosen.workers)
    return variant_table(variants(_maker(chosen.bank), plan, chosen.variant))


def _strange(chosen: argparse.Namespace) -> str:
    return strange_table(strange(_maker(chosen.bank), chosen.seeds, chosen.workers))


_TABLES = {"variants": _variants, "strange": _strange}
_STORIES = {"scenes": _scenes, "earthquakes": _earthquakes}


def _part(chosen: argparse.Namespace, name: str, regime: Regime) -> str:
    changes = tuple(each for each in CHANGES if each.name in chosen.change)
    plan = Plan(tuple(chosen.seeds), chosen.learn, chosen.weeks, chosen.number, changes, chosen.workers)
    if chosen.part == "quiet":
        return quiet_table(quiets(_maker(chosen.bank), regime, plan))
    if chosen.part == "delays":
        found = trials(_maker(chosen.bank), regime, plan)
        return f"{delay_table(found, known(regime, plan), name)}\n\n{first_told(found)}"
    if chosen.part == "endings":
        return ending_table(endings(_maker(chosen.bank), regime, plan))
    if chosen.part == "known":
        worlds = [World(regime, seed) for seed in plan.seeds]
        return known_table(known(regime, plan), [each for world in worlds for each in placed(world, plan)])
    return rival_table(matches(regime, plan))


def _maker(text: str) -> Maker:
    module, _, name = text.partition(":")
    made: Maker = getattr(import_module(module), name)
    return made


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection", description=__doc__)
    parser.add_argument("part", choices=("quiet", "delays", "endings", "known", "rivals", *_TABLES, *_STORIES))
    parser.add_argument("--regime", nargs="+", choices=list(REGIMES), default=list(REGIMES))
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2], help="default: 1 2")
    parser.add_argument("--learn", type=int, default=4, help="weeks before those that count")
    parser.add_argument("--weeks", type=int, default=2, help="weeks that count")
    parser.add_argument("--number", type=int, default=40, help="moments at which each change begins, of each seed")
    parser.add_argument("--change", nargs="+", default=[each.name for each in CHANGES], help="only these changes")
    parser.add_argument("--variant", nargs="+", choices=list(VARIANTS), default=list(VARIANTS), help="only these")
    parser.add_argument("--bank", default="benchmarks.detection.bank:bank", help="module:function of a detector")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    for field in ("rate", "wander", "wander_time", "followers", "growth"):
        parser.add_argument(f"--{field.replace('_', '-')}", type=float, help=f"in place of the regime's {field}")
    parser.add_argument("--categories", type=int, help="in place of the regime's categories")
    return parser


if __name__ == "__main__":
    sys.exit(main())
