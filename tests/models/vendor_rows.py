"""Two small companies as a loader delivers them, in Salesforce and in HubSpot: every rule of their staging on a row."""

from typing import Any

Rows = dict[str, list[dict[str, Any]]]

MERGED = "00Q000000000003AAA"

SALESFORCE: Rows = {
    "salesforce.user": [
        {"id": "005A", "name": "Rep A", "user_role_id": "00E1", "department": "Sales", "is_active": True,
         "system_modstamp": "2026-01-01T00:00Z"},
        {"id": "005B", "name": "Rep B", "department": "AE", "is_active": True, "_fivetran_deleted": True,
         "system_modstamp": "2026-01-01T00:00Z"},
    ],
    "salesforce.user_role": [{"id": "00E1", "name": "SDR"}],
    "salesforce.account": [
        {"id": "0011", "name": "Acme", "website": "https://www.Acme.example/en?x=1", "number_of_employees": 1200,
         "type": "Customer - Direct", "created_date": "2026-01-01T00:00Z", "system_modstamp": "2026-01-02T00:00Z"},
    ],
    "salesforce.lead": [
        {"id": "00Q1", "created_date": "2026-03-01T10:00Z", "last_modified_date": "2026-03-02T15:00Z",
         "system_modstamp": "2026-03-02T15:00:01Z", "email": "a@acme.example", "mobile_phone": "+1 555",
         "status": "Qualified", "lead_source": "Paid Search", "owner_id": "005A", "is_converted": True,
         "converted_account_id": "0011", "converted_contact_id": "0031", "converted_opportunity_id": "0061",
         "is_deleted": False, "has_opted_out_of_email": False},
        {"id": "00Q2", "created_date": "2026-03-01T11:00Z", "last_modified_date": "2026-03-01T11:00Z",
         "status": "Sales Rejected", "owner_id": "005A", "has_opted_out_of_email": True},
        {"id": MERGED, "created_date": "2026-03-01T12:00Z", "last_modified_date": "2026-03-02T12:00Z",
         "status": "New", "is_deleted": True, "master_record_id": "00Q2"},
    ],
    "salesforce.lead_history": [
        {"id": "h1", "lead_id": "00Q1", "field": "created", "created_date": "2026-03-01T10:00Z"},
        {"id": "h2", "lead_id": "00Q1", "field": "Status", "old_value": "New", "new_value": "MQL",
         "created_date": "2026-03-01T14:00Z", "created_by_id": "005B"},
        {"id": "h3", "lead_id": "00Q1", "field": "Owner", "old_value": "Queue", "new_value": "Rep A",
         "created_date": "2026-03-01T14:00Z"},
        {"id": "h4", "lead_id": "00Q1", "field": "Owner", "old_value": "00G000000000001AAA",
         "new_value": "005000000000001AAA", "created_date": "2026-03-01T14:00Z"},
        {"id": "h5", "lead_id": "00Q1", "field": "Status", "old_value": "MQL", "new_value": "Qualified",
         "created_date": "2026-03-02T15:00Z"},
        {"id": "h6", "lead_id": "00Q2", "field": "Status", "old_value": "MQL", "new_value": "Sales Rejected",
         "created_date": "2026-03-01T11:00Z"},
        {"id": "h7", "lead_id": "00Q2", "field": "Reject_Reason__c", "new_value": "too_small",
         "created_date": "2026-03-01T11:00Z"},
    ],
    "salesforce.contact": [
        {"id": "0031", "account_id": "0011", "email": "a@acme.example", "created_date": "2026-03-02T15:00Z"},
    ],
    "salesforce.opportunity": [
        {"id": "0061", "account_id": "0011", "name": "Acme", "stage_name": "Evaluation", "amount": "1000",
         "created_date": "2026-03-02T15:00Z", "close_date": "2026-06-30T00:00Z"},
    ],
    "salesforce.opportunity_history": [
        {"id": "0081", "opportunity_id": "0061", "stage_name": "Discovery", "created_date": "2026-03-02T15:00Z"},
        {"id": "0082", "opportunity_id": "0061", "stage_name": "Discovery", "created_date": "2026-03-02T16:00Z"},
        {"id": "0083", "opportunity_id": "0061", "stage_name": "Evaluation", "created_date": "2026-03-02T17:00Z"},
        # History mode: the id is the opportunity's, a row is a version.
        {"id": "0062", "stage_name": "Discovery", "_fivetran_start": "2026-03-01T00:00Z"},
        {"id": "0062", "stage_name": "Closed Lost", "_fivetran_start": "2026-03-02T00:00Z"},
    ],
    "salesforce.task": [
        {"id": "00T1", "who_id": "00Q1", "owner_id": "005A", "task_subtype": "Call", "is_closed": True,
         "completed_date_time": "2026-03-01T15:00Z", "call_duration_in_seconds": 240.0},
        {"id": "00T2", "who_id": "0031", "what_id": "0061", "owner_id": "005A", "type": "Email",
         "status": "Completed", "created_date": "2026-03-02T16:00Z", "activity_date": "2026-03-02T00:00Z"},
        {"id": "00T3", "who_id": "00Q2", "owner_id": "005A", "task_subtype": "Call", "status": "Not Started",
         "created_date": "2026-03-01T13:00Z"},
    ],
    "salesforce.event": [
        {"id": "00U1", "who_id": "00Q1", "owner_id": "005A", "created_date": "2026-03-01T16:00Z",
         "start_date_time": "2026-03-02T14:00Z", "duration_in_minutes": 30.0},
        {"id": "00U2", "who_id": "00Q2", "owner_id": "005A", "created_date": "2026-03-01T16:00Z",
         "start_date_time": "2026-03-02T14:00Z", "no_show_c": True},
        {"id": "00U3", "who_id": "0031", "owner_id": "005A", "created_date": "2026-03-02T16:00Z",
         "start_date_time": "2026-03-05T14:00Z"},
        {"id": "00U4", "who_id": "00Q2", "owner_id": "005A", "created_date": "2026-03-01T16:00Z",
         "start_date_time": "2026-03-02T14:00Z", "is_deleted": True},
    ],
    "salesforce.campaign_member": [
        {"id": "00v1", "campaign_id": "SEA-M", "lead_id": "00Q1", "created_date": "2026-03-01T10:00Z",
         "has_responded": True, "first_responded_date": "2026-03-01T00:00Z"},
        {"id": "00v2", "campaign_id": "SYN-E", "lead_id": "00Q1", "created_date": "2026-03-02T10:00Z",
         "has_responded": False},
    ],
}  # fmt: skip

HUBSPOT: Rows = {
    "hubspot.owner": [
        {"owner_id": "71", "first_name": "Rep", "last_name": "C", "active_user_id": "9001",
         "updated_at": "2026-01-01T00:00Z"},
    ],
    "hubspot.owner_team": [
        {"owner_id": "71", "team_id": "8", "is_team_primary": False},
        {"owner_id": "71", "team_id": "9", "is_team_primary": True},
    ],
    "hubspot.team": [{"id": "8", "name": "Everybody"}, {"id": "9", "name": "SDR"}],
    "hubspot.company": [
        {"id": "501", "property_name": "Globex", "property_domain": "globex.example",
         "property_numberofemployees": 300, "property_lifecyclestage": "customer"},
    ],
    "hubspot.contact": [
        {"id": "1", "property_createdate": "2026-03-01T10:00Z", "property_lastmodifieddate": "2026-03-02T10:00Z",
         "property_email": "b@globex.example", "property_lifecyclestage": "salesqualifiedlead",
         "property_hs_lead_status": "Sales Accepted", "property_hubspot_owner_id": "71",
         "property_associatedcompanyid": "501", "property_numemployees": "250-500",
         "property_hs_analytics_source": "PAID_SEARCH", "property_hs_merged_object_ids": "2;3"},
        {"id": "2", "property_createdate": "2026-03-01T09:00Z", "property_email": "b2@globex.example",
         "_fivetran_deleted": True},
        {"id": "5", "property_createdate": "2026-03-01T12:00Z", "property_hs_lead_status": "Sales Rejected",
         "property_lastmodifieddate": "2026-03-01T15:00Z"},
    ],
    "hubspot.contact_merge_audit": [
        {"canonical_vid": "1", "vid_to_merge": "4", "timestamp": "2026-03-01T20:00Z"},
    ],
    "hubspot.contact_property_history": [
        {"contact_id": "1", "name": "hs_lead_status", "value": "New", "timestamp": "2026-03-01T10:00Z"},
        {"contact_id": "1", "name": "hs_lead_status", "value": "MQL", "timestamp": "2026-03-01T12:00Z",
         "source_id": "userId:9001"},
        {"contact_id": "1", "name": "lifecyclestage", "value": "marketingqualifiedlead",
         "timestamp": "2026-03-01T12:00Z"},
        {"contact_id": "1", "name": "hubspot_owner_id", "value": "71", "timestamp": "2026-03-01T12:00Z"},
        {"contact_id": "1", "name": "hs_lead_status", "value": "Sales Accepted", "timestamp": "2026-03-01T14:00Z"},
        {"contact_id": "1", "name": "jobtitle", "value": "CEO", "timestamp": "2026-03-01T14:00Z"},
        {"contact_id": "5", "name": "hs_lead_status", "value": "Sales Rejected", "timestamp": "2026-03-01T15:00Z"},
        {"contact_id": "5", "name": "reject_reason", "value": "no_need", "timestamp": "2026-03-01T15:00Z"},
    ],
    "hubspot.contact_form_submission": [
        {"contact_id": "1", "form_id": "f", "timestamp": "2026-03-01T10:00Z",
         "page_url": "https://site.example/demo?utm_source=google&utm_medium=cpc&utm_campaign=brand%20terms&gclid=G1"},
    ],
    "hubspot.deal_pipeline_stage": [
        {"stage_id": "s1", "label": "Discovery"},
        {"stage_id": "s2", "label": "Closed Won", "is_closed": True, "closed_won": True},
    ],
    "hubspot.deal": [
        {"deal_id": "601", "property_dealname": "Globex", "deal_pipeline_stage_id": "s2",
         "property_createdate": "2026-03-01T16:00Z", "property_closedate": "2026-03-02T20:00Z",
         "property_amount": "500"},
        {"deal_id": "602", "deal_pipeline_stage_id": "s1", "property_createdate": "2026-03-01T16:00Z"},
    ],
    "hubspot.deal_contact": [{"deal_id": "601", "contact_id": "10"}, {"deal_id": "601", "contact_id": "1"}],
    "hubspot.deal_company": [{"deal_id": "601", "company_id": "501"}],
    "hubspot.merged_deal": [{"deal_id": "601", "merged_deal_id": "602"}],
    "hubspot.deal_stage": [{"deal_id": "601", "value": "s1", "date_entered": "2026-03-01T16:00Z"}],
    "hubspot.deal_property_history": [
        {"deal_id": "601", "name": "dealstage", "value": "s1", "timestamp": "2026-03-01T16:00:00.250Z"},
        {"deal_id": "601", "name": "dealstage", "value": "s2", "timestamp": "2026-03-02T20:00Z"},
        {"deal_id": "601", "name": "amount", "value": "500", "timestamp": "2026-03-02T20:00Z"},
    ],
    "hubspot.engagement_call": [
        {"engagement_id": "901", "property_hs_timestamp": "2026-03-01T13:00Z", "property_hubspot_owner_id": "71",
         "property_hs_call_duration": 120000.0},
    ],
    "hubspot.engagement_note": [{"engagement_id": "902", "property_hs_timestamp": "2026-03-01T12:30Z"}],
    "hubspot.engagement_meeting": [
        {"engagement_id": "903", "property_hs_createdate": "2026-03-01T13:00Z", "start_time": "2026-03-02T13:00Z",
         "end_time": "2026-03-02T13:45Z", "meeting_outcome": "COMPLETED"},
        {"engagement_id": "904", "property_hs_createdate": "2026-03-01T13:00Z",
         "property_hs_meeting_start_time": "2026-03-02T13:00Z", "property_hs_meeting_outcome": "NO_SHOW"},
        {"engagement_id": "905", "property_hs_createdate": "2026-03-01T13:00Z", "start_time": "2026-03-02T13:00Z",
         "meeting_outcome": "SCHEDULED"},
    ],
    "hubspot.engagement_contact": [
        {"engagement_id": engagement, "contact_id": contact}
        for engagement, contact in (("901", "1"), ("902", "1"), ("903", "1"), ("903", "10"), ("904", "1"), ("905", "1"))
    ],
}  # fmt: skip

ADS: Rows = {
    "google_ads.account_history": [
        {"id": "g1", "updated_at": "2026-01-01T00:00Z", "currency_code": "USD", "time_zone": "America/New_York"},
        {"id": "g1", "updated_at": "2026-02-01T00:00Z", "currency_code": "EUR", "time_zone": "Europe/Berlin"},
    ],
    "google_ads.campaign_history": [{"id": "c1", "updated_at": "2026-01-01T00:00Z", "name": "Brand"}],
    "google_ads.campaign_stats": [
        {"customer_id": "g1", "id": "c1", "date": "2026-03-01", "device": device, "cost_micros": cost, "clicks": 3,
         "impressions": 100, "conversions": conversions}
        for device, cost, conversions in (("MOBILE", 36_150_000, "1.25"), ("DESKTOP", 1_234_567, "2"))
    ],
    "linkedin_ads.account_history": [
        {"id": "l1", "last_modified_time": "2026-01-01T00:00Z", "currency": "EUR"},
    ],
    "linkedin_ads.campaign_history": [
        {"id": "c2", "last_modified_time": "2026-01-01T00:00Z", "account_id": "l1", "name": "Named accounts"},
    ],
    "linkedin_ads.ad_analytics_by_campaign": [
        {"campaign_id": "c2", "day": "2026-03-01", "cost_in_local_currency": "50.2", "cost_in_usd": "54", "clicks": 1,
         "external_website_conversions": 2, "one_click_leads": 1},
        {"campaign_id": "c3", "day": "2026-03-01", "cost_in_local_currency": "10", "cost_in_usd": "11", "clicks": 1},
    ],
    "meta_ads.account_history": [
        {"id": "m1", "currency": "USD", "timezone_name": "America/Los_Angeles",
         "_fivetran_synced": "2026-01-01T00:00Z"},
    ],
    "meta_ads.ad_history": [{"id": "a1", "updated_time": "2026-01-01T00:00Z", "campaign_id": "c4"},
                            {"id": "a2", "updated_time": "2026-01-01T00:00Z", "campaign_id": "c4"}],
    "meta_ads.campaign_history": [{"id": "c4", "updated_time": "2026-01-01T00:00Z", "name": "Video"}],
    "meta_ads.basic_ad": [
        {"ad_id": ad, "account_id": "m1", "date": "2026-03-01", "spend": spend, "impressions": 10,
         "inline_link_clicks": 2}
        for ad, spend in (("a1", "76.53"), ("a2", "55.26"), ("a9", "1.00"))
    ],
    "meta_ads.basic_ad_actions": [
        {"ad_id": ad, "date": day, "action_type": kind, "value": value}
        for ad, day, kind, value in (
            ("a1", "2026-03-01", "lead", "3.0"),
            ("a1", "2026-03-01", "offsite_conversion.fb_pixel_lead", "2.0"),
            ("a1", "2026-03-01", "link_click", "9.0"),
            ("a2", "2026-03-01", "offsite_conversion.fb_pixel_lead", "1.0"),
            ("a2", "2026-03-01", "onsite_conversion.lead_grouped", "4.0"),
            ("a2", "2026-03-02", "lead", "1.0"),
        )
    ],
}  # fmt: skip


def _params(**values: str) -> str:
    listed = ", ".join(f'{{"key": "{key}", "value": {{"string_value": "{value}"}}}}' for key, value in values.items())
    return f"[{listed}]"


WEB: Rows = {
    "ga4.events": [
        {"event_timestamp": 1772359200000000, "event_name": "session_start", "user_pseudo_id": "v1",
         "event_params": _params(page_location="https://site.example/?gclid=G1&utm_source=google&utm_medium=cpc")},
        {"event_timestamp": 1772359201000000, "event_name": "page_view", "user_pseudo_id": "v1"},
        {"event_timestamp": 1772359260000000, "event_name": "generate_lead", "user_pseudo_id": "v1",
         "user_id": "u1", "event_params": _params(email="a@acme.example", page_location="https://site.example/demo")},
        {"event_timestamp": 1772359300000000, "event_name": "session_start", "user_pseudo_id": "v2",
         "collected_traffic_source": '{"manual_source": "partner", "manual_medium": "email"}'},
    ],
    "segment.pages": [
        {"id": "p1", "timestamp": "2026-03-01T10:00Z", "anonymous_id": "w1", "url": "https://site.example/a",
         "referrer": "https://www.google.com/"},
        {"id": "p2", "timestamp": "2026-03-01T10:01Z", "anonymous_id": "w1", "url": "https://site.example/b",
         "referrer": "https://site.example/a"},
        {"id": "p3", "timestamp": "2026-03-01T11:00Z", "anonymous_id": "w1", "url": "https://site.example/a",
         "referrer": "https://site.example/b", "context_campaign_source": "google",
         "context_campaign_medium": "cpc"},
    ],
    "segment.tracks": [
        {"id": "t1", "timestamp": "2026-03-01T11:02Z", "anonymous_id": "w1", "event": "Form Submitted",
         "email": "c@initech.example"},
        {"id": "t2", "timestamp": "2026-03-01T11:03Z", "anonymous_id": "w1", "event": "button_clicked"},
    ],
    "segment.identifies": [
        {"id": "i1", "timestamp": "2026-03-01T11:02Z", "anonymous_id": "w1", "user_id": "u7",
         "email": "c@initech.example"},
    ],
}  # fmt: skip
