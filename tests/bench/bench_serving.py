"""Publishing against a plain copy of the same database, and the weekly review.

The floor of a publication is copying the served file once (with fsync). A first publication writes every table; a
daily one, of which the ratio is reported, takes one changed lead in a hundred.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.serving.publish import publish
from orchestration.serving.reader import open_served
from orchestration.serving.review.collect import collect
from orchestration.serving.review.page import render
from orchestration.settings import Settings
from tests.serving.company import WEEK, served_company

AS_OF = datetime(2026, 3, 10, 10, tzinfo=UTC)
LEADS = 1_000_000
TIMES = 12


def run() -> dict[str, object]:
    """Seconds and ratios: a small company published and reviewed, and a million leads published whole and daily."""
    with tempfile.TemporaryDirectory() as folder:
        return {**_small(Path(folder) / "small"), **_large(Path(folder) / "large")}


def _small(home: Path) -> dict[str, object]:
    settings = Settings(home=home)
    served_company(settings)
    with duckdb.connect(str(settings.warehouse)) as con:
        con.execute("UPDATE marts.fct_leads SET lifecycle_stage = 'lost' WHERE hash(lead_id) % 100 = 0")
    daily = _seconds(lambda: publish(settings, "daily", AS_OF))
    with open_served(settings) as con:
        collecting = _seconds(lambda: collect(con, WEEK, zone=settings.zone, currency="USD"))
        data = collect(con, WEEK, zone=settings.zone, currency="USD")
    render(data)
    return {
        "small company, publish the day's change, s": daily,
        "weekly review, read the week, s": collecting,
        "weekly review, render, s": _seconds(lambda: render(data)),
    }


def _large(home: Path) -> dict[str, object]:
    settings = Settings(home=home)
    home.mkdir(parents=True)
    stamps = ", ".join(
        f"CASE WHEN hash(i + {k}) % {k + 2} = 0"
        f" THEN TIMESTAMP '2024-01-01' + to_minutes((hash(i) % 900000)::BIGINT) END AS at_{k}"
        for k in range(TIMES)
    )
    with duckdb.connect(str(settings.warehouse)) as con:
        con.execute("CREATE SCHEMA marts")
        con.execute(
            f"""
            CREATE TABLE marts.fct_leads AS
            SELECT 'L' || i AS lead_id, 'u' || i || '@c' || i % 90000 || '.example' AS email,
                   'C' || i % 90000 AS company,
                   'source ' || i % 12 AS source, (hash(i) % 100)::DOUBLE AS score, {stamps}
            FROM range({LEADS}) t(i)
            """
        )
    first = _seconds(lambda: publish(settings, "first", AS_OF))
    floor = _seconds(lambda: _copy(settings.served / "current" / "warehouse.duckdb", home / "copy.duckdb"))
    with duckdb.connect(str(settings.warehouse)) as con:
        con.execute("UPDATE marts.fct_leads SET score = score + 1 WHERE hash(lead_id) % 100 = 0")
    daily = _seconds(lambda: publish(settings, "daily", AS_OF))
    unchanged = _seconds(lambda: publish(settings, "again", AS_OF))
    return {
        f"{LEADS:,} leads, copy of the file (floor), s": floor,
        f"{LEADS:,} leads, first publication, s": first,
        f"{LEADS:,} leads, publish 1 % changed, s": daily,
        f"{LEADS:,} leads, publish nothing changed, s": unchanged,
        "ratio, 1 % changed to floor": daily / floor,
        "ratio, nothing changed to floor": unchanged / floor,
    }


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    with target.open("rb") as file:
        os.fsync(file.fileno())


def _seconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started
