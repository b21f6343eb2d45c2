"""Plan against actual: ratios of sums, directions, thresholds, absence and state."""

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest

from orchestration.control import cohort_columns, signal_columns
from orchestration.control.cells import align
from orchestration.control.plan_against_actual import METRICS, weekly_variance
from orchestration.control.schemas import VARIANCE_SCHEMA
from orchestration.control.week_state import JudgedWeek
from tests.control import known_answers as known

WEEK = date(2026, 3, 2)
AS_OF = datetime.fromisoformat("2026-03-10T11:00:00")


def variance_of(plan, actual, state="provisional"):
    judged = JudgedWeek(WEEK, "f1", state, "")
    rows = weekly_variance(align(actual, plan, [WEEK]), [judged], AS_OF)
    return rows.set_index(["source", "segment", "metric"]).sort_index()


def marketing(**actual):
    return (
        known.marketing_frame(known.MARKETING_PLAN, plan_version="v1"),
        known.marketing_frame(known.MARKETING_ACTUAL).assign(**actual),
    )


def test_the_rows_carry_the_contracts_columns_except_what_cohorts_signals_and_the_store_add():
    rows = variance_of(*marketing()).reset_index()
    added = {*cohort_columns.COLUMNS, *signal_columns.COLUMNS, "revision", "revision_reason"}
    assert {*rows.columns, *added} == set(VARIANCE_SCHEMA.names)
    assert added.isdisjoint(rows.columns)


def test_every_cell_and_roll_up_has_each_metric_once():
    rows = variance_of(*marketing())
    assert not rows.index.has_duplicates
    assert len(rows) == (2 + 2 + 1 + 1) * len(METRICS)


@pytest.mark.parametrize(
    ("metric", "plan", "actual", "favourable", "status"),
    [
        ("leads", 700, 875, "F", "on_plan"),
        ("meetings", 170, 140, "U", "off_plan"),
        ("won", 28, 22, "U", "off_plan"),
        ("spend", 100_000, 110_000, "U", "watch"),
        ("cost_per_lead", 100_000 / 700, 110_000 / 875, "F", "on_plan"),
        ("cost_per_acquisition", 100_000 / 28, 5000, "U", "off_plan"),
        ("lead_to_accepted", 310 / 700, 275 / 875, "U", "off_plan"),
        ("opportunity_to_won", 28 / 85, 22 / 67, "U", "on_plan"),
    ],
)
def test_k5_roll_up_of_all_sources(metric, plan, actual, favourable, status):
    row = variance_of(*marketing()).loc[("all", "all", metric)]
    assert [row["plan"], row["actual"]] == pytest.approx([plan, actual])
    assert row["variance"] == pytest.approx(actual - plan)
    assert row["variance_pct"] == pytest.approx((actual - plan) / plan)
    assert (row["favourable"], row["status"]) == (favourable, status)


@pytest.mark.parametrize(
    ("spent", "favourable", "status"),
    [
        (57_000, "F", "on_plan"),
        (20_000, "F", "on_plan"),
        (60_000, None, "on_plan"),
        (63_000, "U", "on_plan"),
        (63_001, "U", "watch"),
        (66_000, "U", "watch"),
        (66_001, "U", "off_plan"),
    ],
)
def test_spending_over_plan_is_unfavourable_and_thresholds_include_their_edge(spent, favourable, status):
    row = variance_of(*marketing(spend=[spent, 55_000])).loc[("search", "enterprise", "spend")]
    assert row["status"] == status
    assert row["favourable"] == favourable or (favourable is None and pd.isna(row["favourable"]))


@pytest.mark.parametrize(("leads", "status"), [(285, "on_plan"), (284, "watch"), (270, "watch"), (269, "off_plan")])
def test_a_shortfall_of_a_wanted_quantity_is_unfavourable(leads, status):
    row = variance_of(*marketing(leads=[leads, 625])).loc[("search", "enterprise", "leads")]
    assert (row["favourable"], row["status"]) == ("U", status)


def test_spending_where_nothing_was_planned_is_off_plan_without_a_share():
    plan, actual = marketing()
    row = variance_of(plan.assign(spend=0), actual).loc[("search", "enterprise", "spend")]
    assert row["status"] == "off_plan"
    assert np.isnan(row["variance_pct"])
    unspent = variance_of(plan.assign(spend=0), actual.assign(spend=0)).loc[("search", "enterprise", "spend")]
    assert unspent["status"] == "on_plan"


def test_what_is_absent_is_null_and_named_never_zero():
    plan, actual = marketing(meetings=None)
    rows = variance_of(plan, actual)
    meetings = rows.loc[("search", "enterprise", "meetings")]
    assert meetings["status"] == "no_data"
    assert np.isnan(meetings["actual"])
    assert np.isnan(meetings["variance"])
    unplanned = variance_of(plan.iloc[:1], actual).loc[("synd", "enterprise", "leads")]
    assert unplanned["status"] == "no_plan"
    assert unplanned["actual"] == 625
    assert np.isnan(unplanned["plan"])
    assert pd.isna(unplanned["plan_version"])


def test_a_ratio_over_nothing_is_not_known():
    row = variance_of(*marketing(won=0)).loc[("all", "all", "cost_per_acquisition")]
    assert np.isnan(row["actual"])
    assert row["status"] == "no_data"


def test_state_label_and_fingerprint_are_the_weeks():
    rows = variance_of(*marketing(), state="final")
    assert set(rows["state"]) == {"final"}
    assert set(rows["iso_week"]) == {"2026-W10"}
    assert set(rows["fingerprint"]) == {"f1"}
    assert set(rows["as_of"]) == {AS_OF}


def test_a_week_of_which_nothing_is_known_still_says_so():
    plan, actual = marketing()
    rows = variance_of(plan.iloc[:0], actual.iloc[:0])
    assert set(rows["status"]) == {"no_data"}
    assert len(rows) == len(METRICS)
