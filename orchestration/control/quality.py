# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""A week's quality per source: defects, yields, their cost, the chart that tells signal from noise, and the Pareto.

Belongs here: laying out the week's counts and calling the formulas. Does not belong here: the formulas
(`six_sigma.py`, `charts.py`), or what sales said of the same leads (`dispute.py`).

What was presented counts in the week of the offer, what sales decided in the week of the decision: both are known when
the week closes, so a late decision does not restate it.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from orchestration.control import six_sigma
from orchestration.control.arrays import Floats, divided, floats
from orchestration.control.axes import weeks_until
from orchestration.control.cells import ALL
from orchestration.control.charts import LEAST_WEEKS, Chart, ControlChart, judged_by_weeks_before
from orchestration.control.week_inputs import WeekInputs

HISTORY_WEEKS = 26
VITAL_SHARE = 0.8
"""The vital few: the criteria, largest first, that make up this share of the defects."""
WORSE, BETTER, NOISE, TOO_FEW = "worse", "better", "noise", "too_few_weeks"
COUNTS = ("presented", "evaluated", "unevaluable", "defective", "defects", "opportunities_for_defect")
COSTS = ("lead_cost", "time_cost", "repair_cost", "late_cost", "cost_of_poor_quality")


def quality_rows(inputs: WeekInputs, week: date) -> pd.DataFrame:
    """QUALITY rows of a week: one per source with a presentation or a decision in it, and `all`, with no label.

    Defects per lead are per evaluated presentation. The rolled yield is the product, over the receiving teams, of the
    shares in full, on time and accepted among the first presentations decided in the week.
    """
    presented = with_total(inputs.presented, "source")
    verdicts = with_total(inputs.verdicts, "source")
    day = pd.Timestamp(week)
    own = presented.loc[presented["week_start"] == day].groupby("source")[[*COUNTS, *COSTS]].sum(min_count=1)
    decided = verdicts.loc[verdicts["week_start"] == day]
    table = own.reindex(sorted({*own.index, *decided["source"]})).rename_axis("source")
    table[list(COUNTS)] = table[list(COUNTS)].fillna(0.0)
    units, defects = floats(table["evaluated"]), floats(table["defects"])
    per_lead = divided(table["opportunities_for_defect"], units)
    table["defects_per_lead"] = six_sigma.defects_per_unit(defects, units)
    table["dpmo"] = six_sigma.defects_per_million(defects, units, np.nan_to_num(per_lead))
    level = six_sigma.sigma_level(table["dpmo"])
    table["sigma_level"] = np.where(np.isfinite(level), level, np.nan)
    table["defective_share"] = divided(table["defective"], units)
    table = table.join(_yields(decided))
    table["decided"] = table["decided"].fillna(0.0)
    sources = list(table.index)
    weeks = charted_weeks(presented, week)
    if len(weeks) < 2:
        return table.assign(**_uncharted()).reset_index()
    names = ("evaluated", "defects", "defective")
    size, count, bad = (by_week(presented, "source", sources, weeks, name) for name in names)
    for name, kind, values in (("defects", Chart.LANEY_U, count), ("defective", Chart.LANEY_P, bad)):
        table = table.assign(**_charted(name, judged_by_weeks_before(kind, values, size)))
    return table.reset_index()


def pareto_rows(inputs: WeekInputs, week: date) -> pd.DataFrame:
    """PARETO rows of a week, per source and `all`, the criterion with most defects first; ties by cost, then code.

    A cost that no defect caused (late handoffs) has 0 defects and comes last, so that costs still sum to the total.
    """
    own = with_total(inputs.defect_costs.loc[inputs.defect_costs["week_start"] == pd.Timestamp(week)], "source")
    sums = own.groupby(["source", "criterion_code", "owner"], as_index=False)[["defects", "cost"]].sum(min_count=1)
    rows = sums.sort_values(
        ["source", "defects", "cost", "criterion_code"], ascending=[True, False, False, True], ignore_index=True
    )
    by_source = rows.groupby("source")["defects"]
    total, upto = by_source.transform("sum"), by_source.cumsum()
    return rows.assign(
        rank=rows.groupby("source").cumcount() + 1,
        share=divided(rows["defects"], total),
        cumulative_share=divided(upto, total),
        is_vital=(rows["defects"] > 0) & (upto - rows["defects"] < VITAL_SHARE * total),
    )


def with_total(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """`rows`, and all of them once more with `column` as `all`."""
    return pd.concat([rows, rows.assign(**{column: ALL})], ignore_index=True)


def _yields(decided: pd.DataFrame) -> pd.DataFrame:
    """Per source: decided, first_pass_yield, rolled_throughput_yield, normalised_yield."""
    is_accepted = decided["sales_verdict"] == "accepted"
    judged = decided["inspector_verdict"] != "unevaluable"
    is_ready = decided["inspector_verdict"] == "ready"
    leads = decided["leads"]
    counts = decided.assign(
        accepted=leads.where(is_accepted, 0.0), judged=leads.where(judged, 0.0), in_full=leads.where(is_ready, 0.0)
    )
    names = ["leads", "accepted", "judged", "in_full", "on_time", "timed"]
    teams = counts.groupby(["source", "team"])[names].sum()
    steps = np.stack(
        [
            divided(teams["in_full"], teams["judged"]),
            divided(teams["on_time"], teams["timed"]),
            six_sigma.first_pass_yield(teams["accepted"], teams["leads"]),
        ],
        axis=-1,
    )
    sources = counts.groupby("source")[["leads", "accepted"]].sum()
    of_source = teams.index.get_level_values("source")
    by_source = {source: steps[of_source == source].reshape(-1) for source in sources.index}
    return pd.DataFrame(
        {
            "decided": sources["leads"],
            "first_pass_yield": six_sigma.first_pass_yield(sources["accepted"], sources["leads"]),
            "rolled_throughput_yield": [float(six_sigma.rolled_throughput_yield(each)) for each in by_source.values()],
            "normalised_yield": [float(six_sigma.normalised_yield(each)) for each in by_source.values()],
        },
        index=sources.index,
    )


def charted_weeks(rows: pd.DataFrame, week: date) -> tuple[date, ...]:
    """The weeks of a chart of `rows`, up to `week`, oldest first; `week` alone where there is no row so far."""
    first = rows["week_start"].min()
    return (week,) if pd.isna(first) or first.date() > week else weeks_until(week, first.date(), HISTORY_WEEKS)


def by_week(rows: pd.DataFrame, key: str, units: Sequence[str], weeks: tuple[date, ...], column: str) -> Floats:
    """(units, weeks): sums of `column` by `key`; NaN where there is no row, which a chart steps over."""
    wide = rows.pivot_table(index=key, columns="week_start", values=column, aggfunc="sum")
    return floats(wide.reindex(index=list(units), columns=pd.to_datetime(list(weeks))).astype(np.float64))


def _charted(name: str, chart: ControlChart) -> dict[str, Any]:
    """The chart's last week as columns; more defects are worse."""
    known = (~np.isnan(chart.value)).sum(axis=-1) >= LEAST_WEEKS
    out, above = chart.flagged[:, -1], (chart.value > chart.centre)[:, -1]
    signal = np.select([~known, out & above, out], [TOO_FEW, WORSE, BETTER], NOISE)
    sides = {"centre": chart.centre, "lower": chart.lower, "upper": chart.upper}
    columns: dict[str, Any] = {f"{name}_{side}": values[:, -1] for side, values in sides.items()}
    return columns | {f"{name}_sigma_z": chart.sigma_z, f"{name}_signal": signal}


def _uncharted() -> dict[str, Any]:
    sides = ("centre", "lower", "upper", "sigma_z")
    columns: dict[str, Any] = {f"{name}_{side}": np.nan for name in ("defects", "defective") for side in sides}
    return columns | {f"{name}_signal": TOO_FEW for name in ("defects", "defective")}
