# ruff: noqa: E501
"""Quality, dispute and the worth of criteria on the page say what their marts say."""

from pathlib import Path

from orchestration.serving.reader import open_served
from orchestration.serving.review.collect import collect
from orchestration.serving.review.page import render
from orchestration.settings import Settings
from tests.serving.company import WEEK, served_company
from tests.serving.test_review import Reader

HEAD = f"date '{WEEK}' AS week_start, 2 AS revision"
CHANGES = [
    *(
        f"INSERT INTO marts.weekly_quality BY NAME SELECT date '{WEEK}' - 7 * {back} AS week_start, 2 AS revision, 'all' AS"
        f" source, 500 AS evaluated, 150 AS defects, {value} AS defects_per_lead, 0.2 AS defects_lower, 0.3 AS"
        f" defects_centre, 0.4 AS defects_upper, '{signal}' AS defects_signal, 30000 AS dpmo, 3.38 AS sigma_level,"
        " 0.58 AS first_pass_yield, 0.17 AS rolled_throughput_yield, 57887 AS cost_of_poor_quality"
        for back, value, signal in ((2, 0.3, "noise"), (1, 0.31, "noise"), (0, 0.55, "worse"))
    ),
    f"INSERT INTO marts.weekly_dispute BY NAME SELECT {HEAD}, 'content_syndication' AS source, 'all' AS rep, 600 AS"
    " ready_accepted, 400 AS ready_rejected, 500 AS defective_accepted, 501 AS defective_rejected, 0.1 AS kappa, 0.06 AS"
    " kappa_low, 0.14 AS kappa_high, true AS is_ambiguous",
    f"INSERT INTO marts.weekly_dispute BY NAME SELECT {HEAD}, 'all' AS source, rep, decided, 30 AS ready_accepted, 9 AS"
    " ready_rejected, 4 AS defective_accepted, decided - 43 AS defective_rejected, 0.55 AS kappa, 0.35 AS kappa_low, 0.75"
    " AS kappa_high, false AS is_ambiguous FROM (VALUES ('U-1', 61), ('<i>U-2', 50)) AS reps (rep, decided)",
    "INSERT INTO marts.dim_owner BY NAME SELECT 'U-1' AS owner_id, 'user' AS owner_kind, 'Rep One' AS name, true AS"
    " is_current, date '1970-01-01' AS valid_from",
    *(
        f"INSERT INTO marts.weekly_control_charts BY NAME SELECT date '{WEEK}' - 7 * {back} AS week_start, 2 AS revision,"
        f" 'content_syndication' AS source, 'enterprise' AS segment, 'all' AS team, 'lead_to_accepted' AS metric,"
        f" 'laney_p' AS chart, {value} AS value, 0.4 AS centre, 0.3 AS lower, 0.5 AS upper, '{signal}' AS signal"
        for back, value, signal in ((1, 0.41, "noise"), (0, 0.22, "worse"))
    ),
    f"INSERT INTO marts.weekly_judges BY NAME SELECT {HEAD}, 'content_syndication' AS source, 'inspector' AS judge,"
    " 0.5 AS observed_rate, 0.41 AS corrected_rate, 0.3 AS corrected_low, 0.52 AS corrected_high",
    f"INSERT INTO marts.weekly_criterion_worth BY NAME SELECT {HEAD}, '<b>made up</b>' AS criterion_code, 'opportunity' AS"
    " to_stage, 'all_leads' AS population, 1000 AS failed, 100 AS failed_converted, 5000 AS passed, 500 AS"
    " passed_converted, 1.0 AS conversion_ratio, 0.82 AS conversion_low, 1.22 AS conversion_high, 'predicts_nothing' AS"
    " verdict",
    f"INSERT INTO marts.weekly_criteria_changes BY NAME SELECT {HEAD}, 'unexplained_rejection' AS kind, 'no_timing' AS"
    " subject, 474 AS leads, 0.312 AS share, '474 ready leads rejected for it' AS evidence",
]


def test_the_sections_tell_signal_quadrants_correction_worth_and_changes(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    served_company(settings, CHANGES)
    with open_served(settings) as con:
        page = render(collect(con, WEEK, zone=settings.zone, currency=settings.currency))
    seen = Reader(page)
    quality, dispute, worth = (seen.text(section) for section in ("quality", "dispute", "worth"))
    for text in ("All sources", "0.55", "0.20 to 0.40", "30,000", "58\u202f%", "17\u202f%", "$57.9k", "Worse"):
        assert text in quality
    assert "0.10 (0.06 to 0.14)" in dispute
    assert "Criteria unclear" in dispute
    assert "41\u202f% (30\u202f% to 52\u202f%)" in dispute
    for rep in (("Rep One", "61", "18"), ("<i>U-2", "50", "7")):
        assert all(text in dispute for text in rep)
    assert dispute.index("Rep One") < dispute.index("<i>U-2")
    assert "0.55 (0.35 to 0.75)" in dispute
    signals = seen.text("signals")
    assert "Accepted of leads, Content syndication, enterprise: each week" in signals
    assert "0.22" in signals
    assert "0.50" in signals
    assert "Predicts nothing" in worth
    assert "No timing" in worth
    assert "Add or tighten a criterion" in worth
    assert "<b>made up" not in page
    # Two weeks in control and one out of it, marked.
    assert page.count('class="f-red"') >= 1
