# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""A week's capacity rows: the reconciliation of supply with what teams can work, from the week's inputs.

Belongs here: laying out supply and capacity per team, the score that a cut-off means, and the revision's columns. Does
not belong here: the figures themselves (`capacity.py`), or whether the week is blocked for it (`fct_week_status`).
"""

from datetime import date

import numpy as np
import pandas as pd

from orchestration.control.arrays import divided
from orchestration.control.capacity import BLOCKED, weekly_capacity
from orchestration.control.policy import policy_in_force
from orchestration.control.week_inputs import WeekInputs

COLUMNS = [
    "team",
    "qualified_leads",
    "ready_leads",
    "load_hours",
    "capacity_hours",
    "utilisation",
    "respond_within_minutes",
    "expected_wait_minutes",
    "late_share",
    "admissible_leads",
    "people",
    "required_people",
    "people_short",
    "cut_off_quantile",
    "cut_off_score",
    "wip",
    "weeks_in_stage",
    "littles_law_gap",
    "is_bottleneck",
    "balance",
    "reason",
]


def capacity_rows(inputs: WeekInputs, week: date) -> pd.DataFrame:
    """One row per team that has capacity or was offered leads in the week, with COLUMNS; sorted by team.

    Supply is every lead offered, ready or not: a defective one takes its time too. Waits without a steady state are
    NULL. `cut_off_score` is the score that leads must reach so that the rest fits: with `people_short` the two prices
    of balance.
    """
    day = pd.Timestamp(week)
    flow, capacity, service, scores = (
        frame.loc[frame["week_start"] == day] for frame in (inputs.flow, inputs.capacity, inputs.service, inputs.scores)
    )
    flow = flow.loc[flow["team"].notna()]
    supply = flow.assign(qualified_leads=flow["offered"])
    idle = capacity.loc[~capacity["team"].isin(flow["team"])].assign(source="none", qualified_leads=0.0)
    supply = pd.concat([supply, idle])[["team", "source", "qualified_leads", "minutes_per_lead"]]
    policy = policy_in_force(inputs.policy, week)
    table = weekly_capacity(supply, _capacity(flow, capacity, service), policy.late_share)
    ready = flow.groupby("team")["ready_offered"].sum()
    table["ready_leads"] = table["team"].map(ready).fillna(0.0)
    table["cut_off_score"] = [
        _cut_off(scores.loc[scores["team"] == team], share)
        for team, share in zip(table["team"], table["cut_off_quantile"].tolist(), strict=True)
    ]
    known = _capacity(flow, capacity, service).set_index("team")
    for column in ("people", "respond_within_minutes", "weeks_in_stage"):
        table[column] = table["team"].map(known[column])
    finite = table.replace([np.inf, -np.inf], np.nan).rename(columns={"state": "balance"})
    return finite[COLUMNS]


def blocked_reasons(rows: pd.DataFrame) -> list[str]:
    """Why the teams' reconciliation cannot be made, a line per team; empty when it can."""
    return [f"{row.team}: {row.reason}" for row in rows.loc[rows["balance"] == BLOCKED].itertuples()]


def _capacity(flow: pd.DataFrame, capacity: pd.DataFrame, service: pd.DataFrame) -> pd.DataFrame:
    """Columns of `capacity.CAPACITY` and OPTIONAL per team; the promise is its segments' tightest."""
    sums = flow.groupby("team")[["served", "wip", "weeks_in_stage"]].sum(min_count=1)
    teams = sorted({*capacity["team"], *flow["team"]})
    offered = flow.loc[flow["offered"] > 0, ["team", "segment"]].drop_duplicates()
    promised = service.merge(offered, on=["team", "segment"]).groupby("team")["respond_within_minutes"].min()
    any_promise = service.groupby("team")["respond_within_minutes"].min()
    unpromised = service.merge(offered, on=["team", "segment"])
    missing = set(unpromised.loc[unpromised["respond_within_minutes"].isna(), "team"])
    table = capacity.set_index("team").reindex(teams)[["people", "hours_per_person", "availability"]]
    table = table.rename(columns={"hours_per_person": "hours_per_week"})
    limit = promised.reindex(teams).fillna(any_promise.reindex(teams)).astype(np.float64)
    table["respond_within_minutes"] = limit.mask(limit.index.isin(missing))
    table["wip"] = sums["wip"].reindex(teams)
    table["weeks_in_stage"] = divided(sums["weeks_in_stage"].reindex(teams), sums["served"].reindex(teams))
    table["arrival_scv"] = flow.groupby("team")["arrival_scv"].max().reindex(teams)
    return table.rename_axis("team").reset_index()


def _cut_off(scores: pd.DataFrame, quantile: float) -> float:
    """The score at which the lowest `quantile` share of the offers is held back; NaN where nothing need be."""
    known = scores.dropna(subset=["score"]).sort_values("score")
    if not quantile > 0 or known.empty:
        return float("nan")
    held = known["offered"].cumsum() / known["offered"].sum()
    above = known.loc[held > quantile, "score"]
    return float(above.iloc[0]) if len(above) else float(known["score"].iloc[-1]) + 1
