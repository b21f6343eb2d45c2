# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""A proposed change of the criteria, tried on the leads of the last weeks as they were published.

Belongs here: which documents, which leads, what sales can work. Does not belong here: judging and comparing
(`expectations/replay.py`), printing (`commands/criteria.py`). Only the served copy is read; nothing is recorded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from expectations.contract import ContractError, in_force, load_contract
from expectations.document import Contract, Criterion
from expectations.replay import Cell, CriterionChange, Rates, as_one_set, replay
from orchestration.errors import AndonError
from orchestration.inspection.criteria_log import recorded_documents
from orchestration.serving.reader import attach_served
from orchestration.settings import Settings


class ProposalError(AndonError):
    """The change cannot be tried: names what is missing."""


@dataclass(frozen=True)
class Capacity:
    """What the team that receives the leads can work: leads per week that fit, and who it is."""

    team: str
    leads_per_week: float


@dataclass(frozen=True)
class Proposal:
    """The change over `weeks` whole weeks of handoffs, `first` to `last` (business days, both included)."""

    before: str
    after: str
    first: date
    last: date
    weeks: int
    cells: tuple[Cell, ...]
    changes: tuple[CriterionChange, ...]
    capacity: Capacity | None

    @property
    def leads(self) -> int:
        return sum(cell.leads for cell in self.cells)

    def ready_per_week(self) -> tuple[float, float]:
        """Leads that sales would get in a week when only ready ones are handed off, before and after."""
        before, after = (sum(getattr(c, f"ready_{side}") for c in self.cells) for side in ("before", "after"))
        return before / self.weeks, after / self.weeks


def try_change(settings: Settings, before: str, after: str, weeks: int) -> Proposal:
    """Replay the last `weeks` whole weeks of handed-off leads under `before` and `after`.

    Each is a file, or the version of a document: the current one or one that was in use. Of `before` counts what is in
    force at the latest inspection, of `after` what will be in force once all its dates have come.
    Raises ProposalError for a document that cannot be used and when there is nothing to replay.
    """
    old, new = _document(settings, before), _document(settings, after)
    with attach_served(settings) as con:
        con.execute("set TimeZone = 'UTC'")
        as_of = _latest_inspection(con)
        end = _monday(as_of.replace(tzinfo=UTC).astimezone(settings.zone).date())
        first = end - timedelta(weeks=weeks)
        leads = _leads(con, settings, first, end)
        standing = as_one_set(_at_least_one(in_force(old, as_of, settings.zone), before))
        coming = as_one_set(_at_least_one([c for c in new.criteria if c.valid_to is None], after))
        team = _receiving_team(con)
        cells, changes = replay(con, standing, coming, leads, settings.zone, _rates(con, team, end))
        capacity = _capacity(con, team, end)
    if not cells:
        raise ProposalError(f"no lead was handed off from {first} to {end - timedelta(days=1)}: give more --weeks")
    last = end - timedelta(days=1)
    return Proposal(before, after, first, last, weeks, tuple(cells), tuple(changes), capacity)


def _document(settings: Settings, named: str) -> Contract:
    """The document that `named` means: a file, or a document's version."""
    recorded = recorded_documents(settings)
    try:
        if Path(named).is_file():
            return load_contract(Path(named))
        current = load_contract(settings.criteria_file)
        if named in ("current", current.version):
            return current
        files = recorded.get(named, [])
        if len(files) == 1:
            return load_contract(files[0])
    except ContractError as error:
        raise ProposalError(f"{named} cannot be used:\n{error}") from error
    if files:
        listed = ", ".join(str(file) for file in files)
        raise ProposalError(f"version {named} stands for several documents: give one of the files {listed}")
    known = ", ".join(sorted({"current", current.version, *recorded}))
    raise ProposalError(f"{named} is neither a file nor a version of the criteria: there are {known}")


def _at_least_one(criteria: Sequence[Criterion], named: str) -> Sequence[Criterion]:
    if not criteria:
        raise ProposalError(f"{named} has no criterion in force: give one without valid_to")
    return criteria


def _latest_inspection(con: duckdb.DuckDBPyConnection) -> datetime:
    [(latest,)] = con.execute("select max(inspected_at) from marts.lead_verdicts").fetchall()
    if latest is None:
        raise ProposalError("no lead was inspected yet: run a day first")
    return latest


def _leads(con: duckdb.DuckDBPyConnection, settings: Settings, first: date, end: date) -> str:
    """The leads handed off on the business days [`first`, `end`) as a relation of subjects with cost and outcome."""
    con.execute(
        f"""
        create or replace temp table replayed_leads as
        select
            s.* exclude (_modelled_at), l.attributed_cost, l.accepted_at is not null as accepted
        from marts.lead_subjects as s
        inner join marts.fct_leads as l using (lead_id)
        where cast(s.handed_off_at at time zone 'UTC' at time zone '{settings.time_zone}' as date) >= ?
            and cast(s.handed_off_at at time zone 'UTC' at time zone '{settings.time_zone}' as date) < ?
        """,
        [first, end],
    )
    return "replayed_leads"


def _receiving_team(con: duckdb.DuckDBPyConnection) -> str | None:
    """The team that leads are first handed to, by most of the handoffs."""
    rows = con.execute(
        "select to_team from marts.fct_handoffs where attempt_no = 1 group by to_team order by count(*) desc, 1 limit 1"
    ).fetchall()
    return rows[0][0] if rows else None


def _rates(con: duckdb.DuckDBPyConnection, team: str | None, end: date) -> Rates:
    hourly = {str(name): float(cost) for name, _, cost, _ in _teams(con, end) if cost is not None}
    minutes = {str(name): minutes for name, minutes, _, _ in _teams(con, end)}
    return Rates(minutes.get(team or ""), hourly.get(team or ""), hourly)


def _capacity(con: duckdb.DuckDBPyConnection, team: str | None, end: date) -> Capacity | None:
    fits = {str(name): leads for name, _, _, leads in _teams(con, end)}
    leads = fits.get(team or "")
    return None if team is None or leads is None else Capacity(team, float(leads))


def _teams(con: duckdb.DuckDBPyConnection, end: date) -> list[tuple[str, float | None, float | None, float | None]]:
    """Each team in the last whole week: minutes per lead, hourly cost, leads that fit in a week."""
    return con.execute(
        """
        select
            team, minutes_per_lead, hourly_cost,
            people * hours_per_person * availability * 60 / nullif(minutes_per_lead, 0)
        from marts.plan_capacity_weekly where week_start = ?
        """,
        [end - timedelta(weeks=1)],
    ).fetchall()


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
