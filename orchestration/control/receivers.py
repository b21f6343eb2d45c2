"""Where freed money goes: the sources that surely do better, as far as they and their teams have room.

Belongs here: candidates, limits and the spread of one donor's cut. Does not belong here: who gives (`shifts.py`), the
mathematics of the spread (`allocation.py`).
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from orchestration.control import allocation, capacity
from orchestration.control.arrays import Bools, Floats, divided, floats
from orchestration.control.playbook import Rule


@dataclass(frozen=True)
class Move:
    """Where one cut goes: money by receiver, in cents and at most the cut together (the rest finds no place).

    `gain` is the acquisitions a week that it is predicted to add; `probability` that its receivers do better than the
    donor, weighted by their money, NaN where all of it is reserved.
    """

    parts: dict[str, float]
    gain: float
    probability: float


@dataclass
class Book:
    """The running state of one week's decisions: spend as moved so far, and qualified leads added per team.

    Arrays are (sources,) in the order of `sources`; `a`, `b` the response, `events` the gamma shape behind it,
    `cost_per_lead` money per qualified lead. Local to one decision, never shared.
    """

    sources: list[str]
    teams: pd.DataFrame
    team: list[str]
    planned: Floats
    spend: Floats
    most: Floats
    a: Floats
    b: Floats
    events: Floats
    cost_per_lead: Floats
    gives: Bools
    untouchable: Bools
    rooms: dict[tuple[float, float], "pd.Series[float]"] = field(default_factory=dict)

    @classmethod
    def open(cls, sources: pd.DataFrame, teams: pd.DataFrame) -> "Book":
        """From a frame of `shifts.SOURCES` columns sorted by source, and the teams of `capacity.lead_room`."""
        columns = ("spend", "max_spend", "acquisitions", "elasticity", "events", "cost_per_qualified_lead")
        spend, most, won, b, events, cost = (floats(sources[c].to_numpy(dtype=float)) for c in columns)
        closed = np.zeros(len(sources), dtype=np.bool_)
        return cls(
            sources=[str(s) for s in sources["source"]],
            teams=teams,
            team=[str(t) for t in sources["team"]],
            planned=spend.copy(),
            spend=spend.copy(),
            most=np.nan_to_num(most, nan=np.inf),
            a=allocation.scale(spend, won, b),
            b=b,
            events=events,
            cost_per_lead=cost,
            gives=closed.copy(),
            untouchable=closed.copy(),
        )

    def move(self, amount: float, donor: str, rule: Rule) -> Move:
        """Takes `amount` from the donor and spends it where it does most."""
        giver = self.sources.index(donor)
        start = self.spend.copy()
        cost = allocation.marginal_cost(start, self.a, self.b)
        better = allocation.probability_better(cost, self.events, cost[giver], self.events[giver])
        able = (better >= rule.receiver.better_min) & ~self.gives & ~self.untouchable & (self.a > 0)
        able &= ~np.isin(self.sources, rule.scope.exclude)
        part = self._spread(amount, able, rule)
        self.spend = start + part
        self.spend[giver] -= amount
        gain = allocation.response(self.spend, self.a, self.b) - allocation.response(start, self.a, self.b)
        chance = float(divided((part * better).sum(), part.sum()))
        return Move({self.sources[i]: float(part[i]) for i in np.flatnonzero(part > 0)}, float(gain.sum()), chance)

    def _spread(self, amount: float, able: Bools, rule: Rule) -> Floats:
        room = self._room(rule)
        ramp = self.planned * (1 + rule.receiver.headroom.max_ramp_pct / 100)
        most = np.minimum(np.minimum(ramp, self.most), self.spend + np.nan_to_num(room * self.cost_per_lead))
        most = np.where(able, np.maximum(most, self.spend), self.spend)
        here, budget = self.spend[able], float(self.spend[able].sum()) + amount
        part = np.zeros_like(self.spend)
        part[able] = allocation.spread(budget, self.a[able], self.b[able], here, most[able]) - here
        exact = np.maximum(part * self._fit(part, room), 0.0)
        part = np.floor(exact * 100 + 1e-6) / 100
        return self._with_lost_cents(part, float(exact.sum()), np.minimum(most - self.spend, self._spare(part, room)))

    @staticmethod
    def _with_lost_cents(part: Floats, exact: float, limit: Floats) -> Floats:
        """Gives what rounding down left over to the receiver with most room for it, if any has."""
        lost = round(np.floor(exact * 100 + 1e-6) / 100 - float(part.sum()), 2)
        most = int(np.argmax(np.where(part > 0, limit - part, -np.inf))) if part.any() else -1
        if lost > 0 and most >= 0 and limit[most] - part[most] >= lost:
            part[most] = round(part[most] + lost, 2)
        return part

    def _added(self) -> Floats:
        """Qualified leads that moves so far add at each source; a donor frees no room, its leads may yet come."""
        return np.nan_to_num(divided(np.maximum(self.spend - self.planned, 0.0), self.cost_per_lead))

    def _room(self, rule: Rule) -> Floats:
        limits = rule.receiver.capacity
        key = (limits.rho_after_max, limits.late_share_max)
        if key not in self.rooms:
            self.rooms[key] = capacity.lead_room(self.teams, *key)
        room = self.rooms[key]
        used = floats(pd.Series(self._added()).groupby(list(self.team)).transform("sum").to_numpy(dtype=float))
        return np.maximum(floats(room.reindex(list(self.team)).fillna(0.0).to_numpy(dtype=float)) - used, 0.0)

    def _fit(self, part: Floats, room: Floats) -> Floats:
        """Factor per source, under 1 where the receivers of one team together exceed the team's room."""
        return np.minimum(1.0, np.nan_to_num(divided(room, self._wanted(part)), nan=1.0))

    def _spare(self, part: Floats, room: Floats) -> Floats:
        """Money up to which each source's part could go if only it used what its team has left."""
        return part + np.maximum(room - self._wanted(part), 0.0) * np.nan_to_num(self.cost_per_lead)

    def _wanted(self, part: Floats) -> Floats:
        """Qualified leads that all parts of a source's team bring."""
        leads = pd.Series(np.nan_to_num(divided(part, self.cost_per_lead)))
        return floats(leads.groupby(list(self.team)).transform("sum").to_numpy(dtype=float))
