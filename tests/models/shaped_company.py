"""One small simulated company in several vendors' shapes, and its marts with ids mapped back to the flat ones.

Belongs here: simulating, loading and building without Dagster; the mapping of ids. Does not belong here: what may
differ (`vendor_limits.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from orchestration.ingest.contracts import feeds_on
from orchestration.ingest.load import load_feed
from orchestration.ingest.plan import load_plan
from orchestration.inspection.run import inspect_leads
from orchestration.partitions import as_of_for_day
from orchestration.settings import Settings
from orchestration.simulation import simulate
from tests.models.company import MARTS, PREPARE, Company
from tests.models.vendor_limits import Limit

FIRST, LAST = date(2026, 3, 9), date(2026, 3, 22)
HISTORY_WEEKS = 10
SCALE = 0.1

OWN_NAMES = frozenset(
    {"handoff_id", "event_id", "touch_id", "visit_id", "visitor_id", "activity_id", "source_file", "source_line",
     "system", "subject_hash", "fingerprint", "_modelled_at"}
)  # fmt: skip
"""How a row is called, where it came from and hashes of such: not facts about the company."""


@dataclass(frozen=True)
class Shape:
    """Whose files (CRM and tracker), from which day on."""

    vendor: str
    web: str
    since: date = FIRST


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
    company = Company(home, vendors=report.vendors, custom_fields=report.custom_fields)
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

    def __init__(self, flat: Company, other: Company, vendor: str) -> None:
        self.vendor = vendor
        self.connection = duckdb.connect()
        self.connection.execute(f"attach '{flat.warehouse}' as flat (read_only)")
        self.connection.execute(f"attach '{other.warehouse}' as other (read_only)")
        # Marts that are views on the lake need a home; which one makes no difference to those that are compared.
        self.connection.execute(f"set file_search_path = '{flat.home}'")
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
        flat = [f'"{name}"' for name in kept]
        other = [f'{self._mapped(name, kind)} as "{name}"' for name, kind in kept.items()]
        sides = [
            _excepting(f"select {', '.join(listed)} from {side}.marts.{mart}", kept, limits)
            for side, listed in (("flat", flat), ("other", other))
        ]
        return self.connection.execute(
            f"select 'flat', * from ({sides[0]} except all {sides[1]})"
            f" union all select '{self.vendor}', * from ({sides[1]} except all {sides[0]}) order by all"
        ).fetchall()

    def _mapped(self, name: str, kind: str) -> str:
        column = f'"{name}"'
        if kind != "VARCHAR":
            return column
        for pattern, flat in _ids(self.vendor, name):
            column = f"regexp_replace({column}, '{pattern}', '{flat}', 'g')"
        pattern, before = _USERS[self.vendor]
        place = f"cast(regexp_extract({column}, '{pattern}', 1) as bigint) - {before}"
        return f"case when regexp_matches({column}, '{pattern}') then {self._users}[{place}] else {column} end"


def _excepting(query: str, columns: Mapping[str, str], limits: Sequence[Limit]) -> str:
    """The query without the rows that the limits except, and without the values of the columns they name."""
    shown = {name: f'"{name}"' for name in columns}
    left_out = [limit.where for limit in limits if not limit.columns]
    for limit in limits:
        for name in limit.columns:
            assert name in columns, f"{limit.mart} has no column {name}"
            shown[name] = f"case when not coalesce({limit.where}, false) then {shown[name]} end"
    listed = ", ".join(f'{value} as "{name}"' for name, value in shown.items())
    kept = " and ".join(f"not coalesce({where}, false)" for where in left_out) or "true"
    return f"(select {listed} from ({query}) where {kept})"


_USERS = {"salesforce": (r"^salesforce:005([0-9]{12})AAA$", 0), "hubspot": (r"^hubspot:(44[0-9]{6})$", 44_000_000)}
"""By vendor: a user's id, and what its number exceeds the user's place by."""


def _ids(vendor: str, column: str) -> list[tuple[str, str]]:
    """Patterns of a vendor's ids in a column, and the flat id that each stands for."""
    if vendor == "salesforce":
        return [
            (r"salesforce:00Q([0-9]{2})([0-9]{2})0([0-9]{7})EAA", r"L\1W\2-\3"),
            (r"salesforce:006([0-9]{2})([0-9]{2})0([0-9]{7})AAA", r"O\1W\2-\3"),
            (r"salesforce:001[0-9]{6}([0-9]{6})AAA", r"A\1"),
        ]
    if "account" in column:
        return [(r"hubspot:9[0-9]{5}([0-9]{6})", r"A\1")]
    letter = "O" if "opportunity" in column else "L"
    return [(r"hubspot:([0-9]{2})([0-9]{2})0([0-9]{7})", rf"{letter}\1W\2-\3")]


def _user_ids(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The flat ids of the users, in the order in which every vendor numbers them."""
    found = connection.execute(
        "select distinct owner_id from flat.marts.dim_owner where owner_id like 'U-%'"
    ).fetchall()
    place = {"MARKETING": 0, "SDR": 1, "AE": 2}
    return sorted((user for (user,) in found), key=lambda user: (place[user.split("-")[1]], user))
