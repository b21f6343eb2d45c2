# ruff: noqa: RUF001
"""What the weekly review says of signals, capacity, decisions, their results and actions."""

from dataclasses import replace

import pytest

from orchestration.serving.reader import open_served
from orchestration.serving.review.collect import collect
from orchestration.serving.review.data import LastWeek, ReviewData
from orchestration.serving.review.loop import loop_view
from orchestration.serving.review.loop_data import Ripe, Shift, Signal, Trust
from orchestration.serving.review.since import since_view
from orchestration.serving.review.verdict import judge
from orchestration.settings import Settings
from tests.serving.company import WEEK, served_company
from tests.serving.loop_rows import TUESDAY
from tests.serving.reviews import figure, review


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> ReviewData:
    settings = Settings(home=tmp_path_factory.mktemp("loop"))
    served_company(settings)
    with open_served(settings) as con:
        return collect(con, WEEK, zone=settings.zone, currency=settings.currency)


def test_signals_are_those_of_the_latest_revision_the_open_ones_first(week: ReviewData) -> None:
    lines = loop_view(week).signals

    assert [(line.status.word, line.title) for line in lines] == [
        ("Signal", "Green-red disconnect: Content syndication, enterprise"),
        ("Watch", "Green-red disconnect: LinkedIn ads, mid market"),
    ]
    assert lines[0].cells == (
        "99.9\u202f% sure, 3 weeks",
        "$12.2k",
        "$36.8k",
        "readiness of the leads",
        "Content marketing",
    )


def test_a_team_short_of_hours_is_told_both_prices_of_balance(week: ReviewData) -> None:
    [sdr] = loop_view(week).teams

    assert sdr.title == "SDR (bottleneck)"
    assert sdr.status.word == "Overloaded"
    assert sdr.note == "balance costs a score of at least 61, or 2 more people"


def test_a_decision_says_from_whom_to_whom_how_much_when_and_who_agreed(week: ReviewData) -> None:
    [shift] = loop_view(week).shifts

    assert shift.title == "Content syndication → LinkedIn ads"
    assert shift.cells[:2] == ("$10.0k", f"Tue {TUESDAY.day} Mar")
    assert shift.cells[3] == "Head of marketing, agreed in advance"


def test_a_result_shows_before_and_after_as_no_evidence(week: ReviewData) -> None:
    [paid] = loop_view(week).paid

    assert paid.status.word == "Paid"
    assert paid.note == "before and after: 77\u202f%, not evidence"


def test_open_actions_only_and_an_overdue_one_says_to_whom_it_went(week: ReviewData) -> None:
    [action] = loop_view(week).actions

    assert action.status.word == "Escalated"
    assert action.note.endswith("escalated to Head of marketing")


def test_a_young_figure_is_shown_with_its_interval_and_not_judged() -> None:
    young = Ripe("won", 16.0, 0.0, 0.4, 16.8, 12.0, 22.0, "too_young", 22.0, "noise", 0.8, 0)
    data = review()

    [line] = loop_view(replace(data, loop=replace(data.loop, ripe=(young,)))).ripe

    assert line.status.word == "Too young"
    assert line.cells == ("0", "0.4", "16.8", "12 to 22", "16", "no")
    assert "no evidence yet" in line.note


@pytest.mark.parametrize(
    ("age_status", "signal", "told"),
    [
        ("off_plan", "signal", "yes, 99.7 % sure, 3 weeks"),
        ("watch", "watch", "perhaps, 99.7 % sure, 3 weeks"),
        ("on_plan", "watch", "perhaps over four weeks, 99.7 % sure, 3 weeks"),
        ("off_plan", "noise", "no"),
        ("too_young", None, "not judged"),
    ],
)
def test_how_far_off_and_whether_it_is_chance_are_told_apart(age_status: str, signal: str | None, told: str) -> None:
    meetings = Ripe("meetings", 90.0, 20.0, 24.0, 86.0, 80.0, 92.0, age_status, None, signal, 0.997, 3)
    data = review()

    [line] = loop_view(replace(data, loop=replace(data.loop, ripe=(meetings,)))).ripe

    assert line.cells[-1].replace("\u202f", " ") == told


def test_past_estimates_are_scored_behind_the_math_and_a_wrong_interval_is_told_openly() -> None:
    honest = Trust("meetings", 514, 0.806, -0.006, 0.116, 0.114, 0.178, "acceptable")
    boastful = Trust("won", 284, 0.52, 0.022, 0.886, None, 0.991, "too_sure")
    data = review()

    good = loop_view(replace(data, loop=replace(data.loop, trust=(honest,))))
    both = loop_view(replace(data, loop=replace(data.loop, trust=(honest, boastful))))

    cells = tuple(cell.replace("\u202f", " ") for cell in good.trust[0].cells)
    assert cells == ("514", "81 %", "−0.6 %", "12 %", "11 %", "18 %")
    assert (good.trust[0].status.word, good.mistrust) == ("As sure as it says", "")
    assert both.trust[1].cells[4] == "–"
    assert both.mistrust.replace("\u202f", " ") == (
        "The interval of won deals has held 52 % of what came true instead of 80 %: it is too narrow."
    )


def test_what_changed_since_last_week_is_each_control_and_the_signals_that_are_new_or_ended() -> None:
    def signal(subject: str, state: str, kind: str = "green_red_disconnect") -> Signal:
        return Signal(kind, subject, state, None, 1, 0.99, None, None, None, "x", "")

    data = review(figure("leads", 100, 90, "watch"), figure("meetings", 40, 44, "on_plan"))
    now = (signal("content_syndication/enterprise", "open"), signal("linkedin_ads/mid_market", "open"))
    then = (
        signal("linkedin_ads/mid_market", "watch"),
        signal("webinars/enterprise", "open"),
        signal("referral/enterprise", "closed"),
    )
    before = LastWeek(False, (figure("leads", 100, 100, "on_plan"), figure("meetings", 40, 0, "off_plan")), then)

    found = since_view(replace(data, loop=replace(data.loop, signals=now), last_week=before))

    lines = {line.title: (line.status.word, *line.cells) for line in found.controls}
    assert lines["Leads"] == ("Watch", "100", "90", "−10.0\u202f%", "On plan")
    assert lines["Meetings held"] == ("On plan", "0", "44", "–", "Off plan")
    assert found.signals == (
        "New: Green-red disconnect: Content syndication, enterprise.",
        "From watch to signal: Green-red disconnect: LinkedIn ads, mid market.",
        "Ended: Green-red disconnect: webinars, enterprise.",
        "1 goes on from last week.",
    )


def test_the_first_week_and_one_after_a_blocked_one_compare_nothing_and_say_so(week: ReviewData) -> None:
    assert "first week that was judged" in since_view(review()).told
    blocked = since_view(replace(review(), last_week=LastWeek(True, (), ())))
    assert (blocked.told.startswith("Last week is blocked"), blocked.controls) == (True, ())
    assert week.last_week is not None
    assert len(since_view(week).controls) == 8


def test_a_week_on_plan_in_total_still_names_the_disconnect_of_one_source() -> None:
    data = review()
    signal = Signal(
        "green_red_disconnect", "content_syndication/enterprise", "open", WEEK, 3, 0.99, 12000.0, 36000.0, "ready",
        "content_marketing", "leads at 107%", 0.65,
    )  # fmt: skip

    quiet, told = judge(data), judge(replace(data, loop=replace(data.loop, signals=(signal,))))

    assert quiet.tone == "green"
    assert told.tone == "red"
    assert "Content syndication, enterprise" in told.headline
    assert told.facts[0].replace("\u202f", " ") == (
        "That sales gets less out of them than planned is 99.0 % sure; that a tenth or more is lost, 65 %."
    )
    assert told.facts[1].startswith("In total: all ")


def test_a_shift_without_receiver_goes_nowhere() -> None:
    data = review()
    held = Shift("PB-01", "content_syndication", None, 0.0, TUESDAY, "held", "required", "x", "not enough truth")

    [line] = loop_view(replace(data, loop=replace(data.loop, shifts=(held,)))).shifts

    assert line.title == "Content syndication → nowhere"
    assert line.cells[3] == "x, needs approval"
