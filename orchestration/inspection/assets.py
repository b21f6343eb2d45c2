"""The inspection in Dagster: two log assets, a check per criterion that never blocks, and checks that do.

Belongs here: events, checks and their metadata. Does not belong here: the inspection (`run.py`).
"""

from collections.abc import Iterator
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    Failure,
    MaterializeResult,
    MetadataValue,
    multi_asset,
    multi_asset_check,
)

from expectations.contract import ContractError, load_contract
from expectations.document import Contract
from expectations.judge import CriterionCount, LedgerMismatchError
from expectations.structural import describe
from orchestration.inspection.run import check_marts, inspect_leads, marts
from orchestration.partitions import run_as_of
from orchestration.settings import Settings
from orchestration.warehouse import WAREHOUSE_POOL

VERDICT_LOG = AssetKey(["lead_verdicts_log"])
RESULT_LOG = AssetKey(["lead_criterion_results_log"])
SUBJECTS = AssetKey(["int_inspection_subjects"])

CONSERVED = "leads_are_ready_defective_or_unevaluable"
EQUAL_COUNTS = "great_expectations_agrees_with_the_ledger"
STRUCTURE = "structure"
PLAUSIBLE = "feeds_are_plausible"
AGREED = "criteria_are_signed_and_unchanged"


def build_inspection_assets(settings: Settings) -> list[AssetsDefinition | AssetChecksDefinition]:
    """The inspection's logs with their checks, and the structural checks on the marts."""
    return [_inspection(settings), _mart_structure(settings)]


def _inspection(settings: Settings) -> AssetsDefinition:
    codes = _codes(settings)

    @multi_asset(
        name="inspection",
        specs=[
            AssetSpec(VERDICT_LOG, deps=[SUBJECTS], description="A verdict per lead and inspection."),
            AssetSpec(RESULT_LOG, deps=[SUBJECTS], description="A row per lead and criterion that did not pass."),
        ],
        check_specs=[
            *(AssetCheckSpec(code, asset=RESULT_LOG, description=title) for code, title in codes.items()),
            # Not blocking: what the criteria say is in force, signed or not; both sides must hear that it is not.
            AssetCheckSpec(
                AGREED, asset=RESULT_LOG, description="Both sides signed what judges, before it took force."
            ),
            AssetCheckSpec(PLAUSIBLE, asset=VERDICT_LOG, description="What landed happened before it landed."),
            AssetCheckSpec(
                STRUCTURE, asset=VERDICT_LOG, blocking=True, description="What landed and what was prepared is sound."
            ),
            AssetCheckSpec(
                EQUAL_COUNTS, asset=VERDICT_LOG, blocking=True, description="Two counts of each defect agree."
            ),
            AssetCheckSpec(
                CONSERVED, asset=VERDICT_LOG, blocking=True, description="Every lead inspected has a verdict."
            ),
        ],
        group_name="inspection",
        pool=WAREHOUSE_POOL,
    )
    def inspection(context: AssetExecutionContext) -> Iterator[MaterializeResult[Any] | AssetCheckResult]:
        try:
            report = inspect_leads(settings, run_as_of(context, settings))
        except LedgerMismatchError as error:
            yield _check(EQUAL_COUNTS, VERDICT_LOG, False, {"difference": str(error)})
            raise Failure(description=str(error)) from error
        found = {"inspected": report.inspected, **report.verdicts}
        yield _check(STRUCTURE, VERDICT_LOG, not report.broken, {"broken": describe(report.broken)})
        yield AssetCheckResult(
            check_name=PLAUSIBLE,
            asset_key=VERDICT_LOG,
            passed=not report.implausible,
            severity=AssetCheckSeverity.WARN,
            metadata={"implausible": describe(report.implausible)},
        )
        yield _check(CONSERVED, VERDICT_LOG, report.conserved, found)
        if not report.recorded:
            raise Failure(description=f"nothing was recorded: {found}\n{describe(report.broken)}")
        yield MaterializeResult(asset_key=VERDICT_LOG, metadata=found)
        yield MaterializeResult(asset_key=RESULT_LOG, metadata={"defects": sum(c.failed for c in report.criteria)})
        yield _check(EQUAL_COUNTS, VERDICT_LOG, True, {"criteria": len(report.criteria)})
        problems = "\n".join(str(problem) for problem in report.disagreements)
        yield _check(AGREED, RESULT_LOG, not problems, {"problems": problems})
        for code in codes:
            yield _criterion_check(code, [c for c in report.criteria if c.criterion.code == code])

    return inspection


def _mart_structure(settings: Settings) -> AssetChecksDefinition:
    @multi_asset_check(
        name="mart_structure",
        specs=[AssetCheckSpec(STRUCTURE, asset=AssetKey([mart]), blocking=True) for mart in marts()],
        pool=WAREHOUSE_POOL,
    )
    def mart_structure() -> Iterator[AssetCheckResult]:
        for mart, findings in check_marts(settings).items():
            broken = [finding for finding in findings if not finding.holds]
            yield _check(STRUCTURE, AssetKey([mart]), not broken, {"rules": len(findings), "broken": describe(broken)})

    return mart_structure


def _codes(settings: Settings) -> dict[str, str]:
    """Code and title of each criterion; none when the file is broken, which the run itself then reports in full, so
    that a slip in the criteria does not take the whole code location down."""
    try:
        contract: Contract = load_contract(settings.criteria_file)
    except ContractError:
        return {}
    return {criterion.code: criterion.title for criterion in contract.criteria}


def _check(name: str, asset: AssetKey, passed: bool, metadata: dict[str, Any]) -> AssetCheckResult:
    return AssetCheckResult(check_name=name, asset_key=asset, passed=passed, metadata=metadata)


def _criterion_check(code: str, counts: list[CriterionCount]) -> AssetCheckResult:
    """A criterion over the leads inspected, its versions added up. Failing is news, not an error: it never blocks."""
    failed, unevaluable = sum(c.failed for c in counts), sum(c.unevaluable for c in counts)
    metadata: dict[str, Any] = {
        "applied": sum(c.applied for c in counts),
        "passed": sum(c.passed for c in counts),
        "failed": failed,
        "unevaluable": unevaluable,
    }
    for count in counts[-1:]:
        metadata |= {"owner": count.criterion.owner, "severity": count.criterion.severity}
    reasons = {count.reason for count in counts if count.reason}
    if reasons:
        metadata["not_evaluated_because"] = MetadataValue.text("; ".join(sorted(reasons)))
    return AssetCheckResult(
        check_name=code,
        asset_key=RESULT_LOG,
        passed=not failed and not reasons,
        severity=AssetCheckSeverity.WARN,
        metadata=metadata,
    )
