"""A lead is found by any id that its CRM or the marts give it."""

import duckdb
import pytest

from orchestration.serving.story.collect import UnknownLeadError, find_lead

LEADS = """
    create schema marts;
    create table marts.fct_leads as select * from (values
        ('L1', null), ('salesforce:00Q1', 'salesforce:00Q2,hubspot:7'), ('hubspot:9', null), ('salesforce:9', null)
    ) as leads (lead_id, merged_lead_ids)
"""


@pytest.fixture
def marts() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(LEADS)
    return connection


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("L1", "L1"), ("salesforce:00Q1", "salesforce:00Q1"), ("00Q1", "salesforce:00Q1"), ("00Q2", "salesforce:00Q1"),
        ("hubspot:7", "salesforce:00Q1"), ("7", "salesforce:00Q1"), ("hubspot:9", "hubspot:9"),
    ],
)  # fmt: skip
def test_a_lead_is_found_by_its_own_id_its_number_and_those_merged_into_it(
    marts: duckdb.DuckDBPyConnection, given: str, found: str
) -> None:
    assert find_lead(marts, given) == found


@pytest.mark.parametrize(("given", "text"), [("9", "hubspot:9 and salesforce:9"), ("00Q", "No lead 00Q is published")])
def test_a_number_of_several_or_of_none_is_said(marts: duckdb.DuckDBPyConnection, given: str, text: str) -> None:
    with pytest.raises(UnknownLeadError, match=text):
        find_lead(marts, given)
