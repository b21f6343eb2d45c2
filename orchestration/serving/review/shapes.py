"""What the page's places hold, as texts, tones and charts; the templates read nothing else.

Belongs here: the shapes. Does not belong here: what is put into them. Everything but the charts is plain text,
which the templates escape.
"""

from dataclasses import dataclass

from markupsafe import Markup

from orchestration.serving.review.verdict import Verdict


@dataclass(frozen=True)
class Status:
    """A status as the page shows it: tone (a CSS class), sign and word."""

    tone: str
    sign: str
    word: str


@dataclass(frozen=True)
class Tile:
    """One control: its value against plan and its trend."""

    title: str
    value: str
    plan: str
    change: str
    status: Status
    trend: Markup


@dataclass(frozen=True)
class Cell:
    """Actual, plan and change of one figure; `direction` is 'F', 'U' or empty; `absent` says why none is known."""

    value: str
    plan: str
    change: str
    direction: str
    absent: str
    status: Status


@dataclass(frozen=True)
class Row:
    """A row of figures with the words that lead it; `is_total` marks a sum of other rows."""

    title: str
    segment: str
    cells: tuple[Cell, ...]
    is_total: bool


@dataclass(frozen=True)
class Cause:
    """What one factor of one source cost."""

    source: str
    factor: str
    owner: str
    acquisitions: str
    money: str
    bar: Markup


@dataclass(frozen=True)
class Defect:
    """A criterion with the leads that fail it; `is_vital` marks the few that make up most defects."""

    title: str
    owner: str
    severity: Status
    leads: str
    cumulative: str
    cost: str
    is_vital: bool
    bar: Markup


@dataclass(frozen=True)
class Queue:
    """Handoffs to one team, in words."""

    team: str
    handoffs: str
    accepted: str
    returned: str
    waiting: str
    first_pass: str
    on_time: str
    median: str
    slow: str
    limit: str
    cost: str


@dataclass(frozen=True)
class Change:
    """A company-wide figure that differs from the revision before."""

    title: str
    before: str
    now: str
    difference: str


@dataclass(frozen=True)
class Note:
    """One revision, in words."""

    title: str
    state: Status
    as_of: str
    reason: str


@dataclass(frozen=True)
class Found:
    """A data issue, in words."""

    severity: Status
    subject: str
    found: str


@dataclass(frozen=True)
class Line:
    """A line of a section: its status, what it is about, what there is to say of it, and its cells in order."""

    status: Status
    title: str
    note: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class LoopView:
    """The control loop's sections, each a table of lines; `chart` is of acceptance, named by `charted`.

    `mistrust` says of which estimates the interval is not as wide as it says, empty when of none.
    """

    ripe: tuple[Line, ...]
    trust: tuple[Line, ...]
    mistrust: str
    signals: tuple[Line, ...]
    more_signals: int
    teams: tuple[Line, ...]
    shifts: tuple[Line, ...]
    paid: tuple[Line, ...]
    actions: tuple[Line, ...]
    chart: Markup
    charted: str


@dataclass(frozen=True)
class DisputeView:
    """The sections' chart and lines; a section without lines says so on the page."""

    chart: Markup
    quality: tuple[Line, ...]
    quadrants: tuple[Line, ...]
    reps: tuple[Line, ...]
    more_reps: int
    worth: tuple[Line, ...]
    changes: tuple[Line, ...]
    more_changes: int


@dataclass(frozen=True)
class SinceView:
    """What changed since last week; `told` says why nothing is compared, empty where it is."""

    told: str
    controls: tuple[Line, ...]
    signals: tuple[str, ...]


@dataclass(frozen=True)
class LegLine:
    """One leg of the truth's way: how long for half and for 95 % of the days, and the slowest feed's 95 %."""

    title: str
    half: str
    most: str
    slowest: str
    days: str


@dataclass(frozen=True)
class Body:
    """The sections that show figures; a blocked week has none of them."""

    tiles: tuple[Tile, ...]
    segment_titles: tuple[str, ...]
    segments: tuple[Row, ...]
    waterfall: Markup
    causes: tuple[Cause, ...]
    causes_unit: str
    deals_explained: str
    defects: tuple[Defect, ...]
    defects_told: str
    funnel: Markup
    queues: tuple[Queue, ...]
    table_titles: tuple[str, ...]
    table: tuple[Row, ...]
    loop: LoopView
    dispute: DisputeView
    since: SinceView


@dataclass(frozen=True)
class ReviewView:
    """All texts and charts of one page."""

    title: str
    week: str
    verdict: Verdict
    blocked_because: str
    state: Status
    state_meaning: str
    revision: str
    as_of: str
    plan: str
    body: Body | None
    issues: tuple[Found, ...]
    legs: tuple[LegLine, ...]
    revisions: tuple[Note, ...]
    changes: tuple[Change, ...]
    legend: str
