"""The marts are the same whoever's CRM and tracker deliver the company, but for what those vendors cannot say."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from orchestration.ingest.limits import LIMITS, OWN_FILES, Limit, limits_of, rows_query
from tests.models.shaped_company import Marts, Shape, built_company

SHAPES = {"salesforce": Shape("salesforce", "segment"), "hubspot": Shape("hubspot", "ga4")}
CLAIMS = [
    (crm, limit, column)
    for crm, shape in SHAPES.items()
    for limit in limits_of(shape.vendors)
    for column in (limit.columns or (None,))
]


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Marts]:
    homes = {name: Path(tmp_path_factory.mktemp(name)) for name in ("flat", *SHAPES)}
    for name, shape in {"flat": Shape("flat", "flat"), **SHAPES}.items():
        built_company(homes[name], shape)
    return {crm: Marts(homes["flat"], homes[crm], shape) for crm, shape in SHAPES.items()}


@pytest.mark.parametrize("crm", SHAPES)
def test_every_mart_is_equal_but_for_what_the_vendors_cannot_say(marts: dict[str, Marts], crm: str) -> None:
    side_by_side = marts[crm]
    compared = [mart for mart in side_by_side.names() if mart not in OWN_FILES]
    assert {"fct_leads", "fct_handoffs", "fct_stage_visits", "fct_source_weekly", "lead_verdicts"} <= set(compared)
    found = {mart: side_by_side.differences(mart, limits_of(SHAPES[crm].vendors, mart))[:5] for mart in compared}
    assert {mart: rows for mart, rows in found.items() if rows} == {}


@pytest.mark.parametrize(
    ("crm", "limit", "column"), CLAIMS, ids=[f"{crm}-{limit.mart}-{column}" for crm, limit, column in CLAIMS]
)
def test_no_limit_is_claimed_that_is_not_needed(
    marts: dict[str, Marts], crm: str, limit: Limit, column: str | None
) -> None:
    narrower = [replace(limit, columns=tuple(name for name in limit.columns if name != column))] if column else []
    others = [each for each in limits_of(SHAPES[crm].vendors, limit.mart) if each is not limit]
    kept = [each for each in narrower if each.columns]
    assert marts[crm].differences(limit.mart, [*others, *kept])


@pytest.mark.parametrize("crm", SHAPES)
def test_an_installation_can_count_the_rows_that_a_limit_is_about(marts: dict[str, Marts], crm: str) -> None:
    with duckdb.connect(str(marts[crm].home / "warehouse.duckdb"), read_only=True) as con:
        counted = {limit: con.execute(rows_query(limit)).fetchall()[0] for limit in limits_of(SHAPES[crm].vendors)}
    assert {limit.mart for limit, (rows, total) in counted.items() if not 0 <= rows <= total > 0} == set()
    [touched] = [rows for limit, rows in counted.items() if limit.columns == ("what",)]
    assert touched[0] > 0


def test_every_limit_is_tried() -> None:
    tried = {vendor for shape in SHAPES.values() for vendor in shape.vendors}
    assert {vendor for limit in LIMITS for vendor in limit.vendors} <= tried
