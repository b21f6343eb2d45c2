"""Source systems: whatever the vendor, an entity has the same columns, and its rows say what the vendor's rows mean."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from orchestration.settings import Vendor
from tests.ingest.landed import stored
from tests.models.company import PLAN, PREPARE, Company
from tests.models.vendor_rows import ADS, HUBSPOT, MERGED, SALESFORCE, WEB, Rows

SUNDAY, MONDAY, THURSDAY = date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 5)
GAPS = ["--select", "vendor_gaps"]
EVERY: tuple[Vendor, ...] = (
    "flat", "salesforce", "hubspot", "google_ads", "linkedin_ads", "meta_ads", "ga4", "segment",
)  # fmt: skip
CUSTOM_FIELDS = {
    "salesforce.lead": {
        "score": "lead_score_c",
        "tier": "tier_c",
        "reason": "reject_reason_c",
        "account_id": "account_c",
    },
    "hubspot.contact": {"reason": "property_reject_reason"},
}


def of_every_system(plan: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """The plan with the CRM's stages and sources for each vendor's system as well."""
    mapped = {
        table: [
            *plan[table],
            *({**row, "system": system} for row in plan[table] if row["system"] == "crm" for system in systems),
        ]
        for table, systems in (("stage_map", ("salesforce", "hubspot")), ("source_map", ("salesforce", "hubspot")))
    }
    return {**plan, **mapped}


def company_of(home: Path, *deliveries: Rows) -> Company:
    company = Company(home, vendors=EVERY, custom_fields=CUSTOM_FIELDS, plan=of_every_system(PLAN))
    company.land_plan(date(2026, 2, 1))
    for rows in deliveries:
        for feed, delivered in rows.items():
            company.land(feed, delivered, MONDAY)
    return company


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """All vendors at once, as after Monday."""
    own: Rows = {
        "salesforce.lead": [
            {"id": "00Q9", "created_date": "2026-03-01T10:00Z", "lead_score_c": "71.5", "tier_c": "gold",
             "account_c": "0011"},
        ],
        "crm.leads": [
            {"lead_id": "00Q1", "created_at": "2026-03-01T10:00Z", "updated_at": "2026-03-01T10:00Z", "status": "New"}
        ],
    }  # fmt: skip
    company = company_of(tmp_path_factory.mktemp("vendors"), SALESFORCE, HUBSPOT, ADS, WEB, own)
    company.run_day(MONDAY, PREPARE)
    company.build(MONDAY, *GAPS)
    return company


def test_every_vendor_gives_an_entity_the_same_columns_and_types(company: Company) -> None:
    columns = company.rows(
        "select split_part(table_name, '__', 2), table_name, string_agg(column_name || ' ' || data_type, ', '"
        " order by ordinal_position) from information_schema.columns"
        " where table_schema = 'staging' group by all order by all"
    )
    by_entity: dict[str, dict[str, str]] = {}
    for entity, model, listed in columns:
        by_entity.setdefault(entity, {})[model] = listed
    assert {entity: len(set(models.values())) for entity, models in by_entity.items()} == dict.fromkeys(by_entity, 1)
    assert {model for models in by_entity.values() for model in models if "leads" in model} == {
        "stg_flat__leads", "stg_salesforce__leads", "stg_hubspot__leads",
    }  # fmt: skip
    assert len(columns) == 34


def test_records_of_several_crms_do_not_collide(company: Company) -> None:
    leads = company.rows("select lead_id, system from intermediate.int_lead_records order by lead_id")
    assert [lead for lead, _ in leads] == [
        "00Q1", "hubspot:1", "hubspot:2", "hubspot:3", "hubspot:4", "hubspot:5", f"salesforce:{MERGED}",
        "salesforce:00Q1", "salesforce:00Q2", "salesforce:00Q9",
    ]  # fmt: skip
    assert dict(leads)["00Q1"] == "crm"


def test_a_salesforce_lead_is_converted_deleted_or_merged(company: Company) -> None:
    found = company.rows(
        "select lead_id, contact_id, opportunity_id, account_id, campaign_id, phone, is_deleted, merged_into_lead_id,"
        " consent from intermediate.int_lead_records where system = 'salesforce' and lead_id <> 'salesforce:00Q9'"
        " order by lead_id"
    )
    assert found == [
        (f"salesforce:{MERGED}", None, None, None, None, None, True, "salesforce:00Q2", None),
        ("salesforce:00Q1", "salesforce:0031", "salesforce:0061", "salesforce:0011", "SEA-M", "+1 555", False, None,
         None),
        ("salesforce:00Q2", None, None, None, None, None, False, None, False),
    ]  # fmt: skip
    assert (
        company.one(f"select lead_id from intermediate.int_lead_identity where source_lead_id = 'salesforce:{MERGED}'")
        == "salesforce:00Q2"
    )


def test_salesforce_field_history_gives_events_and_what_a_lead_was_created_with(company: Company) -> None:
    found = company.rows(
        "select event_at, event_type, from_value, to_value, to_stage, actor_id from intermediate.int_lead_events"
        " where source_lead_id = 'salesforce:00Q1' and system = 'salesforce' order by event_at, event_type desc"
    )
    assert found == [
        (stored(2026, 3, 1, 10), "status", None, "New", "new", None),
        (stored(2026, 3, 1, 10), "owner", None, "salesforce:00G000000000001AAA", None, None),
        (stored(2026, 3, 1, 14), "status", "New", "MQL", "handed_off", "salesforce:005B"),
        (stored(2026, 3, 1, 14), "owner", "salesforce:00G000000000001AAA", "salesforce:005000000000001AAA", None,
         None),
        (stored(2026, 3, 2, 15), "status", "MQL", "Qualified", "converted", None),
    ]  # fmt: skip


def test_a_reason_tracked_with_the_status_is_the_reason_of_the_change(company: Company) -> None:
    found = company.rows(
        "select system, to_stage, reason_category from intermediate.int_lead_events where reason is not null order by 1"
    )
    assert found == [("hubspot", "rejected", "no_need_or_timing"), ("salesforce", "rejected", "wrong_segment")]


def test_salesforce_tasks_and_events_are_activities_of_the_lead_whoever_it_became(company: Company) -> None:
    found = company.rows(
        "select activity_id, activity_type, lead_id, occurred_at, minutes, is_void from intermediate.int_activities"
        " where system = 'salesforce' order by activity_id"
    )
    assert [(key, kind, lead, void) for key, kind, lead, _, _, void in found] == [
        ("salesforce:00T1", "call", "salesforce:00Q1", False),
        ("salesforce:00T2", "email", "salesforce:00Q1", False),
        ("salesforce:00T3", "call", None, True),
        ("salesforce:00U1", "meeting_held", "salesforce:00Q1", False),
        ("salesforce:00U1:booked", "meeting_booked", "salesforce:00Q1", False),
        ("salesforce:00U2", "meeting_no_show", "salesforce:00Q2", False),
        ("salesforce:00U2:booked", "meeting_booked", "salesforce:00Q2", False),
        ("salesforce:00U3:booked", "meeting_booked", "salesforce:00Q1", False),
        ("salesforce:00U4", "meeting_held", None, True),
        ("salesforce:00U4:booked", "meeting_booked", "salesforce:00Q2", False),
    ]
    assert found[0][3:5] == (stored(2026, 3, 1, 15), 4)
    assert found[1][3] == stored(2026, 3, 2, 16)


def test_opportunity_history_enters_a_stage_once_as_an_object_and_in_history_mode(company: Company) -> None:
    found = company.rows(
        "select opportunity_id, stage, entered_at from intermediate.int_opportunity_stages"
        " where system = 'salesforce' and crm_stage is not null order by all"
    )
    assert found == [
        ("salesforce:0061", "discovery", stored(2026, 3, 2, 15)),
        ("salesforce:0061", "evaluation", stored(2026, 3, 2, 17)),
        ("salesforce:0062", "discovery", stored(2026, 3, 1)),
        ("salesforce:0062", "lost", stored(2026, 3, 2)),
    ]


def test_users_have_the_team_that_the_vendor_knows(company: Company) -> None:
    assert company.rows("select user_id, name, team, is_active from intermediate.int_users order by 1") == [
        ("hubspot:71", "Rep C", "SDR", True),
        ("salesforce:005A", "Rep A", "SDR", True),
        ("salesforce:005B", "Rep B", "AE", False),
    ]


def test_accounts_have_a_domain_a_segment_by_size_and_say_who_is_a_customer(company: Company) -> None:
    assert company.rows(
        "select account_id, domain, segment, is_customer from intermediate.int_accounts order by 1"
    ) == [
        ("hubspot:501", "globex.example", "mid_market", True),
        ("salesforce:0011", "acme.example", "enterprise", True),
    ]


def test_hubspot_merges_are_followed_whether_audited_or_listed_and_whether_or_not_the_merged_contact_came(
    company: Company,
) -> None:
    assert company.rows(
        "select source_lead_id, lead_id from intermediate.int_lead_identity where source_lead_id like 'hubspot%'"
        " order by 1"
    ) == [
        ("hubspot:1", "hubspot:1"), ("hubspot:2", "hubspot:1"), ("hubspot:3", "hubspot:1"),
        ("hubspot:4", "hubspot:1"), ("hubspot:5", "hubspot:5"),
    ]  # fmt: skip
    assert company.rows(
        "select account_id, employees, lead_source, status, merged_lead_ids, created_at from intermediate.int_leads"
        " where lead_id = 'hubspot:1'"
    ) == [
        ("hubspot:501", 250, "PAID_SEARCH", "Sales Accepted", "hubspot:2,hubspot:3,hubspot:4",
         stored(2026, 3, 1, 9)),
    ]  # fmt: skip


def test_hubspot_property_history_gives_status_and_owner_events(company: Company) -> None:
    found = company.rows(
        "select event_at, event_type, from_value, to_value, to_stage, actor_id from intermediate.int_lead_events"
        " where source_lead_id = 'hubspot:1' order by event_at, event_type, to_value"
    )
    assert found == [
        (stored(2026, 3, 1, 10), "status", None, "New", "new", None),
        (stored(2026, 3, 1, 12), "owner", None, "hubspot:71", None, None),
        (stored(2026, 3, 1, 12), "status", "New", "MQL", "handed_off", "hubspot:71"),
        (stored(2026, 3, 1, 12), "status", None, "marketingqualifiedlead", None, None),
        (stored(2026, 3, 1, 14), "status", "MQL", "Sales Accepted", "accepted", None),
    ]


def test_hubspot_deals_have_their_first_contact_their_stages_label_and_one_entry_per_change(company: Company) -> None:
    assert company.rows(
        "select opportunity_id, source_lead_id, account_id, stage, close_date, is_deleted"
        " from intermediate.int_opportunities where system = 'hubspot' order by 1"
    ) == [
        ("hubspot:601", "hubspot:1", "hubspot:501", "won", date(2026, 3, 2), False),
        ("hubspot:602", None, None, "discovery", None, True),
    ]
    assert company.rows(
        "select stage, date_trunc('second', entered_at) from intermediate.int_opportunity_stages"
        " where system = 'hubspot' order by entered_at"
    ) == [("discovery", stored(2026, 3, 1, 16)), ("won", stored(2026, 3, 2, 20))]


def test_hubspot_meetings_are_booked_and_by_their_outcome_held_or_missed(company: Company) -> None:
    found = company.rows(
        "select activity_id, activity_type, source_lead_id, minutes from intermediate.int_activities"
        " where system = 'hubspot' and not is_void order by activity_id"
    )
    assert found == [
        ("hubspot:901", "call", "hubspot:1", 2),
        ("hubspot:902", "note", "hubspot:1", None),
        ("hubspot:903", "meeting_held", "hubspot:1", 45),
        ("hubspot:903:10", "meeting_held", "hubspot:10", 45),
        ("hubspot:903:booked", "meeting_booked", "hubspot:1", None),
        ("hubspot:903:booked:10", "meeting_booked", "hubspot:10", None),
        ("hubspot:904", "meeting_no_show", "hubspot:1", None),
        ("hubspot:904:booked", "meeting_booked", "hubspot:1", None),
        ("hubspot:905:booked", "meeting_booked", "hubspot:1", None),
    ]


def test_a_note_is_no_response_and_a_call_is(company: Company) -> None:
    assert company.one(
        "select first_response_at from intermediate.int_lead_lifecycle where lead_id = 'hubspot:1'"
    ) == stored(2026, 3, 1, 13)


def test_ad_spend_is_money_of_the_accounts_currency_on_days_of_its_time_zone(company: Company) -> None:
    found = company.rows(
        "select platform, account_id, campaign_id, campaign_name, cast(cost as varchar), currency, account_time_zone,"
        " clicks from intermediate.int_ad_spend where cost > 0 order by platform, campaign_id"
    )
    assert found == [
        ("google_ads", "g1", "c1", "Brand", "37.3846", "EUR", "Europe/Berlin", 6),
        ("linkedin", "l1", "c2", "Named accounts", "50.2000", "EUR", "UTC", 1),
        ("linkedin", "unknown", "c3", None, "11.0000", "USD", "UTC", 1),
        ("meta_ads", "m1", "ad a9", None, "1.0000", "USD", "America/Los_Angeles", 2),
        ("meta_ads", "m1", "c4", "Video", "131.7900", "USD", "America/Los_Angeles", 4),
    ]


def test_what_each_platform_claims_as_conversions_stands_beside_its_spend(company: Company) -> None:
    found = company.rows(
        "select spend_date, campaign_id, cast(cost as varchar), cast(platform_conversions as varchar)"
        " from intermediate.int_ad_spend order by platform, campaign_id, spend_date"
    )
    first, next_day = date(2026, 3, 1), date(2026, 3, 2)
    assert found == [
        (first, "c1", "37.3846", "3.2500"),
        (first, "c2", "50.2000", "3.0000"),
        (first, "c3", "11.0000", None),
        (first, "ad a9", "1.0000", "0.0000"),
        (first, "c4", "131.7900", "8.0000"),
        (next_day, "c4", "0.0000", "1.0000"),
    ]


def test_a_day_that_a_platform_tells_again_replaces_and_an_account_known_later_takes_its_place(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    company = company_of(tmp_path_factory.mktemp("restated"))
    days = {
        "linkedin_ads.ad_analytics_by_campaign": [
            {"campaign_id": "c2", "day": "2026-03-01", "cost_in_local_currency": cost, "one_click_leads": leads}
            for cost, leads in ((10, 4), (12, 3))
        ],
        "meta_ads.basic_campaign": [
            {"campaign_id": "c4", "account_id": "m1", "date": "2026-03-01", "spend": spend} for spend in (20, 22)
        ],
        "meta_ads.basic_campaign_actions": [
            {"campaign_id": "c4", "date": "2026-03-01", "action_type": "lead", "value": leads} for leads in (6, 5)
        ],
    }
    for feed, (first, again) in days.items():
        # The file that lands first has the later name.
        company.land(feed, [first], date(2026, 3, 9), landed_on=MONDAY)
        company.land(feed, [again], date(2026, 3, 3))
    later = date(2026, 3, 4)
    company.land("linkedin_ads.campaign_history", ADS["linkedin_ads.campaign_history"], later)
    company.land("linkedin_ads.account_history", ADS["linkedin_ads.account_history"], later)
    company.land("meta_ads.account_history", ADS["meta_ads.account_history"], later)
    known = (
        "select platform, account_id, cast(cost as double), cast(platform_conversions as double)"
        " from intermediate.int_ad_spend order by all"
    )
    told_once = {MONDAY: ((10.0, 4.0), (20.0, 6.0)), later: ((12.0, 3.0), (22.0, 5.0))}
    for day, (linkedin, meta) in told_once.items():
        company.run_day(day, ["--select", "+int_ad_spend"])
        account = "unknown" if day == MONDAY else "l1"
        assert company.rows(known) == [("linkedin", account, *linkedin), ("meta_ads", "m1", *meta)]


def test_visits_ad_clicks_and_form_fills_are_touches_and_page_views_inside_the_site_are_not(company: Company) -> None:
    found = company.rows(
        "select touch_id, touch_type, visitor_id, lead_source, click_id, email, page from intermediate.int_touches"
        " where system in ('ga4', 'segment') order by system, occurred_at"
    )
    site = "https://site.example"
    assert found == [
        ("ga4:v1:1772359200000000:session_start", "ad_click", "ga4:v1", "google_cpc", "G1", None,
         f"{site}/?gclid=G1&utm_source=google&utm_medium=cpc"),
        ("ga4:v1:1772359260000000:generate_lead", "form_fill", "ga4:v1", None, None, "a@acme.example", f"{site}/demo"),
        ("ga4:v2:1772359300000000:session_start", "visit", "ga4:v2", "partner_email", None, None, None),
        ("segment:p1", "visit", "segment:w1", None, None, None, f"{site}/a"),
        ("segment:p3", "ad_click", "segment:w1", "google_cpc", None, None, f"{site}/a"),
        ("segment:t1", "form_fill", "segment:w1", None, None, "c@initech.example", None),
    ]  # fmt: skip


def test_visitors_become_known(company: Company) -> None:
    found = company.rows(
        "select visitor_id, user_id, email from staging.stg_ga4__visitor_identities"
        " union all select visitor_id, user_id, email from staging.stg_segment__visitor_identities order by all"
    )
    assert found == [
        ("ga4:v1", "u1", "a@acme.example"),
        ("segment:w1", "u7", "c@initech.example"),
        ("segment:w1", None, "c@initech.example"),
    ]


def test_crm_touches_are_responses_and_form_submissions(company: Company) -> None:
    assert company.rows(
        "select touch_id, touch_type, lead_id, campaign_id, utm_campaign, click_id from intermediate.int_touches"
        " where system in ('hubspot', 'salesforce') order by 1"
    ) == [
        ("hubspot:1:f:1772359200000000", "form_fill", "hubspot:1", None, "brand terms", "G1"),
        ("salesforce:00v1", "campaign_response", "salesforce:00Q1", "SEA-M", None, None),
        ("salesforce:00v2", "campaign_member", None, "SYN-E", None, None),
    ]


def test_custom_fields_pass_through_as_json_and_fill_the_column_of_their_name(company: Company) -> None:
    [(score, account, custom)] = company.rows(
        "select score, account_id, custom_fields from intermediate.int_lead_records where lead_id = 'salesforce:00Q9'"
    )
    assert (score, account) == (71.5, "salesforce:0011")
    assert json.loads(custom) == {"account_id": "0011", "reason": None, "score": "71.5", "tier": "gold"}


def test_what_is_missing_is_said_with_what_it_costs(company: Company) -> None:
    gaps = company.rows("select vendor, table_name, column_name, consequence from marts.vendor_gaps order by all")
    assert [gap[:3] for gap in gaps if gap[0] == "meta_ads"] == [("meta_ads", "basic_campaign", None)]
    assert ("hubspot", "engagement_meeting", "property_hs_meeting_outcome") not in [gap[:3] for gap in gaps]
    assert (
        "salesforce",
        "opportunity",
        "currency_iso_code",
        "Amounts are taken to be in the business currency.",
    ) in gaps


def test_without_a_history_changes_are_known_from_one_synchronisation_to_the_next(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    company = company_of(
        tmp_path_factory.mktemp("no_history"),
        {"salesforce.lead": [{"id": "00Q1", "created_date": "2026-03-01T10:00Z", "status": "New",
                              "owner_id": "005A", "last_modified_date": "2026-03-01T10:00Z"}],
         "hubspot.deal": [{"deal_id": "6", "property_createdate": "2026-03-01T10:00Z",
                           "deal_pipeline_stage_id": "Discovery",
                           "property_hs_lastmodifieddate": "2026-03-01T10:00Z"}]},
    )  # fmt: skip
    company.run_day(MONDAY, PREPARE)
    for day, status, reason, stage in (
        (date(2026, 3, 3), "MQL", None, "Discovery"),
        (date(2026, 3, 4), "Sales Rejected", "too_small", "Closed Won"),
    ):
        lead = {"id": "00Q1", "created_date": "2026-03-01T10:00Z", "status": status, "owner_id": "005A",
                "last_modified_date": f"{day}T12:00Z", "reject_reason_c": reason}  # fmt: skip
        deal = {"deal_id": "6", "property_createdate": "2026-03-01T10:00Z", "deal_pipeline_stage_id": stage,
                "property_hs_lastmodifieddate": f"{day}T12:00Z"}  # fmt: skip
        company.land("salesforce.lead", [lead], day)
        company.land("hubspot.deal", [deal], day)
        company.run_day(day, PREPARE)
    events = (
        "select event_at, event_type, from_value, to_value, reason_code from intermediate.int_lead_events"
        " where event_type <> 'unchanged' order by event_at, event_type desc"
    )
    stages = "select stage, entered_at from intermediate.int_opportunity_stages where stage is not null order by 2"
    known = company.rows(events), company.rows(stages)
    assert known == (
        [
            (stored(2026, 3, 1, 10), "status", None, "New", None),
            (stored(2026, 3, 1, 10), "owner", None, "salesforce:005A", None),
            (stored(2026, 3, 3, 12), "status", "New", "MQL", None),
            (stored(2026, 3, 4, 12), "status", "MQL", "Sales Rejected", "too_small"),
        ],
        [("discovery", stored(2026, 3, 1, 10)), ("won", stored(2026, 3, 4, 12))],
    )
    company.build(date(2026, 3, 4), *PREPARE, full_refresh=True)
    assert (company.rows(events), company.rows(stages)) == known


def test_a_meeting_to_come_is_held_once_its_time_has_passed_though_nothing_landed(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    company = company_of(tmp_path_factory.mktemp("meeting"), SALESFORCE)
    held = "select activity_type from intermediate.int_activities where activity_id = 'salesforce:00U3'"
    company.run_day(MONDAY, PREPARE)
    assert company.rows(held) == []
    company.run_day(THURSDAY, PREPARE)
    assert company.rows(held) == [("meeting_held",)]
