"""The export is a valid document of the standard, and its queries count as the inspection does."""

import json
from importlib.resources import files
from typing import Any

import duckdb
import jsonschema
import yaml

from expectations.contract import load_contract
from expectations.judge import inspect
from expectations.odcs import to_odcs
from orchestration.settings import Settings
from tests.inspection.leads import AS_OF, ZONE, at, contract_of, create_subjects, criterion

SCHEMA: dict[str, Any] = json.loads((files("open_data_contract_standard") / "schema.json").read_text())


def exported(*criteria: dict[str, Any]) -> dict[str, Any]:
    return yaml.safe_load(to_odcs(contract_of(*criteria), ZONE, "USD"))


def test_the_sample_companys_criteria_are_valid_by_the_standards_own_schema() -> None:
    document = yaml.safe_load(to_odcs(load_contract(Settings().criteria_file), ZONE, "USD"))
    jsonschema.Draft201909Validator(SCHEMA).validate(document)
    names = [rule["name"] for rule in document["schema"][0]["quality"]]
    assert "enterprise_size@1" in names
    assert "enterprise_size@2" in names


def test_a_wrong_field_would_be_seen_by_the_schema() -> None:
    document = exported(criterion({"kind": "required", "column": "title"}))
    document["schema"][0]["quality"][0]["dimension"] = "beauty"
    assert not jsonschema.Draft201909Validator(SCHEMA).is_valid(document)


def test_what_the_standard_has_no_field_for_rides_along() -> None:
    signed = {"signatures": [{"by": "marketing_lead", "on": "2024-12-01"}], "valid_to": "2025-12-31"}
    rule = exported(criterion({"kind": "required", "column": "title"}, **signed))["schema"][0]["quality"][0]
    properties = {each["property"]: each["value"] for each in rule["customProperties"]}
    assert properties["signatures"] == [{"by": "marketing_lead", "on": "2024-12-01", "side": "marketing"}]
    assert (properties["validFrom"], properties["validTo"]) == ("2025-01-01", "2025-12-31")
    assert rule["businessImpact"] == "per lead, USD: lead cost + sales time as planned"


def test_each_query_counts_what_the_inspection_counts() -> None:
    criteria = [
        criterion({"kind": "required", "column": "title"}, "title"),
        criterion({"kind": "at_least", "column": "employees", "min": 100}, "size", segments=["enterprise"]),
        criterion({"kind": "not_one_of", "column": "country", "values": ["O'x", "{b}", "; drop table x"]}, "country"),
    ]
    rows = [
        {"title": " \u3000", "employees": 5, "country": "O'x"},
        {"title": "VP", "employees": None, "country": "; drop table x"},
        {"title": "VP", "employees": 5, "segment": "mid_market", "country": "{b}"},
        {"title": None, "employees": 5, "handed_off_at": at("2024-06-01")},
    ]
    with duckdb.connect() as con:
        con.execute("create schema marts")
        subjects = create_subjects(con, rows, "marts.lead_subjects")
        result = inspect(con, contract_of(*criteria), subjects, AS_OF, ZONE)
        rules = exported(*criteria)["schema"][0]["quality"]
        counted = [con.execute(rule["query"]).fetchall()[0][0] for rule in rules]
    assert counted == [count.failed for count in result.criteria] == [1, 1, 3]
