"""How numbers and names are written for people.

Belongs here: formatting, the same in sentences, tables and charts. Does not belong here: what is shown where.
A value that is not known is an en dash, never a zero.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

DASH = "\N{EN DASH}"
ABSENT = DASH
MINUS = "\N{MINUS SIGN}"
THIN = "\u202f"
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "BRL": "R$"}
# From (a value that would round up into the next scale belongs there), divisor, digits, unit.
_SCALES = ((999_995_000, 1e9, 2, "bn"), (999_950, 1e6, 2, "m"), (9_999.5, 1e3, 1, "k"))

MONEY_METRICS = frozenset({"spend", "cost_per_lead", "cost_per_acquisition"})
RATE_METRICS = frozenset(
    {"ready_rate", "lead_to_accepted", "accepted_to_meeting", "meeting_to_opportunity", "opportunity_to_won"}
)
METRIC_TITLES = {
    "spend": "Spend",
    "leads": "Leads",
    "ready_leads": "Sales-ready leads",
    "cost_per_lead": "Cost per lead",
    "accepted": "Accepted by sales",
    "meetings": "Meetings held",
    "opportunities": "Opportunities",
    "won": "Won deals",
    "cost_per_acquisition": "Cost per won deal",
    "ready_rate": "Ready of leads",
    "lead_to_accepted": "Accepted of leads",
    "accepted_to_meeting": "Meetings of accepted",
    "meeting_to_opportunity": "Opportunities of meetings",
    "opportunity_to_won": "Won of opportunities",
}
FACTOR_TITLES = {
    "budget": "Total spend",
    "spend_mix": "Spend mix",
    "volume": "Unpaid lead volume",
    "cost_per_lead": "Cost per lead",
    "lead_to_accepted": "Acceptance of leads",
    "accepted_to_meeting": "Meetings per accepted",
    "meeting_to_opportunity": "Opportunities per meeting",
    "opportunity_to_won": "Won per opportunity",
}

DEALS_EXPLAINED = {True: "the deals that leads of this week will come to", False: "the deals won"}
"""The deals with which money is compared, by whether the drivers explain ripe ones."""


def money(value: float | None, currency: str) -> str:
    """`$151.3k`, `$1.24m`, `$943`; the sign before the symbol."""
    if value is None:
        return ABSENT
    symbol = _SYMBOLS.get(currency, f"{currency}\u00a0")
    return f"{_sign(value)}{symbol}{_scaled(abs(value))}"


def count(value: float | None) -> str:
    """`1,412`; a fraction (a plan of 1.6 deals) keeps one digit below 100."""
    if value is None:
        return ABSENT
    size = abs(value)
    digits = 0 if size >= 100 or abs(size - round(size)) < 0.05 else 1
    return f"{_sign(value, digits)}{size:,.{digits}f}"


def percent(share: float | None, digits: int = 1) -> str:
    """`86.4 %` for 0.864."""
    return ABSENT if share is None else f"{_sign(share * 100, digits)}{abs(share) * 100:.{digits}f}{THIN}%"


def sureness(probability: float) -> str:
    """`64 %`, or `99.7 %` where it matters; nothing that was tested is printed as certain."""
    return percent(min(probability, 0.999), 0 if probability < 0.99 else 1)


def signed(text: str) -> str:
    """`text` of a number with its sign always written; zero has none."""
    return text if text == ABSENT or text[0] == MINUS or not text.strip("0.,% \u202fpkmbn$€£") else f"+{text}"


def points(share: float | None) -> str:
    """`+3.6 pp` for a difference of two shares of 0.036."""
    return ABSENT if share is None else signed(f"{_sign(share * 100, 1)}{abs(share) * 100:.1f}") + f"{THIN}pp"


def metric_value(metric: str, value: float | None, currency: str) -> str:
    """The value in the metric's own unit."""
    if metric in MONEY_METRICS:
        return money(value, currency)
    return percent(value) if metric in RATE_METRICS else count(value)


def metric_change(metric: str, variance: float | None, variance_pct: float | None) -> str:
    """A difference from plan: points for a share, else per cent of plan; without a planned value, a dash."""
    return points(variance) if metric in RATE_METRICS else signed(percent(variance_pct))


def minutes(value: float | None) -> str:
    """Business minutes as `45 min`, or from 90 on as `6.2 h`."""
    if value is None:
        return ABSENT
    return f"{value:.0f}{THIN}min" if value < 90 else f"{value / 60:,.1f}".removesuffix(".0") + f"{THIN}h"


def duration(hours: float) -> str:
    """A lag as `42 s`, from a minute on as `45 min`, from 90 minutes on as `6.2 h`."""
    return f"{hours * 3600:.0f}{THIN}s" if hours * 60 < 1 else minutes(hours * 60)


def named(code: str, titles: dict[str, str]) -> str:
    """The title of a code, or the code in plain letters."""
    return titles.get(code) or code.replace("_", " ")


def week_span(start: date) -> str:
    """`16 to 22 November 2026` with a dash; months and years only where they differ."""
    end = start + timedelta(days=6)
    if start.year != end.year:
        return f"{start.day} {start:%B %Y} {DASH} {end.day} {end:%B %Y}"
    if start.month != end.month:
        return f"{start.day} {start:%B} {DASH} {end.day} {end:%B %Y}"
    return f"{start.day}{DASH}{end.day} {end:%B %Y}"


def instant(moment: datetime, time_zone: str) -> str:
    """`Mon 23 Nov 2026, 06:12 EST`, in the business time zone; `moment` is aware."""
    local = moment.astimezone(ZoneInfo(time_zone))
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M %Z}"


def shorten(text: str, letters: int) -> str:
    """`text`, cut at `letters` with an ellipsis."""
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"


def _sign(value: float, digits: int = 2) -> str:
    return MINUS if round(value, digits) < 0 else ""


def _scaled(size: float) -> str:
    for least, divisor, digits, unit in _SCALES:
        if size >= least:
            return f"{size / divisor:,.{digits}f}{unit}"
    return f"{size:,.0f}" if size >= 100 or size == int(size) else f"{size:,.2f}"
