"""What each week said of an older cohort is kept as it was first told, and scored when it has come true."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from orchestration.control.backtest import AGE, Score, replay, scores
from orchestration.control.quality_schemas import BACKTEST, ESTIMATES
from orchestration.control.revisions import RevisionStore
from orchestration.control.track_record import STORED, TrackRecord, verdict_on
from orchestration.control.week_inputs import WeekInputs
from orchestration.control.week_state import WeekStatus
from orchestration.control.weekly_run import run_week_tables
from tests.control.week_world import World

WORLD = World(sources=8, weeks=24, exact=False, leads=400.0, seed=3)
AS_OF = datetime.combine(WORLD.last + timedelta(days=7), datetime.min.time(), UTC)
MEASURE = "meetings"


def run(inputs: WeekInputs, first: int, told: pd.DataFrame | None = None):
    statuses = {week: WeekStatus(week, True, None, "f") for week in WORLD.mondays}
    return list(run_week_tables(inputs, statuses, WORLD.mondays[first:], AS_OF, ZoneInfo("UTC"), told))


@pytest.fixture(scope="module")
def inputs() -> WeekInputs:
    return WORLD.inputs()


@pytest.fixture(scope="module")
def weeks(inputs: WeekInputs):
    return run(inputs, 0)


def of_measure(result) -> pd.Series:
    return result.tables[BACKTEST].set_index("measure").loc[MEASURE]


def test_what_the_weeks_said_scores_as_the_replay_of_the_same_weeks_does(inputs: WeekInputs, weeks):
    told = of_measure(weeks[-1])
    rows = replay(inputs, WORLD.last, AGE)
    replayed = scores(rows.loc[rows["measure"] == MEASURE])
    assert told["cohorts"] == replayed["credible"].cohorts > 100
    for name in ("coverage", "bias", "error"):
        assert told[name] == pytest.approx(getattr(replayed["credible"], name))
    assert told["error_naive"] == pytest.approx(replayed["naive"].error)
    assert told["error_plan"] == pytest.approx(replayed["plan_only"].error)
    assert (told["verdict"], told["through_week"].date()) == ("acceptable", WORLD.last)


def test_a_run_of_the_newest_week_alone_scores_what_the_weeks_before_have_kept(settings, inputs: WeekInputs, weeks):
    store = RevisionStore(settings)
    for result in weeks[:-1]:
        store.save(result.week.week_start, result.tables)
    kept = store.all_rows(ESTIMATES, STORED, AS_OF.replace(tzinfo=None))
    [alone] = run(inputs, -1, kept)
    pd.testing.assert_frame_equal(alone.tables[BACKTEST], weeks[-1].tables[BACKTEST])
    [nothing] = run(inputs, -1)
    assert nothing.tables[BACKTEST].empty, "what no week has kept is not made up"


def test_a_later_revision_does_not_better_what_was_told_first(weeks):
    said = weeks[-1].tables[ESTIMATES].assign(week_start=pd.Timestamp(WORLD.last), revision=1)
    again = said.assign(revision=2, outstanding=said["outstanding"] * 9)
    record = TrackRecord.of(pd.concat([again, said], ignore_index=True))
    record.add(WORLD.last, again)
    np.testing.assert_array_equal(record.told["outstanding"], said["outstanding"])


def test_a_week_knows_only_what_was_told_up_to_it(weeks):
    counts = [int(of_measure(result)["cohorts"]) for result in weeks[10:14]]
    assert counts == sorted(set(counts)), "each week adds the cohort it told of"


@pytest.mark.parametrize(
    ("coverage", "cohorts", "verdict"),
    [
        (0.64, 20, "too_sure"),
        (0.65, 20, "acceptable"),
        (0.95, 20, "acceptable"),
        (0.96, 20, "too_unsure"),
        (0.5, 19, "too_few"),
    ],
)
def test_the_verdict_has_the_accepted_band_and_needs_twenty_cohorts(coverage: float, cohorts: int, verdict: str):
    assert verdict_on(Score(0.0, 0.1, coverage, cohorts)) == verdict
