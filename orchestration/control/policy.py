"""How the weekly control judges: the settings of the plan in force in a week.

Belongs here: names, defaults and which line of the plan holds when. Does not belong here: what a setting is used for,
or its bounds (`ingest/plan_tables.py`).
"""

from dataclasses import dataclass, fields
from datetime import date

import pandas as pd

from orchestration.control.truth_lag import FRESH_HOURS, STALE_HOURS


@dataclass(frozen=True)
class Policy:
    """Each field is a setting of `plan_control_policy`; the value here holds where the plan has no line in force.

    Alarms are counted per week over all sources together, hours are hours, shares and ratios lie within 0..1, money is
    in the business currency.
    """

    false_alarms_per_week: float = 0.25
    watches_per_week: float = 1.0
    false_discovery_rate: float = 0.10
    late_share: float = 0.10
    late_conversion: float = 0.62
    value_of_meeting: float = 0.0
    truth_fresh_hours: float = FRESH_HOURS
    truth_stale_hours: float = STALE_HOURS
    complete_final: float = 0.98
    complete_judged: float = 0.80


def policy_in_force(lines: pd.DataFrame, week: date) -> Policy:
    """The policy of a week (Monday) from `marts.plan_control_policy` lines: setting, valid_from, valid_to, value."""
    day = pd.Timestamp(week)
    since, until = pd.to_datetime(lines["valid_from"]), pd.to_datetime(lines["valid_to"])
    in_force = lines.loc[(since <= day) & ~(until < day)].sort_values("valid_from")
    newest = in_force.drop_duplicates("setting", keep="last").set_index("setting")["value"]
    return Policy(**{field.name: float(newest.get(field.name, field.default)) for field in fields(Policy)})
