"""Columns are named as the usual loaders name them."""

import pytest

from orchestration.ingest.remote.naming import snake_case


@pytest.mark.parametrize(
    ("field", "column"),
    [
        ("Id", "id"),
        ("SystemModstamp", "system_modstamp"),
        ("Pricebook2Id", "pricebook_2_id"),
        ("IsExcludedFromTerritory2Filter", "is_excluded_from_territory_2_filter"),
        ("UP_Region__c", "up_region_c"),
        ("GCLID__c", "gclid_c"),
        ("MC4SF__MC_Subscriber__c", "mc_4_sf_mc_subscriber_c"),
        ("Tier_3_Price__c", "tier_3_price_c"),
        ("HasOptedOutOfEmail", "has_opted_out_of_email"),
        ("RecurrenceTimeZoneSidKey", "recurrence_time_zone_sid_key"),
    ],
)
def test_fields_become_the_columns_of_the_loaders(field: str, column: str) -> None:
    assert snake_case(field) == column
