"""How soon a fault is found and at what price in false alarms: the product's detector beside rules of thumb.

The figures are a simulation's (fixed seeds), not speed; `tests/control/test_simulation.py` asserts them.
"""

from tests.bench.simulation_study import STUDIES

WEEKLY_SPEND = 50_000.0


def run() -> dict[str, str]:
    """A table per study; for a fault of one source, also the money spent on it until a Monday's run finds it."""
    found: dict[str, str] = {}
    for title, study in STUDIES.items():
        table = study()
        if "false_alarms" in table.columns:
            table["spent_until_found"] = table["median_weeks"] * WEEKLY_SPEND
        found[title] = table.round(3).to_string()
    return found
