"""The signals of the detector: volume green while what comes of it is red, its mirror, and the watermelon.

Belongs here: a row per tactic in such a state, priced, with its cause. Does not belong here: the states
(`disconnect.py`), the cause (`blame.py`).
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from orchestration.control.arrays import Bools, divided
from orchestration.control.cause import CAUSES, FACTORS
from orchestration.control.disconnect import GREEN_RATIO, LEAST_LEVEL, State, watermelon
from orchestration.control.signal_rows import (
    CLOSED,
    DISCONNECT,
    JOINT,
    MARKETING,
    OPEN,
    SALES,
    UNDER_INVESTED,
    WATCH,
    WATERMELON,
    Row,
    signal_row,
)
from orchestration.control.standing import Standing
from orchestration.control.streams import Stream

STATES = {State.WATCH: WATCH, State.DISCONNECT: OPEN, State.CLOSED: CLOSED}
OWNERS = {"ready": MARKETING, "effort": SALES, "fit": JOINT}


def disconnect_signals(standing: Standing, owners: pd.DataFrame) -> Iterator[Row]:
    """Rows of all three kinds for the standing's week; `owners` has source and owner (a role).

    A watched tactic whose volume is not green is no disconnect and gives no row.
    """
    roles = owners.set_index("source")["owner"].to_dict()
    detection = standing.reading.detection
    reported = _reported_green(standing)
    melons = watermelon(reported, detection)
    for unit in range(standing.axes.units):
        role = roles.get(standing.axes.sources[unit])
        state = STATES.get(State(int(detection.state[unit, -1])))
        if state is not None and (state != WATCH or detection.green[unit, -1]):
            yield _disconnect(standing, unit, state, role)
        if melons[unit, -1]:
            yield _watermelon(standing, unit, _streak(melons[unit]), role)
        if standing.reading.under_invested[unit, -1]:
            yield _under_invested(standing, unit, role)


def _sure(probability: float) -> str:
    """Never 100 %: nothing that was tested is certain."""
    return f"{min(probability, 0.999):.1%}"


def _disconnect(standing: Standing, unit: int, state: str, role: str | None) -> Row:
    blame, detection = standing.blame, standing.reading.detection
    shares = dict(zip(CAUSES[1:], blame.shares[unit].tolist(), strict=True))
    cause = _cause(standing, unit)
    volume = standing.reading.volume_ratio[unit, -1]
    began = int(detection.began[unit, -1])
    leading = max(int(detection.lead_stream[unit, -1]), 0)
    stream = standing.reading.streams[leading]
    below, tenth = float(stream.probability_below[unit, -1]), float(stream.probability_low[unit, -1])
    name = _name(standing, unit)
    strength = detection.statistic[leading, unit, -1] / max(stream.act[unit], LEAST_LEVEL)
    text = (
        f"{name}: leads at {volume:.0%} of plan over four weeks, {_WORDS[stream.name]} at"
        f" {stream.ratio[unit, -1]:.0%} of plan (a loss is {_sure(below)} sure, of a tenth {_sure(tenth)}; the evidence"
        f" is {strength:.1f} times what acts at once); of the loss in meetings readiness explains"
        f" {shares['ready']:.0%}, effort {shares['effort']:.0%}, fit {shares['fit']:.0%}"
    )
    facts = {
        "volume_ratio": volume,
        "ratio": {each.name: each.ratio[unit, -1] for each in standing.reading.streams},
        "probability_below_plan": {each.name: each.probability_below[unit, -1] for each in standing.reading.streams},
        "probability_below_90_pct": {each.name: each.probability_low[unit, -1] for each in standing.reading.streams},
        "cusum_nats": {
            each.name: detection.statistic[number, unit, -1] for number, each in enumerate(standing.reading.streams)
        },
        "watch_nats": {each.name: each.watch[unit] for each in standing.reading.streams},
        "act_nats": {each.name: each.act[unit] for each in standing.reading.streams},
        "effects_in_meetings": dict(zip(FACTORS, blame.effects[unit].tolist(), strict=True)),
        "cause_probability": dict(zip(CAUSES, blame.probability[unit].tolist(), strict=True)),
        "weeks_of_leads": int(blame.weeks[unit]),
        "next_spend": standing.next_spend[unit],
    }
    return signal_row(DISCONNECT, name, state, OWNERS.get(cause, JOINT), text, facts) | {
        **_tactic(standing, unit),
        "began_week": standing.axes.weeks[began] if began >= 0 else None,
        "weeks_lasted": int(detection.runs[unit, -1]),
        "confidence": below,
        "confidence_of_a_tenth": tenth,
        "money_at_risk": float(standing.money_at_risk[unit]),
        "money_burned": float(standing.burned[unit]),
        "cause": cause,
        **{f"share_{factor}": share for factor, share in shares.items()},
        "owner_role": role if cause != "effort" else None,
    }


def _cause(standing: Standing, unit: int) -> str:
    """The verdict of the posterior; where it is undecided, what the exact split says lost most."""
    verdict = str(standing.blame.verdict[unit])
    shares = standing.blame.shares[unit]
    if verdict in OWNERS or verdict == "criteria" or not shares.any():
        return verdict
    return CAUSES[1:][int(np.argmax(shares))]


def _watermelon(standing: Standing, unit: int, weeks: int, role: str | None) -> Row:
    name, worst = _name(standing, unit), _worst(standing, unit)
    text = (
        f"{name}: marketing's leads and sales' meetings of the week are both on plan as reported, while by age"
        f" {standing.worst_ratio[unit, -1]:.0%} of plan is reached"
    )
    facts = {"ratio": standing.worst_ratio[unit, -1], "volume_ratio": standing.reading.volume_ratio[unit, -1]}
    return signal_row(WATERMELON, name, OPEN, JOINT, text, facts) | {
        **_tactic(standing, unit),
        "weeks_lasted": weeks,
        "confidence": float(worst.probability_below[unit, -1]),
        "confidence_of_a_tenth": float(worst.probability_low[unit, -1]),
        "owner_role": role,
    }


def _worst(standing: Standing, unit: int) -> Stream:
    """The stream furthest below plan."""
    streams = standing.reading.streams
    return streams[int(np.argmin([np.nan_to_num(each.ratio[unit, -1], nan=np.inf) for each in streams]))]


def _under_invested(standing: Standing, unit: int, role: str | None) -> Row:
    reading, name = standing.reading, _name(standing, unit)
    volume = reading.volume_ratio[unit, -1]
    ratios = {each.name: each.ratio[unit, -1] for each in reading.streams}
    text = (
        f"{name}: only {volume:.0%} of the planned leads over four weeks, and they do at least as planned"
        f" (accepted {ratios['accept']:.0%}, meetings {ratios['meetings']:.0%}): under-invested"
    )
    facts = {"volume_ratio": volume, "volume_p": reading.volume_p[unit, -1], "ratio": ratios}
    return signal_row(UNDER_INVESTED, name, OPEN, MARKETING, text, facts) | {
        **_tactic(standing, unit),
        "weeks_lasted": _streak(reading.under_invested[unit]),
        "confidence": float(1 - reading.volume_p[unit, -1]),
        "owner_role": role,
    }


def _reported_green(standing: Standing) -> Bools:
    """(units, weeks): leads and meetings of the week alone, as each side counts them, both at 95 % of plan."""
    reading = standing.reading
    leads = divided(reading.leads, reading.planned_leads) >= GREEN_RATIO
    return leads & (divided(reading.counts.meetings, reading.counts.expected_meetings) >= GREEN_RATIO)


def _streak(on: Bools) -> int:
    """How many weeks the reading has held, up to the last."""
    off = np.flatnonzero(~on)
    return len(on) - 1 - (int(off[-1]) if len(off) else -1)


def _name(standing: Standing, unit: int) -> str:
    return f"{standing.axes.sources[unit]}/{standing.axes.segments[unit]}"


def _tactic(standing: Standing, unit: int) -> Row:
    return {"source": standing.axes.sources[unit], "segment": standing.axes.segments[unit]}


_WORDS = {"accept": "acceptance", "meetings": "meetings"}
