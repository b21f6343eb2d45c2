"""What can go wrong, as data: per scenario, how the market and the teams differ from plan, week by week.

Belongs here: faults of the business. Does not belong here: faults of files (`dirt.py`) or any draw.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

import numpy as np

from orchestration.partitions import week_start
from orchestration.simulation.arrays import Bools, Floats
from orchestration.simulation.company import HANDED_OFF_SHARE, SDR, Company


class Scenario(StrEnum):
    """The company's story; everything before the fault's start is the same in all of them."""

    CALM = "calm"
    DISCONNECT = "disconnect"
    SOURCE_DECAY = "source_decay"
    PIVOT_WITHOUT_CAPACITY = "pivot_without_capacity"
    CRM_FEED_LATE = "crm_feed_late"
    TRACKING_BREAK = "tracking_break"
    DIRTY_FILES = "dirty_files"


FAULT_DAYS = {
    Scenario.CALM: 0,
    Scenario.DISCONNECT: 56,
    Scenario.SOURCE_DECAY: 56,
    Scenario.PIVOT_WITHOUT_CAPACITY: 56,
    Scenario.CRM_FEED_LATE: 5,
    Scenario.TRACKING_BREAK: 14,
    Scenario.DIRTY_FILES: 7,
}
WEEKLY_FAULTS = frozenset({Scenario.DISCONNECT, Scenario.SOURCE_DECAY, Scenario.PIVOT_WITHOUT_CAPACITY})

DISCONNECTED = ("content_syndication", "enterprise")
LEADS_ABOVE_PLAN = 1.05
MEETINGS_OF_PLAN = 0.8
DECAYING = "linkedin_ads"
DECAY_PER_WEEK, DECAY_FLOOR = 0.05, 0.5
PIVOT_TO = "enterprise"
PIVOT_UP, PIVOT_DOWN = 1.6, 0.8
ENTERPRISE_EFFORT = 2.0
"""An enterprise lead takes an SDR this many times as long as another."""


@dataclass(frozen=True)
class Conditions:
    """One week's deviations from plan, per cell; 1 and 0 where there is none."""

    leads: Floats
    spend: Floats
    accepted: Floats
    """Multiplies the share of leads accepted, through the share that is sales-ready."""
    soured: Bools
    """The defective leads are of the disconnect's kinds: too small, personal address, no consent."""
    queue_hours: float = 0.0
    """Business hours that a lead waits for a free SDR, on top of the usual."""


def default_fault_start(scenario: Scenario, last_day: date) -> date:
    """Eight whole weeks before the end for faults of the business, a few days for faults of the feeds."""
    start = last_day + timedelta(days=1 - FAULT_DAYS[scenario])
    return week_start(start) if scenario in WEEKLY_FAULTS else start


def conditions(scenario: Scenario, company: Company, week: date, fault_start: date) -> Conditions:
    """The conditions for the leads created in the week that begins on `week`."""
    calm = Conditions(
        leads=np.ones(company.cells),
        spend=np.ones(company.cells),
        accepted=np.ones(company.cells),
        soured=np.zeros(company.cells, dtype=np.bool_),
    )
    weeks_in = (week - week_start(fault_start)).days // 7
    change = CHANGES.get(scenario)
    return calm if change is None or weeks_in < 0 else change(company, calm, weeks_in)


def _disconnect(company: Company, calm: Conditions, weeks_in: int) -> Conditions:
    hit = np.isin(np.arange(company.cells), company.cells_of(*DISCONNECTED))
    return replace(
        calm,
        leads=np.where(hit, LEADS_ABOVE_PLAN, 1.0),
        accepted=np.where(hit, MEETINGS_OF_PLAN / LEADS_ABOVE_PLAN, 1.0),
        soured=hit,
    )


def _decay(company: Company, calm: Conditions, weeks_in: int) -> Conditions:
    hit = np.isin(np.arange(company.cells), company.cells_of(DECAYING))
    left = max(DECAY_FLOOR, 1 - DECAY_PER_WEEK * (weeks_in + 1))
    return replace(calm, accepted=np.where(hit, left, 1.0))


def pivoted(company: Company) -> Floats:
    """Per cell, the factor by which the pivot moves spend and leads."""
    hit = np.array([segment == PIVOT_TO for _, segment in company.cell_names])
    return np.where(hit, PIVOT_UP, PIVOT_DOWN)


def _pivot(company: Company, calm: Conditions, weeks_in: int) -> Conditions:
    moved = pivoted(company)
    team = company.teams[SDR]
    usual, now = _sdr_hours(company, np.ones(company.cells)), _sdr_hours(company, moved)
    short = max(0.0, now - max(usual, team.people * team.hours))
    # The queue grows by the hours short each week; half a week's growth is the average within the week.
    return replace(
        calm, leads=moved, spend=moved, queue_hours=short * (weeks_in + 0.5) / (team.people * team.hours) * 40
    )


def _sdr_hours(company: Company, factor: Floats) -> float:
    """Hours a week that the SDRs need when each cell's leads change by `factor`; at 1, the plan's minutes a lead."""
    leads = company.rates.leads
    effort = np.where(np.array([segment == PIVOT_TO for _, segment in company.cell_names]), ENTERPRISE_EFFORT, 1.0)
    minutes = company.teams[SDR].minutes_per_lead * (leads * factor * effort).sum() / (leads * effort).sum()
    return float(minutes * leads.sum() * HANDED_OFF_SHARE / 60)


CHANGES: dict[Scenario, Callable[[Company, Conditions, int], Conditions]] = {
    Scenario.DISCONNECT: _disconnect,
    Scenario.SOURCE_DECAY: _decay,
    Scenario.PIVOT_WITHOUT_CAPACITY: _pivot,
}
