"""Whether a playbook condition holds for each source, now and persistently.

Belongs here: reading conditions against weekly evidence. Does not belong here: the grammar (`playbook.py`), gates and
money (`shifts.py`).
"""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd
from scipy import special

from orchestration.control.arrays import Floats, divided, floats
from orchestration.control.cusum import SMALLEST_LOSS
from orchestration.control.disconnect import RECOVERED_RATIO, Detection
from orchestration.control.playbook import Condition, CusumCondition, Persistence
from orchestration.control.streams import Stream

EVIDENCE = ("week_start", "source", "stream", "theta", "cusum", "watch", "act", "shape", "exposure", "plan_rate")
"""One row per week, source and stream: CUSUM and its levels (nats, for a fall to theta), and the rate's gamma posterior
(shape; exposure in leads) with the planned rate. `week_start` is a date; NaN is not known."""


def weekly_evidence(
    streams: Sequence[Stream], detection: Detection, sources: Sequence[str], week_starts: Sequence[date]
) -> pd.DataFrame:
    """EVIDENCE rows of the detector's streams; the rate is told in units of plan, so its planned rate is 1.

    `sources` and `week_starts` name the axes of the streams; the scores look for the smallest loss worth acting on.
    """
    names, weeks = np.repeat(sources, len(week_starts)), list(week_starts) * len(sources)
    parts = [
        pd.DataFrame(
            {
                "week_start": weeks,
                "source": names,
                "stream": stream.name,
                "theta": SMALLEST_LOSS,
                "cusum": detection.statistic[index].ravel(),
                "watch": np.repeat(stream.watch, len(week_starts)),
                "act": np.repeat(stream.act, len(week_starts)),
                "shape": stream.shape.ravel(),
                "exposure": divided(stream.shape, stream.ratio).ravel(),
                "plan_rate": 1.0,
            }
        )
        for index, stream in enumerate(streams)
    ]
    return pd.concat(parts, ignore_index=True)


def condition_holds(condition: Condition, evidence: pd.DataFrame) -> pd.DataFrame:
    """`evidence` rows of the condition's stream with `strength` and `holds`: week_start, source, strength, holds.

    Strength is the probability, or the CUSUM over its threshold; not known (NaN) never holds.
    """
    if isinstance(condition, CusumCondition):
        rows = _stream(evidence, condition.stream)
        rows = rows[np.isclose(rows["theta"].astype(float), condition.theta)]
        strength, least = divided(rows["cusum"], _level(condition, rows)), 1.0
        # As in the detector: a CUSUM moves no money from a source whose rate reads as on plan.
        strength = np.where(_ratio(rows) < RECOVERED_RATIO, strength, np.minimum(strength, 0.0))
    else:
        stream, side, bound = condition.parts
        rows = _stream(evidence, stream)
        strength, least = _probability(rows, side, bound), condition.value
    if rows.duplicated(["week_start", "source"]).any():
        raise ValueError("evidence has a source twice in one week: one row per week, source, stream and theta")
    kept = rows[["week_start", "source"]].assign(strength=strength, holds=strength >= least)
    return kept.reset_index(drop=True)


def fires(
    condition: Condition, persistence: Persistence, evidence: pd.DataFrame, week_start: date
) -> "pd.Series[float]":
    """Strength now of each source for which the condition holds now and in k of the last `of` weeks; by source."""
    weeks = [week_start - timedelta(weeks=back) for back in range(persistence.of)]
    held = condition_holds(condition, evidence)
    held = held[held["week_start"].isin(weeks) & held["holds"]]
    now = held[held["week_start"] == week_start].set_index("source")["strength"].astype(float)
    times = held.groupby("source").size()
    return now[times.reindex(now.index).to_numpy() >= persistence.k].sort_index()


def probability_beyond(shape: Floats, exposure: Floats, plan_rate: Floats, side: str, bound: float) -> Floats:
    """P(rate / plan < bound) for side '<', P(> bound) for '>', of a gamma posterior; NaN where anything is unknown."""
    below = floats(special.gammainc(shape, exposure * bound * plan_rate))
    return below if side == "<" else 1 - below


def _probability(rows: pd.DataFrame, side: str, bound: float) -> Floats:
    shape, exposure, plan = (floats(rows[name].to_numpy(dtype=float)) for name in ("shape", "exposure", "plan_rate"))
    return probability_beyond(shape, exposure, plan, side, bound)


def _ratio(rows: pd.DataFrame) -> Floats:
    """Posterior mean rate over plan."""
    return divided(rows["shape"], rows["exposure"] * rows["plan_rate"])


def _level(condition: CusumCondition, rows: pd.DataFrame) -> Floats:
    if isinstance(condition.h, float):
        return np.full(len(rows), condition.h)
    return floats(rows["watch" if condition.h == "watch" else "act"].to_numpy(dtype=float))


def _stream(evidence: pd.DataFrame, stream: str) -> pd.DataFrame:
    return evidence[evidence["stream"] == stream]
