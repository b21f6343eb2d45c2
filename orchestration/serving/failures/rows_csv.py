"""The CSV of all rows behind a report, safe to open in a spreadsheet.

Belongs here: columns, masking, neutralising. Does not belong here: who is entitled to what (the plan's `audiences`).
"""

import csv
import gzip
import io
from dataclasses import dataclass
from typing import Any

import duckdb

from orchestration.serving.failures.collect import filter_of, masked_observed
from orchestration.serving.failures.data import Audience
from orchestration.serving.inert import csv_cell, masked_value

# Spreadsheets stop at about a million rows, mail servers at about 20 MB.
LARGEST_PLAIN = 3_000_000
MOST_ROWS = 500_000

_COLUMNS: tuple[str, ...] = (
    "lead_id", "news", "state", "criterion_code", "criterion_version", "criterion", "severity", "owner",
    "reason_category", "first_seen_at", "last_seen_at", "observed", "cost", "email", "company", "job_title", "country",
    "source", "segment", "campaign_id", "campaign_name", "handed_off_at", "source_file", "source_line",
)  # fmt: skip
_PERSONAL = frozenset({"email", "company", "job_title", "observed"})


@dataclass(frozen=True)
class Attachment:
    """A file to attach: CSV, gzipped when it is large. `rows` of `of` rows are in it."""

    name: str
    content: bytes
    rows: int
    of: int


def defects_csv(con: duckdb.DuckDBPyConnection, audience: Audience, name: str) -> Attachment:
    """Every row of `ledger` (see `ledger.py`) that the audience hears of, the news first.

    Addresses are masked unless the audience is entitled to them; who only gets money gets no personal column at all.
    """
    where, values = filter_of(audience)
    kept = tuple(column for column in _COLUMNS if audience.gets != "money" or column not in _PERSONAL)
    news = (
        "CASE WHEN is_new THEN 'new' WHEN is_returned THEN 'returned' WHEN is_fixed THEN 'fixed' "
        "WHEN is_waived THEN 'waived' ELSE '' END AS news"
    )
    found = con.execute(f"SELECT count(*) FROM ledger WHERE {where}", values).fetchone()
    assert found is not None
    rows = con.execute(
        f"""
        SELECT {", ".join(_COLUMNS)} FROM (SELECT *, {news} FROM ledger WHERE {where})
        ORDER BY news = '', news, cost DESC NULLS LAST, lead_id, criterion_code LIMIT {MOST_ROWS}
        """,
        values,
    ).fetchall()
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(kept)
    for row in rows:
        told: dict[str, Any] = dict(zip(_COLUMNS, row, strict=True))
        if not audience.is_full_data:
            _mask(told)
        writer.writerow(csv_cell(_text(told[column])) for column in kept)
    # With the mark Excel reads UTF-8 as UTF-8.
    content = text.getvalue().encode("utf-8-sig")
    if len(content) > LARGEST_PLAIN:
        return Attachment(f"{name}.csv.gz", gzip.compress(content, mtime=0), len(rows), found[0])
    return Attachment(f"{name}.csv", content, len(rows), found[0])


def _mask(row: dict[str, Any]) -> None:
    row["observed"] = masked_observed(row["observed"], row["email"])
    row["email"] = masked_value(row["email"]) if row["email"] else None


def _text(value: object) -> str:
    return "" if value is None else str(value)
