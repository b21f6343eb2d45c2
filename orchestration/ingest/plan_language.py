"""The rules for what makes marketing's and sales' records speak of the same thing: maps, rates, credit, identity.

Belongs here: checks of `spend_map`, `fx_rates`, `attribution_rules` and `identity_rules` beyond what one column or a
reference says. Does not belong here: the rules of the plan proper (`plan_checks.py`).
"""

import re
from collections import defaultdict
from collections.abc import Iterator

from orchestration.ingest.plan_problem import Plan, PlanProblem, problem
from orchestration.ingest.plan_tables import TRACKERS

_CONDITIONS = (
    "platform", "account_id", "campaign_id", "campaign_name", "utm_source", "utm_medium", "utm_campaign",
)  # fmt: skip
_CURRENCY = re.compile("[A-Z]{3}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


def language_problems(plan: Plan) -> Iterator[PlanProblem]:
    """Every broken rule of the four tables. `plan`: typed rows per table, each with its `_line`."""
    for rule in (_empty_rules, _rules_against_campaigns, _currencies, _channels, _weights, _identity):
        yield from rule(plan)


def _empty_rules(plan: Plan) -> Iterator[PlanProblem]:
    for row in plan["spend_map"]:
        if not any((row[condition] or "").strip(" *") for condition in _CONDITIONS):
            remedy = f"fill at least one of {', '.join(_CONDITIONS)} with more than *"
            yield problem("spend_map", row, "rule_id", f"{row['rule_id']!r} has no condition and matches all", remedy)


def _rules_against_campaigns(plan: Plan) -> Iterator[PlanProblem]:
    sources: defaultdict[str, set[str]] = defaultdict(set)
    for row in plan["campaigns"]:
        sources[row["campaign_id"]].add(row["source"])
    for row in plan["spend_map"]:
        known = sources.get(row["maps_to_campaign"], set())
        if known and row["source"] not in known:
            reason = f"{row['source']!r} is not the source of campaign {row['maps_to_campaign']}"
            yield problem(
                "spend_map", row, "source", reason, f"give {' or '.join(sorted(known))}, as campaigns.csv does"
            )


def _currencies(plan: Plan) -> Iterator[PlanProblem]:
    for row in plan["fx_rates"]:
        if not _CURRENCY.fullmatch(row["currency"]):
            yield problem(
                "fx_rates", row, "currency", f"{row['currency']!r} is no ISO 4217 code", "give one such as EUR"
            )


def _channels(plan: Plan) -> Iterator[PlanProblem]:
    known = {row["channel"] for row in plan["sources"]}
    for row in plan["attribution_rules"]:
        named = [name.strip() for name in (row["excluded_channels"] or "").split(";") if name.strip()]
        for name in named:
            if name not in known:
                remedy = f"use one of {', '.join(sorted(known))}, several separated by ;"
                yield problem(
                    "attribution_rules", row, "excluded_channels", f"{name!r} is no channel in sources.csv", remedy
                )


def _weights(plan: Plan) -> Iterator[PlanProblem]:
    for row in plan["attribution_rules"]:
        needed = {"position_based": ("first_weight", "last_weight"), "time_decay": ("half_life_days",)}
        for column in needed.get(row["model"], ()):
            if row[column] is None:
                yield problem("attribution_rules", row, column, f"{row['model']} needs it", "give a value")
        weights = (row["first_weight"] or 0) + (row["last_weight"] or 0)
        if weights > 1:
            remedy = "let both add up to at most 1, the rest is the middle's"
            yield problem("attribution_rules", row, "last_weight", f"the weights add up to {weights:g}", remedy)
        if row["model"] == "position_based" and row["first_weight"] == row["last_weight"] == 0:
            remedy = "give one of them a share: of one or two touches there is no middle"
            yield problem("attribution_rules", row, "first_weight", "both ends have no weight", remedy)


def _identity(plan: Plan) -> Iterator[PlanProblem]:
    for row in plan["identity_rules"]:
        rule, value = row["rule"], row["value"]
        if value != value.strip().lower():
            yield problem("identity_rules", row, "value", f"{value!r} is not in lower case", "write it in lower case")
        elif rule == "internal_ip_hash":
            if not _SHA256.fullmatch(value):
                remedy = "write its SHA-256, 64 hexadecimal digits"
                yield problem("identity_rules", row, "value", f"{value!r} is no hash of an address", remedy)
        elif rule == "login_is_lead":
            if value not in TRACKERS:
                yield problem(
                    "identity_rules", row, "value", f"{value!r} is no tracker", f"write one of {', '.join(TRACKERS)}"
                )
        elif rule in ("role_address", "bot_user_agent") or (rule == "strip_plus_tag" and value == "*"):
            continue
        elif rule == "same_domain":
            if not all(map(_DOMAIN.fullmatch, value.split("="))) or value.count("=") != 1:
                yield problem("identity_rules", row, "value", f"{value!r} is no pair of domains", "write alias=domain")
        elif not _DOMAIN.fullmatch(value):
            yield problem("identity_rules", row, "value", f"{value!r} is no domain", "write one such as example.com")
