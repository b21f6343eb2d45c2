"""The simulated company, as its plan describes it: sources by segment with their rates, campaigns, teams, hours.

Belongs here: reading the plan's files into arrays. Does not belong here: chance, faults or time.
The plan in force when the company's records begin is the world's truth: a later plan version changes the goal
that people set, not how the market answers.
"""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import TypeVar

import numpy as np

from orchestration.simulation.arrays import Floats, Ints

HANDED_OFF_SHARE = 0.93
"""Leads that marketing passes on; the plan has no goal for this step."""

T = TypeVar("T")

CRM, WEB = "crm", "web"
SDR, AE = "sdr", "ae"


class SimulationError(ValueError):
    """A request or a plan that cannot be simulated, with the remedy in its text."""


@dataclass(frozen=True)
class Rates:
    """Per cell (source x segment), weekly at scale 1: money, leads and the share that takes each step."""

    spend: Floats
    leads: Floats
    ready: Floats
    """Sales-ready share of the leads handed off."""
    accepted: Floats
    """Accepted share of the leads handed off, second attempts included."""
    meeting: Floats
    opportunity: Floats
    won: Floats


@dataclass(frozen=True)
class Segment:
    """A target segment and its size in employees."""

    name: str
    title: str
    min_employees: int
    max_employees: int


@dataclass(frozen=True)
class Campaign:
    """One campaign; `cell` is the source x segment it belongs to."""

    campaign_id: str
    name: str
    platform: str
    cell: int


@dataclass(frozen=True)
class Team:
    """Capacity of one team: people, their net hours a week and the minutes a lead takes."""

    people: int
    hours: float
    minutes_per_lead: float


@dataclass(frozen=True)
class Company:
    """Everything the simulation takes from the plan."""

    sources: tuple[str, ...]
    channels: tuple[str, ...]
    labels: dict[str, tuple[tuple[str, ...], ...]]
    """By system, the values in which that system writes each source."""
    segments: tuple[Segment, ...]
    cell_source: Ints
    cell_segment: Ints
    rates: Rates
    campaigns: tuple[Campaign, ...]
    campaign_from: Ints
    campaign_count: Ints
    teams: dict[str, Team]
    respond_within: Floats
    """Seconds of business time in which the SDRs promise to answer, per segment."""
    hours: dict[int, tuple[time, time]]
    holidays: frozenset[date]

    @property
    def cells(self) -> int:
        return len(self.cell_source)

    @property
    def cell_channels(self) -> list[str]:
        """The channel of each cell."""
        return [self.channels[int(source)] for source in self.cell_source.tolist()]

    @property
    def cell_names(self) -> list[tuple[str, str]]:
        """Source and segment of each cell."""
        cells = zip(self.cell_source.tolist(), self.cell_segment.tolist(), strict=True)
        return [(self.sources[int(source)], self.segments[int(segment)].name) for source, segment in cells]

    def cells_of(self, source: str, segment: str | None = None) -> Ints:
        """The cells of one source (and segment); a plan without that source has none."""
        wanted = [name == source and segment in (None, of_segment) for name, of_segment in self.cell_names]
        return np.flatnonzero(np.array(wanted))


class PlanTable:
    """One plan file as text; its accessors name file, line and column when a value is no good."""

    def __init__(self, folder: Path, table: str) -> None:
        self.path = folder / f"{table}.csv"
        if not self.path.exists():
            raise SimulationError(f"{self.path}: no such plan file; the simulation needs the whole plan")
        with self.path.open(newline="", encoding="utf-8-sig") as file:
            self.rows = list(csv.DictReader(file))

    def _parsed(self, column: str, parse: Callable[[str], T], empty: T | None) -> list[T]:
        values: list[T] = []
        for line, row in enumerate(self.rows, start=2):
            text = row.get(column) or ""
            if not text and empty is not None:
                values.append(empty)
                continue
            try:
                values.append(parse(text))
            except ValueError:
                raise SimulationError(f"{self.path}, line {line}, column {column}: {text!r} cannot be read") from None
        return values

    def texts(self, column: str) -> list[str]:
        return [row.get(column) or "" for row in self.rows]

    def numbers(self, column: str, empty: float | None = None) -> list[float]:
        return self._parsed(column, float, empty)

    def dates(self, column: str, empty: date | None = None) -> list[date]:
        return self._parsed(column, date.fromisoformat, empty)

    def times(self, column: str) -> list[time]:
        return self._parsed(column, time.fromisoformat, None)


def read_company(plan: Path, start: date) -> Company:
    """The company described by the plan files in `plan`, with the targets in force on `start` (a Monday)."""
    sources = PlanTable(plan, "sources")
    names = tuple(sources.texts("source"))
    segments = _segments(plan)
    segment_names = [segment.name for segment in segments]
    targets = _targets_in_force(plan, start)
    cells = [(names.index(row["source"]), segment_names.index(row["segment"])) for row in targets]
    campaigns = _campaigns(plan, names, segment_names, cells)
    counts = np.bincount([campaign.cell for campaign in campaigns], minlength=len(cells)).astype(np.int64)
    hours = PlanTable(plan, "business_hours")
    return Company(
        sources=names,
        channels=tuple(sources.texts("channel")),
        labels={system: _labels(plan, system, names) for system in (CRM, WEB)},
        segments=segments,
        cell_source=np.array([cell[0] for cell in cells], dtype=np.int64),
        cell_segment=np.array([cell[1] for cell in cells], dtype=np.int64),
        rates=_rates(targets),
        campaigns=campaigns,
        campaign_from=np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64),
        campaign_count=counts,
        teams=_teams(plan, start),
        respond_within=_respond_within(plan, segment_names),
        hours=dict(
            zip(
                [int(weekday) for weekday in hours.numbers("weekday")],
                zip(hours.times("opens"), hours.times("closes"), strict=True),
                strict=True,
            )
        ),
        holidays=frozenset(PlanTable(plan, "holidays").dates("holiday")),
    )


def _segments(plan: Path) -> tuple[Segment, ...]:
    table = PlanTable(plan, "segments")
    least = [int(number) for number in table.numbers("min_employees", 1)]
    most = [int(number) for number in table.numbers("max_employees", 0)]
    rows = zip(table.texts("segment"), table.texts("title"), least, most, strict=True)
    return tuple(sorted((Segment(n, t, lo, hi or lo * 20) for n, t, lo, hi in rows), key=lambda s: s.min_employees))


def _targets_in_force(plan: Path, start: date) -> list[dict[str, str]]:
    versions = PlanTable(plan, "plan_versions")
    approved = [date.fromisoformat(text[:10]) for text in versions.texts("approved_at")]
    known = sorted(zip(approved, versions.dates("valid_from"), versions.texts("plan_version"), strict=True))
    if not known:
        raise SimulationError(f"{versions.path}: no plan version; add one with its approval")
    due = [row for row in known if row[0] < start and row[1] <= start] or known[:1]
    table = PlanTable(plan, "targets")
    first, last = table.dates("week_from"), table.dates("week_to", date.max)
    rows = [
        row
        for row, since, until in zip(table.rows, first, last, strict=True)
        if row["plan_version"] == due[-1][2] and min(since, due[-1][1]) <= start <= until
    ]
    if not rows:
        raise SimulationError(f"{table.path}: no target of plan version {due[-1][2]} for the week of {start}")
    return rows


def _rates(targets: Sequence[dict[str, str]]) -> Rates:
    def amounts(column: str) -> Floats:
        return np.array([float(row[column]) for row in targets])

    leads, accepted, meetings = amounts("leads"), amounts("accepted"), amounts("meetings")
    opportunities = amounts("opportunities")
    return Rates(
        spend=amounts("spend"),
        leads=leads,
        ready=np.minimum(amounts("ready_leads") / (leads * HANDED_OFF_SHARE), 0.99),
        accepted=np.minimum(accepted / (leads * HANDED_OFF_SHARE), 0.99),
        meeting=meetings / accepted,
        opportunity=opportunities / meetings,
        won=amounts("won") / opportunities,
    )


def _campaigns(
    plan: Path, sources: Sequence[str], segments: Sequence[str], cells: Sequence[tuple[int, int]]
) -> tuple[Campaign, ...]:
    table = PlanTable(plan, "campaigns")
    found = [
        Campaign(row["campaign_id"], row["campaign_name"], row["platform"], cells.index(cell))
        for row in table.rows
        if (cell := (sources.index(row["source"]), segments.index(row["segment"]))) in cells
    ]
    return tuple(sorted(found, key=lambda campaign: campaign.cell))


def _labels(plan: Path, system: str, sources: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    rows = [row for row in PlanTable(plan, "source_map").rows if row["system"] == system]
    return tuple(
        tuple(row["source_value"] for row in rows if row["source"] == source) or (source,) for source in sources
    )


def _teams(plan: Path, start: date) -> dict[str, Team]:
    table = PlanTable(plan, "capacity")
    since, until = table.dates("valid_from"), table.dates("valid_to", date.max)
    net = np.array(table.numbers("hours_per_week")) * np.array(table.numbers("availability"))
    rows = zip(table.texts("team"), table.numbers("people"), net, table.numbers("minutes_per_lead"), strict=True)
    teams = {
        team: Team(int(people), float(hours), minutes)
        for (team, people, hours, minutes), a, b in zip(rows, since, until, strict=True)
        if a <= start <= b
    }
    if missing := {SDR, AE} - teams.keys():
        raise SimulationError(f"{table.path}: no capacity of team {min(missing)} on {start}; add a row")
    return teams


def _respond_within(plan: Path, segments: Sequence[str]) -> Floats:
    rows = [row for row in PlanTable(plan, "sla_policy").rows if row["to_team"] == SDR]
    promised = {row["segment"]: 60.0 * float(row["respond_within_minutes"]) for row in rows}
    return np.array([promised.get(segment, 3600.0) for segment in segments])
