"""What a week's figures may be relied on for: provisional, final or blocked.

Belongs here: the rule. Does not belong here: which weeks to run (`weeks.py`) or the figures themselves.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import pandas as pd

from orchestration.control.policy import Policy, policy_in_force

State = Literal["blocked", "provisional", "final"]

WEEK = timedelta(days=7)
SETTLED_AFTER = timedelta(days=7)
# A week only moves on: computed again at an earlier instant, it does not fall back.
_ORDER = ("blocked", "provisional", "final")
NO_FINGERPRINT = "none"


@dataclass(frozen=True)
class WeekStatus:
    """A row of `marts.fct_week_status`: is the week closed, what is missing, and the hash of its content.

    `missing_capacity` says what the reconciliation of supply and capacity lacks; it cannot be skipped. `complete_share`
    of the records of the feed that lacks most are in (None: not known), `incomplete` says which feeds lack what.
    """

    week_start: date
    is_closed: bool
    missing: str | None
    fingerprint: str
    missing_capacity: str | None = None
    complete_share: float | None = None
    incomplete: str | None = None


@dataclass(frozen=True)
class JudgedWeek:
    """A week with the state of its figures; `reason` says why it is blocked, or provisional for what its feeds lack."""

    week_start: date
    fingerprint: str
    state: State
    reason: str

    @property
    def iso_week(self) -> str:
        """The label, `2026-W10`."""
        return f"{self.week_start:%G-W%V}"


def state_when_closed(week_start: date, as_of: datetime, zone: ZoneInfo) -> State:
    """Provisional until seven days after the week's end (business midnight), final from then; `as_of` aware."""
    settled_on = week_start + WEEK + SETTLED_AFTER
    settled_at = datetime.combine(settled_on, time(), tzinfo=zone).astimezone(UTC)
    return "final" if as_of >= settled_at else "provisional"


def state_of(status: WeekStatus, policy: Policy, as_of: datetime, zone: ZoneInfo) -> tuple[State, str]:
    """State of a closed week, and why it is blocked: without its capacity nobody can say what sales can take, and too
    few records say nothing. With most of them in it is provisional, however old it is."""
    if status.missing_capacity:
        return "blocked", _reason(f"capacity cannot be reconciled: {status.missing_capacity}")
    share = 1.0 if status.complete_share is None else status.complete_share
    if share < policy.complete_judged:
        return "blocked", _reason(f"not all of its records are in, and {policy.complete_judged:.0%} must be", status)
    if share < policy.complete_final:
        return "provisional", _reason("not all of its records are in", status)
    return state_when_closed(status.week_start, as_of, zone), ""


def _reason(text: str, status: WeekStatus | None = None) -> str:
    """One clause: a revision's reasons are kept apart by '; '."""
    lacking = "" if status is None else f": {status.incomplete}"
    return (text + lacking).replace("; ", ", ")


def is_outdated(had: tuple[str, str], now: tuple[str, str]) -> bool:
    """Whether a revision made of (fingerprint, state) `had` no longer says what `now` says."""
    return had[0] != now[0] or _ORDER.index(now[1]) > _ORDER.index(had[1])


def judge_weeks(
    weeks: Iterable[date], statuses: Mapping[date, WeekStatus], policy: pd.DataFrame, as_of: datetime, zone: ZoneInfo
) -> list[JudgedWeek]:
    """The state of each of `weeks` at `as_of` (aware); blocked where not closed or not known to the marts.

    `policy` has the lines of `policy_in_force`.
    """
    judged: list[JudgedWeek] = []
    for week in weeks:
        status = statuses.get(week)
        if status is None:
            reason = "no row in marts.fct_week_status: no day of this week has been loaded"
            judged.append(JudgedWeek(week, NO_FINGERPRINT, "blocked", reason))
        elif not status.is_closed:
            reason = _reason(f"not closed, missing {status.missing or 'days to come'}")
            judged.append(JudgedWeek(week, status.fingerprint, "blocked", reason))
        else:
            state, reason = state_of(status, policy_in_force(policy, week), as_of, zone)
            judged.append(JudgedWeek(week, status.fingerprint, state, reason))
    return judged


def judged_columns(weeks: Sequence[JudgedWeek]) -> pd.DataFrame:
    """What every row of a week says of it: week_start, iso_week, state, fingerprint; one row per week."""
    return pd.DataFrame(
        {
            "week_start": pd.to_datetime([week.week_start for week in weeks]),
            "iso_week": [week.iso_week for week in weeks],
            "state": [week.state for week in weeks],
            "fingerprint": [week.fingerprint for week in weeks],
        }
    )
