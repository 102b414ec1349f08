"""Benchmarks: what rarebird costs in time and memory, measured by `make bench` and kept in results.md."""
