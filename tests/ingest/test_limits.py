"""`andon sources limits` says what the vendors that are on cannot tell, and what is empty when nobody tells it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration.commands.sources import sources
from orchestration.ingest.limits import LIMITS, OWN_FILES, UNTOLD
from orchestration.serving.reader import MARTS_FOLDER


@pytest.fixture
def limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("ANDON_HOME", str(tmp_path))
    monkeypatch.setenv("ANDON_VENDORS", "hubspot,google_ads,ga4")
    return CliRunner()


def test_each_limit_of_the_vendors_that_are_on_is_said_with_its_rows_and_reason(limits: CliRunner) -> None:
    said = limits.invoke(sources, ["limits"]).output
    assert "Vendors: hubspot, google_ads, ga4" in said
    assert "dim_owner\n  role: every row (hubspot)\n    An owner has a team and no role.\n" in said
    assert "  what: touches (ga4)\n" in said
    assert "salesforce" not in said
    assert "Empty" not in said


def test_other_vendors_can_be_asked_for_before_they_are_on(limits: CliRunner) -> None:
    said = limits.invoke(sources, ["limits", "--vendor", "salesforce"]).output
    assert "  actor_id: stages of opportunities (salesforce)\n" in said
    assert "Empty: fct_ad_spend, fct_attributed_cost, unmapped_spend. No ad platform is on" in said
    assert "hubspot" not in said


def test_one_mart_can_be_asked_for(limits: CliRunner) -> None:
    said = limits.invoke(sources, ["limits", "--mart", "dim_owner"]).output
    assert "role" in said
    assert "fct_leads" not in said
    assert (
        "No limit of fct_stage_visits is known"
        in limits.invoke(sources, ["limits", "--mart", "fct_stage_visits"]).output
    )


def test_what_does_not_exist_is_refused(limits: CliRunner) -> None:
    assert "No vendor is called hubspt; there are flat, " in str(
        limits.invoke(sources, ["limits", "--vendor", "hubspt"]).exception
    )
    assert "No mart is called fct_lead" in str(limits.invoke(sources, ["limits", "--mart", "fct_lead"]).exception)


def test_every_mart_that_is_named_exists() -> None:
    named = {*OWN_FILES, *(limit.mart for limit in LIMITS), *(mart for each in UNTOLD for mart in each.marts)}
    assert named <= {path.stem for path in MARTS_FOLDER.glob("*/*.sql")}
