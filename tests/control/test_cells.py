"""Plan beside actual: silence of a feed that delivers is zero, everything else absent is not known."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from orchestration.control.cells import MEASURES, align, roll_up
from tests.control.known_answers import MARKETING_ACTUAL, MARKETING_PLAN, marketing_frame

WEEK = date(2026, 3, 2)
ACTUAL = marketing_frame(MARKETING_ACTUAL)
PLAN = marketing_frame(MARKETING_PLAN, plan_version="v1")


def cell(cells: pd.DataFrame, source: str) -> pd.Series:
    return cells.loc[cells["source"] == source].iloc[0]


def test_a_planned_source_without_an_event_had_zero_of_what_the_week_knows():
    silent = cell(align(ACTUAL.loc[ACTUAL["source"] == "search"], PLAN, [WEEK]), "synd")
    assert silent["leads_actual"] == 0
    assert silent["won_actual"] == 0
    assert np.isnan(silent["ready_leads_actual"])


@pytest.mark.parametrize(
    ("spent_in", "others_until", "spend"),
    [("2026-02-02", "2026-03-02", 0.0), (None, "2026-03-02", None), ("2026-02-02", "2026-02-23", None)],
    ids=["silent after it spent", "never delivered spend", "no source's spend is in"],
)
def test_a_silent_sources_spend_is_zero_only_where_its_feed_would_have_told(spent_in, others_until, spend):
    search = ACTUAL.loc[ACTUAL["source"] == "search"]
    history = [search.assign(spend=None), search.assign(week_start=pd.Timestamp("2026-01-05"))]
    if others_until == "2026-03-02":
        history[0] = search
    else:
        history.append(search.assign(week_start=pd.Timestamp(others_until)))
    if spent_in:
        history.append(ACTUAL.loc[ACTUAL["source"] == "synd"].assign(week_start=pd.Timestamp(spent_in)))
    found = cell(align(pd.concat(history), PLAN, [WEEK]), "synd")["spend_actual"]
    assert found == spend or (spend is None and np.isnan(found))


def test_nothing_is_known_of_a_week_without_any_row():
    cells = align(ACTUAL.iloc[:0], PLAN, [WEEK])
    assert cells[[f"{m}_actual" for m in MEASURES]].isna().all(axis=None)


def test_a_null_in_a_delivered_row_stays_not_known():
    cells = align(ACTUAL.assign(meetings=[80, None]), PLAN, [WEEK])
    assert np.isnan(cell(cells, "synd")["meetings_actual"])


def test_an_unplanned_source_keeps_its_actuals_and_has_no_plan():
    cells = align(ACTUAL, PLAN.loc[PLAN["source"] == "search"], [WEEK])
    extra = cell(cells, "synd")
    assert extra["leads_actual"] == 625
    assert np.isnan(extra["leads_plan"])
    assert not extra["in_plan"]


def test_other_weeks_are_left_out():
    other = marketing_frame(MARKETING_ACTUAL, week="2026-03-09")
    assert len(align(pd.concat([ACTUAL, other]), PLAN, [WEEK])) == 2


def test_a_repeated_cell_is_refused_with_its_key():
    with pytest.raises(ValueError, match=r"fct_source_weekly .* week 2026-03-02, source search, segment enterprise"):
        align(pd.concat([ACTUAL, ACTUAL]), PLAN, [WEEK])


def test_a_cell_without_a_source_is_refused_rather_than_dropped():
    with pytest.raises(ValueError, match="plan_targets_weekly has a row without"):
        align(ACTUAL, PLAN.assign(source=["search", None]), [WEEK])


def test_roll_ups_are_sums_and_every_week_has_one_even_when_empty():
    rows = roll_up(align(ACTUAL, PLAN, [WEEK]), [WEEK, date(2026, 3, 9)])
    total = rows.loc[(rows["source"] == "all") & (rows["segment"] == "all")].set_index("week_start")
    assert total.loc["2026-03-02", "leads_actual"] == 875
    assert total.loc["2026-03-02", "leads_plan"] == 700
    assert total.loc["2026-03-02", "plan_version"] == "v1"
    assert np.isnan(total.loc["2026-03-09", "leads_actual"])
    assert not rows.duplicated(["week_start", "source", "segment"]).any()


def test_a_sum_over_nothing_known_is_not_known():
    rows = roll_up(align(ACTUAL.assign(spend=None), PLAN, [WEEK]), [WEEK])
    assert rows["spend_actual"].isna().all()
