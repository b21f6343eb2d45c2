# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""How right the inspector and sales are, by the blind audit, and what share of leads is defective once that is known.

Belongs here: weighting the audited sample back to the week, and laying out its result. Does not belong here: the
correction (`agreement.py`), or drawing the sample (`inspection/audit_draw.py`).

The sample is even over the quadrants and the week is not: each audited lead stands for its quadrant's leads. Both
judges are measured over all sources together; an audit has too few leads to do it for one.
"""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from orchestration.control.agreement import rogan_gladen
from orchestration.control.arrays import Floats, divided, floats
from orchestration.control.quality import with_total
from orchestration.control.week_inputs import WeekInputs

AUDIT_WEEKS = 13
"""Weeks whose audits tell how right a judge is."""
INSPECTOR, SALES = "inspector", "sales"
FLAGS = {INSPECTOR: ("inspector_verdict", "defective"), SALES: ("sales_verdict", "rejected")}
"""By which word each judge calls a lead bad."""


def judge_rows(inputs: WeekInputs, week: date) -> pd.DataFrame:
    """JUDGES rows of a week: per source (and `all`) and judge, what it called bad and what is likely to be.

    Sensitivity and specificity come from the audits of the last AUDIT_WEEKS weeks, NULL without one. The corrected
    rate (Rogan and Gladen) is NULL, too, where the judge did no better than chance.
    """
    own = inputs.verdicts.loc[
        (inputs.verdicts["week_start"] == pd.Timestamp(week)) & (inputs.verdicts["inspector_verdict"] != "unevaluable")
    ]
    cells = with_total(own, "source")
    audited = _weighted(inputs.audits, week)
    parts = [_judged(cells, audited, judge) for judge in FLAGS]
    return pd.concat(parts, ignore_index=True).sort_values(["source", "judge"], ignore_index=True)


def _judged(cells: pd.DataFrame, audited: pd.DataFrame, judge: str) -> pd.DataFrame:
    column, bad_word = FLAGS[judge]
    flagged = cells["leads"].where(cells[column] == bad_word, 0.0)
    table = cells.assign(flagged=flagged).groupby("source", as_index=False)[["leads", "flagged"]].sum()
    table = table.rename(columns={"leads": "judged"})
    is_bad = (audited["verdict"] == "defective").to_numpy()
    says_bad, weight = (audited[column] == bad_word).to_numpy(), floats(audited["weight"])
    sensitivity, of_bad = _share(says_bad, np.where(is_bad, weight, 0.0))
    specificity, of_good = _share(~says_bad, np.where(is_bad, 0.0, weight))
    table = table.assign(
        judge=judge,
        observed_rate=divided(table["flagged"], table["judged"]),
        audited=float(audited["audit_id"].nunique()),
        sensitivity=sensitivity,
        specificity=specificity,
        corrected_rate=np.nan,
        corrected_low=np.nan,
        corrected_high=np.nan,
    )
    if sensitivity + specificity > 1:
        found = rogan_gladen(table["observed_rate"], sensitivity, specificity, table["judged"], of_bad, of_good)
        table = table.assign(corrected_rate=found.rate, corrected_low=found.low, corrected_high=found.high)
    return table.drop(columns="flagged")


def _weighted(audits: pd.DataFrame, week: date) -> pd.DataFrame:
    """The audits in the window, with the leads each stands for; several auditors of one lead share its weight."""
    since = pd.Timestamp(week - timedelta(weeks=AUDIT_WEEKS - 1))
    known = audits.loc[
        (audits["week_start"] >= since)
        & (audits["week_start"] <= pd.Timestamp(week))
        & (audits["verdict"] != "cannot_tell")
    ]
    quadrant = ["week_start", "inspector_verdict", "sales_verdict"]
    leads = known.groupby(quadrant)["audit_id"].transform("nunique")
    auditors = known.groupby("audit_id")["audited_by"].transform("nunique")
    return known.assign(weight=divided(divided(known["population"], leads), auditors))


def _share(is_right: "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]", weight: Floats) -> tuple[float, float]:
    """The weighted share, and the number of leads that an even sample of the same precision would have (Kish)."""
    total = weight.sum()
    effective = divided(total**2, (weight**2).sum())
    return float(divided((weight * is_right).sum(), total)), float(effective)
