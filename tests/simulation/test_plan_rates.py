"""What the company does on average: its plan, except where a fault says otherwise.

Tolerance: a count of n trials with rate p, drawn per source, segment and week with correlation rho, has variance
n p q (1 + (n-1) rho). Acceptance is drawn in two such steps, so twice rho bounds it. Conditional on the step before,
the sum over cells must lie within four such standard deviations: one false alarm in 16,000, and the seed is fixed.
"""

import csv
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from math import pi, sin, sqrt
from pathlib import Path

import pytest

from orchestration.settings import Settings
from orchestration.simulation import CohortTruth, Scenario, simulate

RHO = 2 * 0.003
SIGMAS = 4
FIRST, LAST = date(2026, 1, 5), date(2026, 3, 29)
SCALE = 3.0

Cell = tuple[str, str]
Cohorts = list[CohortTruth]


def plan() -> dict[Cell, dict[str, float]]:
    with (Settings().plan_dir / "targets.csv").open() as file:
        rows = list(csv.DictReader(file))
    columns = ("leads", "ready_leads", "accepted", "meetings", "opportunities", "won")
    return {(row["source"], row["segment"]): {name: float(row[name]) for name in columns} for row in rows}


@pytest.fixture(scope="module")
def cohorts(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Scenario], Cohorts]:
    """Twelve weeks of cohorts, the fault from the first day; only the last day's files are written."""
    known: dict[Scenario, Cohorts] = {}

    def get(scenario: Scenario) -> Cohorts:
        if scenario not in known:
            home: Path = tmp_path_factory.mktemp(f"rates_{scenario}")
            report = simulate(
                Settings(home=home),
                LAST,
                LAST,
                seed=5,
                scenario=scenario,
                scale=SCALE,
                fault_start=FIRST,
                history_weeks=11,
            )
            known[scenario] = [cohort for cohort in report.cohorts if cohort.week_start <= LAST]
        return known[scenario]

    return get


def sigmas(cohorts: Iterable[CohortTruth], step: str, base: str, rate: Callable[[Cell], float]) -> float:
    """By how many standard deviations the sum of `step` differs from `rate` times `base`."""
    difference, variance = 0.0, 0.0
    for cohort in cohorts:
        trials, p = getattr(cohort, base), rate((cohort.source, cohort.segment))
        difference += getattr(cohort, step) - trials * p
        variance += trials * p * (1 - p) * (1 + max(trials - 1, 0) * RHO)
    return difference / sqrt(variance)


STEPS = [
    ("ready", "leads", "ready_leads", "leads"),
    ("accepted", "leads", "accepted", "leads"),
    ("meetings", "accepted", "meetings", "accepted"),
    ("opportunities", "meetings", "opportunities", "meetings"),
    ("won", "opportunities", "won", "opportunities"),
]


@pytest.mark.parametrize(("step", "base", "target", "target_base"), STEPS)
def test_a_calm_company_converts_as_planned(
    cohorts: Callable[[Scenario], Cohorts], step: str, base: str, target: str, target_base: str
) -> None:
    goals = plan()
    off = sigmas(cohorts(Scenario.CALM), step, base, lambda cell: goals[cell][target] / goals[cell][target_base])
    assert abs(off) < SIGMAS


def test_a_calm_company_has_the_planned_leads(cohorts: Callable[[Scenario], Cohorts]) -> None:
    weeks = sorted({cohort.week_start for cohort in cohorts(Scenario.CALM)})
    weekly = sum(goal["leads"] for goal in plan().values())
    expected = sum(
        weekly * SCALE * (1 + 0.03 * sin(2 * pi * (week.timetuple().tm_yday - 60) / 365.25)) for week in weeks
    )
    leads = sum(cohort.leads for cohort in cohorts(Scenario.CALM))
    assert len(weeks) == 12
    assert abs(leads - expected) < SIGMAS * sqrt(expected)


def syndication(cohorts: Cohorts) -> Cohorts:
    return [c for c in cohorts if (c.source, c.segment) == ("content_syndication", "enterprise")]


def test_disconnect_has_more_leads_than_plan_and_four_fifths_of_its_meetings(
    cohorts: Callable[[Scenario], Cohorts],
) -> None:
    hit = syndication(cohorts(Scenario.DISCONNECT))
    goal = plan()["content_syndication", "enterprise"]
    weeks = len(hit) * SCALE
    assert sum(c.leads for c in hit) / weeks == pytest.approx(1.05 * goal["leads"], rel=0.04)
    assert sum(c.accepted for c in hit) / weeks == pytest.approx(0.8 * goal["accepted"], rel=0.08)
    assert sum(c.meetings for c in hit) / weeks == pytest.approx(0.8 * goal["meetings"], rel=0.15)
    assert sum(c.ready for c in hit) / weeks < 0.85 * goal["ready_leads"]
    assert sigmas(hit, "accepted", "leads", lambda _: goal["accepted"] / goal["leads"]) < -SIGMAS


def test_disconnect_leaves_every_other_source_on_plan(cohorts: Callable[[Scenario], Cohorts]) -> None:
    goals = plan()
    others = [c for c in cohorts(Scenario.DISCONNECT) if c not in syndication(cohorts(Scenario.DISCONNECT))]
    for step, base, target, target_base in STEPS:
        off = sigmas(others, step, base, lambda cell, t=target, b=target_base: goals[cell][t] / goals[cell][b])  # type: ignore[misc]
        assert abs(off) < SIGMAS


def test_a_decaying_source_gets_worse_from_week_to_week(cohorts: Callable[[Scenario], Cohorts]) -> None:
    hit = [c for c in cohorts(Scenario.SOURCE_DECAY) if c.source == "linkedin_ads"]
    middle = FIRST + timedelta(weeks=6)

    def rate(part: Cohorts) -> float:
        return sum(c.accepted for c in part) / sum(c.leads for c in part)

    early, late = rate([c for c in hit if c.week_start < middle]), rate([c for c in hit if c.week_start >= middle])
    assert late < 0.85 * early < 0.85 * 0.6


def test_a_pivot_without_capacity_brings_more_enterprise_leads_and_fewer_meetings_each(
    cohorts: Callable[[Scenario], Cohorts],
) -> None:
    def enterprise(scenario: Scenario) -> tuple[int, float]:
        part = [c for c in cohorts(scenario) if c.segment == "enterprise"]
        return sum(c.leads for c in part), sum(c.meetings for c in part) / sum(c.accepted for c in part)

    leads, meetings_each = enterprise(Scenario.PIVOT_WITHOUT_CAPACITY)
    calm_leads, calm_each = enterprise(Scenario.CALM)
    assert leads == pytest.approx(1.6 * calm_leads, rel=0.03)
    assert meetings_each < 0.92 * calm_each
