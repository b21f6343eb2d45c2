"""How far two judges of the same leads agree, and what a defect rate is worth when the judge errs.

Belongs here: Cohen's kappa and the Rogan-Gladen correction, for the weekly double-blind audit. Does not belong here:
drawing the audit's sample. Sources: Cohen (1960); Rogan & Gladen (1978) American Journal of Epidemiology 107:71-76.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from orchestration.control.arrays import Floats, divided, floats, share

AMBIGUOUS_BELOW = 0.4
"""Kappa under which the criteria are at fault, not a person."""


@dataclass(frozen=True)
class CorrectedRate:
    """True rate behind an observed one, with its confidence interval, all within 0..1; elementwise."""

    rate: Floats
    low: Floats
    high: Floats


def confusion(first: ArrayLike, second: ArrayLike) -> Floats:
    """Table (labels, labels) of how often the first judge said row and the second column."""
    one: NDArray[Any] = np.asarray(first)
    two: NDArray[Any] = np.asarray(second)
    if one.shape != two.shape:
        raise ValueError(f"the judges saw {one.shape} and {two.shape} leads: each lead needs both verdicts")
    labels, coded = np.unique(np.concatenate([one, two]), return_inverse=True)
    table = np.zeros((len(labels), len(labels)))
    np.add.at(table, (coded[: len(one)], coded[len(one) :]), 1)
    return table


def cohens_kappa(table: ArrayLike) -> float:
    """(agreement - agreement by chance) / (1 - agreement by chance) from a table of counts; NaN if chance is 1."""
    shares = floats(table) / floats(table).sum()
    by_chance = float((shares.sum(axis=0) * shares.sum(axis=1)).sum())
    return float(divided(np.trace(shares) - by_chance, 1 - by_chance))


@dataclass(frozen=True)
class Kappa:
    """Cohen's kappa with its interval, all within -1..1; NaN where chance alone would agree on everything."""

    kappa: float
    low: float
    high: float


def kappa_interval(table: ArrayLike, coverage: float = 0.95) -> Kappa:
    """Cohen's kappa of a table of counts with the large-sample interval of Fleiss, Cohen & Everitt (1969)."""
    counts = floats(table)
    total = counts.sum()
    kappa = cohens_kappa(counts) if total > 0 else float("nan")
    if np.isnan(kappa):
        return Kappa(kappa, kappa, kappa)
    shares = counts / total
    rows, columns, same = shares.sum(axis=1), shares.sum(axis=0), np.diag(shares)
    chance = float((rows * columns).sum())
    diagonal = float((same * (1 - (rows + columns) * (1 - kappa)) ** 2).sum())
    apart = shares * (columns[:, None] + rows[None, :]) ** 2
    crossed = (1 - kappa) ** 2 * float(apart.sum() - np.trace(apart))
    variance = (diagonal + crossed - (kappa - chance * (1 - kappa)) ** 2) / (total * (1 - chance) ** 2)
    reach = float(stats.norm.isf((1 - coverage) / 2)) * float(np.sqrt(max(variance, 0.0)))
    return Kappa(kappa, max(kappa - reach, -1.0), min(kappa + reach, 1.0))


def criteria_are_ambiguous(kappa: ArrayLike) -> NDArray[np.bool_]:
    """True where two readers of the criteria disagree too often to blame anybody."""
    return floats(kappa) < AMBIGUOUS_BELOW


def rogan_gladen(
    observed: ArrayLike,
    sensitivity: ArrayLike,
    specificity: ArrayLike,
    sample: ArrayLike,
    sensitivity_sample: ArrayLike = np.inf,
    specificity_sample: ArrayLike = np.inf,
    coverage: float = 0.95,
) -> CorrectedRate:
    """(observed + Sp - 1) / (Se + Sp - 1) with the delta-method interval; elementwise.

    The samples are the numbers judged to obtain each share; infinite for a share that is known. Raises ValueError
    where the judge is no better than a coin (Se + Sp <= 1).
    """
    seen, se, sp = floats(observed), floats(sensitivity), floats(specificity)
    share(observed=seen, sensitivity=se, specificity=sp)
    youden = se + sp - 1
    if (youden <= 0).any():
        raise ValueError("sensitivity + specificity must exceed 1: this judge tells nothing about the true rate")
    rate = (seen + sp - 1) / youden
    variance = (
        seen * (1 - seen) / floats(sample)
        + rate**2 * se * (1 - se) / floats(sensitivity_sample)
        + (1 - rate) ** 2 * sp * (1 - sp) / floats(specificity_sample)
    ) / youden**2
    reach = float(stats.norm.isf((1 - coverage) / 2)) * np.sqrt(variance)
    return CorrectedRate(*(np.clip(bound, 0.0, 1.0) for bound in (rate, rate - reach, rate + reach)))
