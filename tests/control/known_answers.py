"""Published worked examples and their printed results, as data.

K1: LMDIR, R package by M. Heun, its tests (8 digits). K2: the two-sector example of the Ang papers,
values computed there. K3: Horngren, Cost Accounting 14e, ch. 14, Delpino. K4: Horngren 13e,
Kola/Limor/Orlem. K5: a marketing plan of two sources, computed independently in SQL and Python. K29:
meetings split into volume, readiness, effort and fit.
"""

import numpy as np
import pandas as pd

LMDIR = {
    1971: [[1, 10, 2], [4, 5, 3]],
    1972: [[4, 5, 3], [5, 6, 4]],
    1973: [[8, 2, 4], [5, 7, 5]],
    1974: [[10, 1, 5], [6, 8, 6]],
}
LMDIR_TOTALS = {
    1971: [69.79006598, -9.455125793, 39.66505981],
    1972: [42.96021467, -34.31902656, 50.3588119],
    1973: [54.01064234, -9.021284671, 54.01064234],
}
LMDIR_CELLS_1971 = [[50.47438029, -25.23719014, 14.76280986], [19.31568569, 15.78206435, 24.90224996]]
LMDIR_RATIOS_1971 = [1.761117821, 0.926191306, 1.379410116]

ANG_ENERGY = ([30, 20], [80, 16])
ANG_OUTPUT = ([10, 40], [40, 40])
ANG_EFFECTS = [32.38463791, 38.28486735, -24.66950526]

NODES = ["spend", "leads", "accepted", "meetings", "opportunities", "won"]
MARKETING_PLAN = {"search": [60000, 300, 150, 90, 45, 18], "synd": [40000, 400, 160, 80, 40, 10]}
MARKETING_ACTUAL = {"search": [55000, 250, 125, 80, 40, 16], "synd": [55000, 625, 150, 60, 27, 6]}
MARKETING_FACTORS = [
    "budget",
    "spend_mix",
    "cost_per_lead",
    "lead_to_accepted",
    "accepted_to_meeting",
    "meeting_to_opportunity",
    "opportunity_to_won",
]
MARKETING_LMDI = [2.3647, -1.3486, -0.6174, -4.0, -0.6514, -0.825, -0.9223]
MARKETING_FORWARD = [2.80, -0.55, 0.375, -6.25, -0.875, -0.75, -0.75]
MARKETING_REVERSE = [2.00, -1.8182, -1.2218, -2.56, -0.40, -0.8889, -1.1111]
MARKETING_SHAPLEY = [2.4025, -1.2804, -0.5834, -4.0503, -0.6892, -0.8498, -0.9495]
MARKETING_CPA = [0.0, 228.99, 104.73, 684.06, 111.98, 141.09, 157.73]
MARKETING_MONEY = [0, 5038, 2304, 15049, 2464, 3104, 3470]

MEETINGS_PLAN = [400, 0.4, 0.50, 1.0]
MEETINGS_ACTUAL = [625, 0.24, 0.48, 60 / (625 * 0.24 * 0.48)]
MEETINGS_EFFECTS = [31.0264, -35.5132, -2.8380, -12.6752]


def marketing_factors(nodes: dict[str, list[float]]) -> np.ndarray:
    """Budget, mix, leads per money and the four yields of each source, straight from the definition."""
    quantities = np.array(list(nodes.values()), dtype=float)
    budget = quantities[:, 0].sum()
    mix = quantities[:, :1] / budget
    return np.hstack([np.full_like(mix, budget), mix, quantities[:, 1:] / quantities[:, :-1]])


def marketing_frame(nodes: dict[str, list[float]], week: str = "2026-03-02", **more: object) -> pd.DataFrame:
    """The same as weekly rows; ready leads are not part of the example."""
    rows = pd.DataFrame.from_dict(nodes, orient="index", columns=NODES).rename_axis("source").reset_index()
    return rows.assign(week_start=pd.Timestamp(week), segment="enterprise", ready_leads=np.nan, **more)
