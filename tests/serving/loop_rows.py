"""Rows of the control loop's marts for the published company: one signal, one team short, one shift, one action."""

from datetime import date, timedelta

import pandas as pd

WEEK = date(2026, 3, 23)
TUESDAY = WEEK + timedelta(days=8)
REVISION = 2
SUBJECT = "content_syndication/enterprise"


def loop_rows() -> dict[str, pd.DataFrame]:
    """Rows by mart; only the columns that the review reads have values."""
    week = {"week_start": WEEK, "revision": REVISION}
    signal = {
        **week, "signal": "green_red_disconnect", "subject": SUBJECT, "signal_state": "open",
        "began_week": WEEK - timedelta(weeks=2), "weeks_lasted": 3, "confidence": 0.9999, "money_at_risk": 12214.0,
        "money_burned": 36800.0, "cause": "ready", "owner": "marketing", "owner_role": "content_marketing",
        "evidence": f"{SUBJECT}: leads at 107% of plan over four weeks, acceptance at 72% of plan",
    }  # fmt: skip
    watched = {
        **signal, "subject": "linkedin_ads/mid_market", "signal_state": "watch", "weeks_lasted": 1,
        "confidence": 0.41, "money_at_risk": 300.0, "money_burned": None, "cause": "fit", "evidence": "acceptance 94%",
    }  # fmt: skip
    earlier = {**signal, "revision": 1, "subject": "webinars/enterprise"}
    team = {
        **week, "team": "sdr", "qualified_leads": 860.0, "load_hours": 283.1, "capacity_hours": 268.8,
        "utilisation": 1.053, "respond_within_minutes": 60.0, "expected_wait_minutes": None, "late_share": 1.0,
        "admissible_leads": 753.5, "people_short": 2.0, "cut_off_score": 61.0, "is_bottleneck": True,
        "balance": "overloaded", "reason": "",
    }  # fmt: skip
    shift = {
        **week, "shift_id": "s1", "leg": 1, "rule_id": "PB-01", "from_source": "content_syndication",
        "to_source": "linkedin_ads", "amount": 10000.0, "effective_on": TUESDAY, "state": "scheduled",
        "approval": "pre_agreed", "approver": "marketing_lead", "reason": "acceptance below 90 % of plan, 2 of 3 weeks",
    }  # fmt: skip
    paid = {
        **week, "shift_id": "s0", "rule_id": "PB-03", "age_weeks": 4, "amount": 5000.0, "effect": 1.8, "low": 0.2,
        "high": 3.5, "verdict": "paid", "naive_change": 0.77, "is_held_out": False,
    }  # fmt: skip
    action = {
        "action_id": "a1", "signal": "green_red_disconnect", "subject": SUBJECT, "state": "escalated",
        "owner": "content_marketing", "controller": "sales_lead", "due_on": WEEK + timedelta(days=4),
        "expected_outcome": "acceptance at 95 % of plan for 2 weeks", "escalated_to": "marketing_lead",
        "opened_week": WEEK - timedelta(weeks=2),
    }  # fmt: skip
    ended = {**action, "action_id": "a0", "state": "closed", "subject": "webinars/enterprise"}
    return {
        "weekly_signals": pd.DataFrame([signal, watched, earlier]),
        "weekly_capacity": pd.DataFrame([team]),
        "budget_shifts": pd.DataFrame([shift]),
        "shift_evaluations": pd.DataFrame([paid]),
        "actions": pd.DataFrame([action, ended]),
    }
