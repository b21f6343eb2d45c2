"""Each metric's chart in its kind: limits of the weeks before, rare events by CUSUM, rows to draw it from."""

import numpy as np
import pandas as pd
import pytest

from orchestration.control.axes import Axes
from orchestration.control.charts import CHART_OF_METRIC, Chart, judged_by_weeks_before
from orchestration.control.metric_charts import chart_rows, counted, individuals, process_chart_rows, shared
from orchestration.control.plan_against_actual import METRICS
from tests.control.week_world import FIRST, World

SHARES = np.array([[50.0, 60] * 4 + [20]])
OF_100 = np.full((1, 9), 100.0)


def last(rows: pd.DataFrame, **keys: str) -> pd.Series:
    for name, value in keys.items():
        rows = rows.loc[rows[name] == value]
    [row] = [row for _, row in rows.iterrows()]
    return row


def drawn(metric: str, chart) -> pd.Series:
    weeks = tuple(FIRST for _ in range(chart.size.shape[1]))
    return last(chart_rows(Axes(("s",), ("all",), weeks), {metric: chart}))


def test_a_row_has_the_limits_of_the_weeks_before_by_hand():
    """Pooled 440 of 800; z moves by .1 / sqrt(.55 x .45 / 100) = 2.0101 a week, over 1.128 sigma_z 1.7820."""
    row = drawn("lead_to_accepted", shared(SHARES, OF_100))
    assert (row["value"], row["centre"], row["size"], row["weeks"]) == (0.2, 0.55, 100, 9)
    assert row["sigma_z"] == pytest.approx(1.7820, abs=5e-5)
    assert row["lower"] == pytest.approx(0.55 - 3 * 0.0497494 * 1.7820, abs=1e-5)
    assert row["upper"] == pytest.approx(0.55 + 3 * 0.0497494 * 1.7820, abs=1e-5)
    assert (row["chart"], row["signal"], row["rule"]) == ("laney_p", "worse", "beyond_limits")


def test_more_of_what_is_wanted_is_better_and_more_defects_are_worse():
    good = shared(np.array([[50.0, 60] * 4 + [90]]), OF_100)
    assert drawn("lead_to_accepted", good)["signal"] == "better"
    assert good.is_worse_than_usual(more_is_better=False).all()


def test_the_eighth_week_on_one_side_breaks_the_other_rule():
    count = np.array([[50.0, 60] * 8 + [54.0] * 8])
    chart = shared(count, np.full((1, 24), 100.0))
    assert (drawn("ready_rate", chart)["signal"], drawn("ready_rate", chart)["rule"]) == ("worse", "eight_in_a_row")


def test_seven_weeks_judge_nothing_and_a_first_week_has_no_limits():
    young = shared(SHARES[:, -7:], OF_100[:, -7:])
    assert drawn("ready_rate", young)["signal"] == "too_few_weeks"
    first = drawn("spend", individuals(Chart.XMR, np.array([[5.0]])))
    assert (first["value"], pd.isna(first["upper"]), first["signal"]) == (5.0, True, "too_few_weeks")


def test_rare_events_are_summed_as_evidence_and_quiet_weeks_are_not_eight_in_a_row():
    """One deal in ten weeks is due: eight without any are the usual thing, to a Shewhart chart they are a run."""
    count, due = np.array([[1.0] + [0.0] * 11]), np.full((1, 12), 0.1)
    chart = counted(count, due)
    row = drawn("won", chart)
    assert (row["chart"], row["signal"], pd.isna(row["centre"])) == ("cusum", "noise", True)
    # The deal is worth ln .8; each week's want of .1 is worth .1 x .2 nats, from 0 on.
    assert row["value"] == pytest.approx(11 * 0.02)
    assert row["upper"] > row["value"]
    assert judged_by_weeks_before(Chart.LANEY_U, count, due).eight_in_a_row[0, -1]


def test_a_fall_of_rare_events_is_seen_by_what_it_sums_up_to():
    due = np.full((1, 60), 2.0)
    count = np.concatenate([np.full((1, 20), 2.0), np.full((1, 40), 0.0)], axis=1)
    row = drawn("won", counted(count, due))
    assert (row["chart"], row["signal"], row["rule"]) == ("cusum", "worse", "beyond_limits")


def test_a_share_of_few_events_is_not_judged():
    """Two won of ten opportunities a week, then eight weeks without: deals come months after, and few."""
    few = np.full((1, 17), 10.0)
    row = drawn("opportunity_to_won", shared(np.array([[2.0] * 9 + [0.0] * 8]), few))
    assert (row["chart"], row["signal"], pd.isna(row["rule"])) == ("laney_p", "too_few_events", True)


def test_every_metric_of_the_plan_has_its_kind_and_no_skewed_time_a_mean():
    assert {metric.name for metric in METRICS} <= CHART_OF_METRIC.keys()
    assert CHART_OF_METRIC["minutes_to_response"] is Chart.XMR_LOG_MEDIAN
    assert CHART_OF_METRIC["lead_to_accepted"] is Chart.LANEY_P


def test_defects_service_time_and_work_in_process_are_charted_too():
    world = World(exact=False, fault={"minutes": 3.0, "ready_leads": 0.6}, fault_week=19, leads=400)
    rows = process_chart_rows(world.inputs(), world.last)
    kinds = rows.groupby("metric")["chart"].first().to_dict()
    assert kinds == {
        "defects_per_lead": "laney_u",
        "defective_share": "laney_p",
        "within_sla_share": "laney_p",
        "minutes_to_response": "xmr_log_median",
        "wip": "xmr",
    }
    for metric in ("minutes_to_response", "defects_per_lead", "defective_share"):
        assert last(rows, metric=metric, source="source-000")["signal"] == "worse"
        assert last(rows, metric=metric, source="source-001")["signal"] == "noise"
    assert last(rows, metric="minutes_to_response", source="source-000")["value"] == pytest.approx(60, rel=0.1)
    assert last(rows, metric="wip")["team"] == "sdr"
