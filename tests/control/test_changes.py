"""The reason of a revision says what changed, by how much, where, and whether data or plan did."""

from datetime import date, datetime

from orchestration.control.cells import align
from orchestration.control.changes import describe_change
from orchestration.control.plan_against_actual import weekly_variance
from orchestration.control.week_state import JudgedWeek
from tests.control import known_answers as known

WEEK = date(2026, 3, 2)


def rows(plan=known.MARKETING_PLAN, actual=known.MARKETING_ACTUAL, version="v1", state="provisional", **more):
    cells = align(
        known.marketing_frame(actual).assign(**more), known.marketing_frame(plan, plan_version=version), [WEEK]
    )
    return weekly_variance(cells, [JudgedWeek(WEEK, "f", state, "")], datetime.fromisoformat("2026-03-10"))


def test_changed_data_is_named_by_measure_and_cell():
    after = rows(actual=known.MARKETING_ACTUAL | {"synd": [55000, 628, 149, 60, 27, 6]})
    assert describe_change(rows(), after) == ("data: leads +3 (synd/enterprise +3), accepted -1 (synd/enterprise -1)")


def test_a_changed_plan_is_told_apart_from_data_with_its_version():
    after = rows(plan=known.MARKETING_PLAN | {"synd": [40000, 400, 160, 80, 40, 12]}, version="v2")
    assert describe_change(rows(), after) == "plan: won +2 (synd/enterprise +2); plan version v1 to v2"


def test_a_new_source_counts_from_nothing():
    after = rows(actual=known.MARKETING_ACTUAL | {"events": [0, 4, 0, 0, 0, 0]})
    assert "leads +4 (events/enterprise +4 now known)" in describe_change(rows(), after)


def test_a_measure_that_is_no_longer_known_is_said():
    assert "meetings -140 (search/enterprise -80 no longer known, synd/enterprise -60 no longer known)" in (
        describe_change(rows(), rows(meetings=None))
    )


def test_only_the_largest_changes_are_listed():
    many = {f"s{i}": [0, i, 0, 0, 0, 0] for i in range(1, 6)}
    more = {source: [0, 2 * nodes[1], 0, 0, 0, 0] for source, nodes in many.items()}
    assert describe_change(rows(actual=many), rows(actual=more)) == (
        "data: leads +15 (s5/enterprise +5, s4/enterprise +4, s3/enterprise +3, 2 more)"
    )


def test_a_state_alone_is_said_and_so_is_a_change_outside_the_measures():
    assert describe_change(rows(), rows(state="final")) == "state provisional to final"
    assert describe_change(rows(), rows()).startswith("no measure changed")
