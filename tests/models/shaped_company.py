"""One small simulated company in several vendors' shapes, and its marts with ids mapped back to the flat ones.

Belongs here: simulating, loading and building without Dagster; the mapping of ids. Does not belong here: what may
differ (`orchestration/ingest/limits.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import duckdb

from orchestration.ingest.contracts import feeds_on
from orchestration.ingest.limits import Limit
from orchestration.ingest.load import load_feed
from orchestration.ingest.plan import load_plan
from orchestration.inspection.run import inspect_leads
from orchestration.partitions import as_of_for_day
from orchestration.settings import Settings
from orchestration.simulation import simulate
from orchestration.simulation.shapes import vendors_of
from tests.models.company import MARTS, PREPARE, Company

FIRST, LAST = date(2026, 3, 9), date(2026, 3, 22)
HISTORY_WEEKS = 10
SCALE = 0.1

OWN_NAMES = frozenset(
    {"handoff_id", "event_id", "touch_id", "visit_id", "visitor_id", "activity_id", "record_key", "source_file",
     "source_line", "system", "subject_hash", "fingerprint", "_person", "_modelled_at"}
)  # fmt: skip
"""How a row is called, where it came from and hashes of such: not facts about the company."""


@dataclass(frozen=True)
class Shape:
    """Whose files (CRM and tracker), from which day on."""

    vendor: str
    web: str
    since: date = FIRST

    @property
    def vendors(self) -> tuple[str, ...]:
        """Every vendor that it turns on."""
        return vendors_of(self.vendor, self.web)


def built_company(home: Path, *shapes: Shape) -> Company:
    """The company in the shape of one vendor, or of several one after another, loaded, inspected and modelled."""
    ends = [*(shape.since - timedelta(days=1) for shape in shapes[1:]), LAST]
    for shape, last in zip(shapes, ends, strict=True):
        report = simulate(
            Settings(home=home),
            shape.since,
            last,
            seed=11,
            scenario="calm",
            scale=SCALE,
            history_weeks=HISTORY_WEEKS,
            vendor=shape.vendor,
            web=shape.web,
        )
    left = {
        before.vendor: after.since - timedelta(days=1)
        for before, after in pairwise(shapes)
        if before.vendor != after.vendor
    }
    company = Company(home, vendors=report.vendors, custom_fields=report.custom_fields, vendors_ended=left)
    settings = company.settings
    as_of = as_of_for_day(LAST, settings.zone)
    for feed in feeds_on(settings):
        loaded = load_feed(feed, settings, FIRST, LAST, as_of)
        assert not loaded.refusals
        assert loaded.rows_rejected == 0
    load_plan(settings, FIRST, as_of)
    company.build(LAST, *PREPARE)
    assert inspect_leads(settings, as_of).recorded
    company.build(LAST, *MARTS)
    return company


class Marts:
    """The marts of two installations side by side: `flat` and `other`, whose ids are written as the flat ones."""

    def __init__(self, flat: Path, other: Path) -> None:
        """`flat` and `other`: homes."""
        self.home = other
        self.connection = duckdb.connect()
        for name, home in (("flat", flat), ("other", other)):
            self.connection.execute(f"attach '{home}/warehouse.duckdb' as {name} (read_only)")
            self.connection.execute(_TOUCHES.format(side=name))
        # Which rows a limit is about is what the flat files know.
        self.connection.execute("use flat")
        # Marts that are views on the lake need a home; which one makes no difference to those that are compared.
        self.connection.execute(f"set file_search_path = '{flat}'")
        self._users = _user_ids(self.connection)

    def names(self) -> list[str]:
        """Every mart that is a table."""
        found = self.connection.execute(
            "select table_name from duckdb_tables() where database_name = 'flat' and schema_name = 'marts' order by 1"
        )
        return [name for (name,) in found.fetchall()]

    def columns(self, mart: str) -> dict[str, str]:
        """The columns that state facts, with their types."""
        found = self.connection.execute(
            "select column_name, data_type from duckdb_columns() where database_name = 'flat' and schema_name = 'marts'"
            " and table_name = ? order by column_index",
            [mart],
        )
        return {name: kind for name, kind in found.fetchall() if name not in OWN_NAMES}

    def differences(self, mart: str, limits: Sequence[Limit] = ()) -> list[tuple[object, ...]]:
        """The rows that only one side has, what the limits except apart."""
        kept = self.columns(mart)
        sides = [_excepting(self._side(side, mart, kept), kept, limits) for side in ("flat", "other")]
        return self.connection.execute(
            f"select 'flat', * from ({sides[0]} except all {sides[1]})"
            f" union all select 'other', * from ({sides[1]} except all {sides[0]}) order by all"
        ).fetchall()

    def _side(self, side: str, mart: str, columns: Mapping[str, str]) -> str:
        shown = ", ".join(self._shown(side, mart, name, kind) for name, kind in columns.items())
        return f"select {shown} from {side}.marts.{mart}"

    def _shown(self, side: str, mart: str, name: str, kind: str) -> str:
        shown = f'"{name}"'
        if kind == "VARCHAR" and side == "other":
            shown = self._as_flat(mart, name)
        if name in _TOUCHES_SIDE:
            touch = f'(select touch from {side}_touches as touches where touches.touch_id = {mart}."{name}")'
            at = f"joint = 'clicks_to_form_fills' or joint = 'form_fills_to_leads' and side = '{_TOUCHES_SIDE[name]}'"
            shown = f"case when {at} then {touch} else {shown} end"
        return f'{shown} as "{name}"'

    def _as_flat(self, mart: str, name: str) -> str:
        column = f'"{name}"'
        deals = name == "opportunity_id"
        if mart == "fct_reconciliation_records" and name in _DEALS_SIDE:
            at = f"joint = 'handed_off_to_pipeline' and side = '{_DEALS_SIDE[name]}'"
            return f"case when {at} then {self._ids(column, 'O')} else {self._ids(column, 'L')} end"
        mapped = self._ids(column, "A" if "account" in name else "O" if deals else "L")
        for pattern, before in _USERS:
            place = f"cast(regexp_extract({column}, '{pattern}', 1) as bigint) - {before}"
            mapped = f"case when regexp_matches({column}, '{pattern}') then {self._users}[{place}] else {mapped} end"
        return mapped

    def _ids(self, column: str, letter: str) -> str:
        for pattern, flat in _ids(letter):
            column = f"regexp_replace({column}, '{pattern}', '{flat}', 'g')"
        return column


_TOUCHES = """
    create temp table {side}_touches as
    select
        touch_id,
        concat_ws(
            ' ', 'touch of', occurred_at, regexp_replace(page, '^https://[^/]*|[?].*$', '', 'g'), campaign_id,
            row_number() over (partition by occurred_at, page, campaign_id order by touch_id)
        ) as touch
    from {side}.intermediate.int_touches
"""
"""A touch by when and where it was: each tracker has ids of its own."""

_TOUCHES_SIDE = {"record_id": "left", "counterpart_id": "right"}
"""On which side of the joint with form fills the column names a touch."""

_DEALS_SIDE = {"record_id": "right", "counterpart_id": "left"}
"""On which side of the joint with the pipeline the column names an opportunity."""


def _excepting(query: str, columns: Mapping[str, str], limits: Sequence[Limit]) -> str:
    """The query without the rows that the limits except, and without the values of the columns they name."""
    shown = {name: f'"{name}"' for name in columns}
    left_out = [limit.rows.where for limit in limits if not limit.columns]
    for limit in limits:
        for name in limit.columns:
            assert name in columns, f"{limit.mart} has no column {name}"
            shown[name] = f"case when not coalesce({limit.rows.where}, false) then {shown[name]} end"
    listed = ", ".join(f'{value} as "{name}"' for name, value in shown.items())
    kept = " and ".join(f"not coalesce({where}, false)" for where in left_out) or "true"
    return f"(select {listed} from ({query}) where {kept})"


_USERS = ((r"^salesforce:005([0-9]{12})AAA$", 0), (r"^hubspot:(44[0-9]{6})$", 44_000_000))
"""By CRM: a user's id, and what its number exceeds the user's place by."""


def _ids(letter: str) -> list[tuple[str, str]]:
    """Patterns of the CRMs' and trackers' ids, and the flat id of each; `letter` is that of what the column names."""
    return [
        (r"salesforce:00Q([0-9]{2})([0-9]{2})0([0-9]{7})EAA", r"L\1W\2-\3"),
        (r"salesforce:006([0-9]{2})([0-9]{2})0([0-9]{7})AAA", r"O\1W\2-\3"),
        (r"salesforce:001[0-9]{6}([0-9]{6})AAA", r"A\1"),
        *([(r"hubspot:9[0-9]{5}([0-9]{6})", r"A\1")] if letter == "A" else []),
        (r"opportunity hubspot:([0-9]{2})([0-9]{2})0([0-9]{7})", r"opportunity O\1W\2-\3"),
        (r"hubspot:([0-9]{2})([0-9]{2})0([0-9]{7})", rf"{letter}\1W\2-\3"),
        (r"(ga4|segment):(V[0-9]{2}W)", r"\2"),
    ]


def _user_ids(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The flat ids of the users, in the order in which every vendor numbers them."""
    found = connection.execute(
        "select distinct owner_id from flat.marts.dim_owner where owner_id like 'U-%'"
    ).fetchall()
    place = {"MARKETING": 0, "SDR": 1, "AE": 2}
    return sorted((user for (user,) in found), key=lambda user: (place[user.split("-")[1]], user))
