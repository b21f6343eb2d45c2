"""Run history: written through engines of our own, read by Dagster's own storage, and moved with its home."""

from pathlib import Path

from dagster import DagsterInstance, Definitions, MaterializeResult, asset, define_asset_job

from orchestration.history import EventLog
from orchestration.runner import open_instance
from orchestration.settings import Settings


@asset
def counted() -> MaterializeResult[None]:
    return MaterializeResult(metadata={"rows": 7})


JOB = define_asset_job("count", selection="*")


def run(settings: Settings) -> str:
    with open_instance(settings) as instance:
        assert isinstance(instance.event_log_storage, EventLog)
        job = Definitions(assets=[counted], jobs=[JOB]).resolve_job_def("count")
        return job.execute_in_process(instance=instance).run_id


def kinds_of_events(instance: DagsterInstance, run_id: str) -> list[str]:
    return [entry.dagster_event_type.value for entry in instance.all_logs(run_id) if entry.dagster_event_type]


def test_dagsters_own_storage_reads_every_event_that_was_written(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    runs = [run(settings), run(settings)]
    (settings.dagster_home / "dagster.yaml").unlink()
    with DagsterInstance.from_config(str(settings.dagster_home)) as plain:
        assert not isinstance(plain.event_log_storage, EventLog)
        for run_id in runs:
            kinds = kinds_of_events(plain, run_id)
            assert kinds[-1] == "PIPELINE_SUCCESS"
            assert [kinds.count(one) for one in ("PIPELINE_START", "ASSET_MATERIALIZATION", "STEP_SUCCESS")] == [
                1,
                1,
                1,
            ]
        newest = plain.get_latest_materialization_event(counted.key)
        assert newest is not None
        assert newest.run_id == runs[-1]
        assert len(plain.fetch_materializations(counted.key, limit=10).records) == 2


def test_two_installations_of_one_process_keep_their_histories_apart(tmp_path: Path) -> None:
    first, second = Settings(home=tmp_path / "first"), Settings(home=tmp_path / "second")
    in_first, in_second = run(first), run(second)
    with open_instance(first) as instance:
        assert kinds_of_events(instance, in_first) != []
        assert [each.run_id for each in instance.get_runs()] == [in_first]
        assert kinds_of_events(instance, in_second) == []


def test_a_home_that_was_moved_takes_its_history_along(tmp_path: Path) -> None:
    before = Settings(home=tmp_path / "before")
    run_id = run(before)
    before.home.rename(tmp_path / "after")
    after = Settings(home=tmp_path / "after")
    with open_instance(after) as instance:
        assert "ASSET_MATERIALIZATION" in kinds_of_events(instance, run_id)
    second = run(after)
    assert {path.stem for path in (after.dagster_home / "history" / "runs").glob("*.db")} == {"index", run_id, second}
    assert not before.home.exists()
