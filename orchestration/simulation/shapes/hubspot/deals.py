"""Deals with their stages, amounts and associations; the pipeline.

Belongs here: which fact fills which column. Does not belong here: the facts (`feeds_sales.py`).
"""

from collections.abc import Callable

import numpy as np

from orchestration.simulation.arrays import Bools
from orchestration.simulation.feeds_sales import opportunity_rows, stage_rows, visit_rows
from orchestration.simulation.opportunities import STAGES, L, W
from orchestration.simulation.rows import Column, Constant, Either, Flag, Joined, Number, Rows, Spelled, Text, Zoneless
from orchestration.simulation.shapes.hubspot.words import (
    PIPELINE,
    PORTAL,
    STAGE_IDS,
    actor,
    company_id,
    is_new,
    listed,
    object_id,
    owner,
    table,
)
from orchestration.simulation.shapes.source import Columns, Source, always, is_given, is_true, loaded, reworded
from orchestration.simulation.story import Setting

OPEN_END = "2050-01-01 00:00:00"


def _deal(facts: Columns) -> Columns:
    return {
        "deal_id": object_id(facts["opportunity_id"]),
        "deal_pipeline_stage_id": reworded(facts["stage"], STAGE_IDS),
        "owner_id": owner(facts["owner_id"]),
        "property_dealname": facts["name"],
        "property_amount": facts["amount"],
        "property_deal_currency_code": facts["currency"],
        "property_closedate": Joined((Spelled(facts["close_date"]), " 00:00:00")),
        "property_createdate": Zoneless(facts["created_at"]),
        "property_hs_lastmodifieddate": Zoneless(facts["updated_at"]),
        "is_deleted": facts["is_deleted"],
        **always(deal_pipeline_id=PIPELINE, portal_id=PORTAL),
    }


def _deal_stage(facts: Columns) -> Columns:
    return {
        "deal_id": object_id(facts["opportunity_id"]),
        "value": reworded(facts["stage"], STAGE_IDS),
        "date_entered": Zoneless(facts["entered_at"]),
        "source_id": actor(facts["actor_id"]),
        "_fivetran_active": facts["is_current"],
        "_fivetran_start": Zoneless(facts["entered_at"]),
        "_fivetran_end": Either(is_true(facts["is_current"]), Constant(OPEN_END), Zoneless(facts["left_at"])),
        **always(source="CRM_UI"),
    }


def _deal_changed(name: str, value: Callable[[Columns], Column]) -> Callable[[Columns], Columns]:
    """A row of a deal's property history."""
    return lambda facts: {
        "deal_id": object_id(facts["opportunity_id"]),
        **always(name=name),
        "value": value(facts),
        "timestamp": Zoneless(facts["entered_at"]),
        **always(source="CRM_UI"),
        "source_id": actor(facts["actor_id"]),
    }


def _deal_contact(facts: Columns) -> Columns:
    return {
        "deal_id": object_id(facts["opportunity_id"]),
        "contact_id": object_id(facts["lead_id"]),
        **always(type_id=3, category="HUBSPOT_DEFINED"),
    }


def _deal_company(facts: Columns) -> Columns:
    return {
        "deal_id": object_id(facts["opportunity_id"]),
        "company_id": company_id(facts["account_id"]),
        **always(type_id=5, category="HUBSPOT_DEFINED"),
    }


def _has_company(facts: Columns) -> Bools:
    return is_new(facts) & is_given(facts["account_id"])


def _pipelines(setting: Setting) -> Rows:
    return setting.listing(1, {**always(pipeline_id=PIPELINE, label="Sales pipeline", active=True, display_order=0)})


def _pipeline_stages(setting: Setting) -> Rows:
    place = np.arange(len(STAGES))
    stage = Text.of(place, STAGES)
    return setting.listing(
        len(STAGES),
        {
            "stage_id": reworded(stage, STAGE_IDS),
            "label": stage,
            "display_order": Number(place),
            "is_closed": Flag(np.isin(place, (W, L))),
            "closed_won": Flag(place == W),
            **always(pipeline_id=PIPELINE, active=True),
        },
    )


DEALS: tuple[Source, ...] = (
    listed("deal_pipeline", _pipelines, dict),
    listed("deal_pipeline_stage", _pipeline_stages, dict),
    Source(table("deal", like="opportunities"), told=(loaded(opportunity_rows, _deal),)),
    Source(table("deal_stage", like="opportunity_stages"), told=(loaded(visit_rows, _deal_stage),)),
    Source(
        table("deal_property_history"),
        told=(
            loaded(stage_rows, _deal_changed("amount", lambda facts: Spelled(facts["amount"])), None),
            loaded(stage_rows, _deal_changed("dealstage", lambda facts: reworded(facts["stage"], STAGE_IDS)), None),
        ),
    ),
    Source(table("deal_contact"), told=(loaded(opportunity_rows, _deal_contact, is_new),)),
    Source(table("deal_company"), told=(loaded(opportunity_rows, _deal_company, _has_company),)),
)
