"""Why the result differs from plan: the waterfall by factor, and the sources in which it happened.

Belongs here: drivers in words and bars. Does not belong here: the decomposition (`control/`).
"""

from collections.abc import Sequence

from markupsafe import Markup

from orchestration.serving import charts
from orchestration.serving.review.data import Driver, ReviewData
from orchestration.serving.review.shapes import Cause
from orchestration.serving.review.words import ABSENT, FACTOR_TITLES, count, money, named, signed

LARGEST_CAUSES = 6


def waterfall(data: ReviewData) -> Markup:
    """Won deals from plan to what is explained, factor by factor over all sources; the bars add up exactly."""
    won, end = data.figure("won"), explained(data)
    if won is None or won.plan is None or end is None or not data.drivers:
        return Markup("")
    steps = [_step(data, factor) for factor in FACTOR_TITLES if any(d.factor == factor for d in data.drivers)]
    label = "When ripe" if data.explains_ripe else "Actual"
    return charts.waterfall(("Plan", won.plan, count(won.plan)), steps, (label, end, count(end)), "Cost and owner")


def explained(data: ReviewData) -> float | None:
    """The won deals in which the drivers end: those of the week's leads when ripe, or those counted in the week."""
    if data.explains_ripe:
        return next((ripe.matured for ripe in data.loop.ripe if ripe.metric == "won"), None)
    won = data.figure("won")
    return won.actual if won else None


def _step(data: ReviewData, factor: str) -> charts.Step:
    chosen = [driver for driver in data.drivers if driver.factor == factor]
    effect = sum(driver.acquisitions for driver in chosen)
    owners = ", ".join(sorted({named(driver.owner, data.owner_titles).lower() for driver in chosen}))
    cost = _cost(_summed(chosen), data.currency)
    return charts.Step(
        label=FACTOR_TITLES[factor],
        value=effect,
        shown=signed(_deals(effect)),
        note=" · ".join(text for text in (cost, owners) if text),
        tone="green" if effect > 0 else "red",
    )


def _deals(value: float) -> str:
    """Won deals are few: one digit always, two where one would be zero."""
    text = f"{abs(value):.1f}" if abs(value) >= 0.05 else f"{abs(value):.2f}"
    return ("\N{MINUS SIGN}" if value < 0 and float(text) else "") + text


def _summed(drivers: Sequence[Driver]) -> float | None:
    known = [driver.money for driver in drivers if driver.money is not None]
    return sum(known) if known else None


def _cost(value: float | None, currency: str) -> str:
    """Cost beyond the plan's allowance, marked favourable or unfavourable."""
    if value is None:
        return ""
    return f"{money(abs(value), currency)} {'U' if value > 0 else 'F'}" if abs(value) >= 0.5 else money(0, currency)


def causes_unit(data: ReviewData) -> str:
    return "money" if any(driver.money is not None for driver in data.drivers) else "won deals"


def causes(data: ReviewData) -> tuple[Cause, ...]:
    """The sources and factors that moved the result most, by money where it is known, else by won deals."""
    in_money = causes_unit(data) == "money"

    def harm(driver: Driver) -> float:
        return (driver.money or 0.0) if in_money else -driver.acquisitions

    largest = sorted(data.drivers, key=lambda d: (-abs(harm(d)), d.source, d.factor))[:LARGEST_CAUSES]
    scale = max((abs(harm(driver)) for driver in largest), default=0.0) or 1.0
    return tuple(
        Cause(
            source=named(driver.source, data.source_titles),
            factor=FACTOR_TITLES.get(driver.factor, named(driver.factor, {})),
            owner=named(driver.owner, data.owner_titles),
            acquisitions=signed(_deals(driver.acquisitions)),
            money=_cost(driver.money, data.currency) or ABSENT,
            bar=charts.diverging(harm(driver) / scale, "red" if harm(driver) > 0 else "green"),
        )
        for driver in largest
        if harm(driver)
    )
