"""The weekly reconciliation of what marketing ships with what sales can handle, one row per team.

Belongs here: a team's load, wait, admissible leads and the two prices of balance. Does not belong here: the queueing
formulas (`queueing.py`), or how qualified leads are counted (dbt). It cannot be skipped: a team whose inputs are
incomplete gets the state 'blocked' and the reason, and `review_is_blocked` then names it.
"""

import numpy as np
import pandas as pd

from orchestration.control import queueing
from orchestration.control.arrays import Floats, divided, floats

LATE_SHARE = 0.1
"""Share of leads that may wait beyond the SLA."""
BUSY = 0.85
"""Utilisation over which a team has no room for more."""
BALANCED, OVERLOADED, ROOM, BLOCKED = "balanced", "overloaded", "room", "blocked"

SUPPLY = ("team", "source", "qualified_leads", "minutes_per_lead")
CAPACITY = ("team", "people", "hours_per_week", "availability", "respond_within_minutes")
OPTIONAL = ("wip", "weeks_in_stage", "arrival_scv", "service_scv")
NEEDED = ("qualified_leads", "minutes_per_lead", *CAPACITY[1:])


def weekly_capacity(supply: pd.DataFrame, capacity: pd.DataFrame, late_share: float = LATE_SHARE) -> pd.DataFrame:
    """One row per team that has supply or capacity, sorted by team.

    `supply`: one row per team x source with the week's SUPPLY columns. `capacity`: one row per team with CAPACITY and,
    where known, OPTIONAL columns: hours are business hours a person works in the week, availability the share of them
    for leads, wip leads in the stage, weeks_in_stage their mean time there, scv squared coefficients of variation
    (1 where unknown); `late_share` of the leads may wait beyond the promise. Not known is NaN. A person who is
    available half the time serves half as fast.

    Returns team, qualified_leads, load_hours, capacity_hours, utilisation, expected_wait_minutes (Sakasegawa),
    late_share (Erlang C, of those waiting beyond SLA), admissible_leads, required_people, people_short,
    cut_off_quantile (share of the lowest-scored leads to hold back so that the rest fits), wip, littles_law_gap,
    is_bottleneck, state, reason. Raises ValueError for a missing column or a doubled team.
    """
    _columns(supply, SUPPLY, "supply")
    _columns(capacity, CAPACITY, "capacity")
    if capacity["team"].duplicated().any():
        team = capacity.loc[capacity["team"].duplicated(), "team"].iloc[0]
        raise ValueError(f"capacity has more than one row for team {team}")
    table = _per_team(supply).merge(capacity.set_index("team"), how="outer", left_index=True, right_index=True)
    table = table.sort_index().reindex(columns=[*NEEDED, *OPTIONAL]).astype(np.float64)
    known = table[list(NEEDED)].notna().all(axis=1).to_numpy() & (table["people"].to_numpy() > 0)
    result = _figures(table, late_share).where(pd.Series(known, index=table.index), np.nan)
    reasons = [_missing(dict(zip(NEEDED, row, strict=True))) for row in table[list(NEEDED)].to_numpy()]
    result["qualified_leads"], result["wip"] = table["qualified_leads"], table["wip"]
    usage = result["utilisation"].to_numpy()
    result["is_bottleneck"] = known & (usage == np.nanmax(usage, initial=-np.inf))
    result["state"] = np.where(known, _state(result), BLOCKED)
    result["reason"] = reasons
    return result.reset_index(names="team")


def review_is_blocked(table: pd.DataFrame) -> list[str]:
    """Why the weekly review cannot be held, a line per team; empty when it can. No team at all blocks it too."""
    if table.empty:
        return ["no team has supply or capacity this week: the reconciliation has nothing to reconcile"]
    blocked = table[table["state"] == BLOCKED]
    return [f"{row['team']}: {row['reason']}" for row in blocked.to_dict("records")]


def lead_room(teams: pd.DataFrame, most_usage: float = BUSY, late_share: float = LATE_SHARE) -> "pd.Series[float]":
    """Further qualified leads a week that each team can take within both limits, by team; 0 where an input is missing.

    `teams` has one row per team with the columns team and NEEDED.
    """
    _columns(teams, ("team", *NEEDED), "teams")
    table = teams.set_index("team")[list(NEEDED)].astype(np.float64)
    able = (table[["people", "hours_per_week", "availability"]] > 0).all(axis=1).to_numpy()
    known = table.notna().all(axis=1).to_numpy() & able
    safe = {name: floats(table[name].where(known, 1.0).to_numpy()) for name in NEEDED}
    service = safe["minutes_per_lead"] / 60 / safe["availability"]
    limit = safe["respond_within_minutes"] / 60
    rate = queueing.admissible_arrivals(service, np.floor(safe["people"]), limit, late_share, most_usage)
    room = np.maximum(rate * safe["hours_per_week"] - safe["qualified_leads"], 0.0)
    return pd.Series(np.where(known, room, 0.0), index=table.index)


def cut_off_score(scores: Floats, quantile: float) -> float:
    """The score that leads must reach so that the lowest `quantile` share of them is held back; -inf for 0."""
    return float(np.quantile(scores, quantile)) if quantile > 0 else -np.inf


def _per_team(supply: pd.DataFrame) -> pd.DataFrame:
    """Supply per team: leads, and the mean minutes that the mix of sources takes; unknown where any part is."""
    leads, minutes = supply["qualified_leads"].astype(float), supply["minutes_per_lead"].astype(float)
    totals = pd.DataFrame({"team": supply["team"], "qualified_leads": leads, "work": leads * minutes, "plain": minutes})
    groups = totals.groupby("team")
    sums = groups[["qualified_leads", "work"]].sum(skipna=False)
    mean_minutes = divided(sums["work"].to_numpy(), sums["qualified_leads"].to_numpy())
    idle = sums["qualified_leads"].to_numpy() == 0
    sums["minutes_per_lead"] = np.where(idle, groups["plain"].mean().to_numpy(), mean_minutes)
    return sums[["qualified_leads", "minutes_per_lead"]]


def _figures(table: pd.DataFrame, late_share: float) -> pd.DataFrame:
    """All figures at once; rows with unknown inputs are computed on stand-ins and blanked by the caller."""
    safe = {name: floats(table[name].fillna(1.0).to_numpy()) for name in table.columns}
    people, hours = np.maximum(np.floor(safe["people"]), 1.0), np.maximum(safe["hours_per_week"], 1e-9)
    service = safe["minutes_per_lead"] / 60 / np.maximum(safe["availability"], 1e-9)
    limit, rate = safe["respond_within_minutes"] / 60, safe["qualified_leads"] / hours
    admissible = hours * queueing.admissible_arrivals(service, people, limit, late_share)
    needed = queueing.required_servers(rate, service, limit, late_share)
    wait = queueing.variable_wait(rate, service, people, safe["arrival_scv"], safe["service_scv"])
    return pd.DataFrame(
        {
            "qualified_leads": safe["qualified_leads"],
            "load_hours": safe["qualified_leads"] * safe["minutes_per_lead"] / 60,
            "capacity_hours": people * hours * safe["availability"],
            "utilisation": queueing.utilisation(rate, service, people),
            "expected_wait_minutes": 60 * wait,
            "late_share": queueing.wait_longer_than(limit, rate, service, people),
            "admissible_leads": admissible,
            "required_people": needed.astype(np.float64),
            "people_short": np.maximum(needed - people, 0.0),
            "cut_off_quantile": np.nan_to_num(np.maximum(0.0, 1 - divided(admissible, safe["qualified_leads"]))),
            "wip": safe["wip"],
            "littles_law_gap": queueing.littles_law_gap(
                table["wip"].to_numpy(), safe["qualified_leads"], table["weeks_in_stage"].to_numpy()
            ),
        },
        index=table.index,
    )


def _state(result: pd.DataFrame) -> list[str]:
    short = (result["qualified_leads"] > result["admissible_leads"]).to_numpy()
    room = (result["utilisation"] < BUSY).to_numpy()
    return [OVERLOADED if s else ROOM if r else BALANCED for s, r in zip(short, room, strict=True)]


def _missing(row: dict[str, float]) -> str:
    absent = [name for name in NEEDED if np.isnan(row[name])]
    if absent:
        return "not known: " + ", ".join(absent)
    return "" if row["people"] > 0 else "no people in the team this week"


def _columns(frame: pd.DataFrame, needed: tuple[str, ...], name: str) -> None:
    absent = [column for column in needed if column not in frame.columns]
    if absent:
        raise ValueError(f"{name} lacks the column(s) {', '.join(absent)}")
