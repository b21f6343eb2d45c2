"""The whole assembly: which assets, jobs, schedules, sensors and resources there are.

Belongs here: putting the pieces together. Does not belong here: any piece.
"""

import warnings
from collections.abc import Mapping

from dagster import BetaWarning, Definitions, definitions

from orchestration.automation import build_jobs, build_schedules, build_sensors
from orchestration.clock import Clock
from orchestration.control.assets import build_control_assets, log_key
from orchestration.control.loop_assets import build_loop_assets
from orchestration.control.schemas import VARIANCE
from orchestration.history import write_history_without_waiting
from orchestration.ingest.assets import build_ingest_assets
from orchestration.ingest.lake import ensure_lake
from orchestration.inspection import build_inspection_assets
from orchestration.serving.assets import build_serving_assets
from orchestration.serving.report_assets import build_report_assets
from orchestration.settings import Settings
from orchestration.transform import build_dbt_assets

# Single-run backfills are marked beta by Dagster; the pinned version is the one that was tested.
warnings.filterwarnings("ignore", category=BetaWarning)


def build_definitions(settings: Settings, overrides: Mapping[str, object] | None = None) -> Definitions:
    """Everything that Dagster loads for one installation; `overrides` replaces resources (a test's clock)."""
    write_history_without_waiting()
    ensure_lake(settings)
    dbt, jobs = build_dbt_assets(settings), build_jobs(settings)
    return Definitions(
        assets=[
            *build_ingest_assets(settings),
            *dbt,
            *build_inspection_assets(settings),
            *build_control_assets(settings),
            *build_loop_assets(settings, after=log_key(VARIANCE)),
            *build_serving_assets(settings, marts=dbt),
            *build_report_assets(settings),
        ],
        jobs=jobs,
        schedules=build_schedules(settings),
        sensors=build_sensors(settings, jobs),
        resources={"clock": Clock(), **(overrides or {})},
    )


@definitions
def defs() -> Definitions:
    """What `workspace.yaml` loads: this installation, as its environment describes it."""
    return build_definitions(Settings())
