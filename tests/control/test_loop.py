"""Week after week as a company runs it: a shift is decided, takes effect, and is judged four and eight weeks later."""

from datetime import UTC, datetime, time, timedelta

import duckdb
import numpy as np
import pandas as pd
import pytest

from orchestration.control.loop import Loop
from orchestration.control.loop_schemas import PLAYBOOK_CALIBRATION, SHIFT_EVALUATIONS, WEEKLY_SHIFTS
from orchestration.control.revisions import RevisionStore
from orchestration.control.week_inputs import WeekInputs
from orchestration.control.week_state import JudgedWeek
from orchestration.settings import Settings
from tests.control.test_playbook_wired import rules_frame
from tests.control.test_revisions import rows
from tests.control.week_world import World

QUALITY = dict.fromkeys(("accepted", "meeting", "ready_leads", "opportunity", "won"), 0.6)
FAULT_WEEK, WEEKS, DONOR = 14, 25, "source-000"
ALARM = rules_frame(
    rule_id="alarm",
    cooldown_weeks=20,
    persistence='{"k": 1, "of": 1}',
    action='{"shift_pct_of_source": 20, "max_total_moved_pct": 10, "min_spend": 2000}',
    evaluate='{"ages": [4, 8], "holdout_prob": 0.0}',
)


def carried_out(inputs: WeekInputs, shift: pd.DataFrame) -> WeekInputs:
    """The same company, in which the platforms' budgets were changed as the shift says."""
    spend, weeks = inputs.actual["spend"].copy(), inputs.actual["week_start"]
    since = weeks >= shift["effective_on"].iloc[0] - pd.Timedelta(days=1)
    for source, amount in [(DONOR, -shift["amount"].sum()), *zip(shift["to_source"], shift["amount"], strict=True)]:
        spend = spend.where(~(since & (inputs.actual["source"] == source)), spend + amount)
    return WeekInputs(**{**vars(inputs), "actual": inputs.actual.assign(spend=spend)})


def run_weeks(settings: Settings, inputs: WeekInputs, first: int, last: int) -> RevisionStore:
    """Each week on the Monday after it, from what the weeks before have stored, as its run would."""
    store = RevisionStore(settings)
    for week in World(weeks=WEEKS).mondays[first : last + 1]:
        as_of = datetime.combine(week + timedelta(weeks=1), time(10), tzinfo=UTC)
        with duckdb.connect() as con:
            con.execute("create schema marts")
            con.register("alarm", ALARM)
            con.execute("create table marts.dim_playbook_rule as from alarm")
            loop = Loop.open(settings, store, inputs, con, as_of)
        stamp = {name: frame.assign(as_of=as_of.replace(tzinfo=None)) for name, frame in rows(week=week).items()}
        store.save(week, stamp | loop.rows_of(JudgedWeek(week, "f1", "provisional", "")))
    return store


@pytest.mark.parametrize("is_carried_out", [True, False])
def test_a_shift_is_judged_at_four_and_eight_weeks_and_counts_for_its_rule_if_it_was_carried_out(
    settings: Settings, is_carried_out: bool
):
    mondays = World(weeks=WEEKS).mondays
    inputs = World(weeks=WEEKS, fault=QUALITY, fault_week=FAULT_WEEK).inputs()
    end = datetime(2027, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    store = run_weeks(settings, inputs, FAULT_WEEK, FAULT_WEEK + 2)
    shift = store.latest_rows(WEEKLY_SHIFTS, end).query("verdict == 'proposed'")
    assert shift["shift_id"].nunique() == 1
    assert set(shift["from_source"]) == {DONOR}
    effective = shift["effective_on"].iloc[0]
    assert effective == pd.Timestamp(shift["week_start"].iloc[0] + timedelta(days=8))

    later = carried_out(inputs, shift) if is_carried_out else inputs
    run_weeks(settings, later, FAULT_WEEK + 3, WEEKS - 1)
    judged = store.latest_rows(SHIFT_EVALUATIONS, end).sort_values("age_weeks")
    assert set(judged["shift_id"]) == set(shift["shift_id"])
    assert judged["age_weeks"].tolist() == [4, 8]
    first = effective - pd.Timedelta(days=1)
    assert judged["week_start"].tolist() == [first + pd.Timedelta(weeks=age - 1) for age in (4, 8)]
    np.testing.assert_allclose(judged["carried_out"], 1.0 if is_carried_out else 0.0, atol=1e-9)
    assert (judged["low"] < judged["effect"]).all()
    assert (judged["effect"] < judged["high"]).all()

    told = store.latest_rows(PLAYBOOK_CALIBRATION, end).sort_values("week_start")
    assert told["week_start"].min() == judged["week_start"].min(), "nothing is said of a rule before its first result"
    assert told["week_start"].max() == pd.Timestamp(mondays[-1])
    assert set(zip(told["uses"], told["not_carried_out"], strict=True)) == {(1, 0) if is_carried_out else (0, 1)}
