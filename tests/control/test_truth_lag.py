"""How old the truth is, and the gate against acting on old truth."""

import numpy as np
import pandas as pd
import pytest

from orchestration.control import truth_lag


def moments(rows: int = 20) -> pd.DataFrame:
    start = pd.Timestamp("2026-03-02 00:00")
    hours = {"event_at": 0, "landed_at": 6, "modelled_at": 8, "seen_at": 9, "decided_at": 33, "effective_at": 57}
    frame = pd.DataFrame({name: [start + pd.Timedelta(hours=h)] * rows for name, h in hours.items()})
    return frame.assign(source="search")


def test_each_leg_and_the_total_are_measured():
    table = truth_lag.legs(moments()).set_index("leg")
    assert table["p50_hours"].to_dict() == {"act": 24, "decide": 24, "land": 6, "model": 2, "see": 1, "total": 57}
    assert table.loc["land", "observations"] == 20


def test_an_event_not_yet_decided_counts_only_in_the_legs_it_passed():
    frame = moments()
    frame.loc[0, ["decided_at", "effective_at"]] = pd.NaT
    table = truth_lag.legs(frame).set_index("leg")
    assert (table.loc["land", "observations"], table.loc["act", "observations"]) == (20, 19)


def test_time_that_runs_backwards_is_refused():
    frame = moments()
    frame.loc[3, "landed_at"] = pd.Timestamp("2026-03-01")
    with pytest.raises(ValueError, match="leg land of row 3"):
        truth_lag.legs(frame)


def test_lag_is_weighted_by_spend_and_priced():
    assert truth_lag.spend_weighted([12, 48], [90, 10]) == pytest.approx(15.6)
    assert float(truth_lag.lag_cost(70_000, 48)) == pytest.approx(20_000)
    assert np.isnan(truth_lag.spend_weighted([12], [0]))


def test_k31_a_daily_batch_seen_six_hours_later_is_18_hours_old_on_average():
    mean, peak = truth_lag.batch_age(24, 6)
    assert (float(mean), float(peak)) == (18, 30)


def test_k31_updates_through_a_queue_are_freshest_at_53_percent_load():
    load = np.arange(0.05, 0.96, 0.01)
    assert load[truth_lag.queue_age(load, 1.0).argmin()] == pytest.approx(0.53, abs=0.005)
    assert truth_lag.queue_age(1.0, 1.0) == np.inf


def test_age_at_decision_counts_from_the_newest_event_it_could_reflect():
    newest = pd.Series(pd.to_datetime(["2026-03-02", None]))
    age = truth_lag.age_at(pd.Timestamp("2026-03-03 12:00"), newest)
    assert age[0] == 36
    assert np.isnan(age[1])


def test_fresh_data_may_still_be_incomplete():
    assert truth_lag.completeness([0.6, 0.9, 1.0], [-1, 0, 1, 2, 9]).tolist() == [0, 0.6, 0.9, 1, 1]


def test_the_gate_holds_beyond_a_day_and_is_red_at_three():
    assert truth_lag.gate([24.0, 24.1, 71.9, 72.0, np.nan]).tolist() == ["pass", "hold", "hold", "red", "hold"]


def test_where_nothing_was_reached_there_is_no_leg():
    assert truth_lag.legs(moments().iloc[:0]).empty
