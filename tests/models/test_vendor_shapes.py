"""The marts are the same whoever's CRM and tracker deliver the company, or if it moved, but for declared limits."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.ingest.limits import LIMITS, MOVED, OWN_FILES, Limit, limits_of, rows_query
from tests.models.shaped_company import Marts, Shape, built_company

SHAPES = {
    "salesforce": (Shape("salesforce", "segment"),),
    "hubspot": (Shape("hubspot", "ga4"),),
    "moved": (Shape("hubspot", "flat"), Shape("salesforce", "flat", date(2026, 3, 16))),
    "moved_back": (Shape("salesforce", "flat"), Shape("hubspot", "flat", date(2026, 3, 16))),
}
VENDORS = {name: {vendor for shape in shapes for vendor in shape.vendors} for name, shapes in SHAPES.items()}
CLAIMS = [
    (name, limit, column)
    for name, vendors in VENDORS.items()
    if name != "moved_back"
    for limit in (MOVED if name == "moved" else limits_of(vendors))
    for column in (limit.columns or (None,))
]


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Marts]:
    homes = {name: Path(tmp_path_factory.mktemp(name)) for name in ("flat", *SHAPES)}
    for name, shapes in {"flat": (Shape("flat", "flat"),), **SHAPES}.items():
        built_company(homes[name], *shapes)
    return {name: Marts(homes["flat"], homes[name]) for name in SHAPES}


@pytest.mark.parametrize("name", SHAPES)
def test_every_mart_is_equal_but_for_what_the_vendors_cannot_say(marts: dict[str, Marts], name: str) -> None:
    side_by_side = marts[name]
    compared = [mart for mart in side_by_side.names() if mart not in OWN_FILES]
    assert {"fct_leads", "fct_handoffs", "fct_stage_visits", "fct_source_weekly", "lead_verdicts"} <= set(compared)
    found = {mart: side_by_side.differences(mart, limits_of(VENDORS[name], mart))[:5] for mart in compared}
    assert {mart: rows for mart, rows in found.items() if rows} == {}


@pytest.mark.parametrize(
    ("name", "limit", "column"), CLAIMS, ids=[f"{name}-{limit.mart}-{column}" for name, limit, column in CLAIMS]
)
def test_no_limit_is_claimed_that_is_not_needed(
    marts: dict[str, Marts], name: str, limit: Limit, column: str | None
) -> None:
    narrower = [replace(limit, columns=tuple(each for each in limit.columns if each != column))] if column else []
    others = [each for each in limits_of(VENDORS[name], limit.mart) if each is not limit]
    kept = [each for each in narrower if each.columns]
    assert marts[name].differences(limit.mart, [*others, *kept])


@pytest.mark.parametrize("name", SHAPES)
def test_an_installation_can_count_the_rows_that_a_limit_is_about(marts: dict[str, Marts], name: str) -> None:
    with duckdb.connect(str(marts[name].home / "warehouse.duckdb"), read_only=True) as con:
        counted = {limit: con.execute(rows_query(limit)).fetchall()[0] for limit in limits_of(VENDORS[name])}
    assert {limit.mart for limit, (rows, total) in counted.items() if not 0 <= rows <= total > 0} == set()
    [unmapped] = [rows for limit, rows in counted.items() if limit.mart == "unmapped_leads"]
    assert unmapped[0] > 0


def test_every_limit_is_tried() -> None:
    assert {vendor for limit in LIMITS for vendor in limit.vendors} <= set().union(*VENDORS.values())
