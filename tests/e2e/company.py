"""A small simulated company for the end-to-end tests, and a way to compare two installations' marts."""

from datetime import date, timedelta
from pathlib import Path

import duckdb

from orchestration.serving.reader import open_served
from orchestration.settings import Settings
from orchestration.simulation import simulate
from orchestration.simulation.record import HISTORY_WEEKS

FIRST_DAY = date(2026, 3, 2)
SCALE = 0.15

# When a row was last written, and when people could first read it, is what two ways to the same marts may differ in.
BOOKKEEPING = ("_modelled_at", "known_as_of", "modelled_at", "served_at", "model_hours", "serve_hours")


def last_day(weeks: int) -> date:
    return FIRST_DAY + timedelta(days=7 * weeks - 1)


def small_company(
    home: Path, weeks: int, scenario: str = "disconnect", seed: int = 11, history_weeks: int = HISTORY_WEEKS
) -> Settings:
    """An installation under `home` whose landing folder holds `weeks` weeks of files, and what was before."""
    settings = Settings(home=home)
    simulate(
        settings, FIRST_DAY, last_day(weeks), seed=seed, scenario=scenario, scale=SCALE, history_weeks=history_weeks
    )
    return settings


def mart_names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    found = connection.execute("select table_name from duckdb_tables() where schema_name = 'marts' order by 1")
    return [name for (name,) in found.fetchall()]


def content(connection: duckdb.DuckDBPyConnection, mart: str) -> list[tuple[object, ...]]:
    """Every row of a mart in one order, without the bookkeeping columns."""
    columns = connection.execute(f"select * from marts.{mart} limit 0").description
    kept = ", ".join(f'"{name}"' for name, *_ in columns if name not in BOOKKEEPING)
    return connection.execute(f"select {kept} from marts.{mart} order by all").fetchall()


def published_content(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    """Every published mart's rows."""
    with open_served(settings) as connection:
        return {mart: content(connection, mart) for mart in mart_names(connection)}
