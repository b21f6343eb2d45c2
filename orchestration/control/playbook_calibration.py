# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""What a rule's results say of the rule: predicted against realised, against chance, and whether to retire it.

Belongs here: one row per rule and version from all its evaluated uses. Does not belong here: the formulas
(`evaluation.py`), or a single shift's result (`shift_results.py`).

Each use counts once, at the oldest age it has reached; a shift that nobody carried out says nothing of its rule.
"""

import numpy as np
import pandas as pd
from scipy import stats

from orchestration.control import evaluation
from orchestration.control.loop_schemas import CALIBRATION_SCHEMA
from orchestration.control.shift_results import CARRIED_OUT

COLUMNS = [name for name in CALIBRATION_SCHEMA.names if name not in ("week_start", "revision", "as_of")]
EIGHTY = float(stats.norm.ppf(0.9))


def calibrate(evaluations: pd.DataFrame) -> pd.DataFrame:
    """CALIBRATION rows, without week and revision, from all EVALUATION rows so far; sorted by rule and version."""
    oldest = evaluations.sort_values(["age_weeks", "shift_id"]).drop_duplicates("shift_id", keep="last")
    known = oldest.loc[oldest["note"].isna()]
    groups = known.groupby(["rule_id", "rule_version"], sort=True)
    return pd.DataFrame([_rule(uses) for _, uses in groups], columns=COLUMNS)


def _rule(uses: pd.DataFrame) -> dict[str, object]:
    held = uses.loc[uses["is_held_out"].astype(bool)]
    moved = uses.loc[~uses["is_held_out"].astype(bool)]
    idle = moved["carried_out"] < CARRIED_OUT
    moved = moved.loc[~idle]
    age = moved["age_weeks"].to_numpy(dtype=np.float64)
    effect = moved["effect"].to_numpy(dtype=np.float64) / age
    predicted = moved["predicted"].to_numpy(dtype=np.float64) / age
    sd = (moved["high"] - moved["low"]).to_numpy(dtype=np.float64) / age / (2 * EIGHTY)
    variance = np.maximum(sd, 1e-9) ** 2
    uses_made = len(moved)
    slope, intercept = evaluation.calibration_slope(predicted, effect, 1 / variance) if uses_made else (np.nan, np.nan)
    foreseen = moved["predicted_probability"].to_numpy(dtype=np.float64)
    sure = ~np.isnan(foreseen)
    chance, error = evaluation.hold_out_effect(effect, (held["effect"] / held["age_weeks"]).to_numpy(dtype=np.float64))
    return {
        "rule_id": str(uses["rule_id"].iloc[0]),
        "rule_version": int(uses["rule_version"].iloc[0]),
        "uses": uses_made,
        "not_carried_out": int(idle.sum()),
        "paid": int((moved["verdict"] == evaluation.PAID).sum()),
        "did_not_pay": int((moved["verdict"] == evaluation.DID_NOT_PAY).sum()),
        "predicted_gain": float(predicted.mean()) if uses_made else None,
        "realised_gain": float(effect.mean()) if uses_made else None,
        "slope": _known(slope),
        "intercept": _known(intercept),
        "brier": float(evaluation.brier_score(foreseen[sure], effect[sure] > 0)) if sure.any() else None,
        "probability_pays": evaluation.probability_rule_pays(effect, variance) if uses_made else None,
        "held_out": len(held),
        "hold_out_effect": _known(chance),
        "hold_out_error": _known(error),
        "retire": bool(uses_made) and evaluation.should_retire(effect, variance),
    }


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
