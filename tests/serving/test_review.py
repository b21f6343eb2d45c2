# ruff: noqa: RUF001
"""The page says what the served copy says: complete, escaped, and silent about what is not known."""

import re
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from orchestration.serving.reader import open_served
from orchestration.serving.review.causes import explained, waterfall
from orchestration.serving.review.collect import ReviewError, collect
from orchestration.serving.review.data import ALL, ReviewData
from orchestration.serving.review.loop_data import Ripe
from orchestration.serving.review.page import render
from orchestration.serving.review.write import write_review
from orchestration.settings import Settings
from tests.serving.company import WEEK, served_company

SECTIONS = (
    "verdict", "controls", "segments", "signals", "since", "ripe", "drivers", "causes", "defects", "quality",
    "dispute", "worth", "funnel", "handoffs",
    "capacity", "decisions", "actions", "paid", "plan", "issues", "revisions",
)  # fmt: skip
BLOCK = [
    f"UPDATE marts.weekly_variance SET state = 'blocked', revision_reason = 'first revision; not closed, missing"
    f" ads.ad_spend from 2026-03-27' WHERE week_start = '{WEEK}'",
    f"DELETE FROM marts.weekly_variance_drivers WHERE week_start = '{WEEK}'",
]


class Reader(HTMLParser):
    """Texts by section, and every tag and attribute seen."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.section = ""
        self.texts: dict[str, list[str]] = {}
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "section":
            self.section = dict(attrs).get("id") or ""

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.setdefault(self.section, []).append(data.strip())

    def text(self, section: str) -> str:
        return " ".join(self.texts.get(section, ()))


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("company"))
    served_company(settings)
    return settings


def week(settings: Settings, start: date = WEEK) -> ReviewData:
    with open_served(settings) as con:
        return collect(con, start, zone=settings.zone, currency=settings.currency)


def changed(tmp_path: Path, *changes: str) -> ReviewData:
    settings = Settings(home=tmp_path)
    served_company(settings, changes)
    return week(settings)


def test_the_latest_revision_is_collected_with_what_every_one_before_says(company: Settings) -> None:
    data = week(company)
    assert [(revision.number, revision.state) for revision in data.revisions] == [
        (1, "provisional"),
        (2, "provisional"),
    ]
    leads = data.figure("leads")
    before = next(f for f in data.previous_figures if (f.source, f.segment, f.metric) == (ALL, ALL, "leads"))
    assert leads is not None
    assert leads.actual is not None
    assert before.actual == leads.actual - 12


def test_the_drivers_of_the_latest_revision_add_up_to_the_gap_in_won_deals(company: Settings) -> None:
    data = week(company)
    won = data.figure("won")
    assert won is not None
    assert won.variance == pytest.approx(sum(driver.acquisitions for driver in data.drivers))


def test_drivers_of_ripe_deals_end_in_those_and_not_in_the_deals_counted_in_the_week(company: Settings) -> None:
    counted = week(company)
    won = counted.figure("won")
    assert won is not None
    assert explained(counted) == won.actual
    ripe = Ripe("won", won.plan, 0.0, 0.4, 16.8, 12.0, 22.0, "too_young", None, "noise", 0.8, 0)
    drivers = tuple(replace(driver, is_matured=True) for driver in counted.drivers)
    matured = replace(counted, drivers=drivers, loop=replace(counted.loop, ripe=(ripe,)))
    assert explained(matured) == 16.8
    assert re.findall("(When ripe|Actual|16.8)<", waterfall(matured)) == ["When ripe", "16.8"]
    assert re.findall("(When ripe|Actual)<", waterfall(counted)) == ["Actual"]
    assert waterfall(replace(matured, loop=replace(counted.loop, ripe=()))) == ""


def test_leads_handed_off_are_ready_or_defective_or_not_evaluated(company: Settings) -> None:
    seen = week(company).inspection
    assert None not in (seen.handed_off, seen.ready, seen.defective, seen.unevaluable)
    assert seen.handed_off == (seen.ready or 0) + (seen.defective or 0) + (seen.unevaluable or 0)


def test_trends_reach_back_thirteen_weeks_and_end_with_this_one(company: Settings) -> None:
    points = week(company).history["meetings"]
    assert [point.week_start for point in points] == [WEEK - timedelta(days=7 * back) for back in range(12, -1, -1)]


def test_defects_are_counted_for_leads_first_handed_off_in_the_week(tmp_path: Path) -> None:
    data = changed(
        tmp_path,
        "DELETE FROM marts.lead_defects",
        "INSERT INTO marts.lead_defects BY NAME SELECT lead_id, 'phone_present' AS criterion_code,"
        " 1 AS criterion_version, 'minor' AS severity, 'marketing_ops' AS owner, 'no_contact_data' AS reason_category,"
        " 10.5 AS cost, 'open' AS state FROM (SELECT lead_id FROM marts.fct_leads ORDER BY lead_id LIMIT 4)",
        "UPDATE marts.fct_leads SET lifecycle_stage = 'deleted' WHERE lead_id = 'L00000'",
        f"UPDATE marts.fct_handoffs SET week_start = DATE '{WEEK}' - 7 WHERE lead_id = 'L00001'",
    )
    assert [(c.code, c.leads, c.cost) for c in data.inspection.criteria] == [("phone_present", 2, 21.0)]


def test_a_handoff_that_was_offered_again_is_no_longer_waiting(tmp_path: Path) -> None:
    data = changed(
        tmp_path,
        "UPDATE marts.fct_handoffs SET outcome = 'accepted'",
        "UPDATE marts.fct_handoffs SET outcome = 'open' WHERE handoff_id IN ('L00000-1', 'L00001-1')",
        "UPDATE marts.fct_handoffs SET next_offered_at = offered_at WHERE handoff_id = 'L00001-1'",
    )
    assert [queue.waiting for queue in data.queues if queue.team == "sdr"] == [1]


def test_issues_come_from_this_weeks_deliveries_the_critical_first(company: Settings) -> None:
    issues = week(company).issues
    assert [issue.severity for issue in issues] == ["critical", "warning", "warning"]
    told = " ".join(f"{issue.subject}: {issue.found}" for issue in issues)
    for expected in (
        "Thu late, up to 30 hours",
        "web_touches_2026-03-26.csv",
        "3 rejected",
        "leads_2026-03-27.csv line 17",
    ):
        assert expected in told
    assert week(company, WEEK - timedelta(days=7)).issues == ()


def test_a_week_without_a_revision_says_which_job_to_run(company: Settings) -> None:
    with pytest.raises(ReviewError, match="run the weekly job for 2027-01-04"):
        week(company, date(2027, 1, 4))


def test_the_page_has_every_section_and_no_script_style_attribute_or_outside_address(company: Settings) -> None:
    page = render(week(company))
    reader = Reader(page)
    for section in SECTIONS:
        assert f'id="{section}"' in page
        assert reader.text(section)
    assert not reader.tags & {"script", "iframe", "object", "embed", "link", "img", "form", "base"}
    assert "style" not in reader.attributes
    assert not [name for name in reader.attributes if name.startswith("on")]
    assert re.findall(r"(?:https?:)?//[a-z]", page) == []
    assert "default-src 'none'; style-src 'sha256-" in page
    assert "unsafe-inline" not in page


def test_the_page_states_revision_state_instant_and_plan(company: Settings) -> None:
    text = Reader(render(week(company))).text("")
    for expected in ("Revision 2", "Provisional", "Wed 1 Apr 2026, 06:00 EDT", "v1", "Week 13, 23–29 March 2026"):
        assert expected in text


def test_the_page_shows_what_changed_since_the_revision_before(company: Settings) -> None:
    text = Reader(render(week(company))).text("revisions")
    assert "Leads 880 892 +1.4\u202f%" in text
    assert "webinars/enterprise +6" in text


ATTACK = """<script>alert(1)</script>"><img src=x onerror=alert(2)>{{ 7*7 }}</style></svg>'&#x27;javascript:alert(3)"""


def test_a_day_that_is_usually_not_whole_at_its_age_is_an_issue(tmp_path: Path) -> None:
    rows = ", ".join(
        f"('{feed}', date '{WEEK}' + 6, date '{WEEK}', 1, 60, {share}, {comes_to}, 300, {complete})"
        for feed, share, comes_to, complete in (
            ("web.web_touches", 0.6, 100.0, 0.6), ("crm.leads", 0.99, 60.6, 0.99), ("crm.activities", 1.0, 60, 0.2),
        )
    )  # fmt: skip
    page = render(changed(tmp_path, f"INSERT INTO marts.day_completeness VALUES {rows}"))
    assert "web.web_touches is whole for every day" in page
    assert "usually 60% in; about 40 records are still to come" in page
    assert "crm.leads is whole" not in page
    assert "next to nothing of Sun is in; about 240 are usual" in page


def test_the_data_section_says_how_long_the_truth_took(tmp_path: Path) -> None:
    timed = "modelled_at = landed_at + interval 3 minute, served_at = landed_at + interval 3 hour"
    page = Reader(render(changed(tmp_path, f"UPDATE marts.feed_freshness SET {timed}")))
    text = " ".join(page.text("issues").split())
    assert "event → landed 18 h" in text
    assert "landed → modelled 3 min 3 min" in text
    assert "modelled → served 3 h 3 h" in text
    assert "event → served 21 h" in text


def test_hostile_text_from_crm_files_and_plan_is_inert(tmp_path: Path) -> None:
    hostile = ATTACK.replace("'", "''")
    columns = {
        "weekly_variance": ("source", "segment", "revision_reason", "plan_version"),
        "weekly_variance_drivers": ("source", "owner"),
        "dim_source": ("title",), "dim_owner": ("name",), "dim_criterion": ("title",),
        "lead_defects": ("owner", "severity"), "fct_handoffs": ("to_team",),
        "feed_freshness": ("feed",), "load_manifest": ("feed", "file_name", "error"),
        "rejected_rows": ("feed", "file_name", "reason"),
    }  # fmt: skip
    changes = [
        f"UPDATE marts.{mart} SET {column} = {column} || '{hostile}' WHERE {column} <> 'all'"
        for mart, names in columns.items()
        for column in names
    ]
    page = render(changed(tmp_path, *changes))
    reader = Reader(page)
    assert not reader.tags & {"script", "img", "iframe"}
    assert not [name for name in reader.attributes if name.startswith("on")]
    assert page.count("</style>") == 1
    assert ATTACK in " ".join(text for texts in reader.texts.values() for text in texts)


def test_hostile_text_is_inert_in_the_index_too(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    hostile = ATTACK.replace("'", "''")
    served_company(settings, [BLOCK[0], f"UPDATE marts.weekly_variance SET revision_reason = '{hostile}'"])
    write_review(settings, week(settings))
    reader = Reader((settings.reports / "index.html").read_text())
    assert not reader.tags & {"script", "img"}
    assert "cannot be judged yet" in reader.text("weeks")


def test_a_blocked_week_says_so_and_why_and_shows_no_figure(tmp_path: Path) -> None:
    page = render(changed(tmp_path, *BLOCK))
    reader = Reader(page)
    assert "not closed, missing ads.ad_spend from 2026-03-27" in reader.text("blocked")
    assert "Deliver what is missing" in reader.text("blocked")
    assert "Blocked" in reader.text("")
    for section in (*SECTIONS[1 : SECTIONS.index("issues")],):
        assert f'id="{section}"' not in page
    assert "$" not in reader.text("verdict") + reader.text("blocked")
    assert "svg" not in reader.tags


def test_a_blocked_week_is_a_gap_in_later_trends(tmp_path: Path) -> None:
    earlier = WEEK - timedelta(days=14)
    data = changed(tmp_path, f"UPDATE marts.weekly_variance SET state = 'blocked' WHERE week_start = '{earlier}'")
    assert [point.actual for point in data.history["leads"] if point.week_start == earlier] == [None]


def test_what_was_never_delivered_is_a_dash_and_never_zero(tmp_path: Path) -> None:
    silent = "metric IN ('spend', 'meetings', 'cost_per_acquisition', 'cost_per_lead', 'accepted_to_meeting')"
    data = changed(
        tmp_path,
        f"UPDATE marts.weekly_variance SET actual = NULL, variance = NULL, variance_pct = NULL, favourable = NULL,"
        f" status = 'no_data' WHERE {silent}",
        "UPDATE marts.weekly_variance_drivers SET effect_money = NULL",
        "UPDATE marts.fct_source_weekly SET ready_leads = NULL, defective_leads = NULL, unevaluable_leads = NULL",
        "DELETE FROM marts.lead_defects",
        "DELETE FROM marts.fct_handoffs",
    )
    reader = Reader(render(data))
    controls = reader.text("controls")
    assert "Meetings held – plan 144 ○ Not delivered" in controls
    assert "Spend – plan $140.0k ○ Not delivered" in controls
    assert "none has been inspected" in reader.text("defects")
    assert "No handoff was delivered" in reader.text("handoffs")
    assert "in won deals" in reader.text("causes")
    assert "$0" not in reader.text("controls") + reader.text("drivers") + reader.text("causes")
    assert "defective" not in reader.text("verdict")


def test_a_cost_per_deal_without_deals_is_told_apart_from_a_missing_delivery(company: Settings) -> None:
    assert "no won deals" in Reader(render(week(company))).text("plan")


def test_pages_of_earlier_revisions_are_kept_and_the_latest_is_the_index(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    served_company(settings, ["DELETE FROM marts.weekly_variance WHERE revision = 2"])
    first = write_review(settings, week(settings)).revision.read_text()
    served_company(settings, run_id="run-2")
    second = write_review(settings, week(settings))
    folder = settings.reports / "weekly" / "2026-W13"
    assert (folder / "revision-1.html").read_text() == first
    assert (folder / "index.html").read_text() == second.revision.read_text() != first
    assert sorted(path.name for path in folder.iterdir()) == [
        "index.html", "review.json", "revision-1.html", "revision-2.html",
    ]  # fmt: skip


def test_the_index_lists_weeks_with_their_verdict_the_latest_first(company: Settings) -> None:
    headlines = [write_review(company, week(company, WEEK - timedelta(days=7 * back))).headline for back in (2, 0, 1)]
    page = (company.reports / "index.html").read_text()
    assert re.findall(r'href="(weekly/[^"]+)"', page) == [
        f"weekly/2026-W{number}/index.html" for number in (13, 12, 11)
    ]
    assert all(headline in Reader(page).text("weeks") for headline in headlines)


def test_the_same_week_renders_to_the_same_bytes(company: Settings) -> None:
    assert render(week(company)) == render(week(company))
