"""Where each tactic stands at a week's end: states, causes and facts from the same inputs for signals and shifts."""

from datetime import timedelta

import numpy as np
import pytest

from orchestration.control.disconnect import State
from orchestration.control.shift_rows import SOURCES
from orchestration.control.standing import source_facts, standing_at
from orchestration.control.triggers import EVIDENCE
from tests.control.week_world import World

QUALITY = {"accepted": 0.75, "meeting": 0.75, "ready_leads": 0.75, "opportunity": 0.75, "won": 0.75}


def test_on_plan_nothing_stands_out():
    standing = standing_at(World().inputs(), World().last, "tactic")
    assert (standing.reading.detection.state == State.NONE).all()
    assert standing.money_at_risk == pytest.approx(np.zeros(4), abs=200)
    assert standing.ripe["meeting"].rate.mean == pytest.approx(np.full(4, 0.1), rel=1e-6)


def test_a_quality_fault_is_a_disconnect_with_its_cause_its_price_and_its_beginning():
    world = World(fault=QUALITY)
    standing = standing_at(world.inputs(), world.last, "tactic")
    detection = standing.reading.detection
    assert detection.state[0, -1] == State.DISCONNECT
    assert detection.state[1:, -1].tolist() == [State.NONE] * 3
    assert detection.began[0, -1] == 14
    assert standing.blame.verdict[0] == "ready"
    assert standing.blame.shares[0, 0] == pytest.approx(1, abs=0.02)
    # Four weeks of 180 decisions at .75 of plan, shrunk by the 200 leads that the plan is worth.
    assert standing.money_at_risk[0] == pytest.approx(50_000 * (1 - (200 + 0.75 * 720) / 920), rel=0.002)
    assert standing.burned[0] > standing.money_at_risk[0]


def test_the_standing_of_a_week_knows_nothing_of_what_came_later():
    world = World(fault=QUALITY)
    inputs = world.inputs()
    before = world.mondays[13]
    alone = World(weeks=14).inputs()
    assert (standing_at(inputs, before, "tactic").reading.detection.state == State.NONE).all()
    late, early = (standing_at(each, before, "tactic") for each in (inputs, alone))
    assert late.ripe["won"].ultimate == pytest.approx(early.ripe["won"].ultimate)


def test_a_plan_that_changes_is_followed_week_by_week():
    world = World(fault=dict.fromkeys(("accepted", "meeting"), 0.7))
    inputs = world.inputs()
    later = inputs.plan["week_start"].dt.date >= world.mondays[14]
    hit = later & (inputs.plan["source"] == "source-000")
    for measure in ("accepted", "meetings"):
        inputs.plan[measure] = np.where(hit, inputs.plan[measure] * 0.7, inputs.plan[measure])
    standing = standing_at(inputs, world.last, "tactic")
    assert standing.reading.detection.state[0, -1] == State.NONE


def test_evidence_and_facts_are_what_the_playbook_reads():
    world = World(segments=("enterprise", "mid_market"), fault=QUALITY)
    inputs = world.inputs()
    standing = standing_at(inputs, world.last, "source")
    evidence = standing.evidence()
    assert tuple(evidence.columns) == EVIDENCE
    assert not evidence.duplicated(["week_start", "source", "stream"]).any()
    facts = source_facts(inputs, standing, truth_lag_p95_hours=4.0, blocking_passed=True).set_index("source")
    assert set(SOURCES) - {"source", "max_spend", "elasticity"} == set(facts.columns)
    row = facts.loc["source-001"]
    assert (row["team"], row["segment"], row["spend"]) == ("sdr", "all", 100_000)
    assert row["acquisitions"] == pytest.approx(4.0, rel=1e-3)
    assert row["cost_per_qualified_lead"] == pytest.approx(100_000 / (400 * 0.6))
    assert facts.loc["source-000", "loss_share_ready"] == pytest.approx(1, abs=0.02)


def test_before_anything_happened_there_is_nothing_to_judge():
    with pytest.raises(ValueError, match="nothing had happened"):
        standing_at(World().inputs(), World().mondays[0] - timedelta(weeks=1), "tactic")
