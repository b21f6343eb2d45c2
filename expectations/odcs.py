"""The qualification contract as an Open Data Contract Standard document (ODCS v3.1.0), for people who use its tools.

Belongs here: which of our fields stands where in the standard. Does not belong here: our own document, which stays the
one that both sides sign: the export is derived and never read back.

Each version of a criterion is a quality rule of type `sql` on the table that the inspection reads: its query counts the
leads that fail, so that a tool of the standard counts as the inspection does. What the standard has no field for
(version, dates, owner, reason, cost, signatures, the check itself) rides in the rule's custom properties.
"""

from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

import yaml

from expectations import checks
from expectations.checks import CheckBase
from expectations.compile import Scope, predicate, present_text
from expectations.cost_rules import describe_rule
from expectations.document import Contract, Criterion, Signature
from expectations.subjects import CRITERION_COLUMNS, HANDED_OFF_AT, KEY_COLUMNS, SEGMENT, Kind

API_VERSION = "v3.1.0"
SUBJECTS = "lead_subjects"
_COLUMNS: dict[str, Kind] = {**KEY_COLUMNS, **CRITERION_COLUMNS}
_TYPES: dict[Kind, tuple[str, str]] = {
    "text": ("string", "VARCHAR"),
    "number": ("number", "DOUBLE"),
    "bool": ("boolean", "BOOLEAN"),
    "timestamp": ("timestamp", "TIMESTAMP"),
}
_DIMENSIONS: dict[type[CheckBase], str] = {
    checks.Required: "completeness",
    checks.ConsentGiven: "completeness",
    checks.UniqueWithin: "uniqueness",
    checks.RecentWithin: "timeliness",
}
_SEVERITIES = {"critical": "error", "major": "warning", "minor": "info"}


def to_odcs(contract: Contract, zone: ZoneInfo, currency: str) -> str:
    """`contract` as ODCS YAML; times in the queries are UTC, `currency` is that of its cost rules."""
    return yaml.safe_dump(odcs(contract, zone, currency), sort_keys=False, allow_unicode=True, width=120)


def odcs(contract: Contract, zone: ZoneInfo, currency: str) -> dict[str, Any]:
    """`contract` as the standard's document, in plain values."""
    return {
        "apiVersion": API_VERSION,
        "kind": "DataContract",
        "id": str(uuid5(NAMESPACE_URL, f"andon:{contract.title}")),
        "name": contract.title,
        "version": contract.version,
        "status": "active",
        "description": {
            "purpose": "What marketing promises to hand off to sales and what sales promises to accept.",
            "usage": "Each lead is judged by the version of each rule that was in force on the day of its handoff.",
            "limitations": "A rule that could not be evaluated for a lead is neither kept nor broken.",
        },
        "schema": [
            {
                "name": SUBJECTS,
                "physicalName": f"marts.{SUBJECTS}",
                "logicalType": "object",
                "physicalType": "table",
                "description": "One row per lead that was handed off.",
                "dataGranularityDescription": "lead",
                "properties": [_column(name, kind) for name, kind in _COLUMNS.items()],
                "quality": [_rule(contract, criterion, zone, currency) for criterion in contract.criteria],
            }
        ],
        "team": {"name": "signatories", "members": _members(contract)},
    }


def _column(name: str, kind: Kind) -> dict[str, Any]:
    logical, physical = _TYPES[kind]
    key = {"primaryKey": True, "primaryKeyPosition": 1, "unique": True} if name == "lead_id" else {}
    required = {"required": True} if name in KEY_COLUMNS else {}
    return {"name": name, "logicalType": logical, "physicalType": physical, **key, **required}


def _rule(contract: Contract, criterion: Criterion, zone: ZoneInfo, currency: str) -> dict[str, Any]:
    scope = Scope.of(criterion, zone).sql()
    failing = f"{scope} and ({predicate(criterion.check)}) is false"
    return {
        "name": criterion.key,
        "description": criterion.title,
        "type": "sql",
        "query": f"select count(*) from ({_subjects(criterion)}) as subjects where {failing}",
        "mustBe": 0,
        "unit": "rows",
        "dimension": _DIMENSIONS.get(type(criterion.check), "conformity"),
        "severity": _SEVERITIES[criterion.severity],
        "businessImpact": f"per lead, {currency}: {describe_rule(criterion.cost_rule)}",
        "customProperties": [
            {"property": name, "value": value} for name, value in _properties(contract, criterion).items()
        ],
    }


def _subjects(criterion: Criterion) -> str:
    """What the rule reads, with blank texts as what they are: absent."""
    names = dict.fromkeys([HANDED_OFF_AT, SEGMENT, *criterion.check.columns()])
    read = (f"{present_text(n)} as {n}" if CRITERION_COLUMNS[n] == "text" and n != SEGMENT else n for n in names)
    return f"select {', '.join(read)} from marts.{SUBJECTS}"


def _properties(contract: Contract, criterion: Criterion) -> dict[str, Any]:
    values = {
        "criterionCode": criterion.code,
        "criterionVersion": criterion.version,
        "andonSeverity": criterion.severity,
        "owner": criterion.owner,
        "reasonCategory": criterion.reason_category,
        "segments": list(criterion.segments) or None,
        "validFrom": criterion.valid_from.isoformat(),
        "validTo": criterion.valid_to.isoformat() if criterion.valid_to else None,
        "check": criterion.check.model_dump(mode="json", exclude_none=True),
        "signatures": [_signature(signature) for signature in contract.signatures_of(criterion)] or None,
    }
    return {name: value for name, value in values.items() if value is not None}


def _signature(signature: Signature) -> dict[str, str | None]:
    return {"by": signature.by, "on": signature.on.isoformat(), "side": signature.signs_for}


def _members(contract: Contract) -> list[dict[str, str]]:
    """Every role that signed anything, with the day of its first signature."""
    first: dict[str, Signature] = {}
    for criterion in contract.criteria:
        for signature in contract.signatures_of(criterion):
            if signature.by not in first or signature.on < first[signature.by].on:
                first[signature.by] = signature
    return [
        {"username": by, "role": f"signs for {first[by].signs_for or 'no side'}", "dateIn": first[by].on.isoformat()}
        for by in sorted(first)
    ]
