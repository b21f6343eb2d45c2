"""A small world in which a playbook can be applied: rules, evidence, sources, teams, for any week."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from orchestration.control.playbook import Rule, parse_playbook
from orchestration.control.shift_rows import SHIFTS

WEEK = date(2026, 3, 2)
MONDAY_AFTER = date(2026, 3, 9)
NO_HISTORY = pd.DataFrame(columns=list(SHIFTS))


def rule(rule_id: str = "fall", **changes: Any) -> Rule:
    content: dict[str, Any] = {
        "id": rule_id,
        "version": 1,
        "reason": "agreed for this test",
        "owner": "marketing_ops",
        "approver": "sales_lead",
        "approved_on": "2026-01-02",
        "valid_from": "2026-01-05",
        "trigger": {"metric": "post_prob", "of": "rate_ratio(lead_to_meeting) < 0.9", "value": 0.9},
        "action": {"shift_pct_of_source": 20, "max_total_moved_pct": 50},
        "evaluate": {"holdout_prob": 0.0},
    }
    return parse_playbook([content | changes])[0]


def evidence(ratio: dict[str, float], weeks: int = 3, exposure: float = 4000.0, plan: float = 0.1) -> pd.DataFrame:
    """The same posterior, mean ratio x plan, for each source in the last `weeks` weeks."""
    rows = [
        {
            "week_start": WEEK - timedelta(weeks=back),
            "source": source,
            "stream": "lead_to_meeting",
            "theta": 0.8,
            "cusum": 6.0 if value < 0.9 else 0.0,
            "watch": 3.5,
            "act": 5.0,
            "shape": value * plan * exposure,
            "exposure": exposure,
            "plan_rate": plan,
        }
        for source, value in ratio.items()
        for back in range(weeks)
    ]
    return pd.DataFrame(rows)


def sources(*names: str, **changes: Any) -> pd.DataFrame:
    """Healthy sources of 50,000 a week; a change is one value for all or a list, one per source."""
    count = len(names)
    facts: dict[str, Any] = {
        "source": list(names),
        "segment": "all",
        "team": "sdr",
        "spend": 50_000.0,
        "max_spend": np.inf,
        "acquisitions": 20.0,
        "elasticity": 0.7,
        "events": 60.0,
        "cost_per_qualified_lead": 250.0,
        "leads": 800.0,
        "expected_events": 80.0,
        "maturity": 0.8,
        "truth_lag_p95_hours": 20.0,
        "spend_reconciled": True,
        "dq_blocking_passed": True,
        "loss_share_ready": 0.7,
        "loss_share_fit": 0.1,
        "money_at_risk": 10_000.0,
    }
    return pd.DataFrame(facts | changes, index=range(count))


def teams(people: float = 20.0) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "team": "sdr",
                "qualified_leads": 200.0,
                "minutes_per_lead": 30.0,
                "people": people,
                "hours_per_week": 40.0,
                "availability": 1.0,
                "respond_within_minutes": 60.0,
            }
        ]
    )
