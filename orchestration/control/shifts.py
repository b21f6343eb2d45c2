"""The week's budget shifts: rules in force, applied to evidence, through every gate, within every bound.

Belongs here: who gives how much and to whom, in which order. Does not belong here: the grammar (`playbook.py`),
conditions (`triggers.py`), gates (`gates.py`), where money goes (`receivers.py`), whether it paid (`evaluation.py`).

Each source acts at most once a week. Of all rules that fire for a source and pass their gates the largest cut wins,
then the stronger evidence, then the priority; donors are served by the size of their cut in percent, then by the
strength of the evidence; the cap over all sources is the tightest of the rules in force. So worse evidence never gets
a smaller cut. Every cut equals what its receivers and the reserve get, to the cent.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from orchestration.control.gates import cents, cut_of, in_scope, stopped_by
from orchestration.control.playbook import RESERVE, Rule, next_tuesday, rules_in_force
from orchestration.control.receivers import Book
from orchestration.control.reversals import reversals
from orchestration.control.shift_rows import MOVES, NO_ROOM, PROPOSED, SOURCES, Row, shift_frame
from orchestration.control.triggers import fires


@dataclass(frozen=True)
class Claim:
    """A rule that fired for a source: the cut it may take (0 when stopped), and how strongly it fired."""

    rule: Rule
    facts: Row
    strength: float
    cut: float
    stop: tuple[str, str] | None

    @property
    def source(self) -> str:
        """The donor."""
        return str(self.facts["source"])

    @property
    def order(self) -> tuple[float, float, int, str]:
        """Largest share of spend first, then strongest evidence, then the rule's priority, then the name."""
        return -self.cut / max(float(self.facts["spend"]), 1e-9), -self.strength, self.rule.priority, self.source


def decide(
    rules: Sequence[Rule],
    week_start: date,
    decided_on: date,
    evidence: pd.DataFrame,
    sources: pd.DataFrame,
    teams: pd.DataFrame,
    history: pd.DataFrame,
) -> pd.DataFrame:
    """All shifts of the week that starts at `week_start`, decided on the business date `decided_on`, as SHIFTS rows.

    `evidence` has `triggers.EVIDENCE` over enough weeks for the persistence; `sources` SOURCES; `teams` the columns of
    `capacity.lead_room`; `history` earlier SHIFTS rows, of which rows of this very week are ignored, so that a repeated
    run gives the same. Raises ValueError for a missing column or a source that appears twice.
    """
    facts = _facts(sources)
    past = history[history["week_start"] < week_start] if len(history) else history
    spend = pd.Series({name: float(row["spend"]) for name, row in facts.items()}, dtype=np.float64)
    rows = reversals(rules, week_start, decided_on, evidence, past, spend)
    busy = {str(row[end]) for row in rows for end in ("from_source", "to_source")}
    in_force = rules_in_force(rules, week_start)
    claims = _claims(in_force, week_start, evidence, facts, past, busy)
    book = Book.open(pd.DataFrame(facts.values(), columns=list(SOURCES)), teams)
    book.untouchable = np.isin(book.sources, list(busy))
    book.gives = np.isin(book.sources, [claim.source for claim in claims])
    left = float(spend.sum()) * min((rule.action.max_total_moved_pct for rule in in_force), default=0.0) / 100
    for claim in claims:
        cut = cents(min(claim.cut, left))
        left -= cut
        rows += _legs(claim, cut, week_start, decided_on, book)
    return shift_frame(rows)


def net_by_source(shifts: pd.DataFrame) -> "pd.Series[float]":
    """Money in less money out of each source and the reserve, by name; sums to 0."""
    moves = shifts[shifts["state"].isin(MOVES)]
    amount = moves["amount"].astype(np.float64)
    ends = pd.concat([moves["to_source"], moves["from_source"]], ignore_index=True)
    signed = pd.concat([amount, -amount], ignore_index=True)
    return signed.groupby(ends).sum().round(2)


def new_budgets(shifts: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """What the ad platforms are told, a row per source that changes: source, effective_on, old_budget, new_budget."""
    moves = shifts[shifts["state"].isin(MOVES)]
    net = net_by_source(shifts)
    net = net[(net != 0) & (net.index != RESERVE)]
    ends = pd.concat([moves["to_source"], moves["from_source"]], ignore_index=True)
    dates = pd.concat([moves["effective_on"]] * 2, ignore_index=True).groupby(ends).max()
    old = sources.set_index("source")["spend"].astype(np.float64).reindex(net.index)
    frame = pd.DataFrame({"effective_on": dates.reindex(net.index), "old_budget": old, "new_budget": old + net})
    return frame.round({"new_budget": 2}).rename_axis("source").reset_index()


def shift_id(rule: Rule, source: str, week_start: date) -> str:
    """The same for the same decision, whenever it is computed."""
    key = "|".join((rule.id, str(rule.version), source, week_start.isoformat()))
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def _claims(
    rules: Sequence[Rule],
    week_start: date,
    evidence: pd.DataFrame,
    facts: dict[str, Row],
    past: pd.DataFrame,
    busy: set[str],
) -> list[Claim]:
    """One claim per triggered source, in the order in which they are served."""
    best: dict[str, Claim] = {}
    for rule in rules:
        for name, strength in fires(rule.trigger, rule.persistence, evidence, week_start).items():
            source = str(name)
            if source in busy or source not in facts or not in_scope(rule, facts[source]):
                continue
            stop = stopped_by(rule, week_start, facts[source], past)
            cut = 0.0 if stop else cut_of(rule, float(facts[source]["spend"]))
            claim = Claim(rule, facts[source], float(strength), cut, stop)
            rival = best.get(source)
            if rival is None or _outranks(claim, rival):
                best[source] = claim
    return sorted(best.values(), key=lambda claim: claim.order)


def _outranks(claim: Claim, rival: Claim) -> bool:
    """Whether a later rule's claim replaces an earlier one: more money, or it passed where the other was stopped."""
    if claim.cut != rival.cut:
        return claim.cut > rival.cut
    if (claim.stop is None) != (rival.stop is None):
        return claim.stop is None
    return claim.strength > rival.strength and claim.stop is None


def _legs(claim: Claim, cut: float, week_start: date, decided_on: date, book: Book) -> list[Row]:
    rule = claim.rule
    effective = next_tuesday(decided_on, rule.platform_lead_days)
    state, reason = claim.stop or (NO_ROOM, "the bounds leave nothing to move")
    base: Row = {
        "shift_id": shift_id(rule, claim.source, week_start),
        "week_start": week_start,
        "rule_id": rule.id,
        "rule_version": rule.version,
        "from_source": claim.source,
        "to_source": None,
        "amount": 0.0,
        "effective_on": effective,
        "expires_on": effective + timedelta(weeks=rule.expires_weeks),
        "state": state,
        "reason": reason,
        "strength": claim.strength,
        "money_at_risk": float(claim.facts["money_at_risk"]),
        "predicted_gain": 0.0,
        "predicted_probability": np.nan,
        "undoes": None,
    }
    if cut <= 0:
        return [base]
    move = book.move(cut, claim.source, rule)
    rest = round(cut - sum(move.parts.values()), 2)
    targets = move.parts | ({RESERVE: rest} if rest > 0 else {})
    reason = f"{rule.trigger.metric} held in {rule.persistence.k} of {rule.persistence.of} weeks; every gate passed"
    foreseen: Row = {"predicted_gain": move.gain, "predicted_probability": move.probability}
    moved: Row = {"state": PROPOSED, "reason": reason} | foreseen
    return [base | moved | {"to_source": target, "amount": amount} for target, amount in targets.items()]


def _facts(sources: pd.DataFrame) -> dict[str, Row]:
    """Rows of `sources` by name, sorted."""
    absent = [column for column in SOURCES if column not in sources.columns]
    if absent:
        raise ValueError(f"sources lacks the column(s) {', '.join(absent)}")
    if sources["source"].duplicated().any():
        raise ValueError("sources has a source twice: one row per source")
    records = sources.sort_values("source")[list(SOURCES)].to_dict("records")
    return {str(record["source"]): {str(k): v for k, v in record.items()} for record in records}
