# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""dbt as Dagster assets: one asset set on each side of the inspection, and one for the control marts.

Belongs here: how dbt is called (in this process, one parse for all invocations), when it must rebuild instead
of add, and how its results become Dagster events. Does not belong here: any model's logic (`dbt_project/`).
"""

import hashlib
import json
import os
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    Failure,
)
from dagster_dbt import DagsterDbtTranslator, dbt_assets
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from orchestration.clock import Clock
from orchestration.ingest.lake import delivered_tables, modelled_as_of, write_atomically, write_run_context
from orchestration.partitions import run_as_of
from orchestration.run_moments import MODELLED, record_moment, run_clock
from orchestration.settings import DBT_PROJECT, Settings
from orchestration.warehouse import WAREHOUSE_POOL, warehouse_lock

# A change in one of these re-derives history; a change of target or capacity only concerns the weeks to come.
_MAPPING_TABLES = (
    "attribution_rules", "business_hours", "campaigns", "fx_rates", "holidays", "identity_rules", "reasons", "segments",
    "sla_policy", "source_map", "sources", "spend_map", "stage_map",
)  # fmt: skip


@dataclass(frozen=True)
class ModelSet:
    """A part of the dbt project that is built in one invocation."""

    name: str
    select: tuple[str, ...]
    exclude: tuple[str, ...] = ()


PREPARE = ModelSet("prepare", ("fqn:andon.staging", "fqn:andon.intermediate"))
MARTS = ModelSet("marts", ("fqn:andon.marts",), ("fqn:andon.marts.control",))
CONTROL = ModelSet("control_marts", ("fqn:andon.marts.control",))


class Translator(DagsterDbtTranslator):
    """Asset keys: a model is its name, a feed is [system, table], a log in the lake is `<table>_log`."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> AssetKey:
        if dbt_resource_props["resource_type"] != "source":
            return AssetKey([dbt_resource_props["name"]])
        system, table = dbt_resource_props["source_name"], dbt_resource_props["name"]
        return AssetKey([f"{table}_log"]) if system == "andon" else AssetKey([system, table])


def build_dbt_assets(settings: Settings) -> list[AssetsDefinition]:
    """The three dbt asset sets, each written in one dbt invocation and in the warehouse pool."""
    manifest = load_manifest(settings)
    return [
        _asset_set(settings, manifest, PREPARE),
        _asset_set(settings, manifest, MARTS),
        _asset_set(settings, manifest, CONTROL),
    ]


def _asset_set(settings: Settings, manifest: Mapping[str, Any], models: ModelSet) -> AssetsDefinition:
    """One model set. It has no partitions: a model is the state as of the run, whichever days the run is for."""
    translator = Translator()

    @dbt_assets(
        manifest=manifest,
        select=" ".join(models.select),
        exclude=" ".join(models.exclude) or None,
        name=models.name,
        dagster_dbt_translator=translator,
        pool=WAREHOUSE_POOL,
    )
    def build(context: AssetExecutionContext) -> Iterator[Any]:
        as_of = modelled_as_of(settings) if models == CONTROL else run_as_of(context, settings)
        selected = sorted(key.path[-1] for key in context.selected_asset_keys)
        # Of the whole set: what the context knows of it is the run's selection.
        whole = len(selected) == len(list(build.keys))
        result = run_models(settings, models, as_of, only=None if whole else selected)
        if models == MARTS and whole and not result.error:
            now = Clock().now()
            with warehouse_lock(settings):
                record_moment(settings, MODELLED, run_clock(context, as_of, now), now)
        for event in result.events:
            message = DbtCoreCliEventMessage(raw_event=event, event_history_metadata={})
            yield from message.to_default_asset_events(manifest, translator, context)
        if result.error:
            raise Failure(description=result.error)

    return build


@dataclass(frozen=True)
class DbtResult:
    """The result events of one invocation (dbt's structured log, as dicts); the error text if it failed."""

    events: list[dict[str, Any]]
    error: str | None


def run_models(settings: Settings, models: ModelSet, as_of: datetime, only: list[str] | None = None) -> DbtResult:
    """Build `models` (or `only` these of them) with their data tests, as of `as_of` (aware, UTC).

    A changed model, mapping or time zone, or an `as_of` before the last one, rebuilds the set from the lake.
    """
    write_run_context(settings, as_of)
    ledger = _SetState.read(settings, models)
    derivation = derivation_hash(settings)
    rebuild = ledger.derivation != derivation or (ledger.as_of is not None and as_of < ledger.as_of)
    arguments = ["build", "--select", *(only or models.select), "--exclude-resource-type", "unit_test"]
    arguments += ["--indirect-selection", "buildable", "--no-write-json"]
    if models.exclude and not only:
        arguments += ["--exclude", *models.exclude]
    if rebuild:
        arguments.append("--full-refresh")
    _SetState("" if rebuild else derivation, max(as_of, ledger.as_of or as_of)).write(settings, models)
    result = invoke_dbt(settings, arguments)
    if result.error is None and only is None:
        _SetState(derivation, as_of).write(settings, models)
    return result


@dataclass(frozen=True)
class _SetState:
    """What a model set was last built from; an empty derivation means: not complete, rebuild."""

    derivation: str
    as_of: datetime | None

    @staticmethod
    def _path(settings: Settings, models: ModelSet) -> Path:
        return target_path(settings) / f"{models.name}.state.json"

    @classmethod
    def read(cls, settings: Settings, models: ModelSet) -> "_SetState":
        path = cls._path(settings, models)
        if not path.exists() or not settings.warehouse.exists():
            return cls("", None)
        state = json.loads(path.read_text())
        return cls(state["derivation"], datetime.fromisoformat(state["as_of"]))

    def write(self, settings: Settings, models: ModelSet) -> None:
        as_of = self.as_of.isoformat() if self.as_of else None
        content = json.dumps({"derivation": self.derivation, "as_of": as_of})
        write_atomically(self._path(settings, models), lambda file: file.write(content.encode()))


def derivation_hash(settings: Settings) -> str:
    """A hash of what derives marts from the lake: models, macros, mappings, time zone, currency, vendors.

    A loader's table that comes for the first time re-derives history too: what it tells was derived without it before.
    """
    digest = hashlib.sha256(f"{settings.time_zone}|{settings.currency}".encode())
    digest.update(json.dumps([dbt_choices(settings), delivered_tables(settings)]).encode())
    for path in _project_files():
        if path.suffix == ".sql":
            digest.update(path.read_bytes())
    for table in _MAPPING_TABLES:
        for snapshot in sorted((settings.raw / "plan" / table).glob("*/*.parquet")):
            digest.update(snapshot.name.encode())
    return digest.hexdigest()


def target_path(settings: Settings) -> Path:
    """Where dbt writes for this installation; the manifest holds the installation's paths."""
    return settings.home / "dbt"


def load_manifest(settings: Settings) -> Mapping[str, Any]:
    """The parsed project (manifest.json), parsed anew only when the project or the installation's choices changed.

    Judged by content: an upgrade may bring files that are older than the home, and a home may be copied.
    """
    path = target_path(settings) / "manifest.json"
    marker = target_path(settings) / "parsed_for.json"
    parsed_for = json.dumps({**dbt_choices(settings), "project": _project_hash()})
    if not path.exists() or not marker.exists() or marker.read_text() != parsed_for:
        result = invoke_dbt(settings, ["parse"])
        if result.error:
            raise RuntimeError(f"The dbt project does not parse: {result.error}")
        write_atomically(marker, lambda file: file.write(parsed_for.encode()))
    return cast("Mapping[str, Any]", json.loads(path.read_text()))


def _project_hash() -> str:
    digest = hashlib.sha256()
    for path in _project_files():
        digest.update(f"{path.relative_to(DBT_PROJECT)}|{path.stat().st_size}|".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _project_files() -> list[Path]:
    found = (file for folder in ("models", "macros", "tests") for file in (DBT_PROJECT / folder).rglob("*"))
    files = sorted(file for file in found if file.is_file())
    return [*files, DBT_PROJECT / "dbt_project.yml", DBT_PROJECT / "profiles.yml"]


def invoke_dbt(settings: Settings, arguments: list[str]) -> DbtResult:
    """Run one dbt command in this process: start-up, import and parse are paid once, not per command."""
    from dbt.cli.main import dbtRunner
    from dbt_common.events import functions

    as_dict: Callable[[Any], dict[str, Any]] = functions.msg_to_dict
    results: list[dict[str, Any]] = []
    errors: list[str] = []

    def collect(message: Any) -> None:
        # dbt calls this for each of its thousands of debug events: only the few that count are unpacked.
        if message.info.name in ("LogModelResult", "LogTestResult"):
            results.append(as_dict(message))
        if message.info.level == "error" and message.info.msg.strip():
            errors.append(message.info.msg.strip())

    target = target_path(settings)
    command = [*arguments, "--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    command += ["--target-path", str(target), "--log-path", str(target / "logs"), "--quiet"]
    # What ran lies in target/run: a log of each statement too costs a tenth of the command.
    command += ["--log-level-file", "info"]
    with _dbt_environment(settings), warehouse_lock(settings), warehouse_closed_after():
        runner: Any = dbtRunner(callbacks=[collect])
        outcome = runner.invoke(command)
    if outcome.success:
        return DbtResult(results, None)
    detail = "\n".join(dict.fromkeys(errors)) or str(outcome.exception)
    return DbtResult(results, f"dbt {arguments[0]} failed:\n{detail}")


def dbt_choices(settings: Settings) -> dict[str, str]:
    """The installation's choices that decide which models there are."""
    custom_fields = json.dumps(_plain(settings.custom_fields), sort_keys=True)
    ended = json.dumps({vendor: day.isoformat() for vendor, day in sorted(settings.vendors_ended.items())})
    return {
        "ANDON_VENDORS": ",".join(settings.vendors),
        "ANDON_VENDORS_ENDED": ended,
        "ANDON_CUSTOM_FIELDS": custom_fields,
    }


def _plain(mapping: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    return {table: dict(fields) for table, fields in mapping.items()}


@contextmanager
def warehouse_closed_after() -> Generator[None]:
    """dbt keeps one connection open through a command (opening it per model is a third of the command's time); the
    next step opens the file on other terms, so it is closed before the lock is given back."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    try:
        yield
    finally:
        environment = DuckDBConnectionManager._ENV  # pyright: ignore[reportPrivateUsage]
        if environment is not None:
            environment.close()
        DuckDBConnectionManager.close_all_connections()


@contextmanager
def _dbt_environment(settings: Settings) -> Generator[None]:
    """What the project reads of the installation, set for the length of one command: paths and vendors."""
    ours = {"ANDON_HOME": str(settings.home), "ANDON_WAREHOUSE": str(settings.warehouse), **dbt_choices(settings)}
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
