"""The playbook over past weeks, through the product's own assembly: from marts to shifts, week after week."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.control.playbook import Rule
from orchestration.control.what_if import as_if_agreed, earned, replay_company, standing_moves, standings
from orchestration.settings import DBT_PROJECT
from tests.control.shift_world import rule
from tests.control.week_world import World

QUALITY = {"accepted": 0.7, "meeting": 0.7, "ready_leads": 0.7, "opportunity": 0.7, "won": 0.7}
WORLD = World(fault=QUALITY, weeks=24)
FALL = rule(
    trigger={"metric": "post_prob", "of": "rate_ratio(accept) < 0.9", "value": 0.9}, approved_on="2025-12-01",
    valid_from="2026-01-05",
)  # fmt: skip


def run(world: World = WORLD, rules: tuple[Rule, ...] = (FALL,), last: int = 24) -> pd.DataFrame:
    past = standings(world.inputs(), world.mondays[13:last])
    return replay_company(world.inputs(), past, lambda _: rules)


@pytest.fixture(scope="module")
def shifts() -> pd.DataFrame:
    return run()


def test_money_moves_after_the_fall_persisted_and_then_cools_down(shifts: pd.DataFrame):
    moved = shifts[shifts["state"] == "proposed"]
    weeks = sorted(set(moved["week_start"]))
    assert WORLD.mondays[14] < weeks[0] <= WORLD.mondays[17]
    assert set(moved["from_source"]) == {"source-000"}
    assert all((later - earlier).days // 7 == 4 for earlier, later in pairwise(weeks))


def test_what_one_week_moved_is_where_the_next_week_finds_it(shifts: pd.DataFrame):
    cuts = shifts[shifts["state"] == "proposed"].groupby("week_start")["amount"].sum().to_numpy()
    assert cuts[0] == 10_000
    assert cuts[1] == pytest.approx(0.2 * 40_000)


def test_past_weeks_come_out_the_same_whatever_came_later(shifts: pd.DataFrame):
    until = WORLD.mondays[19]
    early = run(World(fault=QUALITY, weeks=20), last=20)
    whole = shifts[shifts["week_start"] <= until].reset_index(drop=True)
    same = ["shift_id", "from_source", "to_source", "amount", "state", "effective_on"]
    pd.testing.assert_frame_equal(early[same], whole[same])


def test_a_healthy_company_moves_nothing_and_earns_nothing():
    world = World(weeks=16)
    past = standings(world.inputs(), world.mondays[13:])
    calm = replay_company(world.inputs(), past, lambda _: (FALL,))
    assert calm.empty
    result = earned(calm, past[-1], world.mondays[13:])
    assert result[["moved", "reserved", "gained"]].to_numpy().sum() == 0


def test_what_a_move_earns_is_read_off_the_response_at_what_really_happened(shifts: pd.DataFrame):
    newest = standings(WORLD.inputs(), WORLD.mondays[-1:])[-1]
    week = WORLD.mondays[22]
    row = earned(shifts, newest, [week]).iloc[0]
    net = standing_moves(shifts, week + timedelta(days=1))
    column = newest.axes.weeks.index(week)
    won = newest.ripe["won"].ultimate[:, column]
    expected = sum(
        won[i] * (((50_000 + net.get(source, 0.0)) / 50_000) ** 0.7 - 1) for i, source in enumerate(newest.axes.sources)
    )
    assert row["gained"] == pytest.approx(expected, rel=1e-6)
    assert row["moved"] == pytest.approx(-net["source-000"])


def test_changed_rules_are_played_as_if_they_had_been_agreed_in_time():
    old = rule(version=1, valid_to="2026-03-01")
    new = rule(version=2, valid_from="2026-06-01", approved_on="2026-05-30", priority=7)
    (played,) = as_if_agreed([old, new], date(2026, 1, 5))
    assert (played.version, played.priority) == (2, 7)
    assert played.in_force(date(2026, 1, 5))


def test_a_stricter_rule_moves_less(shifts: pd.DataFrame):
    mild = FALL.model_copy(update={"action": FALL.action.model_copy(update={"shift_pct_of_source": 5.0})})
    less = run(rules=(mild,))
    assert 0 < less["amount"].sum() < shifts["amount"].sum()
    assert np.isclose(less["amount"].iloc[0] / 2_500, 1) or less["amount"].iloc[0] < 2_500


def test_a_playbook_that_cannot_be_read_is_told_by_file_line_field_and_remedy(tmp_path: Path):
    playbook = (DBT_PROJECT / "seeds" / "plan" / "playbook.yml").read_text(encoding="utf-8")
    changed = tmp_path / "changed.yml"
    changed.write_text(playbook.replace("  owner: marketing_ops", "  onwer: marketing_ops", 1), encoding="utf-8")
    told = CliRunner().invoke(app, ["whatif", "--rules", str(changed)])
    assert told.exit_code != 0
    lines = str(told.exception).splitlines()
    assert any(line.startswith(f"{changed}, line ") and ", owner: Field required: add it" in line for line in lines)
    assert any(", onwer: Extra inputs are not permitted: remove it; a rule has the fields id" in line for line in lines)
