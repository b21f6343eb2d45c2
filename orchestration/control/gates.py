"""What stops a triggered rule, and how much it may take when nothing does.

Belongs here: scope, data, sample, cause, cool-down and hold-out gates, and the bounds of a cut; none of them reads the
trigger's strength, so worse evidence can only open more rules. Does not belong here: triggers (`triggers.py`).
"""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from orchestration.control.evaluation import is_held_out
from orchestration.control.playbook import Rule
from orchestration.control.shift_rows import COOLING, FIX_SLA, HELD_OUT, HOLD, MOVES, TOO_YOUNG, Row


def in_scope(rule: Rule, facts: Row) -> bool:
    """Whether the rule may take from this source."""
    scope, source = rule.scope, facts["source"]
    named = not scope.sources or source in scope.sources
    return named and (not scope.segments or facts["segment"] in scope.segments) and source not in scope.exclude


def stopped_by(rule: Rule, week_start: date, facts: Row, past: pd.DataFrame) -> tuple[str, str] | None:
    """State and reason of the first gate that stops the rule; None when all pass. What is not known stops it."""
    checks = (_data_gate(rule, facts), _sample_gate(rule, facts), _cause_gate(rule, facts))
    for stop in checks:
        if stop is not None:
            return stop
    if is_cooling(rule, str(facts["source"]), week_start, past):
        return COOLING, f"moved within the last {rule.cooldown_weeks} weeks"
    small = facts["money_at_risk"] < rule.evaluate.holdout_limit
    if small and is_held_out(str(facts["source"]), week_start, rule.evaluate.holdout_prob):
        return HELD_OUT, "held back at random, to learn what the rule is worth"
    return None


def is_cooling(rule: Rule, source: str, week_start: date, past: pd.DataFrame) -> bool:
    """Whether the source gave or received within the rule's cool-down."""
    if past.empty:
        return False
    recent = past["week_start"] >= week_start - timedelta(weeks=rule.cooldown_weeks)
    moves = past[recent & past["state"].isin(MOVES)]
    return bool(((moves["from_source"] == source) | (moves["to_source"] == source)).any())


def cut_of(rule: Rule, spend: float) -> float:
    """Money the rule takes from a source, to the cent: its percentage, and what must remain."""
    cut = min(spend * rule.action.shift_pct_of_source / 100, spend - rule.action.min_spend)
    return cents(max(cut, 0.0))


def cents(amount: float) -> float:
    """Rounded down to the cent; a hair under a cent counts as it."""
    return float(np.floor(amount * 100 + 1e-6) / 100)


def _data_gate(rule: Rule, facts: Row) -> tuple[str, str] | None:
    gate, lag = rule.data_gate, facts["truth_lag_p95_hours"]
    if not lag <= gate.truth_lag_p95_h:
        return HOLD, f"not enough truth: p95 lag of {lag:.0f} h, at most {gate.truth_lag_p95_h:.0f} h"
    if gate.spend_reconciled and not _is_true(facts["spend_reconciled"]):
        return HOLD, "not enough truth: spend is not reconciled"
    if gate.dq_blocking_tests == "pass" and not _is_true(facts["dq_blocking_passed"]):
        return HOLD, "not enough truth: a blocking data test failed or did not run"
    return None


def _sample_gate(rule: Rule, facts: Row) -> tuple[str, str] | None:
    least = rule.min_sample
    ripe = facts["expected_events"] >= least.expected_events or facts["maturity"] >= least.maturity_min
    if facts["leads"] >= least.leads and ripe:
        return None
    return TOO_YOUNG, f"{facts['leads']:.0f} leads, {facts['expected_events']:.1f} events expected by now"


def _cause_gate(rule: Rule, facts: Row) -> tuple[str, str] | None:
    explained = facts["loss_share_ready"] + facts["loss_share_fit"]
    if explained >= rule.cause_gate.ready_or_fit_share_min:
        return None
    return FIX_SLA, f"readiness and fit explain {explained:.0%} of the loss: mend the effort, move no money"


def _is_true(value: Any) -> bool:
    return value is not None and value == 1
