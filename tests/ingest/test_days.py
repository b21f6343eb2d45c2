"""Which business days a run may be for: given the right way round, within the calendar, and over."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.partitions import PartitionError, as_of_for_day, check_days, last_ended_day

NEW_YORK = ZoneInfo("America/New_York")
ENDED = date(2026, 3, 9)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        # New York is four hours behind: its clocks went forward on 8 March.
        (datetime(2026, 3, 10, 9, 59, tzinfo=UTC), date(2026, 3, 8)),
        (datetime(2026, 3, 10, 10, 0, tzinfo=UTC), date(2026, 3, 9)),
        (datetime(2026, 3, 10, 20, 0, tzinfo=UTC), date(2026, 3, 9)),
        (datetime(2026, 3, 11, 3, 0, tzinfo=UTC), date(2026, 3, 9)),
    ],
)
def test_the_last_day_that_has_ended_is_one_whose_morning_after_has_come(now: datetime, day: date) -> None:
    assert last_ended_day(now, NEW_YORK) == day
    assert as_of_for_day(day, NEW_YORK) <= now


def test_a_range_of_days_that_are_over_can_be_run(tmp_path: Path) -> None:
    check_days(date(2017, 1, 1), ENDED, ENDED, tmp_path)


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (date(2026, 3, 5), date(2026, 3, 4), "2026-03-04, lies before the first, 2026-03-05"),
        (date(2016, 12, 31), ENDED, "lies before the first business day there is, 2017-01-01"),
        (ENDED, date(2026, 3, 10), "2026-03-10 has not ended: .* The last day that has ended is 2026-03-09"),
    ],
)
def test_any_other_is_refused_with_the_remedy(tmp_path: Path, first: date, last: date, said: str) -> None:
    with pytest.raises(PartitionError, match=said):
        check_days(first, last, ENDED, tmp_path)


def test_a_simulated_day_to_come_can_be_run_and_the_day_in_progress_cannot(tmp_path: Path) -> None:
    table = tmp_path / "crm" / "leads"
    table.mkdir(parents=True)
    (table / "leads_2026-03-10.csv").touch()
    (table / "leads_2026-03-11.csv").touch()
    check_days(ENDED, date(2026, 3, 11), ENDED, tmp_path)
    with pytest.raises(PartitionError, match="2026-03-10 has not ended"):
        check_days(ENDED, date(2026, 3, 10), ENDED, tmp_path)


@pytest.mark.parametrize(
    "command", [["backfill", "--from", "2026-03-05", "--to", "2026-03-04"], ["run", "--day", "1999-01-01"]]
)
def test_the_command_refuses_before_anything_runs(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANDON_HOME", str(tmp_path))
    with pytest.raises(PartitionError, match="lies before the first"):
        CliRunner().invoke(app, command, catch_exceptions=False)
    assert not [*tmp_path.rglob("*")]
