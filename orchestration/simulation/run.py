"""Simulate a company: draw its weeks one by one and deliver their rows as files.

Belongs here: the order of the work and what is reported. Does not belong here: draws, columns or formats.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from orchestration.partitions import week_start
from orchestration.settings import Settings
from orchestration.simulation import delivery as to
from orchestration.simulation.arrays import NEVER, Bools, day_number
from orchestration.simulation.business_time import BusinessTime
from orchestration.simulation.cohort import draw_cohort
from orchestration.simulation.company import read_company
from orchestration.simulation.feeds_sales import user_ids
from orchestration.simulation.feeds_web import LOOK_BACK_DAYS
from orchestration.simulation.life import live
from orchestration.simulation.opportunities import open_opportunities
from orchestration.simulation.people import draw_people
from orchestration.simulation.pivot import write_pivot_plan
from orchestration.simulation.pool import draw_pool
from orchestration.simulation.record import HISTORY_WEEKS, Request, resolve, write_record
from orchestration.simulation.scenarios import Conditions, Scenario, conditions
from orchestration.simulation.shapes import custom_fields_of, sources_of, vendors_of
from orchestration.simulation.story import Setting, Story

LIFE_WEEKS = 64
"""No lead changes later than this after its creation."""

Progress = Callable[[date, int, int], None]
"""Called after each simulated week with its Monday, its number and the number of weeks."""


@dataclass(frozen=True)
class CohortTruth:
    """What became, or will become, of the leads that one source and segment created in one week."""

    week_start: date
    source: str
    segment: str
    leads: int
    handed_off: int
    ready: int
    """Handed off and without a defect."""
    accepted: int
    meetings: int
    opportunities: int
    won: int


@dataclass(frozen=True)
class SimulationReport:
    """What was written, and the truth behind it."""

    request: Request
    last_day: date
    files: int
    size: int
    """Bytes written."""
    rows: dict[str, int]
    """Rows written per feed."""
    leads: int
    """Leads created on the delivered days (and before, when the opening extract was), merged records not counted."""
    cohorts: tuple[CohortTruth, ...]

    @property
    def vendors(self) -> tuple[str, ...]:
        """The source systems to switch on for this landing folder (ANDON_VENDORS)."""
        periods = self.request.periods
        return tuple(dict.fromkeys(name for period in periods for name in vendors_of(period.vendor, period.web)))

    @property
    def custom_fields(self) -> dict[str, dict[str, str]]:
        """The company's own fields, per table and by the name of what they tell (ANDON_CUSTOM_FIELDS)."""
        return {
            table: fields
            for period in self.request.periods
            for table, fields in custom_fields_of(period.vendor, self.request.former_vendor(period)).items()
        }

    def __str__(self) -> str:
        fault = "" if self.request.scenario is Scenario.CALM else f", fault from {self.request.fault_start}"
        rows = sum(self.rows.values())
        return f"{self.leads:,} leads, {rows:,} rows in {self.files:,} files ({self.size / 1e6:,.1f} MB){fault}"


def simulate(
    settings: Settings,
    first_day: date,
    last_day: date,
    *,
    seed: int = 7,
    scenario: Scenario | str = Scenario.DISCONNECT,
    scale: float = 1.0,
    out: Path | None = None,
    fault_start: date | None = None,
    history_weeks: int = HISTORY_WEEKS,
    plan_out: Path | None = None,
    vendor: str | None = None,
    web: str | None = None,
    progress: Progress | None = None,
) -> SimulationReport:
    """Write the source files of business days `first_day` to `last_day` into `out` (default: the landing folder).

    The company exists `history_weeks` before `first_day`; what happened then is delivered as a first full extract
    per feed, dated the day before. A folder that was simulated before is continued: same company, same fault, no
    second extract, and every day's file the same as if all had been simulated at once. Faults of the business
    count from the week that holds `fault_start`. `plan_out` receives the changed plan of a pivot.
    `vendor` is the CRM in whose shape the company is delivered, `web` its tracker; continued under another vendor,
    the company migrates, and the new system begins with a full extract.
    Raises SimulationError when the request or the plan cannot be simulated.
    """
    landing = out or settings.landing
    request = resolve(landing, first_day, last_day, seed, scenario, scale, fault_start, history_weeks, vendor, web)
    run = _Run(settings, request, first_day, last_day, landing)
    cohorts = run.deliver(progress)
    write_record(landing, request)
    if plan_out is not None and request.scenario is Scenario.PIVOT_WITHOUT_CAPACITY:
        write_pivot_plan(settings.plan_dir, plan_out, request.fault_start)
    return SimulationReport(
        request=request,
        last_day=last_day,
        files=run.delivery.files,
        size=run.delivery.size,
        rows=run.delivery.rows,
        leads=run.leads,
        cohorts=cohorts,
    )


class _Run:
    def __init__(self, settings: Settings, request: Request, first_day: date, last_day: date, out: Path) -> None:
        self.request, self.first_day, self.last_day = request, first_day, last_day
        self.company = read_company(settings.plan_dir, request.company_start)
        self.calendar = BusinessTime.build(
            request.company_start - timedelta(days=60),
            last_day + timedelta(days=500),
            settings.zone,
            self.company.hours,
            self.company.holidays,
        )
        self.pool = draw_pool(self.company, request.seed, request.scale)
        self.period = request.period(first_day)
        former = request.former_vendor(self.period)
        moved_at = int(self.calendar.midnight(np.array([day_number(self.period.since)]))[0]) if former else 0
        self.sources = sources_of(self.period.vendor, self.period.web, former, moved_at)
        self.setting = Setting(
            company=self.company,
            calendar=self.calendar,
            pool=self.pool,
            start=request.company_start,
            last_day=last_day,
            currency=settings.currency,
            time_zone=settings.time_zone,
        )
        running = self._running()
        self.opens = any(source.outlet.system not in running for source in self.sources)
        fault = max(request.fault_start, request.first_day)
        self.window = to.Window(
            opening=day_number(first_day) - 1,
            first=day_number(first_day),
            last=day_number(last_day),
            scenario=request.scenario,
            fault_start=day_number(fault),
            running=running,
        )
        self.delivery = to.Delivery(out, self.window)
        self.leads = 0

    def _running(self) -> frozenset[str]:
        """The systems that have delivered before."""
        before = self.period if self.first_day > self.period.since else self.request.period_before(self.period)
        known = sources_of(before.vendor, before.web) if before else ()
        return frozenset(source.outlet.system for source in known)

    def deliver(self, progress: Progress | None) -> tuple[CohortTruth, ...]:
        self._deliver_lists()
        weeks = self._weeks()
        truth: list[CohortTruth] = []
        for number, week in enumerate(weeks, start=1):
            now = conditions(self.request.scenario, self.company, week, self.request.fault_start)
            story = self._tell(week, now)
            self._deliver_story(story)
            truth.extend(_truth(story))
            self.leads += self._created(story)
            # Touches of later cohorts reach back this far; older days are complete.
            self.delivery.write_until(day_number(week) + 6 - LOOK_BACK_DAYS)
            if progress is not None:
                progress(week, number, len(weeks))
        self.delivery.write_until(self.window.last)
        return tuple(truth)

    def _weeks(self) -> Sequence[date]:
        first = self.request.company_start
        if not self.opens:
            first = max(first, week_start(self.first_day) - timedelta(weeks=LIFE_WEEKS))
        last = week_start(self.last_day + timedelta(days=LOOK_BACK_DAYS))
        return [first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1)]

    def _tell(self, week: date, now: Conditions) -> Story:
        company, calendar, seed = self.company, self.calendar, self.request.seed
        cohort = draw_cohort(company, now, calendar, week, seed, self.request.scale)
        life = live(company, calendar, cohort, now.queue_hours, seed)
        return Story(
            company=company,
            calendar=calendar,
            pool=self.pool,
            conditions=now,
            scale=self.request.scale,
            cohort=cohort,
            people=draw_people(self.pool, cohort, seed),
            life=life,
            deals=open_opportunities(company, calendar, cohort, life, seed),
            users=user_ids(company),
            tracking_lost_at=self._tracking_lost_at(),
            seed=seed,
            currency=self.setting.currency,
        )

    def _created(self, story: Story) -> int:
        day = story.calendar.day(story.cohort.created)
        since = day_number(self.request.company_start) if self.opens else self.window.first
        return int(((day >= since) & (day <= self.window.last) & ~story.cohort.extra).sum())

    def _tracking_lost_at(self) -> int:
        if self.request.scenario is not Scenario.TRACKING_BREAK:
            return NEVER
        return int(self.calendar.midnight(np.array([day_number(self.request.fault_start)]))[0])

    def _deliver_lists(self) -> None:
        for source in self.sources:
            for rows in source.listed:
                self.delivery.add(source.outlet, rows(self.setting))

    def _deliver_story(self, story: Story) -> None:
        for source in self.sources:
            for rows in source.told:
                self.delivery.add(source.outlet, rows(story))


def _truth(story: Story) -> list[CohortTruth]:
    company, cohort, life = story.company, story.cohort, story.life
    real = ~cohort.extra

    def count(which: Bools) -> list[int]:
        return np.bincount(cohort.cell[which & real], minlength=company.cells).tolist()

    won = np.zeros(len(cohort.cell), dtype=np.bool_)
    won[story.deals.lead[story.deals.won]] = True
    columns = [
        count(real),
        count(cohort.handed_off),
        count(cohort.handed_off & cohort.ready),
        count(life.accepted < NEVER),
        count(life.held < NEVER),
        count(life.opportunity < NEVER),
        count(won),
    ]
    rows = zip(company.cell_names, zip(*columns, strict=True), strict=True)
    return [CohortTruth(cohort.week, source, segment, *numbers) for (source, segment), numbers in rows]
