"""Entropy: how evenly events spread over categories."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from rarebird.model.reading import Entropy


def entropy(counts: NDArray[np.int64]) -> Entropy | None:
    """The entropy of the shares of some counts, and that corrected for small counts; None without events.

    As it is: H = -sum q ln q over the shares q = n / N, in nats; H / ln 2 in bits. This is too low when counts are
    small, by about (K - 1) / 2N nats for K categories. Corrected: Grassberger's estimator (2003, eq. 28),
    ln N - sum n G(n) / N with G(n) = psi(n) + (-1)^n (psi((n + 1) / 2) - psi(n / 2)) / 2, whose bias falls off
    exponentially with the counts.

    >>> entropy(np.array([2, 2, 0, 4])).bits
    1.5
    """
    sizes, times = np.unique(counts, return_counts=True)
    sizes, times = sizes[sizes > 0], times[sizes > 0]
    total, categories = int((sizes * times).sum()), int(times.sum())
    if not total:
        return None
    shares = sizes / total
    nats = max(0.0, float(-(times * shares * np.log(shares)).sum()))
    weights = sum(int(size) * int(often) * _g(int(size)) for size, often in zip(sizes, times, strict=True))
    corrected = max(0.0, math.log(total) - weights / total) if categories > 1 else 0.0
    return Entropy(
        count=total,
        categories=categories,
        nats=nats,
        bits=nats / math.log(2),
        corrected_nats=corrected,
        corrected_bits=corrected / math.log(2),
    )


_EULER = 0.57721566490153286
_SMALL = 64


def _small() -> list[float]:
    """G(n) below `_SMALL`, by its recursion.

    G(1) = -gamma - ln 2, G(2) = 2 - gamma - ln 2, G(2k + 1) = G(2k), G(2k + 2) = G(2k) + 2 / (2k + 1).
    """
    values = [0.0, -_EULER - math.log(2)]
    for n in range(2, _SMALL):
        values.append(values[n - 1] + 2 / (n - 1) if n % 2 == 0 else values[n - 1])
    return values


_TABLE = _small()


def _g(n: int) -> float:
    """G(n); above the table ln n + 1 / (6 n^2) - 7 / (60 n^4) for even n, which is within 1e-11."""
    if n < _SMALL:
        return _TABLE[n]
    even = n - n % 2
    return math.log(even) + 1 / (6 * even**2) - 7 / (60 * even**4)
