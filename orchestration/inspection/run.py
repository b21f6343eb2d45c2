"""One inspection from warehouse to log, without Dagster.

Belongs here: opening and closing the warehouse, the order of the steps. Does not belong here: how a lead is judged
(`expectations/judge.py`), the log's files (`log.py`), Dagster events (`assets.py`).
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import duckdb

from expectations.contract import ContractError, check_agreement, load_contract
from expectations.feeds import feed_rules, feed_suite
from expectations.judge import CriterionCount, SubjectsError, inspect
from expectations.problems import Problem
from expectations.structural import Finding, Rule, findings, mart_rules, prepared_rules, suites_of
from expectations.suites import run_suites
from orchestration.errors import AndonError
from orchestration.ingest.lake import ensure_lake
from orchestration.inspection.criteria_log import past, record_criteria, record_document
from orchestration.inspection.landed import landed_feeds
from orchestration.inspection.log import changed_subjects, record
from orchestration.settings import Settings
from orchestration.warehouse import warehouse_lock

DATABASE = "warehouse"
SUBJECTS = f"{DATABASE}.intermediate.int_inspection_subjects"


class InspectionError(AndonError):
    """Nothing could be inspected: criteria or prepared data cannot be used."""


@dataclass(frozen=True)
class InspectionReport:
    """What an inspection found: leads inspected (= the verdicts' sum), counts per criterion, structural findings, and
    where the criteria are not what both sides had signed (which is said, and judges nothing).

    Nothing is recorded when a structural rule does not hold or a lead has no verdict.
    """

    inspected: int
    verdicts: Mapping[str, int]
    criteria: tuple[CriterionCount, ...]
    structure: tuple[Finding, ...]
    disagreements: tuple[Problem, ...] = ()

    @property
    def broken(self) -> list[Finding]:
        """The structural rules that do not hold and on which nothing may be built."""
        return [finding for finding in self.structure if not finding.holds and not finding.warns]

    @property
    def implausible(self) -> list[Finding]:
        """The rules of plausibility that do not hold: facts about a feed that are said, and stop nothing."""
        return [finding for finding in self.structure if not finding.holds and finding.warns]

    @property
    def conserved(self) -> bool:
        """Leads inspected = ready + defective + unevaluable."""
        return sum(self.verdicts.values()) == self.inspected

    @property
    def recorded(self) -> bool:
        """Whether the log holds what was found."""
        return self.conserved and not self.broken


def inspect_leads(settings: Settings, as_of: datetime) -> InspectionReport:
    """Inspect the leads that are new or changed as of `as_of` (aware) and record what was found.

    Raises InspectionError for criteria that cannot be used and subjects that cannot be read, LedgerMismatchError when
    Great Expectations and the ledger count differently; nothing is recorded then.
    """
    try:
        return _inspect_leads(settings, as_of)
    except (ContractError, SubjectsError) as error:
        raise InspectionError(str(error)) from error


def _inspect_leads(settings: Settings, as_of: datetime) -> InspectionReport:
    contract = load_contract(settings.criteria_file)
    ensure_lake(settings)
    disagreements = tuple(check_agreement(settings.criteria_file, past(settings)))
    rules = prepared_rules()
    of_feeds = tuple(rule for feed in landed_feeds(settings, as_of) for rule in feed_rules(feed))
    with open_warehouse(settings) as con:
        changed = changed_subjects(settings, contract, SUBJECTS, as_of)
        suites = (*suites_of(rules, DATABASE), feed_suite(of_feeds))
        result = inspect(con, contract, changed, as_of, settings.zone, also=suites)
        structure = findings((*rules, *of_feeds), result.outcomes)
        report = InspectionReport(result.inspected, result.verdicts, result.criteria, structure, disagreements)
        if report.recorded:
            record(settings, result, as_of)
            record_criteria(settings, contract, as_of)
            record_document(settings, contract.version)
    return report


def check_marts(settings: Settings) -> dict[str, list[Finding]]:
    """The structural findings on the marts, by mart (`fct_leads`)."""
    rules = mart_rules()
    with open_warehouse(settings) as con:
        outcomes = run_suites(con, suites_of(rules, DATABASE))
    found = findings(rules, outcomes)
    return {mart: [f for f, rule in zip(found, rules, strict=True) if mart_of(rule) == mart] for mart in marts()}


def marts() -> list[str]:
    """The marts that structural rules speak of."""
    return list(dict.fromkeys(mart_of(rule) for rule in mart_rules()))


def mart_of(rule: Rule) -> str:
    """The mart a rule speaks of, without its schema."""
    return rule.relation.rpartition(".")[2]


@contextmanager
def open_warehouse(settings: Settings) -> Generator[duckdb.DuckDBPyConnection]:
    """A connection of its own with the warehouse attached, read-only; closed whole, so that dbt can write next."""
    with warehouse_lock(settings):
        if not settings.warehouse.exists():
            raise InspectionError(f"{settings.warehouse} is not there; build the intermediate models first")
        con = duckdb.connect()
        try:
            path = str(settings.warehouse).replace("'", "''")
            con.execute(f"attach '{path}' as {DATABASE} (read_only)")
            yield con
        finally:
            con.close()
