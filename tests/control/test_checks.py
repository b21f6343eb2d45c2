"""Each check passes on what the step stores and goes red on one wrong row."""

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest

from orchestration.control.cells import align
from orchestration.control.checks import drivers_against_variance, repeated_rows
from orchestration.control.drivers import weekly_drivers
from orchestration.control.plan_against_actual import weekly_variance
from orchestration.control.week_state import JudgedWeek
from tests.control import known_answers as known

WEEK = date(2026, 3, 2)
AS_OF = datetime.fromisoformat("2026-03-10T11:00:00")


@pytest.fixture
def stored():
    plan = known.MARKETING_PLAN | {"organic": [0, 60, 33, 11, 5, 2]}
    cells = align(known.marketing_frame(known.MARKETING_ACTUAL), known.marketing_frame(plan, plan_version="v1"), [WEEK])
    judged = [JudgedWeek(WEEK, "f1", "final", "")]
    variance, drivers = weekly_variance(cells, judged, AS_OF), weekly_drivers(cells, judged, AS_OF)
    return variance.assign(revision=1, matured=np.nan), drivers.assign(revision=1)


def test_a_clean_revision_passes_both(stored):
    variance, drivers = stored
    assert repeated_rows(variance).wrong == []
    finding = drivers_against_variance(variance, drivers)
    assert finding.wrong == []
    assert finding.compared == 3 * 3 + 1


def test_drivers_explain_what_the_leads_will_come_to_where_that_is_known(stored):
    variance, drivers = stored
    variance = variance.assign(matured=variance["actual"] + 1)
    assert drivers_against_variance(variance, drivers).wrong


def test_one_repeated_row_is_red_and_named(stored):
    variance, _ = stored
    variance = pd.concat([variance, variance.iloc[[5]]])
    assert len(repeated_rows(variance).wrong) == 1
    assert variance["metric"].iloc[5] in repeated_rows(variance).wrong[0]


@pytest.mark.parametrize(
    "column",
    ["effect_acquisitions", "effect_acquisitions_standard", "effect_acquisitions_shapley", "effect_money"],
)
def test_one_wrong_effect_is_red_and_named(stored, column):
    variance, drivers = stored
    drivers.loc[drivers.index[3], column] += 0.001
    wrong = drivers_against_variance(variance, drivers).wrong
    assert len(wrong) == 1
    assert column in wrong[0]


def test_a_source_whose_drivers_are_missing_is_red(stored):
    variance, drivers = stored
    wrong = drivers_against_variance(variance, drivers.loc[drivers["source"] != "synd"]).wrong
    assert any("synd" in text for text in wrong)


def test_drivers_of_a_source_that_has_no_variance_are_red(stored):
    variance, drivers = stored
    wrong = drivers_against_variance(variance.loc[variance["source"] != "synd"], drivers).wrong
    assert any("synd" in text for text in wrong)


def test_a_blocked_week_needs_no_drivers(stored):
    variance, drivers = stored
    assert drivers_against_variance(variance.assign(state="blocked"), drivers.iloc[:0]).wrong == []
