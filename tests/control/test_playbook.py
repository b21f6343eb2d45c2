"""The playbook's grammar: what it accepts, and that it names what it refuses."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from orchestration.control.playbook import (
    NESTED,
    CusumCondition,
    PlaybookError,
    PosteriorCondition,
    next_tuesday,
    parse_playbook,
    rules_in_force,
    rules_of_rows,
)

RULE = """
id: quality_fall
version: 2
reason: fewer meetings than planned from the same leads
owner: marketing_ops
approver: sales_lead
deputies: [ae_lead]
approval: required
approved_on: 2026-01-02
valid_from: 2026-01-05
priority: 10
scope: {sources: [synd, search], exclude: [brand]}
trigger: {metric: post_prob, of: rate_ratio(lead_to_meeting) < 0.9, op: ">=", value: 0.95}
persistence: {k: 2, of: 3}
min_sample: {leads: 100, expected_events: 5, G_min: 0.3}
data_gate: {truth_lag_p95_h: 24, spend_reconciled: true, dq_blocking_tests: pass}
cause_gate: {ready_or_fit_share_min: 0.5}
action: {shift_pct_of_source: 20, max_shift_pct_source: 25, max_total_moved_pct: 10, min_spend: 5000}
receiver:
  rank: marginal_cpa
  P_better_min: 0.8
  headroom: {max_ramp_pct: 20}
  capacity: {rho_after_max: 0.85, P_wait_gt_SLA_max: 0.1}
  else: reserve
effective: next_tuesday
cooldown_weeks: 3
expires_weeks: 8
rollback_if: {metric: post_prob, of: rate_ratio(lead_to_meeting) > 0.95, value: 0.9}
evaluate: {ages: [4, 8], holdout_prob: 0.1}
"""


def rule(**changes: Any) -> dict[str, Any]:
    return yaml.safe_load(RULE) | changes


def test_the_whole_grammar_is_read():
    (read,) = parse_playbook([rule()])
    assert isinstance(read.trigger, PosteriorCondition)
    assert read.trigger.parts == ("lead_to_meeting", "<", 0.9)
    assert (read.receiver.better_min, read.receiver.capacity.late_share_max) == (0.8, 0.1)
    assert read.min_sample.maturity_min == 0.3
    assert read.deciders == ("sales_lead", "ae_lead")


def test_a_rule_comes_back_from_a_table_that_keeps_nested_fields_as_json():
    row = {name: json.dumps(value) if name in NESTED else value for name, value in rule().items()}
    assert rules_of_rows([row | {"valid_to": None}]) == parse_playbook([rule()])


def test_a_cusum_trigger_takes_its_level_from_the_budget_unless_given():
    auto, given_level = parse_playbook(
        [
            rule(trigger={"metric": "cusum", "stream": "accept"}),
            rule(id="b", trigger={"metric": "cusum", "stream": "accept", "h": 6.5}),
        ]
    )
    assert isinstance(auto.trigger, CusumCondition)
    assert isinstance(given_level.trigger, CusumCondition)
    assert (auto.trigger.h, given_level.trigger.h) == ("auto", 6.5)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"trigger": {"metric": "post_prob", "of": "rate_ratio(x) < 0.9", "value": 1.95}}, "trigger.value"),
        ({"trigger": {"metric": "post_prob", "of": "cpa > 3", "value": 0.9}}, "write for instance"),
        ({"trigger": {"metric": "vibes"}}, "trigger"),
        ({"action": {"shift_pct_of_source": 30, "max_shift_pct_source": 25}}, "exceeds max_shift_pct_source"),
        ({"action": {"shift_pct_of_source": 0}}, "action.shift_pct_of_source"),
        ({"persistence": {"k": 4, "of": 3}}, "can never happen"),
        ({"min_sample": {"leads": 100, "lead": 3}}, "min_sample.lead"),
        ({"receiver": {"else": "burn"}}, "receiver.else"),
        ({"effective": "today"}, "effective"),
        ({"approver": "marketing_ops"}, "second signature"),
        ({"valid_to": date(2025, 1, 1)}, "before valid_from"),
        ({"colour": "red"}, "colour"),
        ({"approval": "maybe"}, "approval"),
        ({"reason": ""}, "reason"),
    ],
)
def test_what_is_refused_is_named(changes: dict[str, Any], field: str):
    with pytest.raises(PlaybookError) as refusal:
        parse_playbook([rule(), rule(id="other") | changes], name="playbook.yml")
    assert "playbook.yml: rule 2 (other)" in str(refusal.value)
    assert field in str(refusal.value)


def test_every_error_of_every_rule_is_reported_at_once():
    with pytest.raises(PlaybookError) as refusal:
        parse_playbook([rule(version=0), rule(id="b", expires_weeks=0, cooldown_weeks=-1)])
    assert len(str(refusal.value).splitlines()) == 3


def test_a_missing_field_is_named():
    content = rule()
    del content["approved_on"]
    with pytest.raises(PlaybookError, match=r"approved_on: Field required"):
        parse_playbook([content])


def test_versions_of_one_rule_must_not_overlap():
    with pytest.raises(PlaybookError, match="versions 1 and 2 overlap"):
        parse_playbook([rule(version=1), rule()])
    parse_playbook([rule(version=1, valid_to=date(2026, 1, 11)), rule(valid_from=date(2026, 1, 12))])


def test_a_rule_counts_only_in_weeks_that_start_after_its_approval():
    rules = parse_playbook([rule(approved_on=date(2026, 1, 12)), rule(id="later", priority=1)])
    assert [r.id for r in rules_in_force(rules, date(2026, 1, 12))] == ["later"]
    assert [r.id for r in rules_in_force(rules, date(2026, 1, 19))] == ["later", "quality_fall"]


@pytest.mark.parametrize(
    ("day", "tuesday"),
    [
        (date(2026, 3, 2), date(2026, 3, 3)),
        (date(2026, 3, 3), date(2026, 3, 10)),
        (date(2026, 3, 8), date(2026, 3, 10)),
    ],
)
def test_the_next_tuesday(day: date, tuesday: date):
    assert next_tuesday(day) == tuesday


def test_a_platform_that_needs_longer_gets_the_tuesday_after():
    assert next_tuesday(date(2026, 3, 2), lead_days=1) == date(2026, 3, 3)
    assert next_tuesday(date(2026, 3, 2), lead_days=2) == date(2026, 3, 10)
    assert next_tuesday(date(2026, 3, 2), lead_days=9) == date(2026, 3, 17)


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.integers(0, 28))
def test_the_effective_date_is_the_first_tuesday_that_can_be_met(day: date, lead: int):
    tuesday = next_tuesday(day, lead)
    assert tuesday.weekday() == 1
    assert tuesday > day
    assert tuesday >= day + timedelta(days=lead)
    before = tuesday - timedelta(weeks=1)
    assert before <= day or before < day + timedelta(days=lead)
