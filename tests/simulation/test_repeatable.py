"""A simulation is a function of its arguments, and can be continued day by day."""

import gzip
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from orchestration.settings import Settings
from orchestration.simulation import Scenario, SimulationError, simulate
from tests.simulation.conftest import FAULT, FIRST, LAST, Simulated, contents

Company = Callable[[Scenario], Simulated]


def deliver(
    home: Path, first: date, last: date, scenario: Scenario, seed: int = 11, vendor: str | None = None
) -> dict[str, str]:
    settings = Settings(home=home)
    simulate(
        settings,
        first,
        last,
        seed=seed,
        scenario=scenario,
        scale=0.05,
        fault_start=FAULT,
        history_weeks=3,
        vendor=vendor,
    )
    return contents(settings.landing)


def test_same_arguments_give_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    once = deliver(tmp_path / "a", FIRST, FIRST + timedelta(days=2), Scenario.CALM)
    again = deliver(tmp_path / "b", FIRST, FIRST + timedelta(days=2), Scenario.CALM)
    other = deliver(tmp_path / "c", FIRST, FIRST + timedelta(days=2), Scenario.CALM, seed=12)
    assert once == again
    assert once != other


@pytest.mark.parametrize(
    ("scenario", "vendor"),
    [
        (Scenario.DISCONNECT, "flat"),
        (Scenario.CRM_FEED_LATE, "salesforce"),
        (Scenario.DIRTY_FILES, "flat"),
        (Scenario.CALM, "hubspot"),
    ],
)
def test_days_simulated_one_by_one_equal_days_simulated_at_once(
    tmp_path: Path, scenario: Scenario, vendor: str
) -> None:
    at_once = deliver(tmp_path / "at_once", FIRST, FAULT + timedelta(days=5), scenario, vendor=vendor)
    deliver(tmp_path / "by_day", FIRST, FAULT - timedelta(days=1), scenario, vendor=vendor)
    for day in range(6):
        by_day = deliver(tmp_path / "by_day", FAULT + timedelta(days=day), FAULT + timedelta(days=day), scenario)
    assert by_day == at_once


def test_a_later_last_day_leaves_earlier_files_as_they_are(tmp_path: Path) -> None:
    short = deliver(tmp_path / "short", FIRST, FAULT, Scenario.DISCONNECT)
    long = deliver(tmp_path / "long", FIRST, LAST, Scenario.DISCONNECT)
    assert short.items() < long.items()


def test_a_folder_is_not_continued_as_another_company(tmp_path: Path) -> None:
    deliver(tmp_path, FIRST, FIRST, Scenario.CALM)
    with pytest.raises(SimulationError, match=r"seed 11, scenario calm.*choose an empty folder"):
        deliver(tmp_path, FIRST + timedelta(days=1), FIRST + timedelta(days=1), Scenario.CALM, seed=12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"scenario": "chaos"}, "'chaos' is none of calm, disconnect"),
        ({"last_day": date(2026, 1, 1)}, "before the first"),
        ({"scale": 0.0}, "scale 0"),
        ({"vendor": "siebel"}, "vendor 'siebel' is none of flat, salesforce, hubspot"),
        ({"web": "logs"}, "web 'logs' is none of flat"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(tmp_path: Path, arguments: dict[str, object], message: str) -> None:
    request: dict[str, object] = {"first_day": FIRST, "last_day": FIRST, **arguments}
    with pytest.raises(SimulationError, match=message):
        simulate(Settings(home=tmp_path), **request)  # type: ignore[arg-type]


def test_progress_reports_every_week(tmp_path: Path) -> None:
    seen: list[tuple[date, int, int]] = []
    simulate(
        Settings(home=tmp_path),
        FIRST,
        FIRST,
        scale=0.05,
        history_weeks=2,
        progress=lambda week, number, weeks: seen.append((week, number, weeks)),
    )
    assert [number for _, number, _ in seen] == list(range(1, seen[0][2] + 1))
    assert seen[0][0] == FIRST - timedelta(weeks=2)


def test_the_report_counts_what_is_in_the_files(company: Company) -> None:
    landing, report = company(Scenario.CALM)
    files = contents(landing)
    lines = sum(len(path.read_bytes().splitlines()) - 1 for path in (landing / "crm" / "leads").glob("*.csv"))
    assert report.files == len(files)
    assert report.size == sum((landing / name).stat().st_size for name in files)
    assert report.rows["crm.leads"] == lines
    assert f"{report.files:,} files" in str(report)
    leads = pd.concat(pd.read_csv(path, dtype=str) for path in (landing / "crm" / "leads").glob("*.csv"))
    merged = leads.dropna(subset="merged_into_lead_id")["lead_id"].nunique()
    # A second record created in the last days is merged after them: at most a handful.
    assert 0 <= leads["lead_id"].nunique() - merged - report.leads <= 5


def test_gzip_files_carry_no_clock(company: Company) -> None:
    landing, _ = company(Scenario.CALM)
    for path in landing.rglob("*.csv.gz"):
        assert path.read_bytes()[4:8] == b"\0\0\0\0"
        assert gzip.decompress(path.read_bytes()).startswith(b"\xef\xbb\xbf")


def test_the_landing_folder_remembers_its_simulation(company: Company) -> None:
    landing, report = company(Scenario.CALM)
    record = json.loads((landing / ".simulation.json").read_text())
    assert record["seed"] == 11
    assert record["first_day"] == report.request.first_day.isoformat()


def test_a_bad_plan_value_is_named_with_file_line_and_column(tmp_path: Path) -> None:
    plan = tmp_path / "plan"
    plan.mkdir()
    for path in Settings().plan_dir.glob("*.csv"):
        (plan / path.name).write_bytes(path.read_bytes())
    broken = (plan / "capacity.csv").read_text().replace(",12,", ",a dozen,")
    (plan / "capacity.csv").write_text(broken)
    with pytest.raises(SimulationError, match=r"capacity\.csv, line 2, column people: 'a dozen'"):
        simulate(Settings(home=tmp_path, plan_dir=plan), FIRST, FIRST)
