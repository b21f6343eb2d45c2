"""Who hears of what, when, and that nobody hears of the same thing twice."""

from datetime import date, timedelta
from email import message_from_bytes, policy

import pytest

from orchestration.serving.failures import write
from orchestration.serving.outbox import store
from tests.failures.world import MONDAY, World, at, sent_to, subjects

TUESDAY, WEDNESDAY, THURSDAY = (MONDAY + timedelta(days=days) for days in (1, 2, 3))


def body(world: World, audience: str, report: str) -> str:
    (payload,) = sent_to(world.settings, audience, report)
    part = message_from_bytes(payload, policy=policy.default).get_body(("plain",))
    assert part is not None
    return part.get_content()


def test_a_defect_reaches_the_criterions_owner_and_the_campaigns_owner_and_no_other(world: World) -> None:
    world.defect("L1", "email_present")
    world.defect("L2", "buyer_role", day=MONDAY)
    world.lead("L2", campaign_id=None, source="organic_search")
    world.day(MONDAY)
    assert subjects(world.settings, "marketing_ops") == ["Lead defects, Mon 2 Mar: 1 new, 1 open at $50"]
    assert subjects(world.settings, "content") == ["Lead defects, Mon 2 Mar: 1 new, 1 open at $50"]
    assert subjects(world.settings, "room") == ["Lead defects, Mon 2 Mar: 2 new, 2 open at $100"]
    assert subjects(world.settings, "finance") == []


def test_nothing_new_no_mail(world: World) -> None:
    world.defect("L1", "email_present")
    assert world.day(MONDAY).messages == 4
    written = world.day(TUESDAY)
    assert (written.reports, written.messages, written.note) == (0, 0, "nothing is new")


def test_what_was_told_is_a_count_beside_what_is_new(world: World) -> None:
    for number in range(3):
        world.defect(f"L{number}", "email_present")
    world.day(MONDAY)
    world.defect("L9", "email_present", day=TUESDAY)
    world.day(TUESDAY)
    assert subjects(world.settings, "marketing_ops")[-1] == "Lead defects, Tue 3 Mar: 1 new, 4 open at $200"
    text = body(world, "marketing_ops", "daily:2026-03-03")
    assert "1 new, costing $50. 3 still open, since Tue 3 Mar." in text
    assert text.index("new: L9") < text.index("* L0")


def test_a_fix_is_told_once_and_a_relapse_is_news(world: World) -> None:
    world.defect("L1", "email_present")
    world.day(MONDAY)
    world.fix("L1", "email_present")
    world.day(TUESDAY)
    world.day(WEDNESDAY)
    world.fix("L1", "email_present", "reopened")
    world.day(THURSDAY)
    told = subjects(world.settings, "marketing_ops")
    assert told[1:] == ["Lead defects, Tue 3 Mar: 1 resolved", "Lead defects, Thu 5 Mar: 1 new, 1 open at $50"]
    assert "1 came back after they were resolved" in body(world, "marketing_ops", "daily:2026-03-05")


def test_a_waiver_is_told_once_and_costs_nothing_more(world: World) -> None:
    world.defect("L1", "email_present")
    world.day(MONDAY)
    world.fix("L1", "email_present", "waived")
    world.day(TUESDAY)
    assert world.day(WEDNESDAY).messages == 0
    assert "1 waived" in body(world, "marketing_ops", "daily:2026-03-03")


def test_a_defect_that_vanishes_with_its_lead_is_told_to_those_who_knew_it(world: World) -> None:
    world.defect("L1", "email_present")
    world.lead("L2")
    world.day(MONDAY)
    world.leads["L1"]["lifecycle_stage"] = "deleted"
    world.day(TUESDAY)
    assert "1 gone with their lead" in body(world, "content", "daily:2026-03-03")
    assert world.day(WEDNESDAY).messages == 0


def test_a_new_audience_first_hears_of_all_that_stands(world: World) -> None:
    world.defect("L1", "email_present")
    world.day(MONDAY)
    world.audiences = (
        *world.audiences,
        ("late", "marketing_ops", "email", "late@example.com", "own", True, True, True, False),
    )
    assert world.day(TUESDAY).messages == 1
    assert subjects(world.settings, "late") == ["Lead defects, Tue 3 Mar: 1 open at $50"]
    assert "This is your first report" in body(world, "late", "daily:2026-03-03")
    assert world.day(WEDNESDAY).messages == 0


def test_the_same_day_again_tells_only_what_came_since(world: World) -> None:
    world.defect("L1", "email_present")
    world.day(MONDAY)
    assert world.day(MONDAY).messages == 0
    world.defect("L2", "email_present")
    assert world.day(MONDAY).messages == 4
    assert len(sent_to(world.settings, "room", "daily:2026-03-02")) == 2


def test_a_run_for_a_past_day_tells_nothing(world: World) -> None:
    world.defect("L1", "email_present", day=TUESDAY)
    world.day(TUESDAY)
    world.defect("L2", "email_present")
    written = world.day(MONDAY)
    assert written.messages == 0
    assert "was told already" in written.note
    assert world.day(WEDNESDAY).messages == 4


def test_killed_before_the_outbox_was_written_everything_is_told_by_the_next_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.defect("L1", "email_present")

    def killed(*_: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(write.memory, "remember_problems", killed)
        with pytest.raises(KeyboardInterrupt):
            world.day(MONDAY)
    with store.open_outbox(world.settings) as con:
        assert store.counts(con)["pending"] == 0
    assert world.day(MONDAY).messages == 4


def test_examples_are_new_first_then_dear_and_one_campaign_does_not_take_all(world: World) -> None:
    for number in range(6):
        world.defect(f"L{number}", "email_present", cost=100.0 + number)
    world.defect("OTHER", "email_present", cost=1.0)
    world.lead("OTHER", campaign_id="CS-2")
    world.day(MONDAY)
    text = body(world, "marketing_ops", "daily:2026-03-02")
    shown = [line.split()[2] for line in text.splitlines() if line.startswith("* new: ")]
    assert shown == ["L5", "OTHER", "L4", "L3", "L2"]


def test_a_week_is_always_told_and_says_how_many_were_judged(world: World) -> None:
    world.lead("L1")
    assert world.week(MONDAY).messages == 5
    assert subjects(world.settings, "marketing_ops") == ["Lead defects, week 10: no open defect; 1 leads judged"]


def test_a_week_tells_its_own_new_and_fixed_and_what_stands(world: World) -> None:
    world.defect("OLD", "email_present", day=MONDAY - timedelta(days=10))
    world.leads["OLD"]["_inspected_at"] = at(date(2026, 2, 20), 11)
    world.defect("NEW", "email_present", day=TUESDAY)
    world.defect("FIXED", "email_present", day=MONDAY - timedelta(days=10), state="fixed", fixed_at=at(WEDNESDAY, 11))
    world.week(MONDAY)
    assert subjects(world.settings, "marketing_ops") == ["Lead defects, week 10: 1 new, 1 resolved, 2 open at $100"]


def test_the_first_week_finds_all_of_history_and_calls_none_of_it_new(world: World) -> None:
    for number in range(3):
        world.defect(f"OLD{number}", "email_present", day=TUESDAY)
    world.week(MONDAY)
    assert subjects(world.settings, "marketing_ops") == ["Lead defects, week 10: first report, 3 open at $150"]
    first = body(world, "marketing_ops", "weekly:2026-W10")
    assert "This is the first weekly report" in first
    assert "3 open." in first
    assert "still open" not in first
    assert not any(f"{count} new" in first for count in (1, 2, 3))
    world.defect("NEXT", "email_present", day=MONDAY + timedelta(days=8))
    world.week(MONDAY + timedelta(days=7))
    assert subjects(world.settings, "marketing_ops")[-1] == "Lead defects, week 11: 1 new, 4 open at $200"
    assert "3 still open" in body(world, "marketing_ops", "weekly:2026-W11")


def test_the_same_week_is_told_once_and_a_change_as_a_revision(world: World) -> None:
    world.defect("OLD", "email_present", day=MONDAY - timedelta(days=10), state="fixed", fixed_at=at(date(2026, 2, 21)))
    world.leads["OLD"]["_inspected_at"] = at(date(2026, 2, 20), 11)
    world.defect("L1", "email_present")
    world.week(MONDAY)
    assert world.week(MONDAY).messages == 0
    world.defect("L2", "email_present")
    world.week(MONDAY)
    assert subjects(world.settings, "finance") == [
        "Lead defects, week 10: 1 new, 1 open at $50",
        "Revised: Lead defects, week 10: 2 new, 2 open at $100",
    ]


def test_a_blocked_week_says_so_and_gives_no_all_clear(world: World) -> None:
    world.other["weekly_variance"] = [
        {
            "week_start": MONDAY,
            "revision": 1,
            "state": "blocked",
            "revision_reason": "crm.leads from 2026-03-05 is missing",
        }
    ]
    world.week(MONDAY)
    (subject,) = subjects(world.settings, "finance")
    assert subject.startswith(
        "Lead defects, week 10: Not judged: The week is blocked and its figures are not told: crm.leads"
    )


def freshness(feed: str, day: date, state: str) -> dict[str, object]:
    return {"feed": feed, "day": day, "cadence": "daily", "rows_loaded": 0, "state": state}


PROBLEMS = {
    "missing feed": (
        {"feed_freshness": [freshness("crm.leads", TUESDAY, "missing")]},
        "Not judged: crm.leads was not delivered from Tue 3 Mar on",
    ),
    "refused file": (
        {
            "load_manifest": [
                {"feed": "crm.leads", "file_name": "crm/leads/leads_2026-03-03.csv", "status": "refused",
                 "error": "column email is missing; rename it back", "recorded_at": at(WEDNESDAY, 11)}
            ]
        },
        "Not judged: crm/leads/leads_2026-03-03.csv was refused: column email is missing; rename it back",
    ),
    "empty file": (
        {
            "load_manifest": [
                {"feed": "crm.leads", "file_name": "crm/leads/leads_2026-03-03.csv", "status": "loaded",
                 "delivery_day": TUESDAY, "rows_loaded": 0, "recorded_at": at(WEDNESDAY, 11)}
            ],
            "feed_freshness": [freshness("crm.leads", TUESDAY, "in")],
        },
        "Not judged: crm/leads/leads_2026-03-03.csv held no row",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PROBLEMS)
def test_what_could_not_be_judged_is_told_and_never_as_no_defects(world: World, name: str) -> None:
    marts, expected = PROBLEMS[name]
    world.lead("L1")
    world.day(MONDAY)
    world.other |= marts
    world.day(TUESDAY)
    world.day(WEDNESDAY)
    (told,) = subjects(world.settings, "marketing_ops")
    assert expected in told
    text = body(world, "marketing_ops", "daily:2026-03-03")
    assert "WHAT COULD NOT BE JUDGED" in text
    assert "No lead was judged in this period" in text
    world.other = {}
    world.lead("L2")
    world.day(THURSDAY)
    assert "Resolved: " in body(world, "marketing_ops", "daily:2026-03-05")
    assert "(since Tue 3 Mar)" in body(world, "marketing_ops", "daily:2026-03-05")


def test_a_file_mended_for_a_repeat_of_the_same_run_is_no_problem(world: World) -> None:
    world.lead("L1")
    world.day(MONDAY)
    file = {"feed": "crm.leads", "file_name": "crm/leads/leads_2026-03-03.csv", "recorded_at": at(WEDNESDAY, 11)}
    refused = file | {"status": "refused", "error": "column email is missing"}
    world.other["load_manifest"] = [refused, file | {"status": "loaded", "delivery_day": TUESDAY, "rows_loaded": 1}]
    world.day(TUESDAY)
    world.day(WEDNESDAY)
    assert not [told for told in subjects(world.settings, "marketing_ops") if "refused" in told]


def test_a_criterion_that_saw_nothing_is_told(world: World) -> None:
    for number in range(6):
        world.lead(f"L{number}")
    world.other["lead_unevaluable"] = [
        {"lead_id": f"L{number}", "criterion_code": "buyer_role", "criterion_version": 1, "owner": "sdr_lead"}
        for number in range(6)
    ]
    world.day(MONDAY)
    text = body(world, "marketing_ops", "daily:2026-03-02")
    assert "“The person can buy” could not be evaluated for 6 of 6 leads: its column is missing or empty" in text
    assert subjects(world.settings, "content") == [
        "Lead defects, Mon 2 Mar: no open defect; 6 leads judged; not everything could be judged"
    ]
