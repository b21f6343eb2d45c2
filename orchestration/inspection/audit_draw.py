# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Drawing a week's leads for a blind audit: the same week and seed draw the same leads.

Belongs here: the sample and the sheet that auditors fill in. Does not belong here: reading it back
(`audit_record.py`), or what the audit says of the judges (`control/judges.py`).

The sample is stratified over the four quadrants of both verdicts, so that rare disagreements are seen too; each row
keeps its quadrant's size, by which it is weighted later. The sheet shows neither verdict, and its order tells nothing.
"""

import csv
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.errors import AndonError
from orchestration.ingest.lake import naive_utc, own_folder, write_parquet
from orchestration.inspection.audit_schemas import AUDIT_DRAW_SCHEMA, AUDIT_DRAWS
from orchestration.partitions import iso_week
from orchestration.serving.inert import csv_cell, masked, masked_value
from orchestration.serving.reader import open_served
from orchestration.settings import Settings

FACTS = (
    "company", "title", "email", "phone", "country", "segment", "industry", "employees", "score", "consent",
    "is_customer", "days_since_same_email", "handed_off_at",
)  # fmt: skip
ANSWERS = ("verdict", "audited_by", "audited_on", "note")
_DECIDED = """
    select h.lead_id, h.verdict as inspector_verdict,
           case when h.outcome = 'accepted' then 'accepted' else 'rejected' end as sales_verdict
    from marts.fct_handoffs h
    where h.to_team_attempt_no = 1 and h.outcome <> 'open' and h.decided_week = ?
      and h.verdict in ('ready', 'defective')
    qualify row_number() over (partition by h.lead_id order by h.attempt_no) = 1
    order by h.lead_id
"""


class AuditError(AndonError):
    """The audit cannot be drawn or recorded as asked; the text says where and what to do."""


@dataclass(frozen=True)
class Draw:
    """A drawn sample: AUDIT_DRAW rows in the order of the sheet, and whether this call made it."""

    rows: pd.DataFrame
    is_new: bool


def draw_audit(settings: Settings, week: date, seed: int, size: int, at: datetime) -> Draw:
    """Draw `size` leads decided in the week of Monday `week`, or return what that week and seed drew before.

    `at` is aware. Raises AuditError for a day that is no Monday, a week without a decision, or a seed that was drawn
    with another size.
    """
    if week.weekday():
        raise AuditError(f"{week} is no Monday: name the week by its Monday")
    name = f"{iso_week(week)}-{seed}"
    path = own_folder(settings, AUDIT_DRAWS) / f"{name}.parquet"
    if path.exists():
        drawn = pq.read_table(path).to_pandas(date_as_object=True)
        if int(drawn["size"].iloc[0]) != size:
            raise AuditError(f"{name} was drawn with --size {drawn['size'].iloc[0]}: take that, or another --seed")
        return Draw(drawn, is_new=False)
    with open_served(settings) as con:
        leads = con.execute(_DECIDED, [week]).df()
    if leads.empty:
        raise AuditError(f"sales decided on no inspected lead in {iso_week(week)}: there is nothing to audit")
    rows = sample(leads, f"{seed}|{week}", size)
    rows = rows.assign(
        draw_id=name,
        audit_id=[f"{name}-{number:03d}" for number in range(1, len(rows) + 1)],
        week_start=week,
        seed=seed,
        size=size,
        drawn_at=naive_utc(at),
    )[AUDIT_DRAW_SCHEMA.names]
    write_parquet(path, pa.Table.from_pandas(rows, schema=AUDIT_DRAW_SCHEMA, preserve_index=False))
    return Draw(rows, is_new=True)


def sample(leads: pd.DataFrame, key: str, size: int) -> pd.DataFrame:
    """`size` rows of `leads` (lead_id, inspector_verdict, sales_verdict), evenly over the quadrants, with `population`.

    A lead's place depends on `key` and its id alone, never on the order of the rows. A quadrant with too few leads
    leaves its places to the others.
    """
    quadrant = ["inspector_verdict", "sales_verdict"]
    known = leads.assign(
        population=leads.groupby(quadrant)["lead_id"].transform("size"),
        place=[_hash(f"draw|{key}|{lead}") for lead in leads["lead_id"]],
        shown=[_hash(f"show|{key}|{lead}") for lead in leads["lead_id"]],
    ).sort_values("place")
    sizes = {str(name): len(rows) for name, rows in known.groupby(known[quadrant].agg("/".join, axis=1))}
    wanted = allocate(sizes, size)
    taken = known.groupby(quadrant).cumcount()
    limit = known[quadrant].agg("/".join, axis=1).map(wanted)
    return known.loc[taken < limit].sort_values("shown").drop(columns=["place", "shown"]).reset_index(drop=True)


def allocate(sizes: Mapping[str, int], places: int) -> dict[str, int]:
    """`places` dealt out in turn, by name, to strata that still have members; all members when there are fewer."""
    given = dict.fromkeys(sorted(sizes), 0)
    left = min(places, sum(sizes.values()))
    while left:
        for name in given:
            if left and given[name] < sizes[name]:
                given[name] += 1
                left -= 1
    return given


def sheet(settings: Settings, rows: pd.DataFrame, *, personal: bool) -> str:
    """The CSV to fill in: what the criteria look at, and empty answers; addresses are masked unless `personal`."""
    with open_served(settings) as con:
        con.register("drawn", rows[["audit_id", "lead_id"]])
        columns = ", ".join(f"cast(s.{name} as varchar)" for name in FACTS)
        facts = con.execute(
            f"select d.audit_id, d.lead_id, {columns} from drawn d left join marts.lead_subjects s using (lead_id)"
            " order by d.audit_id"
        ).fetchall()
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["audit_id", "lead_id", *FACTS, *ANSWERS])
    for audit_id, lead_id, *values in facts:
        shown = (_shown(name, value, personal) for name, value in zip(FACTS, values, strict=True))
        writer.writerow([audit_id, csv_cell(lead_id), *shown, *[""] * len(ANSWERS)])
    return text.getvalue()


def _shown(name: str, value: str | None, personal: bool) -> str:
    if value is None:
        return ""
    if personal:
        return csv_cell(value)
    return csv_cell(masked_value(value) if name in ("email", "phone") else masked(value))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
