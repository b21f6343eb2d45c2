# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""The states of shifts as a Dagster asset: what the weeks decided and what people said, brought together.

Belongs here: reading the two logs, writing the states, the check on them. Does not belong here: the states' rule
(`shift_states.py`), the weekly computation (`assets.py`).
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pandas as pd
import pyarrow as pa
from dagster import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    MaterializeResult,
    multi_asset,
)

from orchestration.control.decisions import decisions_until
from orchestration.control.loop_schemas import BUDGET_SHIFT_SCHEMA, BUDGET_SHIFTS, WEEKLY_SHIFTS
from orchestration.control.revisions import RevisionStore
from orchestration.control.shift_states import is_zero_sum, shift_states
from orchestration.ingest.lake import modelled_as_of, naive_utc, own_folder, write_parquet
from orchestration.partitions import AS_OF_TAG, business_date
from orchestration.settings import Settings

SHIFTS_LOG = AssetKey([f"{BUDGET_SHIFTS}_log"])
EVERY_CENT_ARRIVES = "every_cent_that_leaves_arrives"


def build_loop_assets(settings: Settings, after: AssetKey) -> list[AssetsDefinition]:
    """`budget_shifts_log`, after the weekly run's log `after`; a run of decisions alone makes it anew."""

    @multi_asset(
        name="loop_states",
        specs=[AssetSpec(SHIFTS_LOG, deps=[after], description="Every shift with its state and the decision on it.")],
        check_specs=[AssetCheckSpec(EVERY_CENT_ARRIVES, asset=SHIFTS_LOG, blocking=True)],
        group_name="control",
    )
    def loop_states(context: AssetExecutionContext) -> Iterator[MaterializeResult[Any] | AssetCheckResult]:
        tag = context.run.tags.get(AS_OF_TAG)
        modelled = modelled_as_of(settings)
        states = write_shift_states(settings, max(modelled, datetime.fromisoformat(tag)) if tag else modelled)
        counted = {str(state): int(count) for state, count in states["state"].value_counts().items()}
        yield MaterializeResult(asset_key=SHIFTS_LOG, metadata={"legs": len(states), **counted})
        yield AssetCheckResult(check_name=EVERY_CENT_ARRIVES, asset_key=SHIFTS_LOG, passed=is_zero_sum(states))

    return [loop_states]


def current_shifts(settings: Settings, as_of: datetime) -> pd.DataFrame:
    """BUDGET_SHIFTS rows of all weeks as of an instant (aware)."""
    rows = RevisionStore(settings).latest_rows(WEEKLY_SHIFTS, naive_utc(as_of))
    return shift_states(rows, decisions_until(settings, as_of), business_date(as_of, settings.zone))


def write_shift_states(settings: Settings, as_of: datetime) -> pd.DataFrame:
    """Write `current_shifts` for the mart, in place of the last ones, and return them."""
    states = current_shifts(settings, as_of)
    days = {name: pd.to_datetime(states[name]).dt.date for name in ("week_start", "decided_on", "effective_on")}
    expires = pd.to_datetime(states["expires_on"])
    days["expires_on"] = expires.dt.date.astype("object").where(expires.notna(), None)
    table = pa.Table.from_pandas(states.assign(**days), schema=BUDGET_SHIFT_SCHEMA, preserve_index=False)
    path = own_folder(settings, BUDGET_SHIFTS) / "current.parquet"
    write_parquet(path, table.replace_schema_metadata(None))
    return states
