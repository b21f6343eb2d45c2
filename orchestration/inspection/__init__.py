"""The inspection as a step of the line: which leads need a verdict, and where verdicts are recorded.

Belongs here: choosing the changed leads, the log in the lake, the Dagster assets and checks. Does not belong here:
how a lead is judged and what the data must keep (`expectations/`), or what becomes of the log (dbt marts).
"""

from orchestration.inspection.assets import build_inspection_assets
from orchestration.inspection.run import InspectionReport, inspect_leads

__all__ = ["InspectionReport", "build_inspection_assets", "inspect_leads"]
