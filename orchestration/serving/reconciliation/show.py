"""A week's reconciliation as text for a terminal.

Belongs here: layout. Does not belong here: what is said (`collect.py`).
"""

from orchestration.serving.inert import visible
from orchestration.serving.reconciliation.collect import CLAIMED, GapRecord, Joint, Reconciliation


def text(found: Reconciliation) -> str:
    """The chain, then the records behind its gaps, as lines of text."""
    lines = [f"Week of {found.week}, {visible(found.scope)}", ""]
    for joint in found.joints:
        lines += _chain(joint)
    if found.records:
        lines += ["", "Records that one side counts and the other does not"]
        lines += [_record(record) for record in found.records]
    if found.left_out:
        lines.append(f"  … and {found.left_out} more; --limit shows more, --joint one joint")
    return "\n".join(lines)


def _chain(joint: Joint) -> list[str]:
    left, right = joint.left_stage.replace("_", " "), joint.right_stage.replace("_", " ")
    both = f"{joint.left_count} {left} → {joint.right_count} {right}: both count {joint.matched}"
    sides = [(left, joint.left), (right, joint.right)]
    shown = [both, *(f"    only in {name}: {_split(gaps)}" for name, gaps in sides if any(gaps.values()))]
    if f"{joint.left_stage}_to_{joint.right_stage}" == CLAIMED:
        shown.append("    (platforms claim sums, not people: no records, and reasons as far as form fills have some)")
    return shown


def _split(gaps: dict[str, int]) -> str:
    return f"{sum(gaps.values())} = " + " + ".join(f"{count} {reason}" for reason, count in gaps.items() if count)


def _record(record: GapRecord) -> str:
    left, right = record.joint.split("_to_")
    stage = (left if record.side == "left" else right).replace("_", " ")
    many = "" if record.records == 1 else f" x{record.records}"
    detail = f" ({visible(record.detail)})" if record.detail else ""
    return f"  {stage}: {record.reason:<11} {visible(record.record_id)}{many}{detail}  {visible(record.place)}"
