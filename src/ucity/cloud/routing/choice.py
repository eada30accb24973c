"""Which of many sensible journeys to tell: the best in each respect, and then those that cost least trouble."""

import numpy as np
from numpy.typing import NDArray

from ucity.cloud.routing.pareto import ARRIVES, GRAMS, LEAVES, RIDES, WALK

MOST = 30
"""Journeys that are told of one query."""
_SECONDS_A_RIDE = 300
_SECONDS_A_METRE = 0.4
_SECONDS_A_GRAM = 0.3
"""What a ride, a metre on foot and a gram of carbon are worth in seconds under way: only to leave out the rest."""


def chosen(labels: NDArray[np.int32], most: int = MOST) -> NDArray[np.int64]:
    """Row numbers of at most so many of the labels that reach the goal (one a row)."""
    if len(labels) <= most:
        return np.arange(len(labels))
    took = labels[:, ARRIVES] - labels[:, LEAVES]
    respects = [took, *(labels[:, column] for column in (ARRIVES, RIDES, WALK, GRAMS)), -labels[:, LEAVES]]
    trouble = took + _SECONDS_A_RIDE * labels[:, RIDES] + _SECONDS_A_METRE * labels[:, WALK]
    trouble = trouble + _SECONDS_A_GRAM * labels[:, GRAMS]
    best = [int(np.lexsort((trouble, respect))[0]) for respect in respects]
    rest = [int(row) for row in np.argsort(trouble, kind="stable") if row not in best]
    unique = list(dict.fromkeys(best))
    return np.array((unique + rest)[:most], np.int64)
