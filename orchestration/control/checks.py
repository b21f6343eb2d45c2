"""What must hold of stored revisions, checked on the rows as they were read back.

Belongs here: conditions between the two logs and on their grain. Does not belong here: the exactness of a
decomposition while it is computed (`drivers.py` refuses to return an inexact one).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from orchestration.control.cells import ALL
from orchestration.control.drivers import TOLERANCE
from orchestration.control.schemas import VARIANCE_GRAIN

ACQUISITIONS = ["effect_acquisitions", "effect_acquisitions_standard", "effect_acquisitions_shapley"]
SHOWN = 5


@dataclass(frozen=True)
class Finding:
    """The outcome of a check: how much was compared, and each thing found wrong."""

    compared: int
    wrong: list[str]


def repeated_rows(variance: pd.DataFrame) -> Finding:
    """Rows of the variance log that share a week, source, segment, metric and revision."""
    grain = list(VARIANCE_GRAIN)
    double = variance.loc[variance.duplicated(grain, keep="first"), grain]
    return Finding(len(variance), [" / ".join(str(value) for value in row) for row in double.to_numpy().tolist()])


def drivers_against_variance(variance: pd.DataFrame, drivers: pd.DataFrame) -> Finding:
    """Sums of effects that differ from the variance they explain, both of the same revisions.

    Per week and source: each acquisitions column against won actual - won plan (not known counts as 0),
    where the week is not blocked and knows won on both sides. Per week: effect_money against the
    flexible-budget variance, where that exists.
    """
    # What the drivers explain is what the leads will come to, where that is estimated.
    reached = variance.assign(actual=variance["matured"].fillna(variance["actual"]))
    usable = reached.loc[(reached["state"] != "blocked") & (reached["segment"] == ALL)]
    won, spend, cpa = (_totals(usable, metric) for metric in ("won", "spend", "cost_per_acquisition"))
    explained = won.dropna().index
    by_source = usable.loc[
        (usable["metric"] == "won") & (usable["source"] != ALL) & usable["week_start"].isin(explained)
    ].set_index(["week_start", "source"])
    expected = by_source[["actual", "plan"]].fillna(0.0)
    change, scale = expected["actual"] - expected["plan"], expected.max(axis=1)
    sums = drivers.groupby(["week_start", "source"])[ACQUISITIONS].sum()
    every = change.index.union(sums.index)
    wrong: list[str] = []
    for column in ACQUISITIONS:
        size = drivers[column].abs().groupby([drivers["week_start"], drivers["source"]]).sum() + scale
        wrong += _differences(column, sums[column].reindex(every), change.reindex(every), size.reindex(every))
    standard = won["actual"] * cpa["plan"]
    flexible = (spend["actual"] - standard).loc[(cpa["plan"] > 0) & (spend["actual"] > 0)]
    money = drivers.groupby("week_start")["effect_money"].sum(min_count=1).reindex(flexible.index)
    size = drivers["effect_money"].abs().groupby(drivers["week_start"]).sum() + spend["actual"]
    wrong += _differences("effect_money", money, flexible, size.reindex(flexible.index))
    return Finding(len(every) * len(ACQUISITIONS) + len(flexible), wrong)


def _totals(rows: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Plan and actual of a metric over everything, by week."""
    chosen = rows.loc[(rows["metric"] == metric) & (rows["source"] == ALL)]
    return chosen.set_index("week_start")[["plan", "actual"]]


def _differences(
    name: str, found: "pd.Series[float]", expected: "pd.Series[float]", scale: "pd.Series[float]"
) -> list[str]:
    have, want = found.fillna(0.0).to_numpy(dtype=np.float64), expected.fillna(0.0).to_numpy(dtype=np.float64)
    limit = TOLERANCE * np.maximum(scale.fillna(0.0).to_numpy(dtype=np.float64), 1.0)
    off = np.flatnonzero(np.abs(have - want) > limit)
    keys = found.index.to_list()
    return [f"{keys[i]}: {name} sums to {have[i]:.9g}, the variance is {want[i]:.9g}" for i in off.tolist()]
