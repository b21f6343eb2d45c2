"""From money moved between sources to weekly budgets of campaigns, old and new.

Belongs here: the split over a source's campaigns, to the cent. Does not belong here: reading marts or writing files
(`hand_over.py`).
"""

from datetime import date

import numpy as np
import pandas as pd

from orchestration.control.playbook import RESERVE

COLUMNS = (
    "effective_on", "platform", "campaign_id", "campaign_name", "source", "segment", "currency", "old_budget",
    "new_budget", "change", "shifts", "rules",
)  # fmt: skip
"""One row per campaign that changes; budgets are money a week."""


def net_by_source(shifts: pd.DataFrame, tuesday: date, *, before: bool = False) -> "pd.Series[float]":
    """Money in less money out of each source by agreed shifts that take effect on `tuesday`, or before it."""
    days = pd.to_datetime(shifts["effective_on"])
    when = days < pd.Timestamp(tuesday) if before else days == pd.Timestamp(tuesday)
    moving = shifts.loc[when & shifts["is_agreed"].astype(bool)]
    amount = moving["amount"].astype(np.float64)
    ends = pd.concat([moving["to_source"], moving["from_source"]], ignore_index=True)
    net = pd.concat([amount, -amount], ignore_index=True).groupby(ends).sum().round(2)
    return net[net.index != RESERVE]


def campaign_orders(
    shifts: pd.DataFrame, planned: pd.DataFrame, campaigns: pd.DataFrame, tuesday: date, currency: str
) -> pd.DataFrame:
    """COLUMNS rows of every campaign whose budget changes on `tuesday`, sorted by platform and campaign.

    `shifts` are BUDGET_SHIFTS rows of all weeks; `planned` source, spend (planned for that week); `campaigns` the
    COLUMNS that describe a campaign and `share`, its part of its source's recent spend. A source's old budget is its
    plan with what earlier shifts moved; a source without campaigns keeps one row, for its owner to split.
    """
    change = net_by_source(shifts, tuesday)
    change = change[change != 0]
    base = planned.set_index("source")["spend"].astype(np.float64)
    base = base.add(net_by_source(shifts, tuesday, before=True), fill_value=0.0).round(2)
    named = _named(shifts, tuesday)
    parts = [
        _split(str(source), float(base.get(source, 0.0)), float(amount), campaigns)
        for source, amount in change.sort_index().items()
    ]
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    rows = pd.concat(parts, ignore_index=True).merge(named, on="source", how="left")
    rows = rows.assign(
        effective_on=tuesday, currency=currency, change=(rows["new_budget"] - rows["old_budget"]).round(2)
    )
    return rows.sort_values(["platform", "campaign_id", "source"], na_position="last")[list(COLUMNS)].reset_index(
        drop=True
    )


def _split(source: str, old: float, change: float, campaigns: pd.DataFrame) -> pd.DataFrame:
    own = campaigns.loc[campaigns["source"] == source].sort_values("campaign_id")
    if own.empty:
        blank = dict.fromkeys(("platform", "campaign_id", "campaign_name", "segment"))
        own = pd.DataFrame([{**blank, "source": source, "share": 1.0}])
    share = own["share"].to_numpy(dtype=np.float64)
    share = share / share.sum() if share.sum() > 0 else np.full(len(own), 1 / len(own))
    return own.assign(old_budget=cents_of(old, share), new_budget=cents_of(old + change, share)).drop(columns="share")


def cents_of(total: float, share: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> "list[float]":
    """`total` in parts by `share` (sums to 1), in whole cents that sum to the total (largest remainder)."""
    exact = round(total * 100) * share
    whole = np.floor(exact + 1e-9)
    lost = round(total * 100) - int(whole.sum())
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[:lost]] += 1
    return [float(value) / 100 for value in whole]


def _named(shifts: pd.DataFrame, tuesday: date) -> pd.DataFrame:
    """Per source, the shifts and rules that change it on the day."""
    today = shifts.loc[
        (pd.to_datetime(shifts["effective_on"]) == pd.Timestamp(tuesday)) & shifts["is_agreed"].astype(bool)
    ]
    ends = pd.concat([today.assign(source=today[end]) for end in ("from_source", "to_source")])
    ends = ends.assign(rule=ends["rule_id"] + " v" + ends["rule_version"].astype(str))
    groups = ends.groupby("source")
    return pd.DataFrame({"shifts": groups["shift_id"].agg(_joined), "rules": groups["rule"].agg(_joined)}).reset_index()


def _joined(names: "pd.Series[str]") -> str:
    return " ".join(sorted(set(names))) if names.name == "shift_id" else "; ".join(sorted(set(names)))
