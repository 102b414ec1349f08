"""Evidence: how much better another rate explains a count than the expected one does, as log likelihood ratios.

Source: the generalised likelihood ratio of two negative binomials of one shape; against an unknown level of a Poisson
count this is the negative binomial CUSUM of Höhle and Paul (2008) with the best factor in each window.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

_Z: Final = 1.96
"""Standard deviations within which 95 of 100 counts lie."""


def interval(mean: float, variance: float) -> tuple[float, float]:
    """Between which counts 95 of 100 lie where so many are expected, by the normal distribution.

    `variance` is the relative one of what is expected, to which that of a Poisson count comes.

    >>> [round(count, 1) for count in interval(100.0, 0.0)], interval(0.5, 0.0)[0]
    ([80.4, 119.6], 0.0)
    """
    wide = _Z * math.sqrt(mean + variance * mean**2)
    return max(0.0, mean - wide), mean + wide


def changed(count: NDArray[np.int64], mean: NDArray[np.float64], shape: NDArray[np.float64]) -> NDArray[np.float64]:
    r"""The log likelihood ratio of the best rate against the expected, nats, of the sign of the change; same shapes.

    Counts are Poisson around a mean that is itself known only up to a factor ~ Gamma(a, a): then
    L = N ln(N / M) - (a + N) ln((a + N) / (a + M)), the ratio of the best and the expected negative binomial. With a
    to infinity it is Poisson's N ln(N / M) - N + M; with M much above a it saturates.

    >>> import math
    >>> value = changed(np.array([0, 5]), np.array([5.0, 5.0]), np.array([1e9, 1e9]))
    >>> [round(float(nats), 6) + 0.0 for nats in value]
    [-5.0, 0.0]
    """
    positive = np.maximum(count, 1)
    nats = count * np.log(positive / mean) - (shape + count) * np.log((shape + count) / (shape + mean))
    return np.where(count > mean, nats, -nats)
