"""What is inspected: the columns of `int_inspection_subjects`, one row per lead that was handed off.

Belongs here: the names and kinds that a criterion may refer to. Does not belong here: how the columns are made
(dbt) or which of them a criterion uses (`sales_ready.yml`).
"""

from typing import Literal

Kind = Literal["text", "number", "bool", "timestamp"]

HANDED_OFF_AT = "handed_off_at"
SEGMENT = "segment"
DAYS_SINCE_SAME_EMAIL = "days_since_same_email"

# What every row must have, or no verdict can be recorded at all.
KEY_COLUMNS: dict[str, Kind] = {"lead_id": "text", HANDED_OFF_AT: "timestamp", "subject_hash": "text"}

TRACE_COLUMNS: dict[str, Kind] = {"source_file": "text", "source_line": "number"}

CRITERION_COLUMNS: dict[str, Kind] = {
    SEGMENT: "text",
    "company_segment": "text",
    "source": "text",
    "campaign_id": "text",
    "email": "text",
    "email_domain": "text",
    "first_name": "text",
    "last_name": "text",
    "title": "text",
    "phone": "text",
    "company": "text",
    "country": "text",
    "industry": "text",
    "employees": "number",
    "score": "number",
    "consent": "bool",
    "account_id": "text",
    "is_customer": "bool",
    "created_at": "timestamp",
    HANDED_OFF_AT: "timestamp",
    DAYS_SINCE_SAME_EMAIL: "number",
    "last_touch_at": "timestamp",
    "has_clock_defect": "bool",
}

_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")


def kind_of(column_type: str) -> Kind | None:
    """The kind of a DuckDB column type (`DECIMAL(18,4)` → number); None for a type no check can read."""
    name = column_type.upper().split("(")[0]
    if name == "VARCHAR":
        return "text"
    if name == "BOOLEAN":
        return "bool"
    if name in ("TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S", "DATE"):
        return "timestamp"
    return "number" if name in (*_NUMBERS, "FLOAT", "DOUBLE", "DECIMAL") else None
