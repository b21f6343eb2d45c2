"""The committed playbook against the detection study: how soon its first rule acts, and how often for nothing."""

from datetime import date, timedelta

import numpy as np
import yaml

from orchestration.control.playbook import next_tuesday, parse_playbook
from orchestration.control.streams import Budget, share_stream
from orchestration.control.triggers import condition_holds, weekly_evidence
from orchestration.settings import DBT_PROJECT
from tests.bench import simulation_study as study

FILE = DBT_PROJECT / "seeds" / "plan" / "playbook.yml"
RULES = {rule.id: rule for rule in parse_playbook(yaml.safe_load(FILE.read_text()))}
RUNS = 2000


def triggered() -> np.ndarray:
    """(runs, weeks): whether the alarm's trigger holds, read as the playbook reads it."""
    history = study.simulate(study.QUALITY, runs=RUNS, seed=11)
    allowed = Budget(study.SOURCES)
    accept = share_stream(
        "accept", history.accepted, history.decided, study.ACCEPT, allowed, study.PHI2_ACCEPT
    )  # fmt: skip
    weeks = [date(2024, 1, 1) + timedelta(weeks=week) for week in range(study.WEEKS)]
    names = [f"{run:04d}" for run in range(RUNS)]
    evidence = weekly_evidence([accept], study.detector(history), names, weeks)
    held = condition_holds(RULES["acceptance_alarm"].trigger, evidence)
    return held["holds"].to_numpy().reshape(RUNS, study.WEEKS)


def test_the_alarm_has_money_move_within_three_weeks_and_hardly_ever_for_nothing():
    found = study.score(triggered())
    assert found["median_weeks"] <= 3
    assert found["within_8"] >= 0.97
    assert found["false_alarms"] <= 0.25


def test_the_week_that_finds_it_is_dated_for_the_tuesday_after_its_monday():
    for week in (date(2026, 3, 2) + timedelta(weeks=n) for n in range(60)):
        monday = week + timedelta(weeks=1)
        assert next_tuesday(monday, RULES["acceptance_alarm"].platform_lead_days) == monday + timedelta(days=1)


def test_every_rule_says_why_who_decides_and_what_it_never_touches():
    assert set(RULES) == {"acceptance_alarm", "acceptance_drift", "meetings_fall"}
    for rule in RULES.values():
        assert len(rule.reason) > 80
        assert rule.owner not in rule.deciders
        assert set(rule.scope.exclude) == {"partner", "events", "outbound"}
        assert rule.evaluate.ages == (4, 8)
        assert rule.data_gate.truth_lag_p95_h == 24
    assert {rule.id for rule in RULES.values() if rule.approval == "required"} == {"meetings_fall"}
