"""Serving in the graph: what it waits for, and what a materialisation leaves and reports."""

from datetime import timedelta
from pathlib import Path

from dagster import AssetKey, AssetsDefinition, AssetSpec, DagsterInstance, asset, materialize, multi_asset

from orchestration.ingest.lake import write_run_context
from orchestration.partitions import weekly_partitions
from orchestration.serving.assets import build_serving_assets
from orchestration.serving.reader import open_served
from orchestration.settings import Settings
from tests.serving.company import WEEK, served_company
from tests.serving.publishing import AS_OF, two_marts


def models(settings: Settings) -> list[AssetsDefinition]:
    """Stand-ins for the dbt asset sets, grouped as they are."""

    @multi_asset(specs=[AssetSpec("int_leads", group_name="intermediate"), AssetSpec("fct_leads", group_name="leads")])
    def daily(): ...

    @asset(name="weekly_variance", group_name="control", partitions_def=weekly_partitions(settings))
    def variance() -> None: ...

    @asset(name="weekly_variance_drivers", group_name="control", partitions_def=weekly_partitions(settings))
    def drivers() -> None: ...

    return [daily, variance, drivers]


def test_the_copy_waits_for_every_mart_and_the_review_for_the_copy(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    served, review, *_ = build_serving_assets(settings, marts=models(settings))
    marts = {AssetKey(["fct_leads"]), AssetKey(["weekly_variance"]), AssetKey(["weekly_variance_drivers"])}
    assert served.asset_deps[AssetKey(["served_copy"])] == marts
    assert AssetKey(["served_copy"]) in review.asset_deps[AssetKey(["weekly_review"])]
    assert served.op.pool == "warehouse"
    assert review.partitions_def == weekly_partitions(settings)


def test_materialising_the_copy_publishes_under_the_run_as_of_the_models(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    two_marts(settings, 1)
    write_run_context(settings, AS_OF)
    served, *_ = build_serving_assets(settings, marts=[])
    with DagsterInstance.ephemeral() as instance:
        result = materialize([served], instance=instance)
    metadata = result.asset_materializations_for_node("served_copy")[0].metadata
    version = settings.served / result.run_id
    assert (settings.served / "current").resolve() == version
    assert metadata["path"].value == str(version)
    assert (metadata["tables"].value, metadata["rows"].value) == (2, 110)
    assert metadata["as_of"].value == AS_OF.isoformat()


def test_several_weeks_are_reviewed_in_one_run(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    served_company(settings)
    _, review, *_ = build_serving_assets(settings, marts=[])
    first = WEEK - timedelta(days=7)
    tags = {
        "dagster/asset_partition_range_start": first.isoformat(),
        "dagster/asset_partition_range_end": WEEK.isoformat(),
    }
    with DagsterInstance.ephemeral() as instance:
        result = materialize([review], instance=instance, tags=tags)
    metadata = result.asset_materializations_for_node("weekly_review")[0].metadata
    assert metadata["weeks"].value == 2
    assert metadata["page"].value == str(settings.reports / "weekly" / "2026-W13" / "index.html")
    assert "content syndication" in str(metadata["verdict"].value)
    assert (settings.reports / "weekly" / "2026-W12" / "index.html").is_file()
    with open_served(settings) as con:
        assert con.execute("SELECT count(*) FROM marts.weekly_variance").fetchone() != (0,)
