"""Signals about the data themselves: truth that comes late, and leads whose source is lost.

Belongs here: a row per finding of the data gates. Does not belong here: the gates (`data_gates.py`). These are verdicts
on data, never on marketing or sales.
"""

from collections.abc import Iterator

from orchestration.control.data_gates import DataGates
from orchestration.control.signal_rows import DATA, OPEN, TRUTH_LAG, UNSOURCED, Row, signal_row
from orchestration.control.truth_lag import PASS, lag_cost


def data_signals(gates: DataGates, money_at_risk: float, reason: str) -> Iterator[Row]:
    """Rows of both kinds; `money_at_risk` a week of all other signals is what waits for the truth, in money.

    `reason` says why the week is not closed, empty when it is.
    """
    late = gates.lags.loc[gates.lags["gate"] != PASS]
    for row in late.sort_values("feed").to_dict("records"):
        hours = float(row["p95_hours"])
        cost = float(lag_cost(money_at_risk, hours))
        text = f"{row['feed']} was known {hours:.0f} hours after the day had ended (p95; p50 {row['p50_hours']:.0f})"
        if reason:
            text += f"; the week is {reason}"
        facts = {"p50_hours": row["p50_hours"], "p95_hours": hours, "days": row["observations"], "gate": row["gate"]}
        yield signal_row(TRUTH_LAG, str(row["feed"]), OPEN, DATA, text, facts) | {
            "cause": "late_feed",
            "money_at_risk": cost,
        }
    yield from _incomplete(gates, money_at_risk, set(late["feed"]))
    if not gates.is_attributed:
        text = (
            f"{gates.unsourced:.0%} of the week's leads have no source that the plan knows, {gates.usual:.1%} is usual:"
            " tracking or a map is broken; what single sources seem to have lost is not known"
        )
        facts = {"share": gates.unsourced, "usual_share": gates.usual}
        yield signal_row(UNSOURCED, "source attribution", OPEN, DATA, text, facts) | {"cause": "tracking"}


def _incomplete(gates: DataGates, money_at_risk: float, said: set[str]) -> Iterator[Row]:
    """Rows of feeds that came in time, but of which a day is not whole; not of those already `said`."""
    for row in gates.incomplete.loc[~gates.incomplete["feed"].isin(said)].to_dict("records"):
        share, age = float(row["complete_share"]), int(row["age_days"])
        text = (
            f"{row['feed']} has usually delivered {share:.0%} of a day {age} days after it: the week's counts will grow"
            if share >= float(row["expected_share"])
            else f"{row['feed']} has delivered next to nothing of {row['day']:%A}: {share:.0%} of such a day"
        )
        facts = {"age_days": age, "arrived_share": share}
        yield signal_row(TRUTH_LAG, str(row["feed"]), OPEN, DATA, text, facts) | {
            "cause": "late_feed",
            "money_at_risk": money_at_risk * (1 - share),
        }
