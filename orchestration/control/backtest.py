"""Were past estimates right? Each past week estimated with what was known then, scored by what came true.

Belongs here: the as-of replay of the maturation estimate and its scores beside naive rivals. Does not belong here: the
estimate itself (`credible_rate.py`). Late landings are not replayed: the counts are as known today, cut at the age that
had passed.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from orchestration.control.arrays import Floats, divided, floats, numbers
from orchestration.control.credible_rate import matured
from orchestration.control.maturation import blend_with_plan, competing_risk_curve, pooled_counts
from orchestration.control.shrinkage import kappa_by_moments

AGE, HORIZON, WEEKS = 4, 26, 26
ACCEPTABLE_COVERAGE = (0.65, 0.95)
METHODS = ("credible", "plan_only", "naive")


@dataclass(frozen=True)
class Score:
    """Of one method: bias = sum estimated / sum realised - 1, error = sum |difference| / sum realised, and how many.

    The error is weighted by size because many cohorts realise nothing, where a percentage has no meaning. `coverage` is
    the share of realised values within the 80 % interval, NaN for a method without one.
    """

    bias: float
    error: float
    coverage: float
    cohorts: int

    @property
    def coverage_is_acceptable(self) -> bool:
        """Whether the interval is neither boastful nor useless."""
        low, high = ACCEPTABLE_COVERAGE
        return low <= self.coverage <= high


def replay(
    leads: ArrayLike,
    converted: ArrayLike,
    exited: ArrayLike,
    plan_rate: ArrayLike,
    plan_curve: ArrayLike,
    age: int = AGE,
    weeks: int = WEEKS,
    dispersion: ArrayLike = 1.0,
) -> pd.DataFrame:
    """Estimates of cohorts that were `age` weeks old, in each of the last `weeks` weeks whose cohort is ripe today.

    `leads` (sources, cohorts); `converted` and `exited` (sources, cohorts, ages) at each age, the last age being the
    horizon; the last cohort is one week old at the end. `plan_rate` (sources,), `plan_curve` (ages,). Returns source,
    cohort (indices), credible, low, high, plan_only (Bornhuetter-Ferguson on the plan), naive (converted so far),
    realised. Raises ValueError when no cohort is ripe.
    """
    number, won, other = floats(leads), floats(converted), floats(exited)
    horizon, cohorts = won.shape[-1] - 1, number.shape[1]
    last_ripe = cohorts - 1 - horizon
    first = max(last_ripe - weeks + 1, 0)
    if last_ripe < 0:
        raise ValueError(f"{cohorts} cohorts are too few to know any at age {horizon}")
    parts = [
        _as_of(cohort, age, number, won, other, floats(plan_rate), floats(plan_curve), dispersion)
        for cohort in range(first, last_ripe + 1)
    ]
    return pd.concat(parts, ignore_index=True)


def scores(table: pd.DataFrame) -> dict[str, Score]:
    """Score of each of METHODS over the rows of `replay`."""
    real = floats(table["realised"].to_numpy())
    inside = float(((real >= table["low"].to_numpy()) & (real <= table["high"].to_numpy())).mean())
    out: dict[str, Score] = {}
    for method in METHODS:
        estimate = floats(table[method].to_numpy())
        bias = float(divided(estimate.sum(), real.sum())) - 1
        error = float(divided(np.abs(estimate - real).sum(), real.sum()))
        out[method] = Score(bias, error, inside if method == "credible" else float("nan"), len(real))
    return out


def _as_of(
    cohort: int,
    age: int,
    leads: Floats,
    won: Floats,
    other: Floats,
    plan_rate: Floats,
    plan_curve: Floats,
    dispersion: ArrayLike,
) -> pd.DataFrame:
    known = slice(0, cohort + age + 1)
    observed = np.minimum(cohort + age - numbers(0, min(cohort + age + 1, leads.shape[1])), won.shape[-1] - 1)
    counts = pooled_counts(leads[:, known], won[:, known], other[:, known], observed)
    pooled = competing_risk_curve(type(counts)(*(part.sum(axis=0) for part in vars(counts).values())))
    curve = blend_with_plan(pooled, plan_curve, counts.converted.sum())
    at_age = observed.astype(np.int64)
    seen = np.where(numbers(0, won.shape[-1]) <= observed[:, None], won[:, known], 0.0).sum(axis=-1)
    ripe = np.broadcast_to(curve[at_age], seen.shape)
    kappa = kappa_by_moments(seen.sum(axis=1), (leads[:, known] * ripe).sum(axis=1), plan_rate)
    _, estimate = matured(leads[:, known], ripe, seen, plan_rate, kappa, dispersion)
    return pd.DataFrame(
        {
            "source": np.arange(len(leads)),
            "cohort": cohort,
            "credible": estimate.ultimate[:, cohort],
            "low": estimate.low[:, cohort],
            "high": estimate.high[:, cohort],
            "plan_only": seen[:, cohort] + leads[:, cohort] * (1 - ripe[:, cohort]) * plan_rate,
            "naive": seen[:, cohort],
            "realised": won[:, cohort].sum(axis=-1),
        }
    )
