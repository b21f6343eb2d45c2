"""What a week's quality and the dispute over it say, as typed values.

Belongs here: the shapes. Does not belong here: where values come from (`collect_dispute.py`) or how they look
(`dispute.py`). None always means "not known". Shares are fractions, money is in the business currency.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class ChartPoint:
    """One week of a control chart, with the limits that it was judged by."""

    week_start: date
    value: float | None
    centre: float | None
    lower: float | None
    upper: float | None
    signal: str


@dataclass(frozen=True)
class SourceQuality:
    """A source's week (or `all`): what was presented, how it was judged, what passed at first."""

    source: str
    evaluated: float
    defects_per_lead: float | None
    lower: float | None
    upper: float | None
    signal: str
    dpmo: float | None
    sigma_level: float | None
    first_pass_yield: float | None
    rolled_yield: float | None
    cost: float | None


@dataclass(frozen=True)
class Quadrants:
    """Both verdicts on a source's leads (or of `all`), how far they agree, and the rate corrected by the audit."""

    source: str
    ready_accepted: float
    ready_rejected: float
    defective_accepted: float
    defective_rejected: float
    kappa: float | None
    kappa_low: float | None
    kappa_high: float | None
    is_ambiguous: bool
    observed_rate: float | None
    corrected_rate: float | None
    corrected_low: float | None
    corrected_high: float | None


@dataclass(frozen=True)
class RepVerdicts:
    """One rep's verdicts beside the inspector's, over all sources; `rep` is a name, or the id without one."""

    rep: str
    decided: float
    ready_accepted: float
    ready_rejected: float
    defective_accepted: float
    defective_rejected: float
    kappa: float | None
    kappa_low: float | None
    kappa_high: float | None
    is_ambiguous: bool


@dataclass(frozen=True)
class Worth:
    """Whether failing a criterion predicts that a lead becomes no opportunity."""

    criterion: str
    failed: float
    converted: float | None
    passed_converted: float | None
    ratio: float | None
    low: float | None
    high: float | None
    verdict: str


@dataclass(frozen=True)
class CriteriaChange:
    """A change of the criteria to consider."""

    kind: str
    subject: str
    leads: float
    share: float | None
    evidence: str


@dataclass(frozen=True)
class Dispute:
    """All of it for one week; empty before the week's control has run."""

    points: tuple[ChartPoint, ...] = ()
    quality: tuple[SourceQuality, ...] = ()
    quadrants: tuple[Quadrants, ...] = ()
    reps: tuple[RepVerdicts, ...] = ()
    worth: tuple[Worth, ...] = ()
    changes: tuple[CriteriaChange, ...] = ()
