"""A small published copy with the columns the control step reads, as the serving step would leave it."""

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import duckdb
import pandas as pd

from orchestration.settings import Settings
from tests.control import known_answers as known

WEEK = date(2026, 3, 2)

TABLES = """
create schema marts; create table marts.fct_source_weekly ( week_start date, iso_week varchar, source
varchar, segment varchar, spend decimal(18, 2), leads bigint, handed_off bigint, ready_leads bigint,
defective_leads bigint, unevaluable_leads bigint, accepted bigint, meetings bigint, opportunities bigint,
won bigint, won_value decimal(18, 2)); create table marts.plan_targets_weekly ( week_start date,
plan_version varchar, source varchar, segment varchar, spend decimal(18, 2), leads double, ready_leads
double, accepted double, meetings double, opportunities double, won double); create table
marts.fct_week_status ( week_start date, iso_week varchar, days_in integer, missing varchar, is_closed
boolean, missing_capacity varchar, fingerprint varchar, complete_share double, incomplete varchar, as_of timestamp);
"""

EMPTY_TABLES = """
create table marts.fct_cohort_ages (cohort_week date, iso_week varchar, source varchar, segment varchar, from_stage
varchar, to_stage varchar, age_weeks bigint, entered bigint, at_risk bigint, converted bigint, exited bigint,
_modelled_at timestamp);
create table marts.fct_decisions_weekly (week_start date, source varchar, segment varchar, from_team varchar, team
varchar, decided bigint, accepted bigint);
create table marts.fct_lead_effort_weekly (week_start date, source varchar, segment varchar, leads bigint,
handed_off bigint, ready_leads bigint, judged_leads bigint, ready_within_sla bigint, ready_late bigint,
meetings_within_sla bigint, meetings_late bigint, meetings bigint);
create table marts.fct_team_flow_weekly (week_start date, iso_week varchar, team varchar, source varchar, segment
varchar, offered bigint, ready_offered bigint, served bigint, wip bigint, weeks_in_stage double, minutes_per_lead
double, offered_hours double, served_hours double, respond_within_minutes bigint, arrival_scv double,
cost_of_poor_quality decimal(18,2));
create table marts.fct_score_mix_weekly (week_start date, team varchar, score bigint, offered bigint);
create table marts.fct_account_velocity (account_id varchar, segment varchar, dwell_percentile double,
is_stalled boolean, is_due_to_advance boolean, has_advanced boolean, as_of timestamp);
create table marts.plan_capacity_weekly (week_start date, iso_week varchar, team varchar, people double,
hours_per_person double, availability double, minutes_per_lead double, source_file varchar, source_line bigint);
create table marts.plan_service_weekly (week_start date, team varchar, segment varchar, skilled_people double,
minutes_per_lead double, respond_within_minutes bigint);
create table marts.plan_expectations_weekly (week_start date, source varchar, segment varchar, from_stage varchar,
to_stage varchar, rate double);
create table marts.plan_resources_weekly (week_start date, plan_version varchar, team varchar, source varchar,
segment varchar, hours_per_week double);
create table marts.plan_maturation_curves (segment varchar, from_stage varchar, to_stage varchar, valid_from date,
valid_to date, age_weeks bigint, share double);
create table marts.plan_control_policy (setting varchar, valid_from date, valid_to date, value double);
create table marts.feed_freshness (feed varchar, day date, cadence varchar, landed_at timestamp, rows_loaded bigint,
lag_hours double, state varchar);
create table marts.day_completeness (feed varchar, day date, week_start date, age_days bigint, records_arrived bigint,
expected_share double, expected_records double, usual_records double, complete_share double);
create table marts.fct_quality_weekly (week_start date, source varchar, presented bigint, evaluated bigint,
unevaluable bigint, defective bigint, defects bigint, opportunities_for_defect bigint, lead_cost decimal(18,2),
time_cost decimal(18,2), repair_cost decimal(18,2), late_cost decimal(18,2), cost_of_poor_quality decimal(18,2));
create table marts.fct_sales_verdicts_weekly (week_start date, source varchar, team varchar, rep varchar,
inspector_verdict varchar, sales_verdict varchar, reason_code varchar, reason_category varchar, leads bigint,
on_time bigint, timed bigint);
create table marts.fct_handoffs (source varchar, decided_week date, business_minutes_to_response double);
create table marts.fct_criterion_outcomes_weekly (cohort_week date, criterion_code varchar, to_stage varchar,
has_failed boolean, is_accepted boolean, age_weeks bigint, leads bigint);
create table marts.lead_audits (audit_id varchar, week_start date, inspector_verdict varchar, sales_verdict varchar,
population bigint, verdict varchar, audited_by varchar);
create table marts.fct_defect_costs_weekly (week_start date, source varchar, criterion_code varchar, owner varchar,
defects bigint, cost decimal(18,2));
create table marts.dim_source (source varchar, title varchar, channel varchar, is_paid boolean, owner varchar);
create table marts.dim_playbook_rule (rule_id varchar, rule_version bigint, reason varchar, owner varchar, approver
varchar, deputies varchar, approval varchar, approved_on date, valid_from date, valid_to date, priority bigint,
scope varchar, trigger varchar, persistence varchar, min_sample varchar, data_gate varchar, cause_gate varchar,
action varchar, receiver varchar, effective varchar, platform_lead_days bigint, cooldown_weeks bigint, expires_weeks
bigint, rollback_if varchar, evaluate varchar, known_from timestamp, known_until timestamp, source_file varchar,
source_line bigint);
"""
"""What the weekly control reads besides; a test that says nothing of it has an empty one."""


@dataclass
class Week:
    """One week as published: the marketing example unless said otherwise."""

    start: date = WEEK
    actual: dict[str, list[float]] = field(default_factory=lambda: dict(known.MARKETING_ACTUAL))
    plan: dict[str, list[float]] = field(default_factory=lambda: dict(known.MARKETING_PLAN))
    fingerprint: str = "content-1"
    closed: bool = True
    missing: str | None = None
    plan_version: str = "v1"
    missing_capacity: str | None = None
    complete_share: float | None = None
    incomplete: str | None = None


def publish(
    settings: Settings, version: str, as_of: datetime, *weeks: Week, revisions: dict[date, int] | None = None
) -> Path:
    """Write `served/<version>/warehouse.duckdb` and point `served/current` to it; `as_of` naive UTC.

    `revisions`: what `marts.weekly_variance` holds; without it the table is absent, as before the first weekly run.
    """
    folder = settings.served / version
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "warehouse.duckdb")) as con:
        con.execute(TABLES + EMPTY_TABLES)
        for week in weeks:
            label = f"{week.start:%G-W%V}"
            actual = known.marketing_frame(week.actual, week=str(week.start), iso_week=label)
            plan = known.marketing_frame(week.plan, week=str(week.start), plan_version=week.plan_version)
            _insert(con, "fct_source_weekly", actual)
            _insert(con, "plan_targets_weekly", plan)
            con.execute(
                "insert into marts.fct_week_status values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    week.start,
                    label,
                    7,
                    week.missing,
                    week.closed,
                    week.missing_capacity,
                    week.fingerprint,
                    week.complete_share,
                    week.incomplete,
                    as_of,
                ],
            )
        if revisions is not None:
            con.execute("create table marts.weekly_variance (week_start date, revision integer)")
            con.executemany("insert into marts.weekly_variance values (?, ?)", list(revisions.items()))
    current = settings.served / "current"
    current.unlink(missing_ok=True)
    current.symlink_to(version)
    return folder


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: pd.DataFrame) -> None:
    con.register("rows", rows)
    con.execute(f"insert into marts.{table} by name select * from rows")
    con.unregister("rows")
