# pyright: reportUnknownVariableType=false
"""Everything that the weekly control reads, in one pass over one version of the served copy.

Belongs here: the queries, and cutting what was read at a week. Does not belong here: any computation on the result
(`standing.py` and what it calls).
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast

import duckdb
import pandas as pd

from orchestration.control.cells import MEASURES

_MEASURES = ", ".join(f"{measure}::double as {measure}" for measure in MEASURES)

QUERIES = {
    "actual": f"select week_start, source, segment, {_MEASURES} from marts.fct_source_weekly",
    "plan": f"select week_start, source, segment, plan_version, {_MEASURES} from marts.plan_targets_weekly",
    "cohorts": (
        "select cohort_week, source, segment, from_stage, to_stage, age_weeks, entered::double as entered,"
        " converted::double as converted, exited::double as exited from marts.fct_cohort_ages"
    ),
    "decisions": (
        "select week_start, source, segment, from_team, team, decided::double as decided,"
        " accepted::double as accepted from marts.fct_decisions_weekly"
    ),
    "effort": "select * exclude (meetings) from marts.fct_lead_effort_weekly",
    "flow": ("select * replace (cost_of_poor_quality::double as cost_of_poor_quality) from marts.fct_team_flow_weekly"),
    "capacity": "select * from marts.plan_capacity_weekly",
    "service": "select * from marts.plan_service_weekly",
    "expectations": "select * from marts.plan_expectations_weekly",
    "resources": "select * from marts.plan_resources_weekly",
    "curves": "select * from marts.plan_maturation_curves",
    "policy": "select * from marts.plan_control_policy",
    "scores": (
        "select week_start, team, score::double as score, offered::double as offered from marts.fct_score_mix_weekly"
    ),
    "velocity": (
        "select date_trunc('week', as_of - interval 1 day)::date as week_start, * exclude (as_of)"
        " from marts.fct_account_velocity"
    ),
    "freshness": "select feed, day, cadence, landed_at, lag_hours, state from marts.feed_freshness",
    "completeness": "select feed, day, age_days, expected_share, complete_share from marts.day_completeness",
    "owners": "select source, owner from marts.dim_source",
    "presented": (
        "select week_start, source, presented::double as presented, evaluated::double as evaluated,"
        " unevaluable::double as unevaluable, defective::double as defective, defects::double as defects,"
        " opportunities_for_defect::double as opportunities_for_defect, lead_cost::double as lead_cost,"
        " time_cost::double as time_cost, repair_cost::double as repair_cost, late_cost::double as late_cost,"
        " cost_of_poor_quality::double as cost_of_poor_quality from marts.fct_quality_weekly"
    ),
    "verdicts": (
        "select * replace (leads::double as leads, on_time::double as on_time, timed::double as timed)"
        " from marts.fct_sales_verdicts_weekly"
    ),
    "outcomes": (
        "select cohort_week, criterion_code, to_stage, has_failed, is_accepted, age_weeks::double as age_weeks,"
        " leads::double as leads from marts.fct_criterion_outcomes_weekly"
    ),
    "responses": (
        "select decided_week as week_start, case when grouping(source) = 1 then 'all' else source end as source,"
        " median(business_minutes_to_response)::double as minutes from marts.fct_handoffs"
        " where decided_week is not null and business_minutes_to_response is not null"
        " group by grouping sets ((decided_week, source), (decided_week))"
    ),
    "audits": (
        "select audit_id, week_start, inspector_verdict, sales_verdict, population::double as population, verdict,"
        " audited_by from marts.lead_audits"
    ),
    "defect_costs": (
        "select week_start, source, criterion_code, owner, sum(defects)::double as defects, sum(cost)::double as cost"
        " from marts.fct_defect_costs_weekly group by all"
    ),
}
MARTS = (
    "fct_week_status",
    *sorted({word.removeprefix("marts.") for query in QUERIES.values() for word in query.split() if "marts." in word}),
)
"""Every mart that is read, for the graph."""
DATES = {"cohorts": "cohort_week", "outcomes": "cohort_week", "freshness": "day", "completeness": "day"}
UNDATED = frozenset({"curves", "policy", "owners"})
AHEAD = frozenset({"plan", "capacity", "service", "expectations", "resources"})
"""What the plan says of the weeks to come is known."""


@dataclass(frozen=True)
class WeekInputs:
    """The frames of QUERIES; counts and money as float, NaN = not known, weeks as timestamps (Mondays)."""

    actual: pd.DataFrame
    plan: pd.DataFrame
    cohorts: pd.DataFrame
    decisions: pd.DataFrame
    effort: pd.DataFrame
    flow: pd.DataFrame
    capacity: pd.DataFrame
    service: pd.DataFrame
    expectations: pd.DataFrame
    resources: pd.DataFrame
    curves: pd.DataFrame
    policy: pd.DataFrame
    scores: pd.DataFrame
    velocity: pd.DataFrame
    freshness: pd.DataFrame
    completeness: pd.DataFrame
    owners: pd.DataFrame
    presented: pd.DataFrame
    verdicts: pd.DataFrame
    defect_costs: pd.DataFrame
    audits: pd.DataFrame
    outcomes: pd.DataFrame
    responses: pd.DataFrame
    cut_at: date | None = None
    """The week at whose end these were cut; None while all that is known is there."""

    @property
    def first_week(self) -> date | None:
        """Monday of the first week in which anything happened; None where nothing did."""
        first = self.actual["week_start"].min()
        return None if pd.isna(first) else first.date()

    def until(self, week: date) -> "WeekInputs":
        """What had happened by the end of a week: the later events of its cohorts are left out too."""
        if self.cut_at == week:
            return self
        last = pd.Timestamp(week)
        cut = {
            name: frame.loc[frame[DATES.get(name, "week_start")] <= last + pd.Timedelta(days=6)]
            for name in QUERIES.keys() - UNDATED - AHEAD
            for frame in [getattr(self, name)]
        }
        cohorts = cut["cohorts"]
        event = cohorts["cohort_week"] + pd.to_timedelta(7 * cohorts["age_weeks"], unit="D")
        # The row at age 0 also says how many began.
        cut["cohorts"] = cohorts.loc[(event <= last) | (cohorts["age_weeks"] == 0)]
        return replace(self, cut_at=week, **cut)


def read_week_inputs(con: duckdb.DuckDBPyConnection) -> WeekInputs:
    """All frames, from a connection as `open_served` gives it."""
    frames = {name: _frame(con, name, query) for name, query in QUERIES.items()}
    return WeekInputs(**cast("dict[str, Any]", frames))


def _frame(con: duckdb.DuckDBPyConnection, name: str, query: str) -> pd.DataFrame:
    # A sum of floats depends on the order of its terms, and DuckDB promises none.
    frame = con.execute(f"select * from ({query}) order by all").df()
    if name in UNDATED:
        return frame
    dated = DATES.get(name, "week_start")
    return frame.assign(**{dated: pd.to_datetime(frame[dated]).astype("datetime64[ns]")})
