"""Average run lengths of CUSUM and EWMA charts, to any accuracy: the referee of thresholds that have a closed form.

Belongs here: numerical run lengths for scores of any distribution. Does not belong here: the thresholds used week by
week (`cusum.calibrated_threshold`). Sources: Brook & Evans (1972)
Biometrika 59:539-549; Crowder (1987) for the EWMA's integral equation.
"""

from collections.abc import Callable

import numpy as np
from scipy import stats

from orchestration.control.arrays import Floats, floats

CumulativeProbability = Callable[[Floats], Floats]


def cusum_run_length(score_below: CumulativeProbability, threshold: float, states: int = 200) -> float:
    """Mean number of steps until a one-sided CUSUM from 0 reaches `threshold`.

    `score_below(t)` = P(score <= t), vectorised. The sum is rounded to `states` levels below the threshold; the error
    falls with their square.
    """
    width = 2 * threshold / (2 * states - 1)
    offsets = np.arange(-states, states + 1)
    cumulative = score_below(floats((offsets - 0.5) * width))
    step = np.diff(cumulative)
    here, there = np.arange(states)[:, None], np.arange(states)[None, :]
    moves = step[there - here + states]
    moves[:, 0] = cumulative[1 - np.arange(states) + states]
    return float(np.linalg.solve(np.eye(states) - moves, np.ones(states))[0])


def normal_cusum_run_length(reference: float, threshold: float, shift: float = 0.0) -> float:
    """Two-sided CUSUM of standard normal observations with mean `shift`; both sides start at 0."""
    up, down = (
        cusum_run_length(lambda t, m=mean: floats(stats.norm.cdf(t, loc=m)), threshold)
        for mean in (shift - reference, -shift - reference)
    )
    return 1 / (1 / up + 1 / down)


def ewma_run_length(weight: float, limit: float, shift: float = 0.0, nodes: int = 101) -> float:
    """Two-sided EWMA z = weight x + (1 - weight) z from 0, steady limits +-limit sqrt(weight / (2 - weight)).

    Observations are standard normal about `shift`; solves Crowder's integral equation at Gauss-Legendre nodes.
    """
    bound = limit * np.sqrt(weight / (2 - weight))
    points, weights = np.polynomial.legendre.leggauss(nodes)
    z, w = floats(points) * bound, floats(weights) * bound

    def kernel(start: Floats) -> Floats:
        arrival = (z[None, :] - (1 - weight) * start[:, None]) / weight
        return floats(stats.norm.pdf(arrival, loc=shift)) * w / weight

    inside = np.linalg.solve(np.eye(nodes) - kernel(z), np.ones(nodes))
    return float(1 + (kernel(np.zeros(1)) @ inside)[0])
