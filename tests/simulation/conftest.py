"""Small simulated companies, shared by the tests of the simulation."""

import hashlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from orchestration.settings import Settings
from orchestration.simulation import Scenario, SimulationReport, simulate

FIRST, LAST = date(2026, 3, 2), date(2026, 3, 22)
FAULT = date(2026, 3, 16)

Simulated = tuple[Path, SimulationReport]


def contents(landing: Path) -> dict[str, str]:
    """Every delivered file's path and the hash of its bytes."""
    return {
        path.relative_to(landing).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(landing.rglob("*.*"))
        if path.is_file() and path.parent != landing
    }


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Simulated]:
    """Three weeks of a company at a fifth of its size, the fault in the third week; simulated once per scenario."""
    known: dict[tuple[Scenario, str], Simulated] = {}

    def get(scenario: Scenario, vendor: str = "flat") -> Simulated:
        if (scenario, vendor) not in known:
            home = tmp_path_factory.mktemp(f"{scenario.value}-{vendor}")
            report = simulate(
                Settings(home=home),
                FIRST,
                LAST,
                seed=11,
                scenario=scenario,
                scale=0.2,
                fault_start=FAULT,
                history_weeks=6,
                plan_out=home / "plan",
                vendor=vendor,
            )
            known[scenario, vendor] = home / "landing", report
        return known[scenario, vendor]

    return get
