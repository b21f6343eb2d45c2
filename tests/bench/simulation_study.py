"""How soon a fault is found, at what price in false alarms: the product's own detector beside rules of thumb.

One source of 50,000 a week: plan 200 leads, 210 come (green), 40 % are accepted, a quarter of those meet. Decisions
come within 2 weeks of creation, meetings within 7; rates of a cohort scatter (beta, rho .003). A fault begins in week
40. Thousands of runs at once, fixed seeds. `python -m tests.bench.simulation_study` prints the table.

A week counts from the fault's first: found at the end of that week is 1. False alarms are new alarms a week over 50
sources, from week 8 to the fault.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.control import cause, charts, cusum, disconnect
from orchestration.control.streams import Budget, rate_stream, share_stream, window

PLAN_LEADS, LEADS, ACCEPT, MEET = 200.0, 210.0, 0.40, 0.25
DECISION_LAG = np.array([0.6, 0.3, 0.1])
MEETING_LAG = np.array([0.20, 0.30, 0.20, 0.12, 0.08, 0.05, 0.03, 0.02])
WITHIN_SLA, RATE_WITHIN, RATE_LATE = 0.9, 0.26, 0.16
RHO = 0.003
PHI2_ACCEPT, PHI2_MEET = 1.14**2, 1.01**2
SOURCES, FAULT, WEEKS, WARM_UP, SETTLED = 50, 40, 90, 12, 8
MONTH = 4

Alarms = NDArray[np.bool_]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Fault:
    """Factors on acceptance and on meetings of accepted, and the share handled within SLA, from the fault on."""

    accept: float = 1.0
    fit: float = 1.0
    within_sla: float = WITHIN_SLA


QUALITY, FIT = Fault(accept=0.8), Fault(fit=0.8)
SEVERE = Fault(accept=0.6)
EFFORT = Fault(within_sla=float(cause.effort_for_loss(WITHIN_SLA, RATE_WITHIN, RATE_LATE)))


@dataclass(frozen=True)
class History:
    """What a source's weeks showed, each (runs, weeks)."""

    leads: Array
    decided: Array
    accepted: Array
    cohort_accepted: Array
    within_sla: Array
    meetings: Array
    expected: Array
    expected_of_accepted: Array
    met_in_creation_week: Array


def simulate(fault: Fault, runs: int = 4000, seed: int = 1) -> History:
    """Histories of `runs` sources with the same fault, after a warm-up that fills the pipeline."""
    random = np.random.default_rng(seed)
    weeks = WEEKS + WARM_UP
    late = np.arange(weeks) >= FAULT + WARM_UP
    leads = random.poisson(LEADS, (runs, weeks))
    decisions = random.multinomial(leads, DECISION_LAG)
    accept = _scattered(random, np.where(late, ACCEPT * fault.accept, ACCEPT), runs)
    accepted_at = random.binomial(decisions, accept[..., None])
    cohort = accepted_at.sum(axis=2)
    within = np.where(late, fault.within_sla, WITHIN_SLA)
    sla = random.binomial(cohort, within)
    meet = _scattered(random, np.where(late, fault.fit, 1.0) * _rate(within), runs)
    held = random.multinomial(random.binomial(cohort, meet), MEETING_LAG)
    planned_of_accepted = sla * RATE_WITHIN + (cohort - sla) * RATE_LATE
    parts = (
        leads.astype(float),
        _shifted(decisions),
        _shifted(accepted_at),
        cohort.astype(float),
        sla.astype(float),
        _shifted(held),
        _shifted(leads[..., None] * ACCEPT * MEET * MEETING_LAG),
        _shifted(planned_of_accepted[..., None] * MEETING_LAG),
        held[..., 0].astype(float),
    )
    return History(*(part[:, WARM_UP:] for part in parts))


def rules(history: History) -> dict[str, Alarms]:
    """Alarm of each rule in each week: rules of thumb, single charts, and the product's detector."""
    meetings, plan = history.meetings, PLAN_LEADS * ACCEPT * MEET
    red_week = meetings < 0.9 * plan
    month = np.maximum.accumulate(np.where(np.arange(WEEKS) % MONTH == MONTH - 1, np.arange(WEEKS), -1))
    red_month = (window(meetings, MONTH) < 0.9 * plan * MONTH)[:, np.maximum(month, 0)] & (month >= 0)
    green = disconnect.volume_is_green(history.leads, np.full_like(history.leads, PLAN_LEADS))
    accept = cusum.page(cusum.binomial_score(history.accepted, history.decided, ACCEPT, dispersion=PHI2_ACCEPT))
    meet = cusum.page(cusum.poisson_score(meetings, history.expected, dispersion=PHI2_MEET))
    level = cusum.lorden_threshold(SOURCES, 13)
    return {
        "two red months in a row": red_month & _earlier(red_month, MONTH),
        "one red month": red_month,
        "weekly meetings < 90 %": red_week,
        "two red weeks in a row": red_week & _earlier(red_week, 1),
        "un-aged cohort rate < 90 %": history.met_in_creation_week / history.leads < 0.9 * ACCEPT * MEET,
        "Laney p' on accept": laney(history),
        "CUSUM accept, h = ln 650": accept >= level,
        "CUSUM either and green, h = ln 1300": ((accept >= level + np.log(2)) | (meet >= level + np.log(2))) & green,
        "detector": detector(history).state == disconnect.State.DISCONNECT,
    }


def laney(history: History) -> Alarms:
    """Below the lower limit of a p' chart with plan as its centre and sigma_z of the weeks before the fault."""
    past = charts.laney_p_chart(
        history.accepted[:, :FAULT], history.decided[:, :FAULT], np.full(len(history.leads), ACCEPT)
    )
    sigma = np.sqrt(ACCEPT * (1 - ACCEPT) / history.decided) * past.sigma_z[:, None]
    return history.accepted / history.decided < ACCEPT - 3 * sigma


def detector(history: History, budget: Budget | None = None) -> disconnect.Detection:
    """The product's detector with its default budget of false alarms."""
    allowed = budget or Budget(SOURCES)
    streams = [
        share_stream("accept", history.accepted, history.decided, ACCEPT, allowed, PHI2_ACCEPT),
        rate_stream("meetings", history.meetings, history.expected, ACCEPT * MEET, allowed, PHI2_MEET),
    ]
    return disconnect.detect(
        streams, disconnect.volume_is_green(history.leads, np.full_like(history.leads, PLAN_LEADS))
    )


def score(alarms: Alarms) -> dict[str, float]:
    """Median weeks to the first alarm after the fault, P(found within 8), new false alarms a week over 50 sources."""
    after = alarms[:, FAULT:]
    weeks = np.where(after.any(axis=1), after.argmax(axis=1) + 1, WEEKS)
    before = alarms[:, :FAULT]
    new = before[:, SETTLED:] & ~before[:, SETTLED - 1 : -1]
    return {
        "median_weeks": float(np.median(weeks)),
        "within_8": float((weeks <= 8).mean()),
        "false_alarms": float(new.mean() * SOURCES),
        "in_alarm_share": float(before[:, SETTLED:].mean()),
    }


def table(fault: Fault = QUALITY, runs: int = 4000, seed: int = 1) -> pd.DataFrame:
    """Score of every rule, by name."""
    found = rules(simulate(fault, runs, seed))
    return pd.DataFrame({name: score(alarms) for name, alarms in found.items()}).T


def calibrated(statistic: Array, false_alarms: float) -> dict[str, float]:
    """Score at the level that gives so many false alarms, found by search on the fault-free weeks."""
    low, high = 0.0, 12.0
    for _ in range(30):
        middle = (low + high) / 2
        noisy = score(statistic >= middle)["false_alarms"] > false_alarms
        low, high = (middle, high) if noisy else (low, middle)
    return score(statistic >= high)


def cause_study(runs: int = 4000, seed: int = 3) -> pd.DataFrame:
    """Per true cause: median weeks until P(cause) > .9, arg-max right at week 4, another ever > .9 in 10 weeks."""
    rows: dict[str, dict[str, float]] = {}
    for index, (name, fault) in enumerate({"ready": QUALITY, "effort": EFFORT, "fit": FIT}.items(), start=1):
        chance = cause_posterior(simulate(fault, runs, seed))
        sure = chance[..., index] > 0.9
        weeks = np.where(sure.any(axis=1), sure.argmax(axis=1) + 1, WEEKS)
        wrong = np.delete(chance, [0, index], axis=-1)[:, :10] > 0.9
        rows[name] = {
            "median_weeks": float(np.median(weeks)),
            "right_at_4": float((chance[:, 3].argmax(axis=-1) == index).mean()),
            "ever_wrong": float(wrong.any(axis=(1, 2)).mean()),
        }
    return pd.DataFrame(rows).T


def cause_posterior(history: History) -> Array:
    """Probability of each cause by week since the fault, (runs, weeks, causes)."""
    decided, met = (cusum.diluted(cusum.SMALLEST_LOSS, _since_fault(lag)) for lag in (DECISION_LAG, MEETING_LAG))
    ready = cusum.binomial_score(history.accepted, history.decided, ACCEPT, decided, PHI2_ACCEPT)
    effort = cusum.binomial_score(
        history.within_sla, history.cohort_accepted, WITHIN_SLA, EFFORT.within_sla / WITHIN_SLA
    )
    fit = cusum.poisson_score(history.meetings, history.expected_of_accepted, met, PHI2_MEET)
    return cause.posterior(*(np.cumsum(s[:, FAULT:], axis=1) for s in (ready, effort, fit)))


def _since_fault(lag: Array) -> Array:
    """Share of what each week counts that belongs to leads from after the fault, (weeks,)."""
    since = np.clip(np.arange(WEEKS) - FAULT, -1, len(lag) - 1)
    return np.where(since < 0, 0.0, np.minimum(np.cumsum(lag), 1.0)[np.maximum(since, 0)])


def _rate(within: Array) -> Array:
    return cause.expected_conversion(within, RATE_WITHIN, RATE_LATE)


def _scattered(random: np.random.Generator, mean: Array, runs: int) -> Array:
    """A rate per run and week, beta with the given mean and intra-cohort correlation RHO."""
    worth = (1 - RHO) / RHO
    return random.beta(mean * worth, (1 - mean) * worth, (runs, len(mean)))


def _shifted(by_lag: Array | NDArray[np.int64]) -> Array:
    """Sums of (runs, weeks, lags) in the week in which each lag falls."""
    out = np.zeros(by_lag.shape[:2])
    for lag in range(by_lag.shape[2]):
        out[:, lag:] += by_lag[:, : by_lag.shape[1] - lag, lag]
    return out


def _earlier(alarms: Alarms, weeks: int) -> Alarms:
    return np.pad(alarms, ((0, 0), (weeks, 0)))[:, :-weeks]


STUDIES: dict[str, Callable[[], pd.DataFrame]] = {
    "quality fault (accept x .8)": lambda: table(QUALITY),
    "fit fault (meetings x .8)": lambda: table(FIT),
    "cause": cause_study,
}

if __name__ == "__main__":
    for title, study in STUDIES.items():
        print(f"\n{title}\n{study().round(3).to_string()}")
