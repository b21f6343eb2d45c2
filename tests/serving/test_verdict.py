"""The week in one sentence: each rule by a week in which it must speak."""

from orchestration.serving.review.data import Driver
from orchestration.serving.review.verdict import judge
from tests.serving.reviews import figure, inspected, review

SYNDICATION = Driver("content_syndication", "lead_to_accepted", "marketing", -2.0, 30_000.0)
LOSSES = Driver("content_syndication", "opportunity_to_won", "sales", -3.0, 45_000.0)


def plain(text: str) -> str:
    return text.replace("\u202f", " ")


def test_volume_above_and_outcome_below_plan_is_the_disconnect_with_its_cause() -> None:
    data = review(
        figure("leads", 200, 210, "on_plan"),
        figure("meetings", 100, 93, "watch"),
        figure("meetings", 70, 55, "off_plan", segment="enterprise"),
        drivers=(LOSSES, SYNDICATION),
    )
    verdict = judge(data)
    assert plain(verdict.headline) == (
        "Leads are 5 % above plan while enterprise meetings are 21 % below it: "
        "content syndication delivers volume that sales does not accept."
    )
    assert verdict.tone == "red"


def test_the_outcome_named_is_the_one_furthest_below_plan() -> None:
    data = review(figure("accepted", 100, 85, "off_plan"), figure("meetings", 40, 24, "off_plan", segment="mid_market"))
    assert plain(judge(data).headline) == "Leads are on plan while mid-market meetings are 40 % below it."


def test_a_miss_of_a_few_single_deals_is_no_headline() -> None:
    data = review(figure("won", 1.6, 0, "off_plan", segment="enterprise"))
    assert judge(data).headline == "All 8 controls are on plan."


def test_without_a_disconnect_the_largest_misses_are_named_with_what_cost_most() -> None:
    data = review(
        figure("leads", 200, 160, "off_plan"), figure("won", 20, 15, "off_plan"), drivers=(LOSSES, SYNDICATION)
    )
    assert plain(judge(data).headline) == (
        "Won deals are 25 % below plan and leads are 20 % below plan: "
        "fewer opportunities from content syndication are won than planned."
    )


def test_a_week_to_watch_is_amber_and_names_what_to_watch() -> None:
    verdict = judge(review(figure("opportunities", 50, 46, "watch")))
    assert (plain(verdict.headline), verdict.tone) == (
        "No control is off plan; opportunities are 8 % below plan.",
        "amber",
    )


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
    data = review(
        figure("won", 20, 15, "off_plan"),
        drivers=(Driver("content_syndication", "volume", "marketing", -5.0, None),),
    )
    verdict = judge(data)
    assert verdict.facts == ()
    assert verdict.headline.endswith("content syndication brings fewer leads than planned.")
