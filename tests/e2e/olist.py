"""Olist's marketing funnel as flat-file feeds: a real company's leads, mapped in one sitting.

The data is test input from outside the repository (`../shared/data/olist`, or `ANDON_OLIST_DIR`); it is read, never
copied in. What Olist does not say (spend, handoffs, meetings, amounts) is not delivered, so it is absent, not zero.
"""

import os
from pathlib import Path

import pandas as pd

from orchestration.ingest.contracts import FEEDS_BY_NAME
from orchestration.ingest.plan_tables import OPTIONAL_TABLES, PLAN_TABLES, plan_file
from orchestration.settings import PROJECT_ROOT

DELIVERED_ON = "2018-12-01"

ORIGINS = (
    "organic_search", "paid_search", "social", "unknown", "direct_traffic", "email", "referral", "other", "display",
    "other_publicities",
)  # fmt: skip


def olist_folder() -> Path:
    """Where Olist's files lie, if they do."""
    return Path(os.environ.get("ANDON_OLIST_DIR", PROJECT_ROOT.parent / "shared" / "data" / "olist"))


def deliver_olist(source: Path, landing: Path) -> None:
    """Write leads, opportunities and their stage history as `landing/crm/…` files."""
    leads = pd.read_csv(source / "olist_marketing_qualified_leads_dataset.csv", dtype=str, keep_default_na=False)
    deals = pd.read_csv(source / "olist_closed_deals_dataset.csv", dtype=str, keep_default_na=False)
    won = deals.set_index("mql_id")
    first_contact = leads["first_contact_date"] + "T00:00:00Z"
    _write(
        landing / "crm" / "leads",
        pd.DataFrame(
            {
                "lead_id": leads["mql_id"],
                "created_at": first_contact,
                "updated_at": first_contact,
                "lead_source": leads["origin"],
                "owner_id": leads["mql_id"].map(won["sdr_id"]).fillna(""),
            }
        ),
    )
    won_at = deals["won_date"].str.replace(" ", "T") + "Z"
    opportunity_id = "deal-" + deals["mql_id"]
    _write(
        landing / "crm" / "opportunities",
        pd.DataFrame(
            {
                "opportunity_id": opportunity_id,
                "lead_id": deals["mql_id"],
                "stage": "Won",
                "owner_id": deals["sr_id"],
                "created_at": won_at,
                "updated_at": won_at,
            }
        ),
    )
    _write(
        landing / "crm" / "opportunity_stages",
        pd.DataFrame(
            {
                "history_id": "won-" + deals["mql_id"],
                "opportunity_id": opportunity_id,
                "stage": "Won",
                "entered_at": won_at,
            }
        ),
    )


def write_olist_plan(folder: Path) -> None:
    """The maps Olist needs; any other table that must be there has its header only, for Olist published no plan."""
    rows = {
        "sources": [f"{origin},{origin},{origin},{str(origin in _PAID).lower()},marketing" for origin in ORIGINS],
        "source_map": [f"crm,{origin},{origin}" for origin in ORIGINS],
        "segments": ["seller,Seller,,"],
        "stage_map": ["crm,opportunity,Won,won,5,true,true"],
        "business_hours": [f"{weekday},09:00,18:00" for weekday in range(1, 6)],
        "owners": ["marketing,Marketing,marketing@example.com,email"],
    }
    folder.mkdir(parents=True, exist_ok=True)
    for table in PLAN_TABLES:
        if table.table in OPTIONAL_TABLES:
            continue
        header = ",".join(column.name for column in table.columns)
        (folder / plan_file(table.table)).write_text("\n".join([header, *rows.get(table.table, [])]) + "\n")


_PAID = {"paid_search", "social", "display"}


def _write(folder: Path, frame: pd.DataFrame) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    columns = [column.name for column in FEEDS_BY_NAME[f"crm.{folder.name}"].columns]
    frame.reindex(columns=columns).to_csv(folder / f"{folder.name}_{DELIVERED_ON}.csv", index=False)
