"""Plan and actual side by side, one row per week, source and segment, and their roll-ups.

Belongs here: what counts as zero and what as not known, and sums over sources and segments. Does not
belong here: any judgement of a difference (`plan_against_actual.py`) or its explanation (`drivers.py`).
"""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SPEND = "spend"
MEASURES = (SPEND, "leads", "ready_leads", "accepted", "meetings", "opportunities", "won")
GRAIN = ["week_start", "source", "segment"]
ALL = "all"
PLAN, ACTUAL = "_plan", "_actual"


def align(actual: pd.DataFrame, plan: pd.DataFrame, weeks: Sequence[date]) -> pd.DataFrame:
    """One row per week x source x segment that is planned or happened, for `weeks` only.

    Inputs have the grain and columns of `marts.fct_source_weekly` and `marts.plan_targets_weekly` (money
    in the settings currency, the rest counts). Returns the grain, `plan_version`, `in_plan`, and each
    measure twice, `<measure>_plan` and `<measure>_actual` (float, NaN = not known). A cell without a row
    in `actual` had no event: a count is 0 where that week knows the count at all, spend is 0 from the
    source's first known spend to the last of any source, as the mart has it; else they are not known.
    `actual` therefore holds all weeks that were published. A cell without a row in `plan` has no plan.
    Raises ValueError when a row's key is NULL or appears twice.
    """
    wanted = pd.DatetimeIndex(pd.to_datetime(list(weeks)))
    happened = _keyed(actual, "fct_source_weekly", wanted)[[*GRAIN, *MEASURES]].assign(in_actual=True)
    planned = _keyed(plan, "plan_targets_weekly", wanted)[[*GRAIN, "plan_version", *MEASURES]].assign(in_plan=True)
    cells = planned.merge(happened, on=GRAIN, how="outer", suffixes=(PLAN, ACTUAL), sort=True)
    silent = cells["in_actual"].isna().to_numpy()
    cells["in_plan"] = cells["in_plan"].notna()
    for measure in MEASURES:
        column = cells[measure + ACTUAL]
        if measure == SPEND:
            known = _spend_known(actual, cells)
        else:
            known = column.notna().groupby(cells["week_start"]).transform("any").to_numpy()
        cells[measure + ACTUAL] = column.mask(silent & known, 0.0)
    return cells.drop(columns="in_actual")


def roll_up(cells: pd.DataFrame, weeks: Sequence[date]) -> pd.DataFrame:
    """The cells, then their sums per source, per segment and per week, with 'all' where summed over.

    A sum is over what is known and NaN only where nothing is; every week of `weeks` has its all/all row,
    also when it has no cell.
    """
    values = [measure + side for side in (PLAN, ACTUAL) for measure in MEASURES]
    parts = [cells[[*GRAIN, "plan_version", *values]]]
    for kept in (["week_start", "source"], ["week_start", "segment"], ["week_start"]):
        groups = cells.groupby(kept, sort=True)
        sums = groups[values].sum(min_count=1)
        sums["plan_version"] = groups["plan_version"].first()
        if kept == ["week_start"]:
            sums = sums.reindex(pd.DatetimeIndex(pd.to_datetime(list(weeks)), name="week_start"))
        parts.append(sums.reset_index().assign(**{key: ALL for key in GRAIN if key not in kept}))
    return pd.concat(parts, ignore_index=True)


def _spend_known(actual: pd.DataFrame, cells: pd.DataFrame) -> NDArray[np.bool_]:
    """For each cell, whether its week lies where its source's silence means that nothing was spent."""
    spent = actual.loc[actual[SPEND].notna()]
    weeks = pd.to_datetime(spent["week_start"])
    first = weeks.groupby(spent["source"]).min().reindex(cells["source"]).set_axis(cells.index)
    return ((cells["week_start"] >= first) & (cells["week_start"] <= weeks.max())).to_numpy(dtype=np.bool_)


def _keyed(frame: pd.DataFrame, name: str, weeks: pd.DatetimeIndex) -> pd.DataFrame:
    """`frame` in the wanted weeks, keys checked, week as timestamp, measures as float."""
    dated = frame.assign(week_start=pd.to_datetime(frame["week_start"]))
    part = dated.loc[dated["week_start"].isin(weeks)]
    if part[GRAIN].isna().to_numpy().any():
        raise ValueError(f"marts.{name} has a row without week, source or segment: no row may be left out of a total")
    double = part.duplicated(GRAIN)
    if double.any():
        key = part.loc[double, GRAIN].iloc[0]
        raise ValueError(
            f"marts.{name} has more than one row for week {key['week_start']:%Y-%m-%d}, source "
            f"{key['source']}, segment {key['segment']}: its grain is one row per week x source x segment"
        )
    return part.astype(dict.fromkeys(MEASURES, np.float64))
