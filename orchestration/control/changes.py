"""What changed between two revisions of a week, in words a review can print.

Belongs here: the comparison and its sentence. Does not belong here: whether a revision is made
(`revisions.py`).
"""

import numpy as np
import pandas as pd

from orchestration.control.cells import ALL, MEASURES

FIRST = "first revision"
KEY = ["source", "segment", "metric"]
LARGEST_SHOWN = 3


def describe_change(before: pd.DataFrame, after: pd.DataFrame) -> str:
    """Which measures changed, by how much and where, data and plan apart; state and plan version if they moved.

    Both are variance rows of one week. Each measure's change is that of its 'all' row, then the cells
    that moved most. A measure that became known, or is no longer, counts from 0 and says so.
    """
    both = before[[*KEY, "plan", "actual"]].merge(
        after[[*KEY, "plan", "actual"]], on=KEY, how="outer", suffixes=("_before", "_after")
    )
    parts = [_side_change(both, "actual", "data"), _side_change(both, "plan", "plan")]
    parts += [
        _label_change(before, after, "plan_version", "plan version"),
        _label_change(before, after, "state", "state"),
    ]
    said = [part for part in parts if part]
    return "; ".join(said) or "no measure changed; what the fingerprint covers beside them did"


def _side_change(both: pd.DataFrame, side: str, title: str) -> str:
    """`data: leads +3 (search/enterprise +3), won -1 (…)`, or nothing."""
    old = both[side + "_before"].to_numpy(dtype=np.float64)
    new = both[side + "_after"].to_numpy(dtype=np.float64)
    delta = np.nan_to_num(new) - np.nan_to_num(old)
    differs = (np.isnan(old) != np.isnan(new)) | (np.abs(delta) > 1e-9)
    moved = both.assign(delta=delta, appeared=np.isnan(old), vanished=np.isnan(new)).iloc[np.flatnonzero(differs)]
    measures = [_measure_change(moved.loc[moved["metric"] == name], name) for name in MEASURES]
    said = [text for text in measures if text]
    return f"{title}: {', '.join(said)}" if said else ""


def _measure_change(moved: pd.DataFrame, measure: str) -> str:
    cells = moved.loc[(moved["source"] != ALL) & (moved["segment"] != ALL)]
    if cells.empty:
        return ""
    largest = cells.reindex(cells["delta"].abs().sort_values(ascending=False, kind="stable").index)
    shown = [
        f"{row.source}/{row.segment} {row.delta:+,.6g}"
        + (" now known" if row.appeared else "")
        + (" no longer known" if row.vanished else "")
        for row in largest.head(LARGEST_SHOWN).itertuples()
    ]
    if len(cells) > LARGEST_SHOWN:
        shown.append(f"{len(cells) - LARGEST_SHOWN} more")
    return f"{measure} {cells['delta'].sum():+,.6g} ({', '.join(shown)})"


def _label_change(before: pd.DataFrame, after: pd.DataFrame, column: str, title: str) -> str:
    old, new = (", ".join(sorted(set(frame[column].dropna()))) or "none" for frame in (before, after))
    return f"{title} {old} to {new}" if old != new else ""
