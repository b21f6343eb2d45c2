"""Structural suites on the feeds: what must hold of the rows that landed since the last inspection.

Belongs here: those rules, derived from a feed's own declaration. Does not belong here: files, folders and formats
(`orchestration/ingest`), rules on prepared data and marts (`structural.py`).

The ingest rejects a line that breaks its contract before it reaches the lake, so `required`, `accepted` and `once` hold
unless the lake was written by something else or the ingest is wrong: then nothing may be built on it, and they block.
`plausible` times are what no contract of types can promise; a wrong clock in a CRM is a fact to report, and it warns.
Which of several deliveries of a key counts is decided, and thereby unique, in `latest_delivered` (dbt).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from expectations.compile import quote
from expectations.structural import Rule
from expectations.suites import Expectation, Suite

_TOLERANCE = "interval 1 day"


@dataclass(frozen=True)
class LandedFeed:
    """A feed with rows to look at: `rows` (SQL, a bracketed select) carries its columns and its trace."""

    name: str
    rows: str
    required: tuple[str, ...]
    accepted: tuple[tuple[str, tuple[str, ...]], ...] = ()
    event_time: str | None = None


def feed_rules(feed: LandedFeed) -> tuple[Rule, ...]:
    """The rules of one feed; those named `….plausible` warn, the others block."""
    nulls = " or ".join(f"{_name(column)} is null" for column in feed.required)
    outside = " or ".join(f"{_name(column)} not in ({_listed(values)})" for column, values in feed.accepted)
    again = f"(_file_sha256, _line) in (select (_file_sha256, _line) from {feed.rows} group by all having count(*) > 1)"
    late = f"{_name(feed.event_time)} > _landed_at + {_TOLERANCE}" if feed.event_time else ""
    rules = (
        ("required", f"{', '.join(feed.required)} are never null", nulls),
        ("accepted", "values are those that the contract lists", outside),
        ("once", "each line of a file was loaded once", again),
        ("plausible", f"{feed.event_time} is not after the row landed", late),
    )
    return tuple(Rule(f"{feed.name}.{name}", feed.rows, title, failing) for name, title, failing in rules if failing)


def feed_suite(rules: Sequence[Rule]) -> Suite:
    """All feeds' rules as one suite: a query of its own each, so that a feed costs no batch of its own."""
    return Suite(
        "structure of the feeds",
        "select 1 as whole",
        tuple(
            Expectation(
                rule.name,
                "failing_rows",
                rule.title,
                "minor" if rule.name.endswith(".plausible") else "critical",
                query=f"select 1 from {{batch}}, {rule.relation} as landed where {rule.failing}",
            )
            for rule in rules
        ),
    )


def _listed(values: Sequence[str]) -> str:
    return ", ".join(quote(value) for value in values)


def _name(column: str) -> str:
    # Vendors' column names come from declarations of ours, but may be words of SQL (`date`, `timestamp`).
    return f'"{column}"'
