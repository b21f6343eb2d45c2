"""A puller killed at any step and run again: no row lost, none delivered twice."""

import json
import subprocess
import sys

from tests.remote.company import CREATE_EVENTS, EVENTS_TABLE, Company


def test_killed_at_every_step_each_row_still_arrives_once(company: Company) -> None:
    company.declare({**EVENTS_TABLE, "window_days": 1})
    company.sql(CREATE_EVENTS)
    company.events((1, "03-03 12:00"), (2, "03-04 12:00"), (3, "03-04 12:00"), (4, "03-05 12:00"))
    program = [sys.executable, "-m", "tests.remote.killed_pull", str(company.home)]
    done = subprocess.run(program, check=True, capture_output=True, text=True)
    rounds = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["killed"] for each in rounds] == [*range(1, len(rounds)), 0]
    assert len(rounds) > 15
    assert {tuple(each["ids"]) for each in rounds} == {("1", "2", "3", "4")}
