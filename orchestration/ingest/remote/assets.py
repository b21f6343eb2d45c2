"""Pulls as Dagster assets: one per declared table, upstream of the feed that it fills; none when none is declared.

Belongs here: keys, retries, metadata. Does not belong here: what a pull does (`pull.py`).

A source that fails stops nothing but itself: what is known is built and served, and the run still ends red, by a step
that only looks for failed pulls. Only input and output errors are retried. A run that the landing sensor started
takes what has landed and pulls nothing: it would land new files, and so start itself again.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    BackfillPolicy,
    Failure,
    MaterializeResult,
    RetryRequested,
    asset,
    multi_asset_check,
)

from orchestration.errors import AndonError
from orchestration.ingest.remote.declared import Pulled, Source, load_sources
from orchestration.ingest.remote.effects import Effects
from orchestration.ingest.remote.position import PositionFile
from orchestration.partitions import daily_partitions, run_as_of
from orchestration.settings import Settings

PULL_TAG, NO_PULL = "andon/pull", "no"
RETRIES = 3
SECONDS_BETWEEN_RETRIES = 60


def pull_keys(settings: Settings) -> dict[str, list[AssetKey]]:
    """The pulls upstream of each feed, by the feed's name."""
    keys: defaultdict[str, list[AssetKey]] = defaultdict(list)
    for source in load_sources(settings):
        for table in source.tables:
            keys[table.feed].append(_key(source, table))
    return keys


def build_pull_assets(settings: Settings) -> list[AssetsDefinition | AssetChecksDefinition]:
    """A daily asset per declared table, key ["pull", source, feed, table], and the step that looks for failures."""
    tables = [(source, table) for source in load_sources(settings) for table in source.tables]
    if not tables:
        return []
    return [*(_pull_asset(settings, source, table) for source, table in tables), _failed_pulls(settings, tables)]


def _pull_asset(settings: Settings, source: Source, table: Pulled) -> AssetsDefinition:
    key = _key(source, table)

    @asset(
        key=key,
        group_name="ingest",
        description=f"{table.remote_name()} of {source.name} ({source.kind}), as files for {table.feed}.",
        partitions_def=daily_partitions(settings),
        backfill_policy=BackfillPolicy.single_run(),
    )
    def pull(context: AssetExecutionContext) -> MaterializeResult[Any]:
        from orchestration.ingest.remote.pull import pull_table

        if context.run.tags.get(PULL_TAG) == NO_PULL:
            return MaterializeResult(metadata={"rows": 0, "files": 0, "pulled": False})
        effects = Effects(say=context.log.info)
        try:
            report = pull_table(settings, source, table, run_as_of(context, settings), effects)
        except OSError as error:
            if context.retry_number < RETRIES:
                raise RetryRequested(RETRIES, SECONDS_BETWEEN_RETRIES) from error
            return _failed(context, error, effects)
        except AndonError as error:
            return _failed(context, error, effects)
        return MaterializeResult(metadata={"rows": report.rows, "files": len(report.files), "pulled": True})

    return pull


def _failed(context: AssetExecutionContext, error: Exception, effects: Effects) -> MaterializeResult[Any]:
    context.log.error(effects.masked(error))
    return MaterializeResult(metadata={"rows": 0, "files": 0, "pulled": False})


def _failed_pulls(settings: Settings, tables: Sequence[tuple[Source, Pulled]]) -> AssetChecksDefinition:
    @multi_asset_check(
        name="failed_pulls",
        specs=[
            AssetCheckSpec("pull_succeeded", asset=_key(*each), description="The last pull of the table ended well.")
            for each in tables
        ],
    )
    def failed_pulls() -> Iterator[AssetCheckResult]:
        errors: list[str] = []
        for source, table in tables:
            error = PositionFile.of(settings, source, table).read().error
            errors += [error] if error else []
            yield AssetCheckResult(
                passed=error is None,
                asset_key=_key(source, table),
                check_name="pull_succeeded",
                description=error,
            )
        if errors:
            raise Failure("\n".join(errors), allow_retries=False)

    return failed_pulls


def _key(source: Source, table: Pulled) -> AssetKey:
    return AssetKey(["pull", source.name, _plain(table.feed), _plain(table.remote_name())])


def _plain(name: str) -> str:
    return re.sub("[^A-Za-z0-9_]", "_", name)
