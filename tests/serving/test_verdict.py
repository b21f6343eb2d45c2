# ruff: noqa: RUF001
"""The week in one sentence: each rule by a week in which it must speak."""

from dataclasses import replace

from orchestration.serving.review.data import Driver, Figure
from orchestration.serving.review.verdict import judge
from tests.serving.reviews import figure, inspected, review

SYNDICATION = Driver("content_syndication", "lead_to_accepted", "marketing", -2.0, 30_000.0)
LOSSES = Driver("content_syndication", "opportunity_to_won", "sales", -3.0, 45_000.0)


def plain(text: str) -> str:
    return text.replace("\u202f", " ")


def meetings_by_source(syndication: float, linkedin: float, leads: float) -> list[Figure]:
    """Enterprise cells of two sources: planned 20 meetings each of 40 accepted and 100 leads each."""
    where = {"segment": "enterprise", "source": "content_syndication"}
    return [
        figure("meetings", 20, syndication, "off_plan", **where),
        figure("leads", 100, leads, "on_plan", **where),
        figure("lead_to_accepted", 0.4, 0.2, "off_plan", **where),
        figure("accepted_to_meeting", 0.5, 0.48, "on_plan", **where),
        figure("opportunity_to_won", 0.5, 0.0, "off_plan", **where),
        figure("meetings", 20, linkedin, "watch", segment="enterprise", source="linkedin_ads"),
    ]


def test_volume_above_and_outcome_below_plan_is_the_disconnect_with_its_source_and_step() -> None:
    data = review(
        figure("leads", 200, 210, "on_plan"),
        figure("meetings", 100, 93, "watch"),
        figure("meetings", 70, 55, "off_plan", segment="enterprise"),
        *meetings_by_source(syndication=8, linkedin=18, leads=124),
    )
    verdict = judge(data)
    assert plain(verdict.headline) == (
        "Leads are 5 % above plan while enterprise meetings are 21 % below it: "
        "more leads than planned come from content syndication, but sales accepts fewer of them."
    )
    assert verdict.tone == "red"


def test_leads_a_little_short_are_not_called_above_plan() -> None:
    data = review(
        figure("leads", 200, 194, "on_plan"),
        figure("meetings", 70, 55, "off_plan", segment="enterprise"),
        *meetings_by_source(syndication=8, linkedin=18, leads=97),
    )
    assert plain(judge(data).headline) == (
        "Leads are close to plan (−3.0 %) while enterprise meetings are 21 % below it: "
        "sales accepts fewer of the leads from content syndication than planned."
    )


def test_a_shortfall_that_no_source_dominates_is_blamed_on_none() -> None:
    shortfalls = [
        figure("meetings", 20, 17, "off_plan", segment="enterprise", source=source)
        for source in ("content_syndication", "linkedin_ads", "partner")
    ]
    data = review(figure("meetings", 70, 55, "off_plan", segment="enterprise"), *shortfalls)
    assert plain(judge(data).headline) == (
        "Leads are on plan while enterprise meetings are 21 % below it; "
        "no single source explains it (3 are short of plan)."
    )


def test_a_source_written_as_a_name_keeps_its_letters() -> None:
    data = review(figure("leads", 200, 160, "off_plan"), figure("leads", 100, 60, "off_plan", source="linkedin_ads"))
    assert plain(judge(data).headline) == (
        "Leads are 20 % below plan: fewer leads than planned come from LinkedIn ads."
    )


def test_the_outcome_named_is_the_one_furthest_below_plan() -> None:
    data = review(figure("accepted", 100, 85, "off_plan"), figure("meetings", 40, 24, "off_plan", segment="mid_market"))
    assert plain(judge(data).headline) == "Leads are on plan while mid-market meetings are 40 % below it."


def test_a_miss_of_a_few_single_deals_is_no_headline() -> None:
    data = review(figure("won", 1.6, 0, "off_plan", segment="enterprise"))
    assert judge(data).headline == "All 8 controls are on plan."


def test_when_leads_are_short_too_the_largest_misses_are_named_together() -> None:
    data = review(figure("leads", 200, 160, "off_plan"), figure("won", 20, 15, "off_plan"))
    assert plain(judge(data).headline) == "Won deals are 25 % below plan and leads are 20 % below plan."


def test_a_week_to_watch_is_amber_and_names_what_to_watch() -> None:
    verdict = judge(review(figure("opportunities", 50, 46, "watch")))
    assert (plain(verdict.headline), verdict.tone) == (
        "No control is off plan; opportunities are 8 % below plan.",
        "amber",
    )


def test_what_may_be_chance_is_neither_red_nor_the_cause_of_a_headline() -> None:
    drawn = {"signal": "noise", "confidence": 0.86, "weeks_lasted": 2}
    verdict = judge(
        review(
            figure("won", 6, 2, "off_plan", **drawn),
            figure("meetings", 33, 24, "off_plan", segment="enterprise", **drawn),
            figure("leads", 200, 188, "watch", **drawn),
        )
    )
    assert (plain(verdict.headline), verdict.tone) == (
        "No control differs from plan by more than chance; the furthest: won deals are 67 % below plan.",
        "green",
    )


def test_a_count_that_is_better_than_plan_is_not_named_as_the_furthest_miss() -> None:
    """A cost that is judged by what its leads will come to may be off plan while the week's own is under it."""
    better = replace(figure("cost_per_acquisition", 100, 84, "off_plan", signal="noise"), favourable="F")
    assert judge(review(better)).headline == "No control differs from plan by more than chance."


def test_what_chance_seldom_does_is_watched() -> None:
    rare = {"signal": "watch", "confidence": 0.967, "weeks_lasted": 3}
    verdict = judge(review(figure("won", 6, 2, "off_plan", **rare)))
    assert (plain(verdict.headline), verdict.tone) == (
        "No control is off plan; won deals are 67 % below plan.",
        "amber",
    )


def test_a_count_on_plan_this_week_and_short_over_four_is_amber_and_says_both() -> None:
    short = {"signal": "signal", "confidence": 0.999, "weeks_lasted": 0}
    verdict = judge(review(figure("meetings", 40, 39, "on_plan", **short), figure("leads", 99, 98, "on_plan", **short)))
    assert (verdict.headline, verdict.tone) == (
        "No control is off plan; meetings are on plan this week and short of it over four weeks by more than chance.",
        "amber",
    )


def test_a_red_says_how_sure_it_is_and_how_many_weeks_it_has_lasted() -> None:
    sure = {"signal": "signal", "confidence": 0.9972, "weeks_lasted": 3}
    verdict = judge(review(figure("meetings", 40, 24, "off_plan", **sure)))
    assert verdict.tone == "red"
    assert plain(verdict.facts[0]) == (
        "Meetings are 40 % below plan for 3 weeks in a row; that it is more than chance is 99.7 % sure."
    )


def test_money_that_was_spent_is_no_chance() -> None:
    verdict = judge(review(figure("spend", 100, 130, "off_plan", signal="noise", confidence=0.8, weeks_lasted=1)))
    assert verdict.tone == "red"


def test_a_week_on_plan_is_green() -> None:
    verdict = judge(review(figure("won", 100, 108, "on_plan")))
    assert (plain(verdict.headline), verdict.tone) == (
        "All 8 controls are on plan; won deals are 8 % above plan.",
        "green",
    )


def test_a_blocked_week_gives_its_reason_and_no_fact() -> None:
    reason = "first revision; not closed, missing ads.ad_spend from 2026-03-27"
    verdict = judge(inspected(review(state="blocked", reason=reason)))
    assert verdict.headline == "Week 13 cannot be judged yet: not closed, missing ads.ad_spend from 2026-03-27."
    assert (verdict.facts, verdict.tone) == ((), "neutral")


def test_without_a_plan_nothing_is_called_good_or_bad() -> None:
    controls = ("spend", "leads", "ready_leads", "accepted", "meetings", "opportunities", "won", "cost_per_acquisition")
    verdict = judge(review(*(figure(metric, None, 10, "no_plan") for metric in controls)))
    assert verdict.headline == "The week is not judged against a plan: no plan was in force."
    assert verdict.tone == "neutral"


def test_a_feed_that_never_delivered_is_neither_on_plan_nor_off() -> None:
    assert judge(review(figure("meetings", 100, None, "no_data"))).headline == "All 7 controls are on plan."


def test_the_facts_price_the_gap_and_name_the_commonest_defect() -> None:
    facts = [plain(fact) for fact in judge(inspected(review(drivers=(SYNDICATION, LOSSES)))).facts]
    assert facts == [
        "$75.0k more was spent than the plan allows for the deals won; the largest single effect is $45.0k: "
        "fewer opportunities from content syndication are won than planned (sales).",
        "4 of 10 leads handed off are defective (40.0 %), most often failing “The lead can be reached by phone” (3).",
    ]


def test_money_that_is_not_known_is_not_counted_as_saved_or_lost() -> None:
    unpaid = Driver("content_syndication", "volume", "marketing", -5.0, None)
    assert judge(review(figure("won", 20, 15, "off_plan"), drivers=(unpaid,))).facts == ()
