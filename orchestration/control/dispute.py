# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Sales' verdict against the inspector's on the same leads: four quadrants, and how far the two agree.

Belongs here: laying out a week's verdicts per source and rep. Does not belong here: the measure of agreement
(`agreement.py`), or who of the two is right (the audit).
"""

from datetime import date

import numpy as np
import pandas as pd

from orchestration.control.agreement import AMBIGUOUS_BELOW, Kappa, kappa_interval
from orchestration.control.arrays import Floats, divided, floats
from orchestration.control.quality import with_total
from orchestration.control.week_inputs import WeekInputs

QUADRANTS = ("ready_accepted", "ready_rejected", "defective_accepted", "defective_rejected")
UNJUDGED = ("unevaluable_accepted", "unevaluable_rejected")
UNKNOWN = Kappa(np.nan, np.nan, np.nan)


def dispute_rows(inputs: WeekInputs, week: date) -> pd.DataFrame:
    """DISPUTE rows of the first presentations that sales decided in a week, per source and rep, each with its `all`.

    A lead that the inspector could not judge is in no quadrant; every decision is counted in exactly one column.
    Kappa is NULL where either judge said the same of all leads. `is_ambiguous`: even the interval's upper end (95 %) is
    under the limit below which criteria are at fault, not a person.
    """
    own = inputs.verdicts.loc[inputs.verdicts["week_start"] == pd.Timestamp(week)]
    cells = with_total(with_total(own, "source"), "rep")
    cells = cells.assign(cell=cells["inspector_verdict"] + "_" + cells["sales_verdict"])
    table = cells.pivot_table(index=["source", "rep"], columns="cell", values="leads", aggfunc="sum", fill_value=0.0)
    table = table.reindex(columns=[*QUADRANTS, *UNJUDGED], fill_value=0.0).astype(np.float64)
    quadrants = floats(table[list(QUADRANTS)]).reshape(-1, 2, 2)
    kappa = [kappa_interval(each) if _both_tell_apart(each) else UNKNOWN for each in quadrants]
    agreed = np.trace(quadrants, axis1=1, axis2=2)
    return table.assign(
        decided=table.sum(axis=1),
        agreement=divided(agreed, quadrants.sum(axis=(1, 2))),
        kappa=[each.kappa for each in kappa],
        kappa_low=[each.low for each in kappa],
        kappa_high=[each.high for each in kappa],
        is_ambiguous=[bool(each.high < AMBIGUOUS_BELOW) for each in kappa],
    ).reset_index()


def _both_tell_apart(quadrants: Floats) -> bool:
    """Whether each judge gave both verdicts: kappa is 0 for one who gave only one, however often the other agrees."""
    return bool((quadrants.sum(axis=0) > 0).all() and (quadrants.sum(axis=1) > 0).all())
