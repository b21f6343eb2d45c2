"""From weekly counts to shifts, week after week, as the product would run them."""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from orchestration.control import disconnect
from orchestration.control.streams import Budget, rate_stream, share_stream
from orchestration.control.triggers import fires, weekly_evidence
from orchestration.control.what_if import Week, replay
from tests.control.shift_world import rule, sources, teams

NAMES = ("events", "search", "synd")
FIRST = date(2026, 1, 5)
WEEKS = [FIRST + timedelta(weeks=w) for w in range(16)]
FALL = rule(
    trigger={"metric": "post_prob", "of": "rate_ratio(accept) < 0.9", "value": 0.9}, approved_on="2025-12-01",
    valid_from="2026-01-05",
)  # fmt: skip


def company() -> tuple[pd.DataFrame, disconnect.Detection]:
    """Three sources; the acceptance of the last falls to 70 % in week 8."""
    decided = np.full((3, 16), 300.0)
    accepted = decided * 0.4
    accepted[2, 8:] *= 0.7
    budget = Budget(sources=3)
    streams = [
        share_stream("accept", accepted, decided, 0.4, budget, 1.3),
        rate_stream("meetings", accepted / 4, decided * 0.1, 0.1, budget),
    ]
    found = disconnect.detect(streams, np.ones((3, 16), dtype=bool))
    return weekly_evidence(streams, found, NAMES, WEEKS), found


def run(evidence: pd.DataFrame) -> pd.DataFrame:
    facts = sources(*NAMES, acquisitions=[20.0, 20.5, 6.0])
    return replay([FALL], [Week(w, w + timedelta(days=7), evidence, facts, teams()) for w in WEEKS])


def test_the_detector_and_the_playbook_read_the_same_evidence():
    evidence, found = company()
    one = evidence[(evidence["source"] == "synd") & (evidence["stream"] == "accept")]
    np.testing.assert_array_equal(one["cusum"], found.statistic[0, 2])
    ratio = (one["shape"] / one["exposure"]).to_numpy()
    assert ratio[7] == pytest.approx(1)
    assert ratio[-1] == pytest.approx((80 + 1200 / 1.3 * 0.28) / (0.4 * (200 + 1200 / 1.3)))


def test_money_moves_after_the_fall_persisted_and_then_cools_down():
    evidence, found = company()
    shifts = run(evidence)
    moved = shifts[shifts["state"] == "proposed"]
    weeks = sorted(set(moved["week_start"]))
    first = (weeks[0] - FIRST).days // 7
    assert 9 <= first <= 11
    assert set(moved["from_source"]) == {"synd"}
    assert [(b - a).days // 7 for a, b in pairwise(weeks)] == [4] * (len(weeks) - 1)
    assert found.state[2, first] == disconnect.State.DISCONNECT
    assert (found.state[:2] == disconnect.State.NONE).all()


def test_past_weeks_come_out_the_same_whatever_came_later():
    evidence, _ = company()
    until = WEEKS[11]
    early = run(evidence[evidence["week_start"] <= until])
    late = run(evidence)
    pd.testing.assert_frame_equal(
        early[early["week_start"] <= until].reset_index(drop=True),
        late[late["week_start"] <= until].reset_index(drop=True),
    )


def test_a_healthy_company_moves_nothing():
    evidence, _ = company()
    assert run(evidence[evidence["source"] != "synd"]).empty
    assert fires(FALL.trigger, FALL.persistence, evidence, WEEKS[7]).empty
