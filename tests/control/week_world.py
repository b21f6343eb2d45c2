"""What the served copy would hold of a company with given rates: a week's inputs for the tests of the weekly control.

Counts are drawn (fixed seed) or, with `exact`, are their means, so that a test can say what must come out.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd

from orchestration.control.ripening import AGES
from orchestration.control.week_inputs import WeekInputs

FIRST = date(2026, 1, 5)
RATES = {"ready_leads": 0.6, "accepted": 0.4, "meetings": 0.1, "opportunities": 0.05, "won": 0.01}
"""Per lead, in the plan and, without a fault, in fact."""
LAGS = {
    "accepted": [0.6, 0.3, 0.1],
    "meeting": [0.2, 0.3, 0.2, 0.12, 0.08, 0.05, 0.03, 0.02],
    "opportunity": [0, 0.2, 0.3, 0.2, 0.12, 0.08, 0.05, 0.05],
    "won": [0, 0, 0, 0.1, 0.1, 0.2, 0.2, 0.2, 0.1, 0.1],
}
MEASURES = {"accepted": "accepted", "meeting": "meetings", "opportunity": "opportunities", "won": "won"}
HANDED_OFF, WITHIN_SLA, LATE_WORTH = 0.9, 0.9, 0.62
AUDIT_COLUMNS = ["audit_id", "inspector_verdict", "sales_verdict", "population", "verdict", "audited_by"]
OUTCOME_COLUMNS = ["criterion_code", "to_stage", "has_failed", "is_accepted", "age_weeks", "leads"]
MINUTES, PEOPLE, HOURS = 20.0, 12.0, 40.0


def young_days(*rows: tuple[str, pd.Timestamp, int, float]) -> pd.DataFrame:
    """Days that are as whole as is usual at their age: feed, day, age_days, expected_share, complete_share."""
    frame = pd.DataFrame(rows, columns=["feed", "day", "age_days", "expected_share"])
    return frame.assign(day=pd.to_datetime(frame["day"]), complete_share=frame["expected_share"].astype(float))


@dataclass
class World:
    """Sources x segments over weeks; `fault` multiplies a rate of one source from its week on."""

    sources: int = 4
    segments: tuple[str, ...] = ("enterprise",)
    weeks: int = 20
    leads: float = 200.0
    spend: float = 50_000.0
    exact: bool = True
    seed: int = 7
    fault: dict[str, float] = field(default_factory=dict)
    fault_week: int = 14
    faulty: int = 0

    @property
    def mondays(self) -> list[date]:
        """All weeks."""
        return [FIRST + timedelta(weeks=number) for number in range(self.weeks)]

    @property
    def last(self) -> date:
        """The newest week."""
        return self.mondays[-1]

    def inputs(self) -> WeekInputs:
        """All frames."""
        keys = self._keys()
        rng = np.random.default_rng(self.seed)
        leads = self._drawn(rng, np.full(len(keys), self.leads) * self._factor(keys, "leads"))
        cohorts = {step: self._cohort(rng, keys, leads, step) for step in LAGS}
        plan = keys.assign(plan_version="v1", spend=self.spend, leads=self.leads)
        for measure, rate in RATES.items():
            plan[measure] = self.leads * rate
        ready = leads * RATES["ready_leads"] * self._factor(keys, "ready_leads")
        actual = keys.assign(spend=self.spend * self._factor(keys, "spend"), leads=leads, ready_leads=ready)
        for step, measure in MEASURES.items():
            actual[measure] = self._by_week(cohorts[step])
        return WeekInputs(
            actual=actual,
            plan=self._plan_ahead(plan),
            cohorts=pd.concat([self._ages(keys, leads, step, counts) for step, counts in cohorts.items()]),
            decisions=self._decisions(keys, leads, cohorts["accepted"]),
            effort=self._effort(keys, leads, ready, cohorts["meeting"]),
            flow=self._flow(keys, leads),
            capacity=self._capacity(),
            service=self._service(),
            expectations=pd.DataFrame(
                columns=["week_start", "source", "segment", "from_stage", "to_stage", "rate"]
            ).astype({"week_start": "datetime64[ns]", "rate": float}),
            resources=keys.assign(plan_version="v1", team="sdr", hours_per_week=self.leads * MINUTES / 60),
            curves=self._curves(),
            policy=pd.DataFrame(columns=["setting", "valid_from", "valid_to", "value"]),
            scores=self._scores(),
            velocity=pd.DataFrame(
                columns=["account_id", "segment", "dwell_percentile", "is_stalled", "is_due_to_advance", "has_advanced"]
            ).assign(week_start=pd.Series(dtype="datetime64[ns]")),
            freshness=self._freshness(),
            completeness=young_days(),
            owners=pd.DataFrame({"source": sorted(set(keys["source"])), "owner": "source_owner"}),
            presented=self._presented(keys, leads, ready),
            verdicts=self._verdicts(keys),
            responses=self._responses(keys),
            outcomes=pd.DataFrame(columns=OUTCOME_COLUMNS)
            .astype({"has_failed": bool, "is_accepted": bool, "age_weeks": float, "leads": float})
            .assign(cohort_week=pd.Series(dtype="datetime64[ns]")),
            audits=pd.DataFrame(columns=AUDIT_COLUMNS).assign(week_start=pd.Series(dtype="datetime64[ns]")),
            defect_costs=keys.assign(criterion_code="phone_present", owner="marketing_ops", defects=10.0, cost=900.0),
        )

    def _keys(self) -> pd.DataFrame:
        pairs = [(f"source-{n:03d}", segment) for n in range(self.sources) for segment in self.segments]
        weeks = pd.to_datetime(self.mondays).astype("datetime64[ns]")
        rows = [(source, segment, week) for source, segment in pairs for week in weeks]
        return pd.DataFrame(rows, columns=["source", "segment", "week_start"])[["week_start", "source", "segment"]]

    def _factor(self, keys: pd.DataFrame, name: str) -> np.ndarray:
        hit = (keys["source"] == f"source-{self.faulty:03d}") & (
            keys["week_start"] >= pd.Timestamp(FIRST) + pd.Timedelta(weeks=self.fault_week)
        )
        return np.where(hit, self.fault.get(name, 1.0), 1.0)

    def _drawn(self, rng: np.random.Generator, mean: np.ndarray) -> np.ndarray:
        return mean if self.exact else rng.poisson(mean).astype(float)

    def _cohort(self, rng: np.random.Generator, keys: pd.DataFrame, leads: np.ndarray, step: str) -> np.ndarray:
        """(cells, weeks, ages): conversions of each cohort at each age."""
        rate = RATES[MEASURES[step]] * self._factor(keys, step)
        parts = np.zeros(AGES)
        parts[: len(LAGS[step])] = LAGS[step]
        counts = self._drawn(rng, (leads * rate)[:, None] * parts)
        return counts.reshape(-1, self.weeks, AGES)

    def _by_week(self, counts: np.ndarray) -> np.ndarray:
        out = np.zeros(counts.shape[:2])
        for age in range(min(AGES, self.weeks)):
            out[:, age:] += counts[:, : self.weeks - age, age]
        return out.ravel()

    def _ages(self, keys: pd.DataFrame, leads: np.ndarray, step: str, counts: np.ndarray) -> pd.DataFrame:
        used = len(LAGS[step])
        rows = keys.loc[keys.index.repeat(used)].rename(columns={"week_start": "cohort_week"})
        return rows.assign(
            from_stage="lead",
            to_stage=step,
            age_weeks=np.tile(np.arange(used), len(keys)),
            entered=np.repeat(leads, used),
            converted=counts[..., :used].ravel(),
            exited=0.0,
        )

    def _decisions(self, keys: pd.DataFrame, leads: np.ndarray, accepted: np.ndarray) -> pd.DataFrame:
        decided = np.zeros((len(keys), AGES))
        decided[:, : len(LAGS["accepted"])] = (leads * HANDED_OFF)[:, None] * LAGS["accepted"]
        by_week = self._by_week(decided.reshape(accepted.shape))
        took = np.minimum(self._by_week(accepted), by_week)
        return keys.assign(from_team="marketing", team="sdr", decided=by_week, accepted=took)

    def _effort(self, keys: pd.DataFrame, leads: np.ndarray, ready: np.ndarray, met: np.ndarray) -> pd.DataFrame:
        within = WITHIN_SLA * self._factor(keys, "within_sla")
        return keys.assign(
            leads=leads,
            handed_off=leads * HANDED_OFF,
            ready_leads=ready,
            judged_leads=leads * HANDED_OFF,
            ready_within_sla=ready * within,
            ready_late=ready * (1 - within),
            meetings_within_sla=met.sum(axis=2).ravel() * within,
            meetings_late=met.sum(axis=2).ravel() * (1 - within),
        )

    def _flow(self, keys: pd.DataFrame, leads: np.ndarray) -> pd.DataFrame:
        offered = leads * HANDED_OFF
        return keys.assign(
            iso_week=keys["week_start"].dt.strftime("%G-W%V"),
            team="sdr",
            offered=offered,
            ready_offered=offered * 0.6,
            served=offered * self._factor(keys, "served"),
            wip=offered * 0.5,
            weeks_in_stage=offered * 0.5,
            minutes_per_lead=MINUTES,
            offered_hours=offered * MINUTES / 60,
            served_hours=offered * MINUTES / 60 * self._factor(keys, "served"),
            respond_within_minutes=60.0,
            arrival_scv=1.0,
            cost_of_poor_quality=0.0,
        )

    def _presented(self, keys: pd.DataFrame, leads: np.ndarray, ready: np.ndarray) -> pd.DataFrame:
        """Each defective lead fails one and a half of ten criteria."""
        bad, defects = leads - ready, 1.5 * (leads - ready)
        if not self.exact:
            rng = np.random.default_rng(self.seed)
            bad = rng.binomial(leads.astype(int), bad / leads).astype(float)
            defects = bad + rng.binomial(bad.astype(int), 0.5)
        counts = {"presented": leads, "evaluated": leads, "unevaluable": 0.0, "defective": bad, "defects": defects}
        costs = dict.fromkeys(("lead_cost", "time_cost", "repair_cost", "late_cost"), 100.0)
        rows = keys.assign(**counts, opportunities_for_defect=10 * leads, **costs, cost_of_poor_quality=400.0)
        return rows.drop(columns="segment")

    def _verdicts(self, keys: pd.DataFrame) -> pd.DataFrame:
        """20 of 25 ready leads accepted, 15 of 25 defective ones rejected, in every week."""
        cells = (("ready", "accepted", 20), ("ready", "rejected", 5), ("defective", "accepted", 10))
        parts = [
            keys.drop(columns="segment").assign(
                team="sdr", rep="U1", inspector_verdict=inspector, sales_verdict=sales, reason_code="no_need",
                reason_category="no_need_or_timing", leads=float(leads), on_time=0.9 * leads, timed=float(leads),
            )
            for inspector, sales, leads in (*cells, ("defective", "rejected", 15))
        ]  # fmt: skip
        return pd.concat(parts, ignore_index=True)

    def _responses(self, keys: pd.DataFrame) -> pd.DataFrame:
        """A median of 20 minutes, times the fault's factor, wandering by a few per cent; of all sources too."""
        wander = np.exp(0.05 * np.cos(3.0 * np.arange(len(keys))))
        rows = keys.assign(minutes=20.0 * wander * self._factor(keys, "minutes")).drop(columns="segment")
        rows = rows.groupby(["week_start", "source"], as_index=False)["minutes"].mean()
        total = rows.groupby("week_start", as_index=False)["minutes"].median().assign(source="all")
        return pd.concat([rows, total], ignore_index=True)

    def _capacity(self) -> pd.DataFrame:
        people = max(1.0, round(PEOPLE * self.sources * len(self.segments) * self.leads / 800))
        weeks = pd.to_datetime(self.mondays).astype("datetime64[ns]")
        return pd.DataFrame(
            {
                "week_start": weeks,
                "iso_week": weeks.strftime("%G-W%V"),
                "team": "sdr",
                "people": people,
                "hours_per_person": HOURS,
                "availability": 0.7,
                "minutes_per_lead": MINUTES,
                "source_file": "plan/capacity.csv",
                "source_line": 2,
            }
        )

    def _service(self) -> pd.DataFrame:
        weeks = pd.to_datetime(self.mondays).astype("datetime64[ns]")
        parts = [
            pd.DataFrame(
                {
                    "week_start": weeks,
                    "team": "sdr",
                    "segment": segment,
                    "skilled_people": PEOPLE,
                    "minutes_per_lead": MINUTES,
                    "respond_within_minutes": 60,
                }
            )
            for segment in self.segments
        ]
        return pd.concat(parts, ignore_index=True)

    def _scores(self) -> pd.DataFrame:
        """Ten scores, as many offers of each."""
        weeks = pd.to_datetime(self.mondays).astype("datetime64[ns]")
        offered = self.sources * len(self.segments) * self.leads * HANDED_OFF / 10
        parts = [pd.DataFrame({"week_start": weeks, "score": 10.0 * n, "offered": offered}) for n in range(10)]
        return pd.concat(parts, ignore_index=True).assign(team="sdr")

    def _curves(self) -> pd.DataFrame:
        parts = [
            pd.DataFrame(
                {
                    "segment": "all",
                    "from_stage": "lead",
                    "to_stage": step,
                    "valid_from": FIRST,
                    "valid_to": None,
                    "age_weeks": np.arange(len(lags)),
                    "share": np.cumsum(lags),
                }
            )
            for step, lags in LAGS.items()
        ]
        return pd.concat(parts, ignore_index=True)

    def _freshness(self) -> pd.DataFrame:
        days = pd.date_range(FIRST, self.last + timedelta(days=6)).astype("datetime64[ns]")
        landed = days + pd.Timedelta(days=1, hours=9)
        return pd.DataFrame(
            {"feed": "crm.leads", "day": days, "cadence": "daily", "landed_at": landed, "lag_hours": 4.0, "state": "in"}
        )

    def _plan_ahead(self, plan: pd.DataFrame) -> pd.DataFrame:
        last = plan.loc[plan["week_start"] == pd.Timestamp(self.last)]
        return pd.concat([plan, last.assign(week_start=pd.Timestamp(self.last) + pd.Timedelta(weeks=1))])
