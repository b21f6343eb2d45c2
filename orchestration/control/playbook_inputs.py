# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""From a week's standing to what the playbook reads, and to what its results are judged by.

Belongs here: joining facts, response curves, what earlier shifts moved, teams and the rules known in time. Does not
belong here: how a source stands (`standing.py`), or what the playbook does with it (`shift_week.py`).
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd

from orchestration.control import allocation
from orchestration.control.arrays import Floats, divided, floats
from orchestration.control.credible_rate import LEAST_MATURITY
from orchestration.control.data_gates import UNMAPPED, DataGates
from orchestration.control.playbook import Rule, rules_of_rows
from orchestration.control.shift_results import Cohorts
from orchestration.control.shift_week import PlaybookWeek
from orchestration.control.shrinkage import kappa_by_moments
from orchestration.control.standing import Standing, source_facts
from orchestration.control.streams import WINDOW_WEEKS
from orchestration.control.week_inputs import WeekInputs
from orchestration.ingest.lake import naive_utc

RULE_COLUMNS = [name for name in Rule.model_fields if name not in ("id", "version")]


def read_rules(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """`marts.dim_playbook_rule`: every content of the playbook, with the time in which it was known."""
    return con.execute("select * from marts.dim_playbook_rule order by all").df()


def rules_known(rules: pd.DataFrame, week: date, zone: ZoneInfo) -> tuple[Rule, ...]:
    """The rules of the content that was known when the week began (business midnight), in force or not."""
    begins = pd.Timestamp(naive_utc(datetime.combine(week, time(), tzinfo=zone)))
    since, until = pd.to_datetime(rules["known_from"]), pd.to_datetime(rules["known_until"])
    known = rules.loc[(since.isna() | (since < begins)) & (until.isna() | (until >= begins))]
    return rules_of_rows([_content({str(k): v for k, v in row.items()}) for row in known.to_dict("records")])


def playbook_week(
    inputs: WeekInputs, standing: Standing, gates: DataGates, rules: tuple[Rule, ...], moved: Mapping[str, float]
) -> PlaybookWeek:
    """What `shifts.decide` reads of the standing's week; `standing` is of the source level.

    `moved` is money a week that earlier shifts have brought to a source (less what they took): a source is judged at
    what it spends now, its acquisitions along its response curve.
    """
    facts = source_facts(inputs, standing, gates.truth_lag_p95_hours, gates.is_attributed and gates.is_whole)
    spend = floats(facts["spend"].to_numpy(dtype=float))
    power = elasticities(standing)
    now = np.maximum(spend + floats([moved.get(str(source), 0.0) for source in facts["source"]]), 0.0)
    grown = np.nan_to_num(divided(now, spend), nan=1.0) ** power
    sources = facts.assign(
        spend=now,
        acquisitions=facts["acquisitions"] * grown,
        elasticity=power,
        max_spend=np.inf,
        spend_reconciled=facts["spend_reconciled"] & gates.spend_reconciled,
    )
    real = sources["source"] != UNMAPPED
    return PlaybookWeek(standing.week, rules, standing.evidence(), sources.loc[real], team_load(inputs, standing.week))


def elasticities(standing: Standing) -> Floats:
    """b of each source's response, (units,): from weeks of which a third of the deals has had time to come."""
    won = standing.ripe["won"]
    ripe = won.maturity >= LEAST_MATURITY
    return allocation.elasticity(np.nan_to_num(standing.spend), np.where(ripe, np.nan_to_num(won.ultimate), 0.0))


def team_load(inputs: WeekInputs, week: date) -> pd.DataFrame:
    """One row per team with the columns of `capacity.lead_room`: qualified leads a week over the window, and what the
    plan gives the team in the week to come."""
    window = pd.Timestamp(week - timedelta(weeks=WINDOW_WEEKS - 1))
    flow = inputs.flow.loc[inputs.flow["week_start"].between(window, pd.Timestamp(week))]
    offered = flow.groupby("team")[["offered", "offered_hours"]].sum(min_count=1)
    known = inputs.capacity.loc[inputs.capacity["week_start"] <= pd.Timestamp(week + timedelta(weeks=1))]
    ahead = known.sort_values("week_start").drop_duplicates("team", keep="last")
    teams = ahead.set_index("team")[["people", "hours_per_person", "availability", "minutes_per_lead"]]
    minutes = divided(60 * offered["offered_hours"], offered["offered"])
    promised = flow.groupby("team")["respond_within_minutes"].min()
    load = teams.join(offered, how="left").join(promised, how="left")
    load = load.assign(
        qualified_leads=load["offered"].fillna(0.0) / WINDOW_WEEKS,
        minutes_per_lead=pd.Series(minutes, index=offered.index).reindex(load.index).fillna(load["minutes_per_lead"]),
    )
    return load.rename(columns={"hours_per_person": "hours_per_week"}).rename_axis("team").reset_index()


def cohorts_of(standing: Standing) -> Cohorts:
    """The cohorts by which shifts are judged at the end of the standing's week."""
    step, ripe = standing.steps["won"], standing.ripe["won"]
    exposure = np.nan_to_num(step.entered * ripe.maturity)
    plan = np.nan_to_num(ripe.plan_rate)
    return Cohorts(
        sources=standing.axes.sources,
        weeks=standing.axes.weeks,
        leads=step.entered,
        won=ripe.so_far,
        maturity=np.broadcast_to(ripe.maturity, step.entered.shape),
        spend=standing.spend,
        plan_rate=plan,
        kappa=kappa_by_moments(ripe.so_far.sum(axis=1), exposure.sum(axis=1), plan),
    )


def plan_cost(inputs: WeekInputs, week: date) -> float:
    """Planned money per acquisition over all sources in a week; NaN where the plan has no deals."""
    own = inputs.plan.loc[inputs.plan["week_start"] == pd.Timestamp(week)]
    return float(divided(own["spend"].sum(), own["won"].sum()))


def moved_so_far(states: pd.DataFrame, today: date) -> "pd.Series[float]":
    """Money a week that agreed shifts in effect on `today` have brought to each source, less what they took."""
    moving = states.loc[states["is_agreed"] & (pd.to_datetime(states["effective_on"]) <= pd.Timestamp(today))]
    ends = pd.concat([moving["to_source"], moving["from_source"]], ignore_index=True)
    amount = moving["amount"].astype(np.float64)
    return pd.concat([amount, -amount], ignore_index=True).groupby(ends).sum().round(2)


def _content(row: Mapping[str, object]) -> dict[str, object]:
    """A row of the mart in the grammar's own names, dates as dates, without what is not said."""
    content: dict[str, object] = {"id": row["rule_id"], "version": int(str(row["rule_version"]))}
    for name in RULE_COLUMNS:
        value = row[name]
        known = not (value is None or value != value or value is pd.NaT)
        content[name] = (value.date() if isinstance(value, pd.Timestamp) else value) if known else None
    return content
