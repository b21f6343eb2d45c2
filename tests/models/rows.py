"""Delivered rows, written short: what a test does not say is not delivered."""

from typing import Any


def lead(lead_id: str, created_at: str, **more: Any) -> dict[str, Any]:
    """A row of crm.leads, as extracted at its creation unless `updated_at` says otherwise."""
    return {"lead_id": lead_id, "created_at": created_at, "updated_at": created_at, **more}


def status(event_id: str, lead_id: str, event_at: str, to_value: str, **more: Any) -> dict[str, Any]:
    """A row of crm.lead_events: the lead's status became `to_value`."""
    return {
        "event_id": event_id,
        "lead_id": lead_id,
        "event_at": event_at,
        "event_type": "status",
        "to_value": to_value,
        **more,
    }


def activity(activity_id: str, lead_id: str, occurred_at: str, activity_type: str, **more: Any) -> dict[str, Any]:
    """A row of crm.activities."""
    return {
        "activity_id": activity_id,
        "lead_id": lead_id,
        "occurred_at": occurred_at,
        "activity_type": activity_type,
        **more,
    }


def touch(touch_id: str, lead_id: str, occurred_at: str, **more: Any) -> dict[str, Any]:
    """A row of web.web_touches."""
    return {
        "touch_id": touch_id,
        "lead_id": lead_id,
        "occurred_at": occurred_at,
        "visitor_id": "V",
        "touch_type": "visit",
        **more,
    }


def spend(day: str, campaign_id: str, cost: str, **more: Any) -> dict[str, Any]:
    """A row of ads.ad_spend, in US dollars unless `currency` says otherwise."""
    return {
        "spend_date": day,
        "platform": "network",
        "account_id": "A",
        "campaign_id": campaign_id,
        "clicks": 10,
        "impressions": 100,
        "cost": cost,
        "currency": "USD",
        **more,
    }


def opportunity(opportunity_id: str, lead_id: str | None, created_at: str, stage: str, **more: Any) -> dict[str, Any]:
    """A row of crm.opportunities, as extracted at its creation unless `updated_at` says otherwise."""
    return {
        "opportunity_id": opportunity_id,
        "lead_id": lead_id,
        "created_at": created_at,
        "updated_at": created_at,
        "stage": stage,
        **more,
    }


def entered(history_id: str, opportunity_id: str, entered_at: str, stage: str, **more: Any) -> dict[str, Any]:
    """A row of crm.opportunity_stages."""
    return {
        "history_id": history_id,
        "opportunity_id": opportunity_id,
        "entered_at": entered_at,
        "stage": stage,
        **more,
    }
