"""The range of a share when its probability is known."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_Z: Final = 1.959963984540054


def range95(trials: int, p: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Between which shares 95 of 100 fall when each of `trials` events hits with probability p; same shape as p.

    The 2.5 % and 97.5 % points of the binomial count by Cornish and Fisher's expansion to the skewness, rounded to
    whole counts: within one count of the exact points. All of [0, 1] without trials.

    >>> [share.tolist() for share in range95(100, np.array([0.5]))]
    [[0.4], [0.6]]
    """
    if not trials:
        return np.zeros_like(p), np.ones_like(p)
    spread = np.sqrt(trials * p * (1 - p))
    skew = (_Z**2 - 1) / 6 * (1 - 2 * p)
    low, high = (np.rint(np.clip(trials * p + end * spread + skew, 0, trials)) for end in (-_Z, _Z))
    return low / trials, high / trials
