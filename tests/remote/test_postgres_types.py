"""What Postgres holds arrives in the feed's types exactly, or is rejected with its reason."""

import math
from decimal import Decimal

from orchestration.ingest.contracts import FEEDS_BY_NAME
from tests.remote.company import Company, morning_after, stored_at

LEADS, OPPORTUNITIES = FEEDS_BY_NAME["crm.leads"], FEEDS_BY_NAME["crm.opportunities"]
LEAD_COLUMNS = """
    lead_id bigint, created_at timestamptz, updated_at timestamp, email varchar(80), first_name char(10),
    last_name text, title text[], phone jsonb, company json, account_id uuid, country name, industry text,
    employees numeric, lead_source text, campaign_id numeric(19), segment bytea, score float8, status boolean,
    owner_id int, consent boolean, is_deleted int, merged_into_lead_id text, opportunity_id text, utm_source inet,
    utm_medium interval, utm_campaign int4range"""
LEAD = """
    9007199254740993123, '2024-03-04 10:00:00.123456+05:30', '2024-03-04 06:00', 'a@b.c', 'Zoë', '   ',
    '{"VP, Sales","Owner"}', '{"b": 1.10, "a": [1]}', '{"x":  1}', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'DE', '',
    12, E'say "hi",\\nthen\\tgo', 1234567890123456789, '\\xdeadbeef', 0.1, true, 7, false, 0, NULL, 'NULL',
    '10.0.0.1', '1 day 2 hours', '[1,5)'"""


def pulled(company: Company, table: dict[str, str]) -> None:
    company.declare(table)
    company.pull(morning_after("03-04"))
    company.load(morning_after("03-04"), FEEDS_BY_NAME[table["feed"]])


def test_each_kind_of_value_arrives_as_it_is(company: Company) -> None:
    company.sql(f"create table leads ({LEAD_COLUMNS})", f"insert into leads values ({LEAD})")
    pulled(company, {"feed": "crm.leads", "table": "leads", "cursor": "updated_at"})
    (row,) = company.rows(LEADS)
    assert company.rejects(LEADS) == []
    assert {name: row[name] for name in LEADS.lake_schema.names if not name.startswith("_")} == {
        "lead_id": "9007199254740993123",
        "created_at": stored_at("03-04 04:30:00.123456"),
        "updated_at": stored_at("03-04 06:00"),
        "email": "a@b.c",
        "first_name": "Zoë",
        "last_name": "   ",
        "title": '["VP, Sales", "Owner"]',
        "phone": '{"a": [1], "b": 1.10}',
        "company": '{"x":  1}',
        "account_id": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        "country": "DE",
        "industry": None,
        "employees": 12,
        "lead_source": 'say "hi",\nthen\tgo',
        "campaign_id": "1234567890123456789",
        "segment": "\\xdeadbeef",
        "score": 0.1,
        "status": "true",
        "owner_id": "7",
        "consent": False,
        "is_deleted": False,
        "merged_into_lead_id": None,
        "opportunity_id": "NULL",
        "utm_source": "10.0.0.1/32",
        "utm_medium": "P1DT2H",
        "utm_campaign": "[1,5)",
        "contact_id": None,
    }
    assert math.isfinite(row["score"])


def test_exact_amounts_arrive_and_what_is_no_amount_is_rejected_with_its_reason(company: Company) -> None:
    company.sql(
        "create table deals (opportunity_id int, account_id text, lead_id text, name text, stage text, amount numeric,"
        " currency text, owner_id text, created_at timestamptz, updated_at timestamptz, close_date date,"
        " is_deleted boolean)",
        *(
            f"insert into deals values ({number}, null, null, null, 'New', {amount}, 'EUR', null, {created},"
            f" '2024-03-04 10:00Z', {close}, false)"
            for number, amount, created, close in (
                (1, "12345678901234.5678", "'2024-03-01Z'", "'2024-06-30'"),
                (2, "0.00005", "'2024-03-01Z'", "null"),
                (3, "'NaN'", "'2024-03-01Z'", "null"),
                (4, "1e15", "'2024-03-01Z'", "null"),
                (5, "1", "'-infinity'", "null"),
                (6, "1", "'2024-03-01Z'", "'infinity'"),
                (7, "1", "'0044-03-15 12:00 BC'", "null"),
                (8, "'-Infinity'", "'2024-03-01Z'", "null"),
            )
        ),
    )
    pulled(company, {"feed": "crm.opportunities", "table": "deals", "cursor": "updated_at"})
    amounts = {row["opportunity_id"]: row["amount"] for row in company.rows(OPPORTUNITIES)}
    assert amounts == {"1": Decimal("12345678901234.5678"), "2": Decimal("0.0001")}
    assert {reject["text"].partition(",")[0]: reject["reason"] for reject in company.rejects(OPPORTUNITIES)} == {
        "3": "amount: 'NaN' is not an amount of at most 14 digits before the point",
        "4": "amount: '1000000000000000' is not an amount of at most 14 digits before the point",
        "5": "created_at: '-infinity' is not a moment from 1900 to 2199",
        "6": "close_date: 'infinity' is not a date from 1900 to 2199",
        "7": "created_at: '0044-03-15 12:00:00+00 BC' is not a moment from 1900 to 2199",
        "8": "amount: '-Infinity' is not an amount of at most 14 digits before the point",
    }


def test_money_arrives_as_a_plain_number(company: Company) -> None:
    company.sql(
        "create table spend (spend_date date, platform text, account_id text, campaign_id text, campaign_name text,"
        " impressions int, clicks int, cost money, currency text)",
        "insert into spend values ('2024-03-04', 'google', '1', '2', null, 10, 1, '1234.50', 'USD')",
    )
    pulled(company, {"feed": "ads.ad_spend", "table": "spend", "cursor": "spend_date"})
    assert [row["cost"] for row in company.rows(FEEDS_BY_NAME["ads.ad_spend"])] == [Decimal("1234.5000")]


def test_a_table_that_a_loader_keeps_in_the_database_may_lack_what_its_vendor_lacks(company: Company) -> None:
    company.sql(
        "create schema salesforce",
        "create table salesforce.lead (id text, created_date timestamptz, system_modstamp timestamptz, email text)",
        "grant usage on schema salesforce to andon_reader",
        "insert into salesforce.lead values ('00Q1', '2024-03-01Z', '2024-03-04 10:00Z', 'a@b.c')",
        "grant select on salesforce.lead to andon_reader",
    )
    pulled(company, {"feed": "salesforce.lead", "table": "salesforce.lead", "cursor": "system_modstamp"})
    (row,) = company.rows(FEEDS_BY_NAME["salesforce.lead"])
    assert (row["id"], row["email"], row["status"]) == ("00Q1", "a@b.c", None)
