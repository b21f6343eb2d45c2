"""A run that failed is told, once, to those who waited for its reports."""

from datetime import timedelta

import pytest
from dagster import DagsterInstance, build_sensor_context, job, op

from orchestration.clock import Clock
from orchestration.definitions import build_definitions
from orchestration.failed_runs import failed_runs
from tests.failures.world import MONDAY, World, subjects


@op(name="prepare")
def prepare() -> None:
    raise ValueError("dbt build failed: <!channel> jane.doe@acme.example")


@op(name="failure_reports")
def reports() -> None: ...


@op(name="refused_files")
def refused() -> None:
    raise ValueError("crm/leads/leads.csv: column email is missing")


@job(name="daily")
def broken_before_reports() -> None:
    prepare()


@job(name="daily")
def red_after_reports() -> None:
    reports()
    refused()


@pytest.fixture
def told(world: World) -> World:
    world.lead("L1")
    world.day(MONDAY)
    return world


def tick(world: World, instance: DagsterInstance) -> None:
    """One look of the outbox sensor, by the real clock."""
    definitions = build_definitions(world.settings)
    with build_sensor_context(instance, definitions=definitions, resources={"clock": Clock()}) as context:
        definitions.get_sensor_def("outbox_sensor").evaluate_tick(context)


def test_everybody_hears_of_a_run_that_judged_nothing_and_once(told: World) -> None:
    with DagsterInstance.ephemeral() as instance:
        broken_before_reports.execute_in_process(
            instance=instance, raise_on_error=False, tags={"dagster/partition": "2026-03-03"}
        )
        for _ in range(2):
            tick(told, instance)
    for audience in ("marketing_ops", "content", "room", "team"):
        assert subjects(told.settings, audience) == ["Run failed: daily of 2026-03-03; nothing new was judged"]


def test_a_run_that_reported_and_ended_red_is_told_to_who_looks_after_all(told: World) -> None:
    with DagsterInstance.ephemeral() as instance:
        red_after_reports.execute_in_process(instance=instance, raise_on_error=False)
        tick(told, instance)
    assert subjects(told.settings, "marketing_ops") == []
    assert subjects(told.settings, "room") == ["Run failed: daily; something needs mending"]


def test_a_run_that_is_tried_again_or_long_past_is_not_told(told: World) -> None:
    now = Clock().now()
    with DagsterInstance.ephemeral() as instance:
        result = broken_before_reports.execute_in_process(instance=instance, raise_on_error=False)
        assert [run.steps[0][0] for run in failed_runs(instance, ("daily",), "daily", now)] == ["prepare"]
        assert failed_runs(instance, ("daily",), "daily", now + timedelta(days=3)) == []
        instance.add_run_tags(result.run_id, {"dagster/will_retry": "true"})
        assert failed_runs(instance, ("daily",), "daily", now) == []
