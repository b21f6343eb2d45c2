# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""The states of shifts and actions as Dagster assets: what the weeks said and what people said, brought together.

Belongs here: reading the logs, writing the states, the check on them. Does not belong here: the states' rules
(`shift_states.py`, `actions.py`), the weekly computation (`assets.py`).
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
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

from orchestration.control.action_rows import (
    FIX_SLA_COLUMNS,
    SIGNAL_COLUMNS,
    VARIANCE_COLUMNS,
    action_frame,
    policies_of,
    weeks_seen,
)
from orchestration.control.actions import replay
from orchestration.control.decisions import decisions_until, newest_decision
from orchestration.control.loop_schemas import ACTION_SCHEMA, ACTIONS, BUDGET_SHIFT_SCHEMA, BUDGET_SHIFTS, WEEKLY_SHIFTS
from orchestration.control.revisions import RevisionStore
from orchestration.control.schemas import SIGNALS, VARIANCE
from orchestration.control.shift_states import is_zero_sum, shift_states
from orchestration.control.signatures import newest_signature, signatures_until
from orchestration.ingest.lake import modelled_as_of, naive_utc, own_folder, write_atomically, write_parquet
from orchestration.partitions import AS_OF_TAG, business_date
from orchestration.serving.reader import open_served
from orchestration.settings import Settings

SHIFTS_LOG = AssetKey([f"{BUDGET_SHIFTS}_log"])
ACTIONS_LOG = AssetKey([f"{ACTIONS}_log"])
STATES_AS_OF = "andon_as_of"
EVERY_CENT_ARRIVES = "every_cent_that_leaves_arrives"


def build_loop_assets(settings: Settings, after: AssetKey) -> list[AssetsDefinition]:
    """`budget_shifts_log`, after the weekly run's log `after`; a run of decisions alone makes it anew."""

    @multi_asset(
        name="loop_states",
        specs=[
            AssetSpec(SHIFTS_LOG, deps=[after], description="Every shift with its state and the decision on it."),
            AssetSpec(ACTIONS_LOG, deps=[after], description="Every action with its state, outcome and signature."),
        ],
        check_specs=[AssetCheckSpec(EVERY_CENT_ARRIVES, asset=SHIFTS_LOG, blocking=True)],
        group_name="control",
    )
    def loop_states(context: AssetExecutionContext) -> Iterator[MaterializeResult[Any] | AssetCheckResult]:
        tag = context.run.tags.get(AS_OF_TAG)
        modelled = modelled_as_of(settings)
        as_of = max(modelled, datetime.fromisoformat(tag)) if tag else modelled
        states, actions = write_shift_states(settings, as_of), write_actions(settings, as_of)
        counted = {str(state): int(count) for state, count in states["state"].value_counts().items()}
        yield MaterializeResult(asset_key=SHIFTS_LOG, metadata={"legs": len(states), **counted})
        running = {str(state): int(count) for state, count in actions["state"].value_counts().items()}
        yield MaterializeResult(asset_key=ACTIONS_LOG, metadata={"actions": len(actions), **running})
        yield AssetCheckResult(check_name=EVERY_CENT_ARRIVES, asset_key=SHIFTS_LOG, passed=is_zero_sum(states))

    return [loop_states]


def current_shifts(settings: Settings, as_of: datetime) -> pd.DataFrame:
    """BUDGET_SHIFTS rows of all weeks as of an instant (aware)."""
    rows = RevisionStore(settings).latest_rows(WEEKLY_SHIFTS, naive_utc(as_of))
    return shift_states(rows, decisions_until(settings, as_of), business_date(as_of, settings.zone))


def current_actions(settings: Settings, as_of: datetime) -> pd.DataFrame:
    """ACTION rows as of an instant (aware). Raises NothingPublishedError without a served copy: it has the policy."""
    store, until = RevisionStore(settings), naive_utc(as_of)
    with open_served(settings) as con:
        policies = policies_of(con.execute("select * from marts.dim_action_policy order by all").df())
    weeks = weeks_seen(
        store.all_rows(VARIANCE, VARIANCE_COLUMNS, until),
        store.all_rows(SIGNALS, SIGNAL_COLUMNS, until),
        store.all_rows(WEEKLY_SHIFTS, FIX_SLA_COLUMNS, until),
    )
    actions = replay(weeks, signatures_until(settings, as_of), policies, settings.zone)
    return action_frame(actions, business_date(as_of, settings.zone))


def newest_word(settings: Settings) -> datetime | None:
    """When somebody last decided on a shift or signed an action (aware, UTC); None before the first."""
    return max((at for at in (newest_decision(settings), newest_signature(settings)) if at is not None), default=None)


def write_actions(settings: Settings, as_of: datetime) -> pd.DataFrame:
    """Write `current_actions` for the mart, in place of the last ones, and return them."""
    actions = current_actions(settings, as_of)
    table = pa.Table.from_pylist(
        [{str(k): None if pd.isna(v) else v for k, v in row.items()} for row in actions.to_dict("records")],
        schema=ACTION_SCHEMA,
    )
    write_parquet(own_folder(settings, ACTIONS) / "current.parquet", table)
    return actions


def write_shift_states(settings: Settings, as_of: datetime) -> pd.DataFrame:
    """Write `current_shifts` for the mart, in place of the last ones, and return them."""
    states = current_shifts(settings, as_of)
    days = {name: pd.to_datetime(states[name]).dt.date for name in ("week_start", "decided_on", "effective_on")}
    expires = pd.to_datetime(states["expires_on"])
    days["expires_on"] = expires.dt.date.astype("object").where(expires.notna(), None)
    table = pa.Table.from_pandas(states.assign(**days), schema=BUDGET_SHIFT_SCHEMA, preserve_index=False)
    write_parquet(_states_file(settings), table.replace_schema_metadata({STATES_AS_OF: naive_utc(as_of).isoformat()}))
    return states


def has_unpublished_word(settings: Settings) -> bool:
    """Whether somebody decided or signed after the states that were last published had been made."""
    word, told = newest_word(settings), _published_file(settings)
    return word is not None and (not told.exists() or naive_utc(word).isoformat() > told.read_text())


def note_published(settings: Settings) -> None:
    """Remember that the states as they now lie in the lake are published: the last step, so that a run that died
    before it is made up for."""
    metadata = pq.read_schema(_states_file(settings)).metadata or {}
    write_atomically(_published_file(settings), lambda file: file.write(metadata[STATES_AS_OF.encode()]))


def _published_file(settings: Settings) -> Path:
    return own_folder(settings, BUDGET_SHIFTS) / "published_as_of"


def _states_file(settings: Settings) -> Path:
    return own_folder(settings, BUDGET_SHIFTS) / "current.parquet"
