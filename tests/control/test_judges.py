"""The audit weighted back to the week: sensitivity, specificity and the corrected rate of both judges."""

from dataclasses import replace

import pandas as pd
import pytest

from orchestration.control.judges import judge_rows
from tests.control.week_world import World

# The week of the world: 20 ready accepted, 5 ready rejected, 10 defective accepted, 15 defective rejected.
SAMPLE = {
    ("ready", "accepted"): (20, ["ready"] * 9 + ["defective"]),
    ("ready", "rejected"): (5, ["defective"] * 2 + ["ready"] * 3),
    ("defective", "accepted"): (10, ["defective"] * 5 + ["ready"] * 5),
    ("defective", "rejected"): (15, ["defective"] * 10),
}
WORLD = World(sources=1)


def audits(sample: dict[tuple[str, str], tuple[int, list[str]]] = SAMPLE, by: str = "sales_ops") -> pd.DataFrame:
    rows = [
        (f"{inspector}-{sales}-{number}", inspector, sales, float(population), verdict, by)
        for (inspector, sales), (population, verdicts) in sample.items()
        for number, verdict in enumerate(verdicts)
    ]
    columns = ["audit_id", "inspector_verdict", "sales_verdict", "population", "verdict", "audited_by"]
    return pd.DataFrame(rows, columns=columns).assign(week_start=pd.Timestamp(WORLD.last))


def judged(found: pd.DataFrame) -> pd.DataFrame:
    rows = judge_rows(replace(WORLD.inputs(), audits=found), WORLD.last)
    return rows.loc[rows["source"] == "all"].set_index("judge")


def test_each_audited_lead_stands_for_its_quadrant():
    # Bad by the audit: 2 + 2 + 5 + 15 = 24 of 50; the inspector called 5 + 15 of them bad, and 5 good ones.
    found = judged(audits()).loc["inspector"]
    assert found["observed_rate"] == pytest.approx(0.5)
    assert found["sensitivity"] == pytest.approx(20 / 24)
    assert found["specificity"] == pytest.approx(21 / 26)
    assert found["corrected_rate"] == pytest.approx(24 / 50)
    assert found["corrected_low"] < found["corrected_rate"] < found["corrected_high"]


def test_both_judges_are_corrected_to_the_same_truth():
    found = judged(audits())
    assert found.loc["sales", "observed_rate"] == pytest.approx(0.4)
    assert found.loc["sales", "corrected_rate"] == pytest.approx(found.loc["inspector", "corrected_rate"])


def test_two_auditors_who_agree_say_what_one_says():
    one, two = judged(audits()), judged(pd.concat([audits(), audits(by="marketing_ops")]))
    assert two["sensitivity"].tolist() == pytest.approx(one["sensitivity"].tolist())
    assert two["audited"].tolist() == one["audited"].tolist()


def test_without_an_audit_nothing_is_corrected():
    found = judged(audits().iloc[:0])
    assert found["observed_rate"].tolist() == pytest.approx([0.5, 0.4])
    assert found[["sensitivity", "specificity", "corrected_rate"]].isna().all(axis=None)


def test_a_judge_no_better_than_chance_is_not_corrected():
    wrong = {("ready", "accepted"): (20, ["defective"]), ("defective", "rejected"): (15, ["ready"])}
    found = judged(audits(wrong)).loc["inspector"]
    assert found["sensitivity"] == 0
    assert pd.isna(found["corrected_rate"])


def test_audits_count_for_thirteen_weeks_and_never_for_a_week_before():
    old = audits().assign(week_start=pd.Timestamp(WORLD.last) - pd.Timedelta(weeks=13))
    later = audits().assign(week_start=pd.Timestamp(WORLD.last) + pd.Timedelta(weeks=1))
    assert judged(pd.concat([old, later]))["audited"].tolist() == [0, 0]


def test_what_an_auditor_could_not_tell_is_not_counted():
    found = judged(audits().assign(verdict="cannot_tell"))
    assert found["sensitivity"].isna().all()
