"""What a landing folder knows about the simulation that filled it, so that it can be continued day by day.

Belongs here: the request, its defaults and its record. Does not belong here: any draw.
"""

import json
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from orchestration.partitions import week_start
from orchestration.simulation.company import SimulationError
from orchestration.simulation.scenarios import Scenario, default_fault_start
from orchestration.simulation.shapes import CRMS, USUAL_WEB, WEBS

RECORD = ".simulation.json"
HISTORY_WEEKS = 20


@dataclass(frozen=True)
class Period:
    """From which day on the company has run which CRM and web tracker: a new one begins with a full extract."""

    since: date
    vendor: str
    web: str


@dataclass(frozen=True)
class Request:
    """One company's simulation; everything that decides the content of its files, except how far it has come."""

    seed: int
    scenario: Scenario
    scale: float
    first_day: date
    company_start: date
    """Monday of the first week in which the company has leads."""
    fault_start: date
    periods: tuple[Period, ...]

    def period(self, day: date) -> Period:
        """The period that holds `day`."""
        return [period for period in self.periods if period.since <= day][-1]

    def period_before(self, period: Period) -> Period | None:
        """The period that ended where this one begins."""
        place = self.periods.index(period)
        return self.periods[place - 1] if place else None

    def former_vendor(self, period: Period) -> str | None:
        """The CRM from which the company moved to that of this period."""
        before = self.periods[: self.periods.index(period)]
        return next((each.vendor for each in reversed(before) if each.vendor != period.vendor), None)


def resolve(
    out: Path,
    first_day: date,
    last_day: date,
    seed: int,
    scenario: Scenario | str,
    scale: float,
    fault_start: date | None,
    history_weeks: int,
    vendor: str | None,
    web: str | None,
) -> Request:
    """The request with its defaults; in a folder that was simulated before, with what was fixed then.

    Another vendor in such a folder is a migration on `first_day`, which must be later than the last one's.
    Raises SimulationError for a request that cannot be met, or one that contradicts the folder's record.
    """
    names = [name.value for name in Scenario]
    if scenario not in names:
        raise SimulationError(f"scenario {scenario!r} is none of {', '.join(names)}")
    if last_day < first_day:
        raise SimulationError(f"the last day {last_day} is before the first, {first_day}")
    if not 0 < scale <= 10_000:
        raise SimulationError(f"scale {scale} is not in (0, 10000]; 1 is about 800 leads a week")
    known = read_record(out)
    period = _period(known, first_day, vendor, web)
    asked = Request(
        seed=seed,
        scenario=Scenario(scenario),
        scale=scale,
        first_day=first_day,
        company_start=week_start(first_day) - timedelta(weeks=history_weeks),
        fault_start=fault_start or default_fault_start(Scenario(scenario), last_day),
        periods=(period,),
    )
    if known is None:
        return asked
    same = (known.seed, known.scenario, known.scale) == (asked.seed, asked.scenario, asked.scale)
    if not same or first_day < known.first_day or fault_start not in (None, known.fault_start):
        raise SimulationError(
            f"{out} holds {_told(known)}; continue that one from its last day, or choose an empty folder"
        )
    if period in known.periods:
        return known
    if first_day <= known.periods[-1].since:
        raise SimulationError(f"{out} holds {_told(known)}; a change of systems must be later than {period.since}")
    return replace(known, periods=(*known.periods, period))


def _period(known: Request | None, first_day: date, vendor: str | None, web: str | None) -> Period:
    """The period asked for; where nothing else is asked, the one that runs."""
    running = known.period(max(first_day, known.first_day)) if known else None
    if vendor not in (None, *CRMS):
        raise SimulationError(f"vendor {vendor!r} is none of {', '.join(CRMS)}")
    if web not in (None, *WEBS):
        raise SimulationError(f"web {web!r} is none of {', '.join(WEBS)}")
    if running and vendor in (None, running.vendor) and web in (None, running.web):
        return running
    crm = vendor or (running.vendor if running else "flat")
    return Period(first_day, crm, web or USUAL_WEB[crm])


def read_record(out: Path) -> Request | None:
    """The simulation that filled the folder, if any did."""
    path = out / RECORD
    if not path.exists():
        return None
    fields = json.loads(path.read_text(encoding="utf-8"))
    return Request(
        seed=int(fields["seed"]),
        scenario=Scenario(fields["scenario"]),
        scale=float(fields["scale"]),
        first_day=date.fromisoformat(fields["first_day"]),
        company_start=date.fromisoformat(fields["company_start"]),
        fault_start=date.fromisoformat(fields["fault_start"]),
        periods=tuple(Period(date.fromisoformat(p["since"]), p["vendor"], p["web"]) for p in fields["periods"]),
    )


def write_record(out: Path, request: Request) -> None:
    """Keep the request beside the files."""
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(request), default=str, indent=2, sort_keys=True)
    (out / RECORD).write_text(text + "\n", encoding="utf-8")


def _told(request: Request) -> str:
    return (
        f"a company simulated from {request.first_day} with seed {request.seed}, scenario {request.scenario},"
        f" scale {request.scale:g}, fault from {request.fault_start}, on {request.periods[-1].vendor}"
    )
